"""Who looks at a page: a session becomes a principal at work, exactly as an API key does over REST."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar
from urllib.parse import parse_qsl, quote, urlencode

from fastapi import Depends, Request
from jinja2 import Environment
from pydantic import BaseModel, ValidationError
from starlette.responses import HTMLResponse, RedirectResponse, Response

from memos_graph.acting import Acting, Memory
from memos_graph.console.guard import check_form, csrf_of
from memos_graph.console.sign_ins import COOKIE, SignIns
from memos_graph.errors import InputError, UnauthenticatedError
from memos_graph.integrity.withheld import so_far
from memos_graph.kit.digests import sha256
from memos_graph.memos import MemOS
from memos_graph.verbs.fields import SPACE_PARTS, InPath

PATH = "/console"
SPACE = "/spaces/{owner}/{name}"
_SPACE = InPath(SPACE_PARTS)
_MOST_FIELDS = 200
_NEXT = re.compile(rf"{PATH}(/[^\\\s]*)?(\?[^\\\s]*)?")
_SEE_OTHER = 303
M = TypeVar("M", bound=BaseModel)
Told = Callable[[Request, Exception], Mapping[str, Any]]
Learn = Callable[[str, str], None]


@dataclass(frozen=True)
class Console:
    """What the pages of one application have in common."""

    memos: MemOS
    sign_ins: SignIns
    told: Told
    learn: Learn
    templates: Environment

    def page(self, request: Request, template: str, *, status: int = 200, **given: Any) -> HTMLResponse:
        """Return a page made of a template."""
        common = {"at": Addresses(root_of(request)), "here": request.url.path, "visit": None, "withheld": so_far()}
        return HTMLResponse(self.templates.get_template(template).render(**{**common, **given}), status_code=status)


@dataclass(frozen=True)
class Addresses:
    """The addresses of pages; whatever is put into one is escaped."""

    root: str

    def __call__(self, *parts: str, **query: object) -> str:
        """Return the address of a page by the parts of its path; what is ``None`` or empty is left out of the query."""
        path = "".join(f"/{quote(part, safe='')}" for part in parts)
        asked = {name: value for name, value in query.items() if value not in (None, "")}
        return f"{self.root}{PATH}{path}{'?' if asked else ''}{urlencode(asked)}"

    def space(self, space: str, *parts: str, **query: object) -> str:
        """Return the address of a page of a space."""
        owner, _, name = space.partition("/")
        return self("spaces", owner, name.replace("/", "~"), *parts, **query)

    def memory(self, cube: str, **query: object) -> str:
        """Return the address of a memory's page."""
        return self("memories", cube, **query)

    def static(self, name: str, version: str) -> str:
        """Return the address of a file that pages load."""
        return f"{self.root}{PATH}/static/{name}?v={version}"


@dataclass(frozen=True)
class Visit:
    """One look of somebody who is signed in."""

    request: Request
    console: Console
    acting: Acting
    token: str

    @property
    def principal(self) -> str:
        """Who looks."""
        return self.acting.principal

    @property
    def csrf(self) -> str:
        """What forms of this session carry."""
        return csrf_of(self.token)

    @property
    def at(self) -> Addresses:
        """The addresses of pages."""
        return Addresses(root_of(self.request))

    def space(self) -> Memory:
        """Return the space that the path names; raises ``NotFoundError`` as ``Acting.space`` does."""
        named = self.request.path_params
        return self.acting.space(_SPACE.whole({part: named[part] for part in SPACE_PARTS}))

    def page(self, template: str, *, status: int = 200, **given: Any) -> HTMLResponse:
        """Return a page made of a template."""
        return self.console.page(self.request, template, status=status, **{"visit": self, **given})

    def asked(self, model: type[M], **more: Any) -> M:
        """Return what the address asks for; see ``read``."""
        return read(model, self.request.query_params, **more)


def visiting(request: Request) -> Visit:
    """Return who looks; raises ``UnauthenticatedError`` for who is not signed in, or not any more."""
    console: Console = request.app.state.console
    token = request.cookies.get(COOKIE, "")
    session = console.sign_ins.session(token)
    if session is None:
        raise UnauthenticatedError("You are not signed in.", hint="`memos console` prints a link that signs you in.")
    if session.key is not None:
        console.memos.authenticate_digest(session.key)  # a revoked key ends what was opened with it
    request.state.principal = session.principal
    console.learn(sha256(token), session.principal)
    return Visit(request, console, console.memos.acting(session.principal), token)


Visiting = Annotated[Visit, Depends(visiting)]


async def fields_of(request: Request) -> dict[str, str]:
    """Return the fields of a form; raises ``InputError`` for anything else."""
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/x-www-form-urlencoded":
        raise InputError("A form is sent as application/x-www-form-urlencoded.")
    try:
        body = (await request.body()).decode("ascii")
        return dict(parse_qsl(body, keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS))
    except ValueError as error:
        raise InputError("The form can't be read.", hint="Send it from the page.") from error


async def submitted(request: Request, visit: Visiting) -> dict[str, str]:
    """Return the fields of a form that a page of this very session sent; raises ``ForbiddenError`` for another."""
    fields = await fields_of(request)
    check_form(visit.token, fields.pop("csrf", ""))
    return fields


Fields = Annotated[dict[str, str], Depends(fields_of)]
Submitted = Annotated[dict[str, str], Depends(submitted)]


def read(model: type[M], given: Mapping[str, str], **more: Any) -> M:
    """Return what a form or an address says as ``model``, without what was left empty; raises ``InputError``."""
    said = {name: value for name, value in given.items() if name in model.model_fields and value.strip()}
    try:
        return model.model_validate({**said, **more})
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise InputError(f"{where}: {first['msg']}.", hint="Correct it on the page before.") from error


def root_of(request: Request) -> str:
    """Return the path under which a proxy serves all this."""
    return str(request.scope.get("root_path", "")).rstrip("/")


def seen_next(given: str) -> str:
    """Return where to go after signing in: a page of the console, whatever an address says."""
    return given if _NEXT.fullmatch(given) else PATH


def see(address: str) -> Response:
    """Send the browser to another page."""
    return RedirectResponse(address, _SEE_OTHER)
