"""Finds, starts and stops the model host of a home; one serves every process that uses the same home."""

import os
import sys
import time
from contextlib import suppress

import httpx
from filelock import FileLock, Timeout

from memos_graph.config import Settings
from memos_graph.errors import ConfigurationError, HostUnavailableError, ModelError
from memos_graph.host.keys import PayloadKeys
from memos_graph.host.protocol import PROTOCOL, Failed, HostHealth
from memos_graph.host.record import MODULE, HostHome, HostRecord, Order, read_record, same_host, wanted
from memos_graph.host.wire import ProvenTransport
from memos_graph.kit.children import Child, end, start_detached
from memos_graph.kit.extras import check
from memos_graph.kit.files import using_folders

_HEALTH_TIMEOUT_S = 5.0
_END_TIMEOUT_S = 10.0
_POLL_S = 0.05
_LOG_TAIL_CHARS = 2000


class HostProcess:
    """The model host as ``settings`` want it.

    A host with other settings is replaced: there is one model a host, and one host a home. It is detached from whoever
    started it, and ends by itself after ``host_idle`` seconds without a request. ``keys`` seal its payloads; without them
    a host can be asked about and ended, not started.
    """

    def __init__(self, settings: Settings, keys: PayloadKeys | None = None) -> None:
        self.settings = settings
        self.keys = keys
        self.home = HostHome.of(settings)
        self._trusted: HostRecord | None = None

    def ensure(self) -> HostRecord:
        """Return a host that answers, started where needed.

        Raises ``HostUnavailableError`` when it does not come up in time, or the ``ModelError`` it ended with, such as
        for a model that does not exist.
        """
        if (record := self.running()) is not None and (record == self._trusted or self._fits(record)):
            self._trusted = record
            return record
        try:
            with using_folders(), self._locked():
                if (found := self.running()) is not None:
                    if found != record and self._fits(found):  # somebody else has replaced it meanwhile
                        return found
                    self._end(found)
                return self._start()
        except Timeout as error:
            raise HostUnavailableError(
                f"Another process has held {self.home.lock} for {self.settings.host_start_timeout:.0f} s.",
                hint="See `memos status`; end that process if it hangs.",
            ) from error

    def _locked(self) -> FileLock:
        self.home.create()
        return FileLock(self.home.lock, timeout=self.settings.host_start_timeout, mode=0o600)

    def doubt(self) -> None:
        """Have the next ``ensure`` ask the host how it is: it has just failed somebody."""
        self._trusted = None

    def running(self) -> HostRecord | None:
        """Return the host that runs now, whatever its settings; never starts one."""
        record = read_record(self.home)
        return record if record and record.process(MODULE, str(self.home.root)) else None

    def health(self) -> HostHealth | None:
        """Ask the running host how it is; ``None`` when none runs. Raises ``HostUnavailableError`` when it is silent."""
        record = self.running()
        return None if record is None else ask_health(record)

    def stop(self) -> bool:
        """End the host, whoever uses it; returns whether one ran."""
        if self.running() is None:
            return False
        with using_folders(), FileLock(self.home.lock, timeout=self.settings.host_start_timeout, mode=0o600):
            record = self.running()
            if record is not None:
                self._end(record)
            return record is not None

    def _fits(self, record: HostRecord) -> bool:
        same_keys = self.keys is None or record.keys == self.keys.fingerprint
        if not same_keys or not same_host(record.settings, wanted(self.settings)):
            return False
        try:
            return ask_health(record).protocol == PROTOCOL
        except HostUnavailableError:
            return False  # it hangs, or is about to end: it is replaced

    def _start(self) -> HostRecord:
        if self.keys is None:
            raise ConfigurationError("The model host can't be started without the keys of its payloads.")
        check("host", "The model host", "transformers", "peft", "fastapi", "uvicorn")
        self.home.failure.unlink(missing_ok=True)
        self.home.record.unlink(missing_ok=True)
        self.home.order.unlink(missing_ok=True)
        command = [sys.executable, "-m", MODULE, str(self.home.root)]
        child = start_detached(command, log=self.home.log, env=os.environ, piped=True)
        if child.stdin is not None:
            with suppress(BrokenPipeError):  # it has ended; its log says why
                Order.of(self.settings, self.keys).hand_over(child.stdin)
        return self._await(child)

    def _await(self, child: Child) -> HostRecord:
        until = time.monotonic() + self.settings.host_start_timeout
        while time.monotonic() < until:
            if (status := child.ended) is not None:
                raise self._why(status)
            record = read_record(self.home)
            if record is not None and record.pid == child.process.pid:
                return record
            time.sleep(_POLL_S)
        child.kill()
        raise HostUnavailableError(
            f"The model host did not load '{self.settings.model}' within {self.settings.host_start_timeout:.0f} s.",
            hint=f"Raise MEMOS_HOST_START_TIMEOUT, or see {self.home.log}.",
        )

    def _why(self, status: int) -> ModelError:
        try:
            said = Failed.model_validate_json(self.home.failure.read_bytes())
            return ModelError(said.message, hint=said.hint)
        except (OSError, ValueError):
            tail = self.home.log.read_text(encoding="utf-8", errors="replace")[-_LOG_TAIL_CHARS:].strip()
            last = tail.splitlines()[-1] if tail else "it said nothing"
            return HostUnavailableError(
                f"The model host ended with status {status} while it started: {last}", hint=f"See {self.home.log}."
            )

    def _end(self, record: HostRecord) -> None:
        process = record.process(MODULE, str(self.home.root))
        if process is None:
            return
        end(process, within_s=_END_TIMEOUT_S)  # with the child in which it distils
        self.home.record.unlink(missing_ok=True)


def ask_health(record: HostRecord) -> HostHealth:
    """Ask a host how it is; raises ``HostUnavailableError``."""
    transport = ProvenTransport(_HEALTH_TIMEOUT_S)
    transport.expect(record.port, record.token)
    try:
        with httpx.Client(transport=transport, timeout=_HEALTH_TIMEOUT_S, trust_env=False) as client:
            reply = client.get(f"{record.url}/health", headers={"Authorization": f"Bearer {record.token}"})
        reply.raise_for_status()
        return HostHealth.model_validate_json(reply.content)
    except (httpx.HTTPError, ValueError) as error:
        raise HostUnavailableError(
            f"The model host (process {record.pid}) does not answer: {error!r}.", hint="`memos stop` ends it."
        ) from error
