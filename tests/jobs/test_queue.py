"""The queue of jobs against a model of it: one worker has a job at a time, and what a lost one does counts for nothing."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test
from support.raw_graph import value

from memos_graph import Memory, MemOS
from memos_graph.errors import JobLostError, NotFoundError, StateError
from memos_graph.graph.runner import Transaction
from memos_graph.jobs.job import Claim, JobState
from memos_graph.jobs.queue import JobQueue
from memos_graph.kit.ids import new_id

LEASE_S = 20.0
BACKOFF_S = {1: 1.0, 2: 5.0, 3: 30.0, 4: 120.0, 5: 600.0}
SLACK_S = 6
"""What the machine may take for the steps of one example, so that nothing is asked for within it."""
PassTime = Callable[[timedelta], None]


@dataclass
class Told:
    """A job as it has to be."""

    due: float
    attempts: int
    state: JobState = JobState.QUEUED
    attempt: int = 0
    effects: list[int] = field(default_factory=list)


class Queueing(RuleBasedStateMachine):
    """Two handfuls of workers, some of which sleep past their leases, on one queue."""

    def __init__(self, memos: MemOS, space: Memory, pass_time: PassTime) -> None:
        super().__init__()
        self.memos, self.space, self.pass_time = memos, space, pass_time
        self.queue = JobQueue(memos._services.runner, lease_s=LEASE_S)
        self.kind = f"test-{new_id()}"
        self.at = 0.0
        self.jobs: dict[str, Told] = {}
        self.claims: list[Claim] = []

    def holds(self, claim: Claim) -> bool:
        told = self.jobs[claim.id]
        return told.state is JobState.RUNNING and told.attempt == claim.attempt

    @rule(after=st.sampled_from([0, 0, 0, 30]), attempts=st.integers(1, 4))
    def submit(self, after: int, attempts: int) -> None:
        job = self.queue.submit(
            self.kind, {}, space=self.space.space, principal=self.space.principal, after_s=after, attempts=attempts
        )
        self.jobs[job] = Told(self.at + after, attempts)

    @precondition(lambda self: self.jobs)
    @rule(data=st.data())
    def submit_again(self, data: st.DataObject) -> None:
        job = data.draw(st.sampled_from(sorted(self.jobs)))
        given = {"space": self.space.space, "principal": self.space.principal}
        assert self.queue.submit(self.kind, {}, **given, id=job) == job

    @rule()
    def claim(self) -> None:
        while any(0 < told.due - self.at <= SLACK_S for told in self.jobs.values()):
            self.wait(SLACK_S + 1)
        due = {
            job: told
            for job, told in self.jobs.items()
            if told.state in {JobState.QUEUED, JobState.RUNNING} and told.due <= self.at
        }
        claim = self.queue.claim("worker", [self.kind])
        # Those that were begun as often as they may be are given up as the queue comes to them.
        spent = {job for job, told in due.items() if told.attempt >= told.attempts}
        for job in spent:
            if self.queue.get(job, space=self.space.space).state is JobState.FAILED:
                self.jobs[job].state = JobState.FAILED
        if claim is None:
            assert set(due) == {job for job in spent if self.jobs[job].state is JobState.FAILED}
            return
        assert claim.id in set(due) - spent
        told = self.jobs[claim.id]
        told.state, told.attempt, told.due = JobState.RUNNING, told.attempt + 1, self.at + LEASE_S
        assert claim.attempt == told.attempt
        self.claims.append(claim)

    @precondition(lambda self: self.claims)
    @rule(data=st.data())
    def renew(self, data: st.DataObject) -> None:
        claim = data.draw(st.sampled_from(self.claims))
        assert self.queue.renew(claim, 1, 2) == self.holds(claim)
        if self.holds(claim):
            self.jobs[claim.id].due = self.at + LEASE_S

    @precondition(lambda self: self.claims)
    @rule(data=st.data())
    def commit(self, data: st.DataObject) -> None:
        claim = data.draw(st.sampled_from(self.claims))

        def work(tx: Transaction) -> None:
            tx.run("audit/head", space=self.space.space, cubes=[])

        self.doing(claim, lambda: self.memos._services.runner.transact(work))

    @precondition(lambda self: self.claims)
    @rule(data=st.data())
    def oversleep(self, data: st.DataObject) -> None:
        """A worker sleeps until others may have its jobs; then it wakes, and goes on."""
        self.wait(int(LEASE_S) + SLACK_S)
        self.claim()
        self.commit(data)

    @precondition(lambda self: self.claims)
    @rule(data=st.data(), end=st.sampled_from(["done", "failed", "again", "release"]))
    def end(self, data: st.DataObject, end: str) -> None:
        claim = data.draw(st.sampled_from(self.claims))
        held, told = self.holds(claim), self.jobs[claim.id]
        try:
            if end == "done":
                self.queue.done(claim, {"cubes": 1})
                told.state = JobState.DONE
            elif end == "release":
                self.queue.release(claim)
                told.state, told.attempts, told.due = JobState.QUEUED, told.attempts + 1, self.at
            else:
                again = end == "again" and told.attempt < told.attempts
                became = self.queue.failed(claim, "It failed.", again=end == "again")
                told.state = JobState.QUEUED if again else JobState.FAILED
                assert became is told.state
                if again:
                    told.due = self.at + BACKOFF_S[min(told.attempt, 5)]
        except JobLostError:
            assert not held
        else:
            assert held

    @precondition(lambda self: self.jobs)
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        job = data.draw(st.sampled_from(sorted(self.jobs)))
        told = self.jobs[job]
        ended = told.state not in {JobState.QUEUED, JobState.RUNNING}
        try:
            self.queue.cancel(job, space=self.space.space)
        except StateError:
            assert ended
        else:
            assert not ended
            told.state = JobState.CANCELLED

    @rule(seconds=st.sampled_from([2, 10, 25, 40]))
    def later(self, seconds: int) -> None:
        self.wait(seconds)

    def wait(self, seconds: int) -> None:
        self.at += seconds
        self.pass_time(timedelta(seconds=seconds))

    def doing(self, claim: Claim, act: Callable[[], object]) -> None:
        try:
            with self.queue.fence(claim):
                act()
        except JobLostError:
            assert not self.holds(claim)
        else:
            assert self.holds(claim)

    def teardown(self) -> None:
        found = {job.id: job for job in self.queue.every(self.space.space, limit=500)}
        for id_, told in self.jobs.items():
            assert (found[id_].state, found[id_].attempt) == (told.state, told.attempt)


@pytest.mark.alone
def test_every_job_is_somebodys_or_nobodys(memos: MemOS, space: Memory, pass_time: PassTime):
    run_state_machine_as_test(
        lambda: Queueing(memos, space, pass_time),
        settings=settings(
            max_examples=25, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )


def test_a_space_that_does_not_exist_has_no_jobs(memos: MemOS, space: Memory):
    with pytest.raises(NotFoundError):
        memos._services.jobs.submit("sweep", {}, space=f"{space.space}-no", principal=space.principal)
    assert value(memos, "MATCH (j:Job {space: $space}) RETURN count(j)", space=f"{space.space}-no") == 0


def test_jobs_that_ended_long_ago_are_forgotten(memos: MemOS, space: Memory, pass_time: PassTime):
    jobs, kind = memos._services.jobs, f"test-{new_id()}"
    kept, gone = (jobs.submit(kind, {}, space=space.space, principal=space.principal) for _ in range(2))
    jobs.cancel(gone, space=space.space)
    pass_time(timedelta(days=100))
    jobs.prune()
    assert [job.id for job in jobs.every(space.space)] == [kept]
