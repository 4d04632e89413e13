"""What a service answers, as what Python has for it: results, and the exceptions of ``errors.py`` for problems."""

import inspect
import json
from collections.abc import Iterator, Mapping
from typing import Any

from memos_graph import errors
from memos_graph.client.calls import RestCall, read_as
from memos_graph.errors import (
    InputError,
    MemosError,
    NotFoundError,
    PolicyFileError,
    PolicyProblem,
    ServiceError,
    UnauthenticatedError,
    VersionConflictError,
)
from memos_graph.kit.addresses import retry_after

_WITHOUT_CLASS: Mapping[str, type[MemosError]] = {
    "bad-request": InputError,
    "method-not-allowed": InputError,
    "too-large": InputError,
    "precondition-failed": VersionConflictError,
    "internal": ServiceError,
    # What OpenAI's API calls two of them.
    "invalid_api_key": UnauthenticatedError,
    "model_not_found": NotFoundError,
}
_MEMBERS = {"current": "current_version", "line": "line", "column": "column", "run": "run"}
_SHOWN_CHARS = 200


def result(call: RestCall, content: bytes) -> Any:
    """Return what the body of a success is; raises ``ServiceError`` for one in no form that can be read."""
    try:
        return read_as(call.gives, content)
    except ValueError as error:
        raise ServiceError(
            f"The answer to {call.method} {call.path} has no form that this version of memos-graph can read.",
            hint="Check that the address is that of a memos-graph service, and of which version it is.",
        ) from error


def problem(status: int, headers: Mapping[str, str], content: bytes) -> MemosError:
    """Return the error that a response of this status tells of."""
    try:
        told = json.loads(content)
        return error_of(told, retry_after(headers)) if isinstance(told["code"], str) else _foreign(status, content)
    except (ValueError, KeyError, TypeError):
        return _foreign(status, content)


def error_of(told: Mapping[str, Any], after: float | None = None) -> MemosError:
    """Return the error that a problem detail is; ``after`` seconds it asks to be left alone."""
    code = told["code"]
    detail, hint = str(told.get("detail", code)), told.get("hint")
    if code == PolicyFileError.code and told.get("problems"):
        return PolicyFileError([PolicyProblem(**each) for each in told["problems"]])
    of = _WITHOUT_CLASS.get(code) or _classes().get(code, ServiceError)
    takes = inspect.signature(of).parameters
    members = {name: told.get(member) for name, member in _MEMBERS.items() if name in takes}
    if after is not None and "retry_after" in takes:
        members["retry_after"] = after
    return of(detail, hint=hint, **members)


def in_stream(told: Mapping[str, Any]) -> MemosError:
    """Return the error that OpenAI's `error` inside a stream is."""
    return error_of({"code": told.get("code") or "internal", "detail": told.get("message")})


def _classes() -> dict[str, type[MemosError]]:
    found = vars(errors).values()
    return {each.code: each for each in found if isinstance(each, type) and issubclass(each, MemosError)}


def _foreign(status: int, content: bytes) -> ServiceError:
    """Return the error for an answer that is not this product's: of a proxy, or of another server."""
    begins = " ".join(content[:_SHOWN_CHARS].decode("utf-8", "replace").split())
    said = f' It says: "{begins}".' if begins and not begins.startswith("<") else ""
    return ServiceError(
        f"The service answered with status {status}, and not as memos-graph does.{said}",
        hint="Check the address, and what stands between you and the service.",
    )


def broken_off() -> ServiceError:
    """Return the error for an answer that has no end."""
    return ServiceError("The answer broke off before its end.", hint="Ask again.")


class Lines:
    """The lines of a body that comes in pieces."""

    def __init__(self) -> None:
        self._rest = b""

    def push(self, piece: bytes) -> Iterator[str]:
        """Yield the lines that ``piece`` completes."""
        *lines, self._rest = (self._rest + piece).split(b"\n")
        yield from (line.decode() for line in lines)
