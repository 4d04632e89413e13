"""Signing in, by a one-time link or an API key, and signing out."""

from fastapi import Request
from starlette.responses import HTMLResponse, Response

from memos_graph.console.page import pages
from memos_graph.console.sign_ins import COOKIE
from memos_graph.console.visit import Addresses, Console, Fields, Submitted, Visiting, root_of, see, seen_next
from memos_graph.errors import UnauthenticatedError
from memos_graph.kit.digests import sha256

router = pages()
_UNAUTHENTICATED = 401


@router.get("/sign-in")
def ask(request: Request, code: str = "", next: str = "") -> HTMLResponse:  # noqa: A002 - what the address says
    """Show whom a link signs in, or ask for a key. Looking at a link does not use it up."""
    console: Console = request.app.state.console
    principal = problem = None
    if code:
        try:
            principal = console.sign_ins.invited(code)
        except UnauthenticatedError as error:
            problem = error
    return _page(request, code=code if principal else "", principal=principal, problem=problem, next_=next)


@router.post("/sign-in")
def sign_in(request: Request, fields: Fields) -> Response:
    """Open a session, and give its cookie."""
    console: Console = request.app.state.console
    code, secret, next_ = fields.get("code", ""), fields.get("key", "").strip(), fields.get("next", "")
    try:
        if code:
            token = console.sign_ins.begin(console.sign_ins.redeem(code))
        else:
            token = console.sign_ins.begin(console.memos.authenticate(secret), key=sha256(secret))
    except UnauthenticatedError as error:
        return _page(request, problem=error, next_=next_, status=_UNAUTHENTICATED)
    console.sign_ins.end(request.cookies.get(COOKIE, ""))  # the cookie of a session before is replaced
    root = root_of(request)
    response = see(f"{root}{seen_next(next_)}")
    response.set_cookie(
        COOKIE, token, path=Addresses(root)(), httponly=True, samesite="strict", secure=request.url.scheme == "https"
    )
    return response


@router.post("/sign-out")
def sign_out(visit: Visiting, _fields: Submitted) -> Response:
    """End the session."""
    visit.console.sign_ins.end(visit.token)
    response = see(visit.at("sign-in"))
    response.delete_cookie(COOKIE, path=visit.at())
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


def _page(
    request: Request,
    *,
    code: str = "",
    principal: str | None = None,
    problem: UnauthenticatedError | None = None,
    next_: str = "",
    status: int = 200,
) -> HTMLResponse:
    console: Console = request.app.state.console
    given = {"code": code, "principal": principal, "problem": problem, "next": seen_next(next_)}
    return console.page(request, "sign_in.html", status=status, **given)
