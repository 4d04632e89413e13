"""Paths as the tool's commands name them, and where in a space they lead."""

from anthropic.lib.tools import ToolError

_ROOT = "/memories"

Parts = tuple[str, ...]
"""The names on the way from the root to a file or a directory; none: the root itself."""


def parts_of(path: str) -> Parts:
    """Return where a path leads, ``.`` and ``..`` followed; raises ``ToolError`` for one that is not in the root."""
    if not path.startswith(_ROOT):
        raise ToolError(f"Path must start with {_ROOT}, got: {path}")
    way = [_ROOT]
    for name in path.removeprefix(_ROOT).split("/"):
        if name == ".." and way:
            way.pop()
        elif name == "..":
            raise _outside(path)
        elif name not in {"", "."}:
            way.append(f"/{name}" if not way else name)
    if way[:1] != [_ROOT]:
        raise _outside(path)
    return tuple(way[1:])


def _outside(path: str) -> ToolError:
    return ToolError(f"Path {path} would escape {_ROOT} directory")
