"""Puts the application together: routers, problems, request ids, OpenAPI."""

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Any

from anyio.to_thread import current_default_thread_limiter
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from memos_graph.api import (
    bundles,
    chat,
    console,
    cubes,
    declared,
    docs,
    exports,
    mcp,
    models,
    pipelines,
    policies,
    problems,
    search,
    spaces,
    system,
)
from memos_graph.api.admission import Admission
from memos_graph.api.issuer import Issuer
from memos_graph.api.mem0.routes import router as mem0
from memos_graph.api.metrics import Metrics
from memos_graph.api.openai_errors import speaks_openai
from memos_graph.api.pulse import Pulse
from memos_graph.api.requests import Requests
from memos_graph.kit.traces import Traces
from memos_graph.memos import MemOS
from memos_graph.verbs import shapes

_DESCRIPTION = """\
A memory operating system for language models, kept in a graph.

* Every call but `/health` carries an API key: `Authorization: Bearer memos_…` or `X-API-Key: memos_…`
  (`memos key create` makes one). The key's principal sees the spaces it holds a grant on, and nothing else: what it may
  not see is answered like what does not exist.
* `X-On-Behalf-Of: alice` and `X-Purpose: support` have the key's principal act for another, by a mandate that other gave.
* A space `alice/notes` is addressed as `/v1/spaces/alice/notes`; further parts of a longer id are joined with `~`:
  `alice/work/maps` is `/v1/spaces/alice/work~maps`.
* Errors are problem details (RFC 9457) with a stable `code`. `X-Request-ID` is taken over, or made, returned, and kept in
  the log with everything the call did.
"""


def create_app(memos: MemOS, *, metrics: Metrics | None = None) -> FastAPI:
    """Return the application over ``memos``, which the caller opens and closes.

    ``metrics`` is the one whose ``statement`` was given to ``MemOS.open(observe=…)``, so that database times are in it.
    """
    app = FastAPI(
        title="memos-graph",
        version=version("memos-graph"),
        description=_DESCRIPTION,
        lifespan=_lifespan,
        docs_url=None,
        # What a client generated from the document calls its methods: what they are called here.
        generate_unique_id_function=lambda route: route.name,
        redoc_url=None,
        # A redirect would name the host that the request named, whoever that is.
        redirect_slashes=False,
    )
    app.state.memos = memos
    app.state.metrics = metrics or Metrics()
    app.state.pulse = Pulse(memos)
    app.state.issuer = Issuer.of(memos.settings)
    problems.install(app)
    by_hand = (room.router for room in (cubes, exports, bundles, search, chat, models, pipelines, policies, system))
    for router in (spaces.router, *declared.routers(), *by_hand):  # the order in which the document lists them
        app.include_router(router)
    app.include_router(mem0)
    docs.install(app)
    mcp.install(app)
    limit = memos.settings.max_upload_mb << 20
    app.state.admission = Admission(memos.settings)
    console.install(app)
    app.add_middleware(
        Requests,
        metrics=app.state.metrics,
        max_bytes=limit,
        admission=app.state.admission,
        traces=Traces(memos.settings.traces),
    )
    # Asking for it makes the routes, too. FastAPI would do so in the first request, which then waits; and beside the thread
    # that loads the model, though both change the filters of warnings, which belong to all threads.
    document = _document(app)
    app.openapi = lambda: document  # type: ignore[method-assign]
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    # The first search would wait seconds for the model; meanwhile everything else is answered already.
    warming = threading.Thread(target=app.state.memos.warm_up, name="memos-warm-up", daemon=True)
    warming.start()
    threads = current_default_thread_limiter()
    threads.total_tokens = max(threads.total_tokens, app.state.admission.threads)
    async with mcp.serving(app):
        yield
    warming.join()
    app.state.memos.flush()


def _document(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
    for path, operations in document["paths"].items():
        for operation in operations.values():
            if speaks_openai(path):
                operation["responses"].pop("422", None)
            _problem_media_type(operation["responses"])
            _name_zones(operation.get("parameters", []))
            _without_null(operation.get("parameters", []))
    document["components"]["schemas"]["TimeZone"] = {"type": "string", "enum": shapes.ZONES}
    return document


def _name_zones(parameters: list[dict[str, Any]]) -> None:
    """Point at the one list of time zones, which is too long to stand at each call."""
    for parameter in parameters:
        if parameter["name"] == "X-Timezone":
            parameter["schema"] = {"$ref": "#/components/schemas/TimeZone"}


def _without_null(parameters: list[dict[str, Any]]) -> None:
    """Say no more that a parameter may be null: it can be left out, and in a path, a query or a header the word is a text."""
    for parameter in parameters:
        schema = parameter["schema"]
        if {"type": "null"} in schema.get("anyOf", ()):
            others = [each for each in schema.pop("anyOf") if each != {"type": "null"}]
            schema |= others[0] if len(others) == 1 else {"anyOf": others}


def _problem_media_type(responses: dict[str, Any]) -> None:
    for status, response in responses.items():
        if status >= "400":
            response["content"] = {problems.MEDIA_TYPE: next(iter(response["content"].values()))}
