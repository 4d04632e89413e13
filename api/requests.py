"""What surrounds every request: its id, its size limit, its metrics, and the answer to what nobody foresaw."""

import asyncio
import logging
import math
import re
import time
from contextlib import nullcontext

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from memos_graph import audit
from memos_graph.api import problems
from memos_graph.api.admission import Admission, late
from memos_graph.api.metrics import Metrics
from memos_graph.errors import LimitError
from memos_graph.integrity.withheld import gathering
from memos_graph.kit.ids import new_id
from memos_graph.kit.traces import Traces
from memos_graph.kit.turns import Full, QueueTurn

_TOKEN = re.compile(r"[A-Za-z0-9._-]{1,128}")
_NOT_FOUND, _UNAVAILABLE = 404, 503
# What may not be seen takes a little longer to refuse than what is not there: both are answered at the next of these, seconds.
_STEP_S = 0.02
_log = logging.getLogger("memos_graph.api")


class Requests:
    """Pure ASGI middleware, so that the request id reaches the threads that endpoints run in."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics, max_bytes: int, admission: Admission, traces: Traces) -> None:
        self._app = app
        self._metrics = metrics
        self._max_bytes = max_bytes
        self._admission = admission
        self._traces = traces

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on under its id, and see that it ends in an answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        request_id = request_id_of(headers)
        scope.setdefault("state", {})["request_id"] = request_id
        status = 0

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                if status == _NOT_FOUND:
                    await asyncio.sleep(evened_s(time.perf_counter() - started))
                told = MutableHeaders(scope=message)
                told["X-Request-ID"] = request_id
                if withheld:
                    told["X-Memos-Withheld"] = str(len(withheld))
            await send(message)

        started = time.perf_counter()
        try:
            client = (scope.get("client") or ("",))[0]
            arriving = self._traces.arriving(headers.get("traceparent"))
            with arriving, audit.request(request_id), audit.naming_refusals(), gathering() as withheld:
                turn = self._admission.ask(scope["method"], scope["path"], headers, client)
                async with turn or nullcontext():
                    await self._app(scope, _limited(receive, headers, self._max_bytes), answer)
                    _note_hanging(turn, status)
        except (LimitError, Full) as error:
            self._metrics.refused.inc()
            limit = error if isinstance(error, LimitError) else late()
            await _refused(limit, request_id, scope)(scope, receive, answer)
        except ClientDisconnect:
            _log.debug("request %s: whoever sent it is gone", request_id)
        except Exception:
            # The one place that catches everything: a request must end in an answer, and the cause in the log.
            _log.exception("request %s failed", request_id)
            if status:
                raise
            await problems.unexpected(request_id, scope["path"])(scope, receive, answer)
        finally:
            route = getattr(scope.get("route"), "path", "none")
            self._metrics.request(scope["method"], route, status, time.perf_counter() - started)


def _note_hanging(turn: QueueTurn | None, status: int) -> None:
    """Tell those who wait for a turn that this one waited in vain for the database or the model host."""
    if turn is not None and status == _UNAVAILABLE:
        turn.hung()


def _refused(error: LimitError, request_id: str, scope: Scope) -> Response:
    """Return the answer to a request that got no turn: where people look at pages, a page."""
    for below, page in scope["app"].state.refused_pages.items():
        if scope["path"] == below or scope["path"].startswith(f"{below}/"):
            found: Response = page(Request(scope), error)
            return found
    return problems.limited(error, request_id, scope["path"])


def evened_s(taken_s: float) -> float:
    """Return how long an answer that something is not found waits, so that its time does not tell what was looked for."""
    return math.ceil(taken_s / _STEP_S) * _STEP_S - taken_s


def request_id_of(headers: Headers) -> str:
    """Return the caller's ``X-Request-ID`` when it is a plain token and none of the product's own, and a new id otherwise."""
    given = headers.get("x-request-id", "")
    return given if _TOKEN.fullmatch(given) and not audit.is_reserved(given) else new_id()


def _limited(receive: Receive, headers: Headers, max_bytes: int) -> Receive:
    """Refuse a body over ``max_bytes`` before it is read whole, whatever its headers say of its length."""
    announced = headers.get("content-length", "")
    read = 0

    async def limited() -> Message:
        nonlocal read
        if announced.isdecimal() and int(announced) > max_bytes:
            raise _too_large(max_bytes)
        message = await receive()
        read += len(message.get("body", b""))
        if read > max_bytes:
            raise _too_large(max_bytes)
        return message

    return limited


def _too_large(max_bytes: int) -> HTTPException:
    # The connection is closed: what the client still sends is not worth reading.
    detail = f"The body is larger than the {max_bytes >> 20} MiB allowed (MEMOS_MAX_UPLOAD_MB)."
    return HTTPException(413, detail, headers={"Connection": "close"})
