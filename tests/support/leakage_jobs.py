"""Acts of test_leakage.py on plans and jobs: what is planned, or queued, is of memories that may be read whole."""

from hypothesis.stateful import rule

from memos_graph.audit.events import node_of
from memos_graph.memory.costs import CostBy
from support.leakage_model import moment
from support.leakage_reads import Reads
from support.leakage_writes import DRAWS


class Scheduled(Reads):
    """A plan names topics and memories, a job holds ids: those of what its principal may read, and no other."""

    @rule(draw=DRAWS)
    def plan(self, draw: int) -> None:
        chosen = self.begin("plan", draw)
        space = self.space(chosen)
        me, since = self.reader(chosen, space), moment()
        memory = self.mounted(space, me)
        made, error = self.attempt(me, memory.schedule.plan)
        self.ruled(error, self.held(me, space, since), "transform")
        self.check(me, made and made.model_dump_json(), since)

    @rule(draw=DRAWS)
    def bill(self, draw: int) -> None:
        """A bill names acts, people and payloads: one's own, or everybody's for who administers."""
        chosen = self.begin("bill", draw)
        space = self.space(chosen)
        me, since = self.reader(chosen, space), moment()
        memory = self.mounted(space, me)
        made, error = self.attempt(me, lambda: memory.costs.report(by=tuple(CostBy)))
        held = self.held(me, space, since)
        self.ruled(error, held, "read")
        self.check(me, made and made.model_dump_json(), since)
        if made is not None and held is not None and "administer" not in held:
            assert {each.principal for each in made.costs} <= {node_of(me)}, "what an act of somebody else took is told"

    @rule(draw=DRAWS)
    def queue(self, draw: int) -> None:
        """A job holds the ids of what its principal may read; who administers nothing sees no job of another."""
        chosen, known, me, memory = self._one("queue", draw)
        since = moment()
        job, _ = self.attempt(me, lambda: memory.jobs.submit("archive"))
        self.check(me, job and job.model_dump_json(), since)
        if job is not None:
            other = self.mounted(known.space, self.reader(chosen, known.space))
            if other.principal != me and "administer" not in (self.held(other.principal, known.space, since) or ()):
                listed, _ = self.attempt(other.principal, other.jobs.list)  # who reads nothing there is told so
                assert job.id not in {each.id for each in listed or ()}
            self.attempt(me, lambda: memory.jobs.cancel(job.id))
