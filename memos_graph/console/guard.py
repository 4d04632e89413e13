"""What keeps other sites out: which requests a page takes, and what its answers forbid a browser."""

import hmac
from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from memos_graph.errors import ForbiddenError
from memos_graph.kit.addresses import is_local

HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Of this origin alone; with none at all, a browser would send no Origin with a form, which `check` asks for.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
_READS = {"GET", "HEAD"}
_OWN = {"same-origin", "none"}
_AGAIN = "Open the console by its own address."


def check(request: Request, listens: str, *, entrance: bool = False) -> None:
    """Refuse what a page of elsewhere has a browser send; raises ``ForbiddenError``.

    ``listens`` is the address the service listens on. ``entrance``: the page may be reached by a link from anywhere.
    """
    host, site = request.headers.get("host", ""), request.headers.get("sec-fetch-site")
    if is_local(listens) and not is_local(_name(host)):
        raise _refused(f"The request is for the host '{host[:100]}', and this listens for its own machine alone.")
    if request.method in _READS:
        if site not in {None, *_OWN} and not entrance:
            raise _refused("Another site asked for this page.")
        return
    origin = request.headers.get("origin")
    if origin is not None and _place(origin) != host:
        raise _refused(f"The form was sent by a page of '{origin[:100]}'.")
    if site is not None and site != "same-origin":
        raise _refused("Another site sent this form.")
    if origin is None and site is None:
        raise ForbiddenError(
            "Nothing says that a page of this console sent this form.",
            hint="Programs use the REST API.",
            target=request.url.path,
        )


def csrf_of(token: str) -> str:
    """Return what every form of a session carries: nobody can make it who does not have the session's cookie."""
    return hmac.digest(token.encode(), b"memos console form", "sha256").hex()


def check_form(token: str, given: str) -> None:
    """Raise ``ForbiddenError`` unless a form carries what the pages of this session put into theirs."""
    if not hmac.compare_digest(csrf_of(token).encode(), given.encode("utf-8", "replace")):
        raise _refused("The form is not of this session.")


def harden(response: Response) -> None:
    """Have the browser load nothing from elsewhere, show the page in no frame, and keep no copy of it."""
    for name, value in HEADERS.items():
        response.headers[name] = value
    response.headers.setdefault("Cache-Control", "no-store")


def _refused(message: str) -> ForbiddenError:
    return ForbiddenError(message, hint=_AGAIN, target="/console")


def _name(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _place(origin: str) -> str:
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return ""
