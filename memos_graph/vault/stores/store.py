"""What a place for payloads has to do. It is given ciphertext only, under names that say nothing of what is in it."""

import re
from collections.abc import Iterator
from typing import NamedTuple, Protocol

from memos_graph.errors import InputError

_PART = re.compile(r"\.?[0-9A-Za-z][0-9A-Za-z._-]{0,127}")


class VaultObject(NamedTuple):
    """One object: its name, and its bytes."""

    name: str
    size: int


class PayloadStore(Protocol):
    """Objects by name, each there whole or not at all. Safe to use from several threads.

    Every method raises ``VaultError`` where the place does not answer, refuses, or is full.
    """

    @property
    def url(self) -> str:
        """Where it is, as places and receipts name it; no secret is in it."""

    def put(self, name: str, content: bytes) -> None:
        """Keep ``content`` under ``name``, in place of what is there: whoever reads sees the old or the new, never a part."""

    def get(self, name: str) -> bytes | None:
        """Return what is kept under ``name``; ``None``: nothing."""

    def delete(self, name: str) -> None:
        """Remove what is kept under ``name``, where something is."""

    def names(self, prefix: str) -> Iterator[VaultObject]:
        """Yield what is kept under names that begin with the folders of ``prefix``, in no order."""


def checked_name(name: str) -> str:
    """Return a name of parts between slashes; raises ``InputError`` for one that could lead elsewhere."""
    if not all(_PART.fullmatch(part) for part in name.split("/")):
        raise InputError(f"'{name[:200]}' can't be the name of an object in a vault.")
    return name
