"""A place for payloads that fails at one of its calls, before or after it was done there, or is silent from then on."""

from collections.abc import Callable, Iterator

from memos_graph.errors import VaultError
from memos_graph.vault.stores import PayloadStore, VaultObject


class FailingStore:
    """``store``, but call number ``at`` (of ``calls``, from 1 on) fails; ``silent``: every call after it, too."""

    def __init__(self, store: PayloadStore, at: int = 0, *, done: bool = False, silent: bool = False) -> None:
        self.store = store
        self.url = store.url
        self.at, self.done, self.silent = at, done, silent
        self.calls: list[str] = []

    def heal(self) -> None:
        """Fail no more."""
        self.at = 0

    def put(self, name: str, content: bytes) -> None:
        """Keep an object."""
        self._called("put", lambda: self.store.put(name, content))

    def get(self, name: str) -> bytes | None:
        """Return an object."""
        self._called("get", lambda: None)
        return self.store.get(name)

    def delete(self, name: str) -> None:
        """Remove an object."""
        self._called("delete", lambda: self.store.delete(name))

    def names(self, prefix: str) -> Iterator[VaultObject]:
        """Yield the objects."""
        self._called("names", lambda: None)
        return self.store.names(prefix)

    def _called(self, what: str, act: Callable[[], object]) -> None:
        self.calls.append(what)
        number = len(self.calls)
        fails = self.at and (number == self.at or (self.silent and number > self.at))
        if not fails or self.done:
            act()
        if fails:
            raise VaultError(f"The vault {self.url} failed: {what}.")
