"""What is done with a space's memories by models and workers: KV-caches, adapters, jobs, the scheduler, pipelines."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic_core import to_json

from memos_graph.client.calls import RestCall, path_of, with_json
from memos_graph.client.methods import C, RemotePart, by_hand, over
from memos_graph.client.steps import Plan, ask, send
from memos_graph.errors import InputError
from memos_graph.forms.distillation import Distillation
from memos_graph.host.protocol import Recipe
from memos_graph.jobs.job import Job
from memos_graph.memory.costs import Costs
from memos_graph.memory.jobs import Jobs
from memos_graph.memory.payloads import Adapters, KvCaches
from memos_graph.memory.schedule import Schedule
from memos_graph.memory.vaults import PayloadVault
from memos_graph.pipelines import Pipeline, Run
from memos_graph.search.selection import Selection
from memos_graph.verbs import costs, jobs, payloads, schedule, vault
from memos_graph.verbs.pages import Page

_JOB = {"cube": "payload", "recipe": "recipe", "cubes": "cubes"}


class RemoteKvCaches(RemotePart[C]):
    """The KV-caches of one space."""

    build = over(KvCaches.build, payloads.build_kv)
    list = over(KvCaches.list, payloads.list_kv)
    drop = over(KvCaches.drop, payloads.drop_kv)
    archive = over(KvCaches.archive, payloads.archive_kv)
    restore = over(KvCaches.restore, payloads.restore_kv)
    externalize = over(KvCaches.externalize, payloads.externalize_kv)


class RemoteVault(RemotePart[C]):
    """Where the payloads of one space are kept."""

    check = over(PayloadVault.check, vault.check_vault)


class RemoteAdapters(RemotePart[C]):
    """The LoRA adapters of one space. How far a distillation is, a job tells."""

    @by_hand
    def distill(self, selection: Selection | None = None, *, recipe: Recipe | None = None) -> Plan[Distillation]:
        """Teach a selection (default: every fact of the space) to a new adapter. Takes minutes."""
        chosen = (selection or Selection()).model_dump(exclude_defaults=True)
        return (yield from ask(payloads.distill, self.space, recipe=recipe or Recipe(), **chosen))

    @by_hand
    def resume(self, cube: str, *, recipe: Recipe | None = None) -> Plan[Distillation]:
        """Go on with a distillation that was broken off, by ``recipe`` as it was begun."""
        return (yield from ask(payloads.distill, self.space, resume=cube, recipe=recipe or Recipe()))

    @by_hand
    def redistill(self) -> Plan[Sequence[Distillation]]:
        """Distil anew what a change took out of service, from the memories that still stand."""
        return (yield from ask(payloads.redistill, self.space))

    list = over(Adapters.list, payloads.list_lora)
    load = over(Adapters.load, payloads.load)
    unload = over(Adapters.unload, payloads.unload)
    evaluate = over(Adapters.evaluate, payloads.evaluate)
    archive = over(Adapters.archive, payloads.archive_lora)
    restore = over(Adapters.restore, payloads.restore_lora)
    drop = over(Adapters.drop, payloads.drop_lora)
    externalize = over(Adapters.externalize, payloads.externalize)


class RemoteJobs(RemotePart[C]):
    """The jobs of one space."""

    @by_hand
    def submit(
        self, kind: str, given: Mapping[str, Any] | None = None, *, selection: Selection | None = None
    ) -> Plan[Job]:
        """Queue a job; see ``Jobs.submit``."""
        if unknown := set(given or {}) - set(_JOB):
            raise InputError(f"A job can't be given {', '.join(sorted(unknown))}.", hint=f"Give {', '.join(_JOB)}.")
        if given and "cubes" in given and not given["cubes"]:
            raise InputError("This job has no memories to work on.", hint="Name them by id, or give a `selection`.")
        chosen = (selection or Selection()).model_dump(exclude_defaults=True)
        arguments = {_JOB[name]: value for name, value in (given or {}).items()}
        return (yield from ask(jobs.submit_job, self.space, kind=kind, **{**chosen, **arguments}))

    list = over(Jobs.list, jobs.list_jobs)
    get = over(Jobs.get, jobs.show_job)
    cancel = over(Jobs.cancel, jobs.cancel_job)


class RemoteSchedule(RemotePart[C]):
    """Which form serves which memories of one space."""

    plan = over(Schedule.plan, schedule.plan_schedule)
    run = over(Schedule.run, schedule.run_schedule)
    history = over(Schedule.history, schedule.schedule_history)


class RemoteCosts(RemotePart[C]):
    """What a space costs."""

    report = over(Costs.report, costs.cost)


class RemoteRuns(RemotePart[C]):
    """The pipelines of one space."""

    @by_hand
    def run(self, pipeline: Pipeline, inputs: Mapping[str, Any] | None = None) -> Plan[Run]:
        """Run a pipeline; returns its run with what every step gave. See ``Runs.run``."""
        return (yield from running(self.space, pipeline, inputs))

    @by_hand
    def resume(self, run: str) -> Plan[Run]:
        """Go on with a run that was interrupted or failed, after its last committed unit."""
        call = RestCall("POST", path_of("/pipelines/{run}/resume", run=run), Run, slow=True)
        return (yield from send(call, Run))

    @by_hand
    def show(self, run: str) -> Plan[Run]:
        """Return a run with its steps, and which memories each used and made."""
        return (yield from send(RestCall("GET", path_of("/pipelines/{run}", run=run), Run, repeatable=True), Run))

    @by_hand
    def list(self, *, before: str | None = None, limit: int = 50) -> Plan[Sequence[Run]]:
        """Return the runs of the space without their steps, newest first, those before the id of a page already seen."""
        query = [("space", self.space), ("after", before), ("limit", limit)]
        page = yield from send(RestCall("GET", path_of("/pipelines"), Page[Run], query, repeatable=True), Page[Run])
        return [*page.items]


def running(space: str, pipeline: Pipeline, inputs: Mapping[str, Any] | None) -> Plan[Run]:
    """Run a pipeline in a space. Its declaration goes as JSON, which YAML holds."""
    body = {"space": space, "declaration": to_json(pipeline.document).decode(), "inputs": inputs or {}}
    return (yield from send(with_json(RestCall("POST", path_of("/pipelines"), Run, slow=True), body), Run))
