"""From a URL to the place it names."""

from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import unquote, urlsplit

from memos_graph.errors import ConfigurationError
from memos_graph.vault.stores.bucket import BucketStore
from memos_graph.vault.stores.folder import FolderStore
from memos_graph.vault.stores.memory import MemoryStore
from memos_graph.vault.stores.store import PayloadStore

_memories: dict[str, MemoryStore] = {}


def _folder(url: str) -> PayloadStore:
    parts = urlsplit(url)
    if parts.netloc not in {"", "localhost"} or len(parts.path) < 2:  # noqa: PLR2004 - more than the slash
        raise _unusable(url, "it names no folder of this machine")
    return FolderStore(Path(unquote(parts.path)))


def _memory(url: str) -> PayloadStore:
    return _memories.setdefault(url, MemoryStore(url))


def _bucket(url: str) -> PayloadStore:
    if not urlsplit(url).netloc:
        raise _unusable(url, "it names no bucket")
    return BucketStore(url)


STORES: Mapping[str, Callable[[str], PayloadStore]] = {"file": _folder, "memory": _memory, "s3": _bucket}
"""By the scheme of the URL; a further kind of place is a line here, and a class that keeps ``PayloadStore``."""


def open_store(url: str) -> PayloadStore:
    """Return the place that a URL names; nothing is asked of it yet. Raises ``ConfigurationError`` for one that can't be used."""
    parts = urlsplit(url)
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ConfigurationError(
            "MEMOS_VAULT_URL holds more than a place: a user, a password, or what follows ? or #.",
            hint="Give the place alone; keys of a bucket are read from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.",
        )
    opening = STORES.get(parts.scheme)
    if opening is None:
        raise _unusable(url, f"there is no '{parts.scheme}'")
    return opening(url)


def _unusable(url: str, why: str) -> ConfigurationError:
    return ConfigurationError(
        f"MEMOS_VAULT_URL is '{url}': {why}.",
        hint="Use file:///FOLDER or s3://BUCKET/PREFIX; unset, payloads are kept in MEMOS_HOME.",
    )
