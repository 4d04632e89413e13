"""The disk tier: a payload file for each block, and for each cache a manifest that names its tokens and its blocks.

Each is encrypted by a key of its own, which is destroyed with it. A manifest can't lie about its tokens: block names are hashes
over scope and tokens, and are worked out anew when it is read.
"""

import json
import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from memos_graph.errors import MemosError, ModelError, PayloadError
from memos_graph.host.keys import PayloadKeys
from memos_graph.host.kv.codec import Tensors
from memos_graph.host.kv.payload import BlockPayload, read_payload, write_payload
from memos_graph.host.kv.scope import CacheScope
from memos_graph.host.kv.tiers import Shelf
from memos_graph.host.kv.tree import Block, PrefixTree
from memos_graph.kit.crypto.encrypted_files import encrypted_size, read_encrypted

_MANIFEST, _PAYLOAD = ".cache", ".block"
_FORMAT = 2
_log = logging.getLogger("memos_graph.host")


@dataclass(frozen=True, slots=True)
class Kept:
    """A cache that was built: its tokens, and the names of the blocks they lie in."""

    key: str
    scope: CacheScope
    tokens: tuple[int, ...]
    blocks: tuple[str, ...]


class DiskTier:
    """Files of one folder, at most ``limit`` bytes of payloads; 0: nothing is written.

    ``copied``: a vault may have copies of these files, so the key of one that makes room for others stays, and goes with ``destroy`` only.
    """

    def __init__(self, folder: Path, keys: PayloadKeys, limit: int, *, copied: bool = False) -> None:
        self.folder = folder
        self._keys = keys
        self.copied = copied
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._shelf = Shelf(limit, lambda block: encrypted_size(block.payload.bytes) if block.payload else 0)

    @property
    def used(self) -> int:
        """Bytes of the payload files."""
        return self._shelf.bytes

    def __contains__(self, block: Block) -> bool:
        return block in self._shelf

    def write(self, block: Block, data: bytes) -> list[Block]:
        """Write a block's payload; returns the blocks whose files were erased to make room for it."""
        if self._shelf.limit == 0:
            return []
        self._write(self._path(block), data)
        self._shelf.add(block)
        erased = list(self._shelf.overflow())
        for each in erased:
            self._remove(self._path(each))
        return erased

    def read(self, block: Block) -> Tensors:
        """Read a block's payload; raises ``PayloadError``."""
        if block.payload is None:
            raise PayloadError(f"The block '{block.id}' has no payload.")
        return read_payload(self._path(block), block.id, self._keys.get(block.id), block.payload, block.about)

    def touch(self, block: Block) -> None:
        """Count a block as just used."""
        self._shelf.touch(block)

    def erase(self, block: Block) -> None:
        """Erase a block's file, where it has one."""
        if block in self._shelf:
            self._shelf.discard(block)
            self._remove(self._path(block))

    def record(self, kept: Kept, blocks: Sequence[Block]) -> None:
        """Write a cache's manifest over those of its blocks that are there: from then on it survives the process."""
        if self._shelf.limit == 0:
            return
        payloads = [{"id": each.id, **asdict(each.payload)} for each in blocks if each.payload and each in self]
        manifest = {"format": _FORMAT, "scope": asdict(kept.scope), "tokens": kept.tokens, "blocks": payloads}
        self._write(self._manifest(kept.key), json.dumps(manifest).encode())

    def destroy(self, name: str) -> None:
        """Destroy the key of a block or a manifest that is erased for good: no copy of it can be read, wherever it is."""
        if self._keys.names(name):
            self._keys.destroy(name)

    def forget(self, key: str) -> None:
        """Erase a cache's manifest."""
        self._remove(self._manifest(key))

    def files(self, kept: Kept, blocks: Sequence[Block]) -> tuple[str, ...]:
        """Return the names of a cache's files, of those of its blocks that are there."""
        if self._shelf.limit == 0:
            return ()
        return (self._manifest(kept.key).name, *(self._path(each).name for each in blocks if each in self))

    def restore(self, tree: PrefixTree) -> list[Kept]:
        """Lay the caches of the folder into ``tree``; what belongs to none, or contradicts itself, is erased and logged."""
        manifests = sorted(self.folder.glob(f"*{_MANIFEST}"), key=lambda path: path.stat().st_mtime, reverse=True)
        found = [kept for path in manifests if (kept := self._restored(path, tree))]
        for block in list(tree.blocks.values()):
            if block.payload is None:
                for gone in tree.remove(block):
                    gone.payload = None  # a block behind a missing one can't be used
        for block in reversed(tree.blocks.values()):
            self._shelf.add(block)
        for block in list(self._shelf.overflow()):  # the limit may have been lowered since
            for gone in tree.remove(block):
                self._shelf.discard(gone)
        self._tidy({self._path(block).name for block in tree.blocks.values()})
        for kept in found:
            if kept.blocks[0] not in tree.blocks:
                self.forget(kept.key)
        return [kept for kept in found if kept.blocks[0] in tree.blocks]

    def adopt(self, key: str, tree: PrefixTree) -> tuple[Kept | None, list[Block]]:
        """Lay a cache whose files were put into the folder meanwhile into ``tree``; returns it, and blocks erased to make room for it."""
        path = self._manifest(key)
        kept = self._restored(path, tree) if path.is_file() else None
        # Counted as just used, its beginning last: what was there already must not make room for the rest of it.
        for id_ in reversed(kept.blocks if kept else ()):
            block = tree.blocks[id_]
            if block.payload is not None and self._path(block).is_file():
                self._shelf.add(block)
        erased = list(self._shelf.overflow())
        for each in erased:
            self._remove(self._path(each))
        return kept, erased

    def _tidy(self, known: set[str]) -> None:
        """Erase payloads that belong to no cache, and what was being written when a process ended."""
        for path in self.folder.iterdir():
            if path.name.startswith(".") or (path.suffix != _MANIFEST and path.name not in known):
                try:
                    if path.name.startswith("."):
                        path.unlink()
                    else:
                        self._remove(path)
                except OSError as error:  # it is tried again at the next start, and by every sweep
                    _log.warning("'%s', which belongs to no KV-cache, can't be erased: %s", path.name, error)

    def _restored(self, path: Path, tree: PrefixTree) -> Kept | None:
        try:
            manifest = json.loads(read_encrypted(path, path.stem, self._keys.get(path.stem)))
            scope, tokens = CacheScope(**manifest["scope"]), tuple(map(int, manifest["tokens"]))
            payloads = {each["id"]: BlockPayload(each["sha256"], int(each["bytes"])) for each in manifest["blocks"]}
            key = scope.key(tokens)
            named_rightly = manifest["format"] == _FORMAT and path == self._manifest(key)
        except (MemosError, ValueError, KeyError, TypeError) as error:
            _log.warning("the KV-cache '%s' can't be read: %s", path.name, error)
            named_rightly = False
        if not named_rightly:
            _log.warning("the KV-cache '%s' is not what its name says, or of another release: erased", path.name)
            self._remove(path)
            return None
        blocks = tree.lay(scope, tokens)
        for block in blocks:
            if block.payload is None and block.id in payloads and self._path(block).is_file():
                block.payload = payloads[block.id]
        return Kept(key, scope, tokens, tuple(block.id for block in blocks))

    def _write(self, path: Path, data: bytes) -> None:
        """Write a file and its key. The file's name comes first: by it, whatever a crash leaves is found and erased."""
        try:
            path.touch(mode=0o600)
        except OSError as error:
            raise ModelError(f"The KV-cache could not be written to '{self.folder}': {error}.") from error
        write_payload(path, path.stem, self._keys.make(path.stem), data)

    def _remove(self, path: Path) -> None:
        """Erase a file and its key: the key first, which makes every copy of the file unreadable too. One that is ``copied`` keeps it."""
        if not self.copied:
            self.destroy(path.name.partition(".")[0])
        path.unlink(missing_ok=True)

    def _path(self, block: Block) -> Path:
        return self.folder / f"{block.id}{_PAYLOAD}"

    def _manifest(self, key: str) -> Path:
        return self.folder / f"{key}{_MANIFEST}"
