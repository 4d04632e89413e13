"""``memory://NAME``: the memory of this process, gone with it. For tests, and for trying things out."""

import threading
from collections.abc import Iterator

from memos_graph.vault.stores.store import VaultObject, checked_name


class MemoryStore:
    """Objects in a dictionary."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._objects: dict[str, bytes] = {}
        self._guard = threading.Lock()

    def put(self, name: str, content: bytes) -> None:
        """Keep an object."""
        with self._guard:
            self._objects[checked_name(name)] = bytes(content)

    def get(self, name: str) -> bytes | None:
        """Return an object."""
        with self._guard:
            return self._objects.get(checked_name(name))

    def delete(self, name: str) -> None:
        """Remove an object."""
        with self._guard:
            self._objects.pop(checked_name(name), None)

    def names(self, prefix: str) -> Iterator[VaultObject]:
        """Yield the objects."""
        with self._guard:
            found = [VaultObject(name, len(content)) for name, content in self._objects.items()]
        yield from (each for each in found if each.name.startswith(f"{checked_name(prefix)}/"))
