"""Puts the console into an application: its pages under ``/console``, and what they load."""

import hashlib
from collections.abc import Awaitable, Callable
from functools import cache
from pathlib import Path

from fastapi import FastAPI
from starlette.responses import Response

from memos_graph.console.page import pages
from memos_graph.console.pages import chat, costs, forms, memory, recorded, ruling, search, signing, space
from memos_graph.console.rendering import templates
from memos_graph.console.sign_ins import SignIns
from memos_graph.console.visit import Console, Learn, Told
from memos_graph.errors import NotFoundError
from memos_graph.memos import MemOS

_STATIC = Path(__file__).with_name("static")
_FILES = {
    "console.css": "text/css",
    "console.js": "text/javascript",
    "graph.js": "text/javascript",
    "icon.svg": "image/svg+xml",
    "vendor/htmx.min.js": "text/javascript",
    "vendor/cytoscape.esm.min.mjs": "text/javascript",
}
_DAY_S = 86_400
PAGES = (signing, search, memory, space, chat, ruling, recorded, forms, costs)


def install(app: FastAPI, memos: MemOS, *, told: Told, learn: Learn) -> None:
    """Add the console to ``app``.

    * ``told`` what is told of an error, as a problem detail, after it was recorded.
    * ``learn`` is told whose a session is, by its credential.
    """
    versions = {name: _digest(name)[:12] for name in _FILES}
    app.state.console = Console(
        memos=memos,
        sign_ins=SignIns(memos.settings.home),
        told=told,
        learn=learn,
        templates=templates(lambda name: versions[name]),
    )
    rest = pages()
    for name, media_type in _FILES.items():
        rest.add_api_route(f"/static/{name}", _file(name, media_type), methods=["GET"])
    rest.add_api_route("/{rest:path}", _missing, methods=["GET", "POST"])
    for router in (*(page.router for page in PAGES), rest):
        app.include_router(router)


@cache
def _content(name: str) -> bytes:
    return (_STATIC / name).read_bytes()


def _digest(name: str) -> str:
    return hashlib.sha256(_content(name)).hexdigest()


def _file(name: str, media_type: str) -> Callable[[], Awaitable[Response]]:
    async def file() -> Response:
        headers = {"Cache-Control": f"public, max-age={_DAY_S}"}
        return Response(_content(name), media_type=media_type, headers=headers)

    return file


async def _missing(rest: str) -> Response:  # noqa: ARG001
    raise NotFoundError("There is no such page.", hint="Begin at /console.", target=None)
