"""Does jobs: claims one after the other, keeps each while it works, and says what came of it.

Any number of workers on any machines may do so beside each other. A second thread renews the lease of the job at hand, so that a long one is
not taken for lost; whoever really was away longer than that finds its transactions refused (``JobQueue.fence``).
"""

import contextlib
import json
import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from memos_graph.audit import request
from memos_graph.errors import (
    AccessError,
    DatabaseError,
    HostUnavailableError,
    JobLostError,
    LimitError,
    MemosError,
    PolicyError,
    RemoteBusyError,
    StateError,
)
from memos_graph.jobs.job import Claim, JobState
from memos_graph.jobs.queue import JobQueue, lost
from memos_graph.kit.ids import new_id
from memos_graph.kit.traces import STORE
from memos_graph.scheduler.kinds import KINDS, JobKind, checked
from memos_graph.services import Services

_log = logging.getLogger(__name__)
_RENEWALS = 3
"""How often a lease is renewed before it would run out."""
_STOP_S = 5.0
_AGAIN = (DatabaseError, HostUnavailableError, LimitError, RemoteBusyError, StateError)
"""What passes: the job is tried again later."""
_TOLD = (*_AGAIN, AccessError, PolicyError)
"""Errors whose words name ids and acts, never what a memory says: the job keeps them."""

Told = Callable[[Claim, str], None]
"""Told of a job that was begun, or how it ended."""


class JobWorker:
    """Does the jobs of one database, of all ``kinds`` or some.

    ``told`` hears of each as it begins and ends.
    """

    def __init__(
        self,
        services: Services,
        queue: JobQueue,
        *,
        kinds: Mapping[str, JobKind[Any]] = KINDS,
        told: Told | None = None,
    ) -> None:
        self._services = services
        self._queue = queue
        self._kinds = kinds
        self._told = told or (lambda _claim, _what: None)
        self._ended = threading.Event()
        self.name = f"{socket.gethostname()}/{os.getpid()}/{new_id()[-6:]}"

    def work(self, *, idle_s: float = 1.0, until_empty: bool = False) -> int:
        """Do jobs until ``stop``, looking for one every ``idle_s`` seconds; or until none is due. Returns how many were done."""
        done = 0
        while not self._ended.is_set():
            try:
                claim = self._queue.claim(self.name, self._kinds)
            except DatabaseError as error:
                if until_empty:
                    raise
                _log.warning("jobs can't be looked for, which is tried again: %s", error)
                claim = None
            if claim is not None:
                done += self.run(claim) is JobState.DONE
            elif until_empty:
                break
            else:
                self._ended.wait(idle_s)
        return done

    def stop(self) -> None:
        """End: the job at hand is given back when it next tells how far it is, or else done first."""
        self._ended.set()

    def run(self, claim: Claim) -> JobState | None:
        """Do one job that was claimed; returns what became of it, ``None``: it was lost to another, or nobody knows yet."""
        self._told(claim, "begun")
        try:
            state = self._run(claim)
        except JobLostError as error:
            _log.warning("%s", error.message)
            state = None
        except DatabaseError as error:  # its lease runs out, and somebody goes on with it
            _log.warning("what became of job %s could not be noted: %s", claim.id, error)
            state = None
        self._told(claim, "lost" if state is None else state.value)
        return state

    def _run(self, claim: Claim) -> JobState:
        try:
            kind, given = checked(claim.kind, json.loads(claim.given))
            metered = self._services.audit.bill.metering(claim.kind, claim.space, claim.principal)
            with (
                self._kept(claim) as job,
                self._queue.fence(claim),
                request(f"job-{claim.id}"),
                metered,
                self._traced(claim),
            ):
                result = kind.run(self._services, job, given)
        except JobLostError:
            raise
        except _Stopped:
            self._queue.release(claim)
            return JobState.QUEUED
        except MemosError as error:
            _log.warning("job %s (%s) failed: %s", claim.id, claim.kind, error)
            return self._queue.failed(claim, _problem(error), again=isinstance(error, _AGAIN))
        except Exception as error:  # noqa: BLE001 - one job that can't be done must not end who does the others
            _log.exception("job %s (%s) failed", claim.id, claim.kind)
            return self._queue.failed(claim, f"{type(error).__name__}; the worker's log has the rest.", again=True)
        self._queue.done(claim, result)
        return JobState.DONE

    @contextlib.contextmanager
    def _traced(self, claim: Claim) -> Iterator[None]:
        told = {"memos.job.id": claim.id, "memos.job.attempt": claim.attempt, STORE: claim.space}
        span = self._services.runner.traces.begin(f"memos.job {claim.kind}", told, link=claim.traceparent)
        with span.going() if span else contextlib.nullcontext():
            yield
        if span:
            span.end()

    @contextlib.contextmanager
    def _kept(self, claim: Claim) -> Iterator["_Underway"]:
        job, ended = _Underway(claim, self._ended), threading.Event()
        keeper = threading.Thread(target=self._keep, args=(job, ended), name="memos-job-lease", daemon=True)
        keeper.start()
        try:
            yield job
        finally:
            ended.set()
            keeper.join()

    def _keep(self, job: "_Underway", ended: threading.Event) -> None:
        heard = time.monotonic()
        while not ended.wait(self._queue.lease_s / _RENEWALS):
            try:
                if not self._queue.renew(job.claim, job.step, job.steps):
                    job.lost = True
                    return
                heard = time.monotonic()
            except DatabaseError as error:
                _log.warning("the lease of job %s could not be renewed, which is tried again: %s", job.id, error)
                job.lost = time.monotonic() - heard > self._queue.lease_s


class _Underway:
    """The job at hand, as its kind sees it."""

    def __init__(self, claim: Claim, stopped: threading.Event) -> None:
        self.claim = claim
        self._stopped = stopped
        self.id = claim.id
        self.space = claim.space
        self.principal = claim.principal
        self.step: int | None = None
        self.steps: int | None = None
        self.lost = False

    def progress(self, step: int, steps: int) -> None:
        self.step, self.steps = step, steps
        if self.lost:
            raise lost(self.claim)
        if self._stopped.is_set() and step < steps:
            raise _Stopped


class _Stopped(Exception):  # noqa: N818 - nothing went wrong
    """The worker was told to end."""


def _problem(error: MemosError) -> str:
    """Return what a job keeps of an error: jobs hold no content, which the words of some errors quote."""
    if isinstance(error, _TOLD):
        return error.message
    return f"{error.code}; the worker's log has the rest."


class Workers:
    """Some workers beside each other, each in a thread of its own, between ``start`` and ``stop``."""

    def __init__(self, make: Callable[[], JobWorker], count: int) -> None:
        self._workers = [make() for _ in range(count)]
        self._threads = [
            threading.Thread(target=each.work, name=f"memos-worker-{number}", daemon=True)
            for number, each in enumerate(self._workers)
        ]

    def start(self) -> None:
        """Begin."""
        for each in self._threads:
            each.start()

    def stop(self) -> None:
        """End; a job that takes longer than ``_STOP_S`` is left: its lease runs out, and another worker goes on with it."""
        for worker in self._workers:
            worker.stop()
        until = time.monotonic() + _STOP_S
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))
