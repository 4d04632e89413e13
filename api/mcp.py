"""MCP over HTTP: the tools of ``memos mcp`` for agents elsewhere. Where its library is not installed, there is none.

Each profile has a path of its own, and ``?space=`` says where tools work that name none.
"""

import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from contextvars import ContextVar
from importlib.util import find_spec
from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import FastAPI, Query, Request
from fastapi.responses import Response
from starlette.types import Receive, Scope, Send

from memos_graph.acting import Acting
from memos_graph.api import problems
from memos_graph.api.auth import CallerDep
from memos_graph.api.mcp_errors import METADATA, PATH
from memos_graph.api.requests import evened_s
from memos_graph.audit import current_request_id
from memos_graph.errors import ForbiddenError, MemosError, NotFoundError
from memos_graph.kit.addresses import is_local
from memos_graph.memos import MemOS
from memos_graph.verbs.fields import SpaceId

_USUAL = "core"
_caller: ContextVar[Acting] = ContextVar("caller")
_space: ContextVar[str | None] = ContextVar("space", default=None)


def install(app: FastAPI) -> None:
    """Add the call, which the protocol describes and not OpenAPI, and the server that answers it while ``app`` serves."""
    app.state.mcp = {}
    if find_spec("mcp") is None:
        return
    from memos_graph.mcp import PROFILES, create_server  # noqa: PLC0415 - its library is optional

    memos: MemOS = app.state.memos

    @contextmanager
    def enter(what: str) -> Iterator[Acting]:
        acting, began = _caller.get(), time.perf_counter()
        try:
            with memos.recording_refusals(acting.principal, what):
                yield acting
        except NotFoundError:
            time.sleep(evened_s(time.perf_counter() - began))
            raise
        except MemosError as error:
            told, hint = problems.told(error, error.code, current_request_id())
            if told == error.message:
                raise
            raise MemosError(told, hint=hint) from error
        finally:
            app.state.metrics.tool(what.removeprefix("mcp "), time.perf_counter() - began)

    for profile in PROFILES:
        path = PATH if profile == _USUAL else f"{PATH}/{profile}"
        app.state.mcp[path] = create_server(enter, space=_space.get, profile=profile)
        app.add_api_route(path, mcp, methods=["POST"], include_in_schema=False)
    if app.state.issuer is not None:
        for path in ("", *app.state.mcp):
            app.add_api_route(f"{METADATA}{path}", signs_in, methods=["GET"], include_in_schema=False)


@asynccontextmanager
async def serving(app: FastAPI) -> AsyncIterator[None]:
    """Answer calls inside the block. Nothing is kept from one to the next: any worker can answer any of them."""
    if not app.state.mcp:
        yield
        return
    from mcp.server.transport_security import TransportSecuritySettings  # noqa: PLC0415

    async with AsyncExitStack() as running:
        for server in app.state.mcp.values():
            server.streamable_http_app(
                stateless_http=True,
                json_response=True,
                max_request_body_size=app.state.memos.settings.max_upload_mb << 20,
                transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),  # see _check
            )
            await running.enter_async_context(server.session_manager.run())
        yield


async def mcp(
    request: Request,
    caller: CallerDep,
    space: Annotated[SpaceId | None, Query(description="Where tools work that name none; none: your notes.")] = None,
) -> Response:
    """Answer one message of the Model Context Protocol."""
    _check(request, request.app.state.memos.settings.api_host)
    return _Handed(caller, space, request.app.state.mcp[request.scope["route"].path])


def signs_in(request: Request) -> dict[str, object]:
    """Return who signs people in for MCP, to programs that have them do so in a browser; everybody may know."""
    _check(request, request.app.state.memos.settings.api_host)
    path = request.url.path.removeprefix(METADATA) or PATH
    return {
        "resource": f"{str(request.base_url).rstrip('/')}{path}",
        "authorization_servers": [request.app.state.issuer.url],
        "bearer_methods_supported": ["header"],
        "resource_name": "memos-graph",
    }


class _Handed(Response):
    """What the library answers, to whoever sent the key."""

    def __init__(self, caller: Acting, space: str | None, server: Any) -> None:
        super().__init__()
        self._acting = caller
        self._space = space
        self._server = server

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        caller, space = _caller.set(self._acting), _space.set(self._space)
        try:
            await self._server.session_manager.handle_request(scope, receive, send)
        finally:
            _space.reset(space)
            _caller.reset(caller)


def _check(request: Request, listens: str) -> None:
    """Refuse what a page of elsewhere has a browser send, as the protocol asks for; raises ``ForbiddenError``."""
    host, origin = request.headers.get("host", ""), request.headers.get("origin")
    if is_local(listens) and not is_local(urlsplit(f"//{host}").hostname or ""):
        raise ForbiddenError(
            f"The request is for the host '{host[:100]}', and MCP listens for this machine alone.",
            hint="Ask 127.0.0.1, or have it listen elsewhere by MEMOS_API_HOST.",
            target=PATH,
        )
    if origin is not None and urlsplit(origin).netloc != host:
        raise ForbiddenError(
            f"The request comes from a page of '{origin[:100]}', and MCP is for programs.",
            hint="Send no Origin from a program.",
            target=PATH,
        )
