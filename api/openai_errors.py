"""Errors as OpenAI's clients read them: every problem carries one, so that whichever client asks shows the reason."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, Field

from memos_graph.api.chat_request import REFUSED

_PLACES = ("/v1/chat/", "/v1/models")
_CODES = {"unauthenticated": "invalid_api_key", "not-found": "model_not_found"}
_TYPES = {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"}
_SERVER_SIDE = 500
_SHAPES = {"system", "developer", "user", "assistant", "tool", "function", "text", "parts", "refusal"}
_FINAL = {"state-conflict", "quota-exceeded", "remote-model-failed", "configuration-invalid"}


class OpenAIError(BaseModel):
    """The `error` of OpenAI's API."""

    message: str = Field(description="What happened, and what to do next.")
    type: str = Field(examples=["invalid_request_error"])
    param: str | None = Field(default=None, description="The field that is to blame, where one is.")
    code: str | None = Field(description="Stable; the problem's, or OpenAI's where it has one.")


def speaks_openai(path: str) -> bool:
    """Tell whether a path is one of OpenAI's API: there what can't be used is a 400, as its clients expect."""
    return path.startswith(_PLACES)


def openai_error(
    code: str, status: int, detail: str, hint: str | None, *, param: str | None = None, theirs: bool = False
) -> OpenAIError:
    """Return a problem as OpenAI's API tells it; with ``theirs`` by the code that API has for it."""
    kind = _TYPES.get(status, "server_error" if status >= _SERVER_SIDE else "invalid_request_error")
    if theirs and code == "not-found":
        param = "model"
    return OpenAIError(
        message=f"{detail} {hint}" if hint else detail,
        type=kind,
        param=param,
        code=_CODES.get(code, code) if theirs else code,
    )


def retry_headers(code: str) -> dict[str, str]:
    """Return what keeps OpenAI's clients from asking again by themselves where the answer would be the same."""
    return {"x-should-retry": "false"} if code in _FINAL else {}


def blamed(findings: Sequence[Mapping[str, Any]]) -> tuple[str, str] | None:
    """Return the field that is to blame first, and what to say of it where it is one that is refused by name."""
    for each in findings:
        place = [str(part) for part in each["loc"] if part != "body"]
        if not place:
            continue
        if place[0] in REFUSED:
            return place[0], f"`{place[0]}` is not supported with this value: {REFUSED[place[0]]}."
        if each["type"] == "extra_forbidden" and len(place) == 1:
            return place[0], f"`{place[0]}` is not supported: it is no field of a chat completion here."
        return _place(place), ""
    return None


def _place(parts: Sequence[str]) -> str:
    """Return a place as OpenAI's API writes it, `messages[0].content`, without the names of the shapes that were tried."""
    shown = parts[0]
    for part in parts[1:]:
        if part.isdecimal():
            shown += f"[{part}]"
        elif part not in _SHAPES:
            shown += f".{part}"
    return shown
