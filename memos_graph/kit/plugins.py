"""Parts that other packages bring: found by name through Python's entry points, and loaded when they are needed.

``memos_graph.seams`` lists what can be brought. What is installed is trusted: it runs with all rights of this process.
"""

from collections.abc import Sequence
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from memos_graph.errors import ConfigurationError


@cache
def _found(group: str) -> dict[str, EntryPoint]:
    return {each.name: each for each in entry_points(group=group)}


def names(group: str) -> tuple[str, ...]:
    """Return what installed packages bring under ``group``; nothing is imported."""
    return tuple(sorted(_found(group)))


def named(group: str, name: str) -> Any | None:
    """Load what is brought under ``name``; ``None`` where nothing is. Raises ``ConfigurationError`` where it can't be imported."""
    entry = _found(group).get(name)
    if entry is None:
        return None
    try:
        return entry.load()
    except Exception as error:
        package = entry.dist.name if entry.dist is not None else entry.value
        raise ConfigurationError(
            f"'{name}' of the package {package} ({group}) can't be loaded: {type(error).__name__}: {error}",
            hint=f"Mend or uninstall {package}.",
        ) from error


def chosen(group: str, name: str, *, own: Sequence[str], setting: str) -> Any:
    """Load what a setting chooses besides our ``own``; raises ``ConfigurationError`` where nothing has that name, or as ``named``."""
    found = named(group, name)
    if found is None:
        raise ConfigurationError(
            f"{setting} is '{name}', and there is none of that name.",
            hint=f"Use {', '.join((*own, *names(group)))}, or install the package that brings it ({group}).",
        )
    return found


def every(group: str) -> dict[str, Any]:
    """Load all that is brought under ``group``, by name. Raises ``ConfigurationError`` as ``named``."""
    return {name: named(group, name) for name in names(group)}
