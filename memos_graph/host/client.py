"""Speaks to the model host: starts it on demand, raises its errors as ours, and never waits without end."""

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

import httpx
from pydantic import BaseModel

from memos_graph import errors
from memos_graph.config import Settings
from memos_graph.errors import HostUnavailableError, MemosError, ModelError
from memos_graph.host.keys import PayloadKeys
from memos_graph.host.protocol import (
    EVENT,
    AdapterInfo,
    BuildCache,
    CacheBuilt,
    CacheHeld,
    CacheLines,
    Detect,
    Detected,
    Distill,
    DropCaches,
    Dropped,
    Evaluation,
    Event,
    Externalize,
    Externalized,
    Failed,
    Fit,
    Fitted,
    Generate,
    HostHealth,
    KeepCaches,
)
from memos_graph.host.record import HostRecord
from memos_graph.host.supervisor import HostProcess
from memos_graph.host.wire import HANGS, ProvenTransport

Answer = TypeVar("Answer", bound=BaseModel)
_CONNECT_S = 5.0
_BY_CODE = {
    found.code: found for found in vars(errors).values() if isinstance(found, type) and issubclass(found, MemosError)
}
_until: ContextVar[float | None] = ContextVar("until", default=None)


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Have every call inside the block give up ``seconds`` from now, as from a host that is silent for too long."""
    token = _until.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _until.reset(token)


class HostClient:
    """A connection to the model host of ``settings``; safe to share between threads. Close it.

    Every call starts the host when none runs. One that ends or hangs meanwhile is a ``HostUnavailableError``: no call is
    repeated by itself once the host may have begun with it.
    """

    def __init__(self, settings: Settings, keys: PayloadKeys) -> None:
        self.process = HostProcess(settings, keys)
        # The host is on the loopback: no proxy of the environment may see the token, or memories.
        self._transport = ProvenTransport(settings.timeout_s)
        self._client = httpx.Client(
            transport=self._transport, timeout=httpx.Timeout(settings.host_timeout, connect=_CONNECT_S), trust_env=False
        )
        self._silence = settings.host_timeout
        self._served: tuple[HostRecord, HostHealth] | None = None

    def start_ahead(self) -> None:
        """Start the host in a thread of its own, so that the first call waits less; what is wrong with it, that one is told."""
        threading.Thread(target=self._start_quietly, name="memos-host-start", daemon=True).start()

    def _start_quietly(self) -> None:
        with suppress(MemosError):  # the first call tries again, and raises it
            self.process.ensure()

    def health(self) -> HostHealth:
        """Return what the host is and holds, starting it where needed."""
        return self._ask("GET", "/health", None, HostHealth)

    def serving(self) -> HostHealth:
        """Return what the running host is, as it said when it was first asked: its model stays the same while it lives."""
        record = self._ready()
        if self._served is None or self._served[0] != record:
            health = self.health()
            if health.pid != record.pid:  # another host took its place meanwhile
                return health
            self._served = record, health
        return self._served[1]

    def generate(self, request: Generate) -> Iterator[Event]:
        """Yield the pieces of an answer and last a ``Generated``; closing the iterator ends the generation."""
        return self._stream("/generate", request)

    def fit(self, request: Fit) -> Fitted:
        """Choose what fits the model's window."""
        return self._ask("POST", "/fit", request, Fitted)

    def detect(self, request: Detect) -> Detected:
        """Tell whether a text carries a mark; raises ``InputError`` for one that is too short."""
        return self._ask("POST", "/watermark/detect", request, Detected)

    def build_cache(self, request: BuildCache) -> CacheBuilt:
        """Prefill memories and keep their KV-cache; the same one asked for twice at once is built once."""
        return self._ask("POST", "/caches", request, CacheBuilt)

    def holds_cache(self, key: str) -> bool:
        """Tell whether a KV-cache is there whole, to be used at once."""
        return self._ask("GET", f"/caches/{key}", None, CacheHeld).whole

    def adopt_cache(self, key: str) -> bool:
        """Have the host take up a KV-cache whose files were put into its folder; returns whether it is there whole then."""
        return self._ask("POST", f"/caches/{key}/adopt", None, CacheHeld).whole

    def read_cache(self, key: str) -> CacheLines:
        """Read the memories back out of a KV-cache; raises ``PayloadError`` for a damaged one, ``InputError`` for none."""
        return self._ask("POST", f"/caches/{key}/read", None, CacheLines)

    def drop_caches(self, request: DropCaches) -> Dropped:
        """Forget KV-caches in every tier, files too; unknown keys are ignored."""
        return self._ask("POST", "/caches/drop", request, Dropped)

    def keep_caches(self, request: KeepCaches) -> Dropped:
        """Forget the KV-caches of a space but those that are named, in every tier."""
        return self._ask("POST", "/caches/keep", request, Dropped)

    def distill(self, request: Distill) -> Iterator[Event]:
        """Yield the progress of a distillation and last a ``Distilled``; repeated with the same id, it resumes."""
        return self._stream("/adapters", request)

    def load(self, adapter: str, sha256: str) -> AdapterInfo:
        """Load an adapter whose payload has this checksum; raises ``PayloadError`` for any other."""
        return self._ask("POST", f"/adapters/{adapter}/load", None, AdapterInfo, params={"sha256": sha256})

    def open_adapter(self, adapter: str, sha256: str) -> Path:
        """Have an adapter laid out as other engines read it, unencrypted; returns its folder, which goes when it is erased."""
        self._ask("POST", f"/adapters/{adapter}/open", None, Dropped, params={"sha256": sha256})
        return self.process.home.opened / adapter

    def unload(self, adapter: str) -> Dropped:
        """Take an adapter out of memory, where it is loaded; its files stay."""
        return self._ask("POST", f"/adapters/{adapter}/unload", None, Dropped)

    def evaluate(self, adapter: str) -> Evaluation:
        """Measure again what an adapter holds and breaks."""
        return self._ask("POST", f"/adapters/{adapter}/evaluate", None, Evaluation)

    def externalize(self, adapter: str, request: Externalize) -> Externalized:
        """Return what an adapter says surely."""
        return self._ask("POST", f"/adapters/{adapter}/externalize", request, Externalized)

    def close(self) -> None:
        """Close the connection; the host runs on for others until it has been idle long enough."""
        self._client.close()

    def _ask(
        self, method: str, path: str, request: BaseModel | None, answer: type[Answer], params: Mapping[str, str] = {}
    ) -> Answer:
        record = self._ready()
        try:
            reply = self._client.request(
                method,
                record.url + path,
                headers=_headers(record),
                content=None if request is None else request.model_dump_json(),
                params=dict(params),
                timeout=self._timeout(),
            )
        except httpx.HTTPError as error:
            raise self._unavailable(error) from error
        if reply.is_error:
            raise _failure(reply)
        return answer.model_validate_json(reply.content)

    def _stream(self, path: str, request: BaseModel) -> Iterator[Event]:
        record = self._ready()
        try:
            with self._client.stream(
                "POST",
                record.url + path,
                headers=_headers(record),
                content=request.model_dump_json(),
                timeout=self._timeout(),
            ) as reply:
                if reply.is_error:
                    reply.read()
                    raise _failure(reply)
                event: Event | None = None
                for line in reply.iter_lines():
                    self._timeout()
                    event = EVENT.validate_json(line)
                    if isinstance(event, Failed):
                        raise _raised(event)
                    yield event
                if event is None or event.event in {"token", "progress", "queued"}:
                    raise HostUnavailableError("The model host ended before its answer did.", hint="Ask again.")
        except httpx.HTTPError as error:
            raise self._unavailable(error) from error

    def _ready(self) -> HostRecord:
        record = self.process.ensure()
        self._transport.expect(record.port, record.token)
        return record

    def _timeout(self) -> httpx.Timeout:
        until = _until.get()
        left = self._silence if until is None else min(self._silence, until - time.monotonic())
        if left <= 0:
            raise HostUnavailableError(
                "The model host was not ready within the time allowed.", hint="Allow more time, or ask for less."
            )
        return httpx.Timeout(left, connect=min(left, _CONNECT_S))

    def _unavailable(self, error: httpx.HTTPError) -> HostUnavailableError:
        self.process.doubt()
        if isinstance(error, httpx.TimeoutException) and str(error) == HANGS:
            return HostUnavailableError(
                "The model host hangs: it does not answer, not even that it is there.",
                hint="Ask again: it is replaced by one that answers. MEMOS_TIMEOUT_S sets how long is waited.",
            )
        if isinstance(error, httpx.TimeoutException):
            return HostUnavailableError(
                f"The model host has said nothing for {self._silence:.0f} s.",
                hint="Ask for less, raise MEMOS_HOST_TIMEOUT, or end it by `memos stop`.",
            )
        return HostUnavailableError(
            f"The model host ended, or can't be reached: {error!r}. No memory is lost.",
            hint=f"Ask again: it is started anew. {self.process.home.log} may say why it ended.",
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _headers(record: HostRecord) -> dict[str, str]:
    return {"Authorization": f"Bearer {record.token}", "Content-Type": "application/json"}


def _failure(reply: httpx.Response) -> MemosError:
    try:
        return _raised(Failed.model_validate_json(reply.content))
    except ValueError:
        return ModelError(f"The model host refused the request with status {reply.status_code}.")


def _raised(failed: Failed) -> MemosError:
    return _BY_CODE.get(failed.code, ModelError)(failed.message, hint=failed.hint)
