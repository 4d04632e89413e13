"""Errors as mem0's clients read them: a text in ``detail``, in a body that is called plain JSON."""

from collections.abc import Mapping
from typing import Any

PREFIX = "/compat/mem0"
MEDIA_TYPE = "application/json"


def speaks_mem0(path: str) -> bool:
    """Tell whether a path is one of mem0's: there what can't be used is a 400, and the hint stands beside the reason."""
    return path.startswith(f"{PREFIX}/")


def mem0_error(problem: Mapping[str, Any]) -> dict[str, Any]:
    """Return a problem as mem0 tells it."""
    hint = problem.get("hint")
    return {
        "detail": f"{problem['detail']} {hint}" if hint else problem["detail"],
        "code": problem["code"],
        "request_id": problem["request_id"],
    }
