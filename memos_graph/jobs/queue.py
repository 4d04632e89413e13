"""The queue of jobs: ``:Job`` nodes, which are the one truth of what is to be done, is being done and was done.

A worker claims a job in one transaction and has it for as long as its lease, which it renews. The number of the attempt is its fencing token:
each transaction that it commits for the job checks in the end that the token is still the job's (``fence``), so that a worker that slept
past its lease, or whose job was cancelled, changes nothing any more. Jobs hold ids and numbers, never content.
"""

import json
from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

from memos_graph.errors import JobLostError, NotFoundError, StateError
from memos_graph.graph.fencing import fenced
from memos_graph.graph.rows import Row
from memos_graph.graph.runner import Runner, Transaction
from memos_graph.jobs.job import Claim, Job, JobState, claim_of
from memos_graph.kit.clock import now
from memos_graph.kit.ids import new_id

ATTEMPTS = 5
KEPT_DAYS = 90
_LOOKED_AT = 20
_PRUNED_AT_ONCE = 1000
_BACKOFF_S = (1.0, 5.0, 30.0, 120.0, 600.0)


class JobQueue:
    """The jobs of one database. ``lease_s`` how long a worker has a job without being heard of, seconds."""

    def __init__(self, runner: Runner, *, lease_s: float) -> None:
        self._runner = runner
        self.lease_s = lease_s

    def submit(
        self,
        kind: str,
        given: dict[str, Any],
        *,
        space: str,
        principal: str,
        id: str | None = None,  # noqa: A002 - the id of what is submitted, as everywhere
        after_s: float = 0.0,
        attempts: int = ATTEMPTS,
        why: str | None = None,
    ) -> str:
        """Queue a job of a space; returns its id. The right to it is checked when it is done, as ``principal``.

        * ``id`` of a job submitted before: then nothing is queued twice.
        * ``after_s`` seconds before it may begin. ``attempts`` how often it may be begun. ``why`` the scheduler asks for it.
        * Raises ``NotFoundError`` where there is no such space.
        """
        at = now()
        properties = {
            "kind": kind,
            "state": JobState.QUEUED.value,
            "given": json.dumps(given, sort_keys=True),
            "attempt": 0,
            "attempts": attempts,
            "created_by": principal,
            "created_at": at,
            "due_at": at + timedelta(seconds=after_s),
            "why": why,
            "traceparent": self._runner.traces.carried(),
        }
        rows = self._runner.write("jobs/submit", space=space, job=id or new_id(), properties=properties)
        if not rows:
            raise NotFoundError(f"There is no space '{space}'.", target=space)
        submitted: str = rows[0]["id"]
        return submitted

    def claim(self, worker: str, kinds: Collection[str]) -> Claim | None:
        """Take the next job of these kinds that is due; ``None``: there is none."""
        for row in self._runner.read("jobs/due", kinds=sorted(kinds), now=now(), limit=_LOOKED_AT):
            at = now()
            until = at + timedelta(seconds=self.lease_s)
            taken = self._runner.write("jobs/take", job=row["id"], worker=worker, now=at, until=until)
            if taken and taken[0]["state"] == JobState.RUNNING:
                return claim_of(taken[0])
        return None

    def renew(self, claim: Claim, step: int | None = None, steps: int | None = None) -> bool:
        """Prolong the lease of a job, and note how far it is; returns whether it is still this worker's."""
        until = now() + timedelta(seconds=self.lease_s)
        return bool(
            self._runner.write("jobs/renew", job=claim.id, attempt=claim.attempt, until=until, step=step, steps=steps)
        )

    def fence(self, claim: Claim) -> AbstractContextManager[None]:
        """Return a block whose transactions commit only while the job is still this worker's; else they raise ``JobLostError``."""

        def check(tx: Transaction) -> None:
            if tx.one("jobs/hold", job=claim.id, attempt=claim.attempt) is None:
                raise lost(claim)

        return fenced(check)

    def done(self, claim: Claim, result: dict[str, Any]) -> None:
        """Note that a job is done. Raises ``JobLostError`` when it was not this worker's any more."""
        self._end(claim, JobState.DONE, result=result)

    def failed(self, claim: Claim, problem: str, *, again: bool) -> JobState:
        """Note what an attempt failed of; returns what became of the job: it is queued once more if ``again`` and it may be."""
        retried = again and claim.attempt < claim.attempts
        pause = _BACKOFF_S[min(claim.attempt, len(_BACKOFF_S)) - 1]
        self._end(
            claim, JobState.QUEUED if retried else JobState.FAILED, problem=problem, after_s=pause if retried else 0.0
        )
        return JobState.QUEUED if retried else JobState.FAILED

    def release(self, claim: Claim) -> None:
        """Give a job back that this worker has no time for any more; the attempt does not count. Raises ``JobLostError``."""
        self._end(claim, JobState.QUEUED, more=1)

    def cancel(self, job: str, *, space: str) -> None:
        """Have nobody do a job any more. Raises ``NotFoundError``, and ``StateError`` for one that has ended."""
        rows = self._runner.write("jobs/cancel", job=job, space=space, now=now())
        if not rows:
            raise _none(job, space)
        if not rows[0]["cancelled"]:
            raise StateError(
                f"Job {job} has ended: there is nothing left of it to cancel.",
                hint="`memos jobs list` shows what came of it.",
            )

    def get(self, job: str, *, space: str, by: str | None = None) -> Job:
        """Return a job of a space, or only if it is of ``by``; raises ``NotFoundError``."""
        rows = self._runner.read("jobs/list", space=space, by=by, job=job, states=[], scheduled=False, limit=1)
        if not rows:
            raise _none(job, space)
        return _job(rows[0])

    def every(
        self,
        space: str,
        *,
        by: str | None = None,
        states: Collection[JobState] = (),
        scheduled: bool = False,
        limit: int = 100,
    ) -> Sequence[Job]:
        """Return the jobs of a space, or those of ``by`` in it, newest first; ``scheduled`` those the scheduler asked for."""
        wanted = sorted(state.value for state in states)
        rows = self._runner.read(
            "jobs/list", space=space, by=by, job=None, states=wanted, scheduled=scheduled, limit=limit
        )
        return [_job(row) for row in rows]

    def prune(self, *, kept_days: float = KEPT_DAYS) -> int:
        """Forget the jobs that ended longer ago; the log of their space keeps what they did. Returns how many."""
        before, pruned = now() - timedelta(days=kept_days), 0
        while True:
            count = int(self._runner.write("jobs/prune", before=before, limit=_PRUNED_AT_ONCE)[0]["pruned"])
            pruned += count
            if count < _PRUNED_AT_ONCE:
                return pruned

    def _end(
        self,
        claim: Claim,
        state: JobState,
        *,
        problem: str | None = None,
        result: dict[str, Any] | None = None,
        after_s: float = 0.0,
        more: int = 0,
    ) -> None:
        at = now()
        ended = self._runner.write(
            "jobs/end",
            job=claim.id,
            attempt=claim.attempt,
            state=state.value,
            due_at=at + timedelta(seconds=after_s),
            problem=problem,
            result=None if result is None else json.dumps(result, sort_keys=True),
            more=more,
            now=at,
        )
        if not ended:
            raise lost(claim)


def lost(claim: Claim) -> JobLostError:
    """Return the error of a worker whose job is another's by now, or nobody's."""
    return JobLostError(
        f"Attempt {claim.attempt} at job {claim.id} has lost it: its lease ran out, or the job was cancelled. "
        "What it did not commit before is not kept.",
        hint="`memos jobs list` shows who has it.",
    )


def _none(job: str, space: str) -> NotFoundError:
    return NotFoundError(f"There is no job '{job}' in '{space}'.", hint="`memos jobs list` shows them.", target=space)


def _job(row: Row) -> Job:
    parsed = {"given": json.loads(row["given"]), "result": json.loads(row["result"]) if row["result"] else None}
    return Job(**{**row, **parsed})
