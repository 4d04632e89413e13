"""What every page is: checked before it is made, an error told as a page, and hardened before it is sent."""

from collections.abc import Callable, Coroutine
from math import ceil
from typing import Any

from fastapi import APIRouter
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from memos_graph.console.guard import check, harden
from memos_graph.console.sign_ins import COOKIE
from memos_graph.console.visit import PATH, Addresses, Console, root_of, see
from memos_graph.errors import InputError, LimitError, MemosError, UnauthenticatedError

_ENTRANCES = (f"{PATH}/sign-in", f"{PATH}/static/")
_NO_CONTENT = 204


class PageRoute(APIRoute):
    """A route of the console."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return what answers a request."""
        answer = super().get_route_handler()

        async def answered(request: Request) -> Response:
            console: Console = request.app.state.console
            try:
                check(request, console.memos.settings.api_host, entrance=self.path.startswith(_ENTRANCES))
                response = await answer(request)
            except UnauthenticatedError as error:
                response = _to_sign_in(request, console, error)
            except MemosError as error:
                response = _problem(request, console, error)
                if isinstance(error, LimitError):
                    response.headers["Retry-After"] = str(ceil(error.retry_after))
            except (RequestValidationError, HTTPException) as error:
                response = _problem(request, console, InputError(_said(error)))
            except Exception as error:  # noqa: BLE001 - whatever it is, a person is told on a page, and the log has the cause
                response = _problem(request, console, error)
            harden(response)
            return response

        return answered


def pages() -> APIRouter:
    """Return a router of pages."""
    return APIRouter(prefix=PATH, include_in_schema=False, route_class=PageRoute)


def refusing(request: Request, error: LimitError) -> Response:
    """Return the page of a request that got no turn, before any route was looked for."""
    response = _problem(request, request.app.state.console, error)
    response.headers["Retry-After"] = str(ceil(error.retry_after))
    harden(response)
    return response


def _to_sign_in(request: Request, console: Console, error: UnauthenticatedError) -> Response:
    """Send who is not signed in, or not any more, to where one signs in."""
    at, here = Addresses(root_of(request)), request.url.path.removeprefix(root_of(request))
    if request.method != "GET":
        return _problem(request, console, error)
    if request.headers.get("hx-request"):
        response: Response = Response(status_code=_NO_CONTENT, headers={"HX-Redirect": at("sign-in")})
    else:
        query = f"?{request.url.query}" if request.url.query else ""
        response = see(at("sign-in", next=None if here == PATH else f"{here}{query}"))
    response.delete_cookie(COOKIE, path=at())
    return response


def _problem(request: Request, console: Console, error: Exception) -> Response:
    problem = console.told(request, error)
    return console.page(request, "problem.html", status=problem["status"], problem=problem)


def _said(error: RequestValidationError | HTTPException) -> str:
    if isinstance(error, HTTPException):
        return str(error.detail)
    first = error.errors()[0]
    return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
