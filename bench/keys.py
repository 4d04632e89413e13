"""Keys for the payloads of a benchmark: they seal as an installation's do, and go with its folder."""

from pathlib import Path

from memos_graph.host.keys import PayloadKeys


def keys_for(folder: Path) -> PayloadKeys:
    """Return the keys that lie beside ``folder``."""
    return PayloadKeys(folder.with_name(f"{folder.name}-keys"), lambda: bytes(32))
