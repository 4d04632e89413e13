"""Jobs of a space, done by workers: what they do, with whose rights, and that doing it twice does it once."""

import time
from collections.abc import Callable
from datetime import timedelta

import pytest

from memos_graph import Memory, MemOS
from memos_graph.errors import ForbiddenError, HostUnavailableError, InputError, JobLostError, NotFoundError, StateError
from memos_graph.jobs.job import Claim, JobState
from memos_graph.scheduler import kinds
from memos_graph.scheduler.kinds import JobKind
from memos_graph.scheduler.worker import JobWorker, Workers
from memos_graph.types import State

# Workers take whatever is due, also what another test queued.
pytestmark = pytest.mark.alone

PassTime = Callable[[timedelta], None]
_TOLD = ("Dana moved to Lisbon.", "Dana has a cat.", "Dana plays the oboe.", "Dana works at a bakery.")


def work(memos: MemOS) -> None:
    """Do what is due, also what other tests left."""
    memos.installation.worker().work(until_empty=True)


def told(memory: Memory, *texts: str) -> list[str]:
    """Remember texts; returns their cubes."""
    return [memory.add(text).added[0] for text in texts]


def test_a_cache_is_built_by_a_worker_and_dropped_by_one(memos: MemOS, space: Memory):
    told(space, *_TOLD)
    job = space.jobs.submit("build")
    assert (job.state, job.created_by) == (JobState.QUEUED, space.principal)
    assert set(job.given) == {"cubes"}
    work(memos)
    done = space.jobs.get(job.id)
    (built,) = space.kv.list()
    assert (done.state, done.result) == (
        JobState.DONE,
        {"cube": built.id, "tokens": built.tokens, "bytes": built.bytes, "seconds": done.result["seconds"]},
    )
    # Another with the same memories finds that one.
    again = space.jobs.submit("build")
    work(memos)
    assert space.jobs.get(again.id).result["cube"] == built.id
    drop = space.jobs.submit("drop", {"cube": built.id})
    twice = space.jobs.submit("drop", {"cube": built.id})
    work(memos)
    assert [space.jobs.get(each.id).state for each in (drop, twice)] == [JobState.DONE] * 2
    assert space.kv.list() == []
    with pytest.raises(NotFoundError):
        space.jobs.submit("drop", {"cube": built.id})


def test_what_the_log_says_of_a_job_names_it(memos: MemOS, space: Memory):
    cubes = told(space, *_TOLD)
    job = space.jobs.submit("archive", {"cubes": cubes[:2]})
    work(memos)
    assert space.jobs.get(job.id).result == {"archived": 2, "left": 0}
    events = [each for each in space.logs.query(action="archive") if each.request_id == f"job-{job.id}"]
    assert len(events) == 2
    assert {each.principal for each in events} == {space.principal}


def test_a_job_has_the_rights_of_who_asked_for_it_as_they_are_when_it_is_done(
    memos: MemOS, space: Memory, mount: Callable[..., Memory]
):
    cubes = told(space, *_TOLD)
    space.permissions.grant("helper", ["read", "write"])
    helper = mount(owner=space.principal, as_="helper")
    job = helper.jobs.submit("archive", {"cubes": cubes[:1]})
    with pytest.raises(ForbiddenError):
        helper.jobs.submit("seal")
    space.permissions.revoke("helper")
    space.permissions.grant("helper", ["read"])
    work(memos)
    assert space.jobs.get(job.id).state is JobState.FAILED
    assert space.cubes.get(cubes[0]).state is State.ACTIVATED


def test_everybody_sees_their_own_jobs_and_who_administers_all(space: Memory, mount: Callable[..., Memory]):
    told(space, *_TOLD)
    space.permissions.grant("reader", ["read", "write"])
    reader = mount(owner=space.principal, as_="reader")
    job = space.jobs.submit("sweep")
    assert reader.jobs.list() == []
    for act in (reader.jobs.get, reader.jobs.cancel):
        with pytest.raises(NotFoundError):
            act(job.id)
    own = reader.jobs.submit("archive")
    assert [each.id for each in space.jobs.list()] == [own.id, job.id]
    assert space.jobs.cancel(own.id).state is JobState.CANCELLED
    assert [each.id for each in space.jobs.list(states=[JobState.QUEUED])] == [job.id]
    with pytest.raises(StateError):
        space.jobs.cancel(own.id)
    space.jobs.cancel(job.id)


@pytest.mark.parametrize(
    ("kind", "given"),
    [("fly", {}), ("drop", {}), ("archive", {"cubes": []}), ("sweep", {"cube": "x"}), ("build", {"cubes": "all"})],
)
def test_what_a_job_cannot_have_is_refused_before_it_is_queued(space: Memory, kind: str, given: dict[str, object]):
    with pytest.raises(InputError):
        space.jobs.submit(kind, given)
    assert space.jobs.list() == []


def test_what_passes_is_tried_again_and_given_up_at_last(
    memos: MemOS, space: Memory, pass_time: PassTime, monkeypatch: pytest.MonkeyPatch
):
    tried: list[str] = []

    def unavailable(*_given: object) -> dict[str, object]:
        tried.append("once")
        raise HostUnavailableError("The model host does not answer.")

    failing = {"sweep": JobKind(unavailable, kinds.NoArguments, kinds.KINDS["sweep"].needs)}
    monkeypatch.setattr(kinds, "KINDS", {**kinds.KINDS, **failing})
    job = space.jobs.submit("sweep")
    for _ in range(8):
        work(memos)
        pass_time(timedelta(minutes=20))
    found = space.jobs.get(job.id)
    assert (found.state, found.attempt, len(tried)) == (JobState.FAILED, 5, 5)
    assert found.problem == "The model host does not answer."


def test_a_job_keeps_no_words_of_a_memory(memos: MemOS, space: Memory, monkeypatch: pytest.MonkeyPatch):
    def quoting(*_given: object) -> dict[str, object]:
        raise InputError("No lesson can be made of 'Dana moved to Lisbon.'")

    monkeypatch.setattr(
        kinds, "KINDS", {**kinds.KINDS, "sweep": JobKind(quoting, kinds.NoArguments, kinds.KINDS["sweep"].needs)}
    )
    job = space.jobs.submit("sweep")
    work(memos)
    assert space.jobs.get(job.id).problem == "input-invalid; the worker's log has the rest."


def test_one_that_slept_past_its_lease_changes_nothing(memos: MemOS, space: Memory, pass_time: PassTime):
    cubes = told(space, *_TOLD)
    space.jobs.submit("archive", {"cubes": cubes})
    queue = memos._services.jobs
    slept = queue.claim("sleeper", ["archive"])
    assert slept is not None
    pass_time(timedelta(minutes=5))
    other = queue.claim("another", ["archive"])
    assert (other.id, other.attempt) == (slept.id, 2)
    with pytest.raises(JobLostError), queue.fence(slept):
        memos.acting(space.principal).lifecycle.archive(cubes[0])
    assert space.cubes.get(cubes[0]).state is State.ACTIVATED
    with queue.fence(other):
        memos.acting(space.principal).lifecycle.archive(cubes[0])
    assert space.cubes.get(cubes[0]).state is State.ARCHIVED
    with pytest.raises(JobLostError):
        queue.done(slept, {})
    queue.done(other, {})


def test_a_cancelled_job_ends_where_it_is(memos: MemOS, space: Memory):
    cubes = told(space, *_TOLD)
    job = space.jobs.submit("archive", {"cubes": cubes})
    claim = memos._services.jobs.claim("worker", ["archive"])
    assert claim is not None
    space.jobs.cancel(job.id)
    assert memos.installation.worker().run(claim) is None
    assert {space.cubes.get(cube).state for cube in cubes} == {State.ACTIVATED}
    assert space.jobs.get(job.id).state is JobState.CANCELLED


def test_workers_that_are_stopped_give_their_jobs_back(memos: MemOS, space: Memory):
    cubes = told(space, *_TOLD)
    job = space.jobs.submit("archive", {"cubes": cubes})
    worker = memos.installation.worker()
    claim = memos._services.jobs.claim(worker.name, ["archive"])
    assert claim is not None
    worker.stop()
    assert worker.run(claim) is JobState.QUEUED
    given_back = space.jobs.get(job.id)
    assert (given_back.attempts, given_back.attempt) == (6, 1)
    workers = Workers(memos.installation.worker, 2)
    workers.start()
    until = time.monotonic() + 30
    while space.jobs.get(job.id).state is not JobState.DONE:
        assert time.monotonic() < until
        time.sleep(0.05)
    workers.stop()
    # One was archived by the first attempt, before it told how far it was.
    assert space.jobs.get(job.id).result == {"archived": 3, "left": 1}


@pytest.mark.teaches
def test_a_distillation_that_was_broken_off_is_gone_on_with(memos: MemOS, space: Memory):
    told(space, *_TOLD)
    job = space.jobs.submit("distill", {"recipe": {"steps": 20}})
    worker, steps = memos.installation.worker(), []

    def interrupt(_claim: Claim, what: str) -> None:
        steps.append(what)

    first = JobWorker(memos._services, memos._services.jobs, told=interrupt)
    claim = memos._services.jobs.claim(first.name, ["distill"])
    assert claim is not None
    first.stop()  # it ends at the first step
    assert first.run(claim) is JobState.QUEUED
    (begun,) = space.lora.list()
    assert (begun.id, begun.state) == (job.id, State.GENERATED)
    worker.work(until_empty=True)
    (taught,) = space.lora.list()
    assert taught.id == job.id
    assert taught.state in {State.ACTIVATED, State.ARCHIVED}
    assert space.jobs.get(job.id).result == {"cube": job.id, "accepted": taught.state is State.ACTIVATED}
