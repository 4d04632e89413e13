"""The model host's process: ``python -m memos_graph.host FOLDER``, started by ``supervisor``.

It reads what it is to be from its standard input, loads the model, listens on a free port of the loopback, and writes
``host.json``, by which its clients find it. Every request carries the token of that file.
"""

import hmac
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Iterator
from contextlib import aclosing
from pathlib import Path
from typing import Annotated

import psutil
import uvicorn
from anyio import CancelScope
from fastapi import APIRouter, Depends, FastAPI, Query, Request, Response
from fastapi.concurrency import iterate_in_threadpool, run_in_threadpool
from fastapi.exceptions import RequestValidationError
from fastapi.responses import PlainTextResponse, StreamingResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from memos_graph.config import Settings
from memos_graph.errors import InputError, LimitError, MemosError, ModelError
from memos_graph.host.keys import PayloadKeys
from memos_graph.host.listening import listen_on
from memos_graph.host.lora.distill import await_order
from memos_graph.host.lora.standby import Standby
from memos_graph.host.protocol import (
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
    PayloadId,
    QueuedEvent,
)
from memos_graph.host.record import HostHome, HostRecord, Order
from memos_graph.host.wire import CHALLENGE, NONCE_BYTES, proof
from memos_graph.host.work import Work
from memos_graph.kit.processes import MARK
from memos_graph.kit.turns import Full, QueueTurn, Turns

_LOOPBACK = "127.0.0.1"
_WATCH_S = 1.0
_TELL_S = 5.0
_REFUSED, _UNAUTHORIZED, _BROKEN = 400, 401, 500
_log = logging.getLogger("memos_graph.host")


class Busy:
    """Counts requests under way and remembers when the last one ended; an ASGI middleware."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running = 0
        self._since = time.monotonic()

    def around(self, app: ASGIApp) -> ASGIApp:
        """Return ``app``, counted."""

        async def counted(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http" or scope["path"] in {"/health", CHALLENGE}:
                await app(scope, receive, send)
                return
            with self._lock:
                self._running += 1
            try:
                await app(scope, receive, send)
            finally:
                with self._lock:
                    self._running -= 1
                    self._since = time.monotonic()

        return counted

    def idle_for(self) -> float:
        """Return the seconds since the last request ended; 0 while one is under way."""
        with self._lock:
            return 0.0 if self._running else time.monotonic() - self._since


router = APIRouter()


def _work_of(request: Request) -> Work:
    work: Work = request.app.state.work
    return work


WorkDep = Annotated[Work, Depends(_work_of)]


def create_app(work: Work, token: str, port: int) -> FastAPI:
    """Return the application over ``work``, listening at ``port``; a request without ``token`` is refused, but for a proof."""
    app = FastAPI(
        title="memos-graph model host", docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False
    )
    app.state.work = work
    app.state.distilling = Turns(work.distillations, work.distillations, work.distill_queue)
    app.include_router(router)
    expected = f"Bearer {token}".encode()

    @app.middleware("http")
    async def authenticate(request: Request, proceed: Callable[[Request], Awaitable[Response]]) -> Response:
        given = request.headers.get("authorization", "").encode()
        if request.scope["path"] == CHALLENGE:  # asked before the token is shown
            return await proceed(request)
        if not hmac.compare_digest(given, expected):
            return _failed(Failed(code="unauthenticated", message="The host's token is missing or wrong."), 401)
        return await proceed(request)

    @app.get(CHALLENGE)
    async def prove(nonce: Annotated[str, Query(pattern=f"^[0-9a-f]{{{2 * NONCE_BYTES}}}$")]) -> PlainTextResponse:
        return PlainTextResponse(proof(token, port, bytes.fromhex(nonce)))

    app.add_exception_handler(MemosError, _on_error)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    return app


def _on_error(_: Request, error: Exception) -> Response:
    return _failed(_described(error), _REFUSED if isinstance(error, InputError) else _BROKEN)


def _on_invalid(_: Request, error: Exception) -> Response:
    found = error.errors() if isinstance(error, RequestValidationError) else []
    # Where and why, never what was sent: that may be memories.
    problems = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in found)
    return _failed(Failed(code="input-invalid", message=f"The host can't read the request: {problems}."), _REFUSED)


@router.get("/health")
def health(work: WorkDep) -> HostHealth:
    """Tell what the host is and holds."""
    return work.health()


@router.post("/generate")
def generate(body: Generate, work: WorkDep) -> StreamingResponse:
    """Answer a chat."""
    return _streamed(work.generate(body))


@router.post("/fit")
def fit(body: Fit, work: WorkDep) -> Fitted:
    """Choose what fits the model's window."""
    return work.fit(body)


@router.post("/watermark/detect")
def detect(body: Detect, work: WorkDep) -> Detected:
    """Tell whether a text carries a mark."""
    return work.detect(body)


@router.post("/caches")
def build_cache(body: BuildCache, work: WorkDep) -> CacheBuilt:
    """Build or find a KV-cache."""
    return work.build_cache(body)


@router.get("/caches/{key}")
def holds_cache(key: PayloadId, work: WorkDep) -> CacheHeld:
    """Tell whether a KV-cache is there whole."""
    return work.holds_cache(key)


@router.post("/caches/{key}/adopt")
def adopt_cache(key: PayloadId, work: WorkDep) -> CacheHeld:
    """Take up a KV-cache whose files were brought here."""
    return work.adopt_cache(key)


@router.post("/caches/{key}/read")
def read_cache(key: PayloadId, work: WorkDep) -> CacheLines:
    """Read the memories back out of a KV-cache."""
    return work.read_cache(key)


@router.post("/caches/drop")
def drop_caches(body: DropCaches, work: WorkDep) -> Dropped:
    """Erase KV-caches."""
    return work.drop_caches(body)


@router.post("/caches/keep")
def keep_caches(body: KeepCaches, work: WorkDep) -> Dropped:
    """Erase the KV-caches of a space but those that are named."""
    return work.keep_caches(body)


@router.post("/adapters")
async def distill(body: Distill, work: WorkDep, request: Request) -> StreamingResponse:
    """Distil an adapter, or go on with one, when it is the turn of whom it is for; refused where it has too many waiting."""
    try:
        turn = request.app.state.distilling.ask(body.principal)
    except Full:
        raise LimitError(
            "As many distillations of this principal run or wait as one may have.",
            hint="Wait until one is done; MEMOS_DISTILL_QUEUE allows more.",
        ) from None
    return _Closing(_lined(_in_turn(turn, work.distill(body))), ended=turn.leave)


async def _in_turn(turn: QueueTurn, events: Generator[Event]) -> AsyncGenerator[Event]:
    """Yield ``events`` once it is its turn, and till then that it waits; whoever asked may give it up meanwhile."""
    try:
        while not await turn.comes(_TELL_S):
            yield QueuedEvent()
        async for event in iterate_in_threadpool(events):
            yield event
    finally:
        try:
            with CancelScope(shield=True):  # its process ends before the next one begins
                await run_in_threadpool(events.close)
        finally:
            turn.leave()


@router.post("/adapters/{adapter}/load")
def load(adapter: PayloadId, sha256: Annotated[str, Query(pattern="^[0-9a-f]{64}$")], work: WorkDep) -> AdapterInfo:
    """Load an adapter."""
    return work.load(adapter, sha256)


@router.post("/adapters/{adapter}/open")
def open_adapter(adapter: PayloadId, sha256: Annotated[str, Query(pattern="^[0-9a-f]{64}$")], work: WorkDep) -> Dropped:
    """Lay an adapter out for another engine."""
    return work.open(adapter, sha256)


@router.post("/adapters/{adapter}/unload")
def unload(adapter: PayloadId, work: WorkDep) -> Dropped:
    """Unload an adapter, where it is loaded."""
    return work.unload(adapter)


@router.post("/adapters/{adapter}/evaluate")
def evaluate(adapter: PayloadId, work: WorkDep) -> Evaluation:
    """Measure an adapter."""
    return work.evaluate(adapter)


@router.post("/adapters/{adapter}/externalize")
def externalize(adapter: PayloadId, body: Externalize, work: WorkDep) -> Externalized:
    """Ask an adapter what it holds."""
    return work.externalize(adapter, body)


def _described(error: Exception) -> Failed:
    if isinstance(error, MemosError):
        return Failed(code=error.code, message=error.message, hint=error.hint)
    _log.error("unforeseen", exc_info=error)
    return Failed(code=ModelError.code, message=f"The model host failed: {error!r}.", hint="Its log has the cause.")


def _failed(failed: Failed, status: int) -> Response:
    return Response(failed.model_dump_json(), status_code=status, media_type="application/json")


class _Closing(StreamingResponse):
    """Closes what it streams at its end, and calls ``ended``: also where whoever asked was gone before the first line.

    A generator that was never begun has no end of its own, and one that nobody reads any more ends when garbage is looked for.
    """

    def __init__(self, lines: AsyncGenerator[str], *, ended: Callable[[], None]) -> None:
        super().__init__(lines, media_type="application/x-ndjson")
        self._lines = lines
        self._ended = ended

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            try:
                with CancelScope(shield=True):
                    await self._lines.aclose()
            finally:
                self._ended()


async def _lined(events: AsyncGenerator[Event]) -> AsyncGenerator[str]:
    async with aclosing(events) as told:
        try:
            async for event in told:
                yield event.model_dump_json() + "\n"
        except Exception as error:  # noqa: BLE001 - as below
            yield _described(error).model_dump_json() + "\n"


def _streamed(events: Iterator[Event]) -> StreamingResponse:
    def lines() -> Iterator[str]:
        try:
            for event in events:
                yield event.model_dump_json() + "\n"
        except Exception as error:  # noqa: BLE001 - the stream has begun: the reader is told in it
            yield _described(error).model_dump_json() + "\n"

    return StreamingResponse(lines(), media_type="application/x-ndjson")


def _serve(home: HostHome, order: Order, settings: Settings, work: Work) -> None:
    token = order.token
    busy = Busy()
    listening = listen_on(_LOOPBACK, 0)
    port = listening.getsockname()[1]
    server = uvicorn.Server(
        uvicorn.Config(
            busy.around(create_app(work, token, port)), log_level="warning", access_log=False, lifespan="off"
        )
    )
    listening.listen()  # before the record is there to be read: whoever reads it may connect
    own = psutil.Process()

    def watch() -> None:
        while not server.should_exit:
            time.sleep(_WATCH_S)
            if busy.idle_for() > settings.host_idle:
                _log.warning("idle for %.0f s: ending", settings.host_idle)
                os.kill(os.getpid(), signal.SIGTERM)
                return

    threading.Thread(target=watch, name="memos-host-idle", daemon=True).start()
    HostRecord(
        pid=own.pid,
        created=own.create_time(),
        port=port,
        token=token,
        settings=order.settings,
        keys=work.keys.fingerprint,
        mark=os.environ.get(MARK, ""),
    ).save(home)
    server.run(sockets=[listening])


def main() -> None:
    """Load the model and serve it until idle or told to end; exits 1 with ``failure.json`` when it can't be loaded."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    home = HostHome(Path(sys.argv[1]))
    standby = Standby.where_safe(await_order)  # before it knows a key
    order = Order.handed(sys.stdin.buffer)
    try:
        settings = Settings.load(**order.settings, home=home.root.parent)
        wrapping = bytes.fromhex(order.keys["wrapping"])
        work = Work(settings, home, PayloadKeys(Path(order.keys["folder"]), lambda: wrapping), standby)
    except MemosError as error:
        home.failure.write_text(_described(error).model_dump_json(), encoding="utf-8")
        sys.exit(1)
    _serve(home, order, settings, work)
