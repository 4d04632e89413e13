"""Errors as MCP's clients read them: of JSON-RPC, in a body that is called plain JSON."""

from collections.abc import Mapping
from typing import Any

PATH = "/mcp"
METADATA = "/.well-known/oauth-protected-resource"
"""Below which is said who signs people in for a path (RFC 9728)."""
_SERVER_SIDE, _TOO_MUCH = 500, 429
_INVALID, _INTERNAL, _REFUSED = -32600, -32603, -32000


def speaks_mcp(path: str) -> bool:
    """Tell whether a path is one of MCP's: there an answer is a message of JSON-RPC, whatever its status is."""
    return path == PATH or path.startswith(f"{PATH}/")


def mcp_error(problem: Mapping[str, Any]) -> dict[str, Any]:
    """Return a problem as JSON-RPC tells it, of a request that was not read; ``data`` is the problem itself."""
    status, hint = problem["status"], problem.get("hint")
    return {
        "jsonrpc": "2.0",
        "id": None,
        "error": {
            "code": _INTERNAL if status >= _SERVER_SIDE else _REFUSED if status == _TOO_MUCH else _INVALID,
            "message": f"{problem['detail']} {hint}" if hint else problem["detail"],
            "data": {name: each for name, each in problem.items() if name != "error"},
        },
    }
