"""The vault: payloads kept in a place besides the home that made them, so that they outlive its disk.

The home stays where the model host works; the vault has a copy of each payload in service, as it is encrypted there. Names begin with the
store's own name and with a keyed hash of the space, so that databases share a bucket, and nobody reads in it what spaces are called.
"""

import logging
from collections.abc import Collection, Iterable, Sequence

from memos_graph.errors import MemosError, PayloadError, VaultError
from memos_graph.graph.rows import Row
from memos_graph.graph.runner import Runner
from memos_graph.host.keys import PayloadKeys
from memos_graph.host.record import HostHome
from memos_graph.kit.clock import now
from memos_graph.kit.crypto.keyring import Keyring
from memos_graph.types import MemoryType
from memos_graph.vault.parts import ADAPTERS, CACHES, PayloadPart, key_name, parts_of
from memos_graph.vault.places import Places
from memos_graph.vault.stores import PayloadStore, VaultObject

_log = logging.getLogger(__name__)
_NAMED = 32


class Vault:
    """One place that keeps payloads of one database."""

    def __init__(
        self,
        runner: Runner,
        home: HostHome,
        keys: PayloadKeys,
        places: Places,
        store: PayloadStore,
        keyring: Keyring,
    ) -> None:
        self.store = store
        self._runner = runner
        self._home = home
        self._keys = keys
        self._places = places
        self._keyring = keyring
        self._serial: str | None = None

    @property
    def id(self) -> str:
        """Its address, by which places know it."""
        return self.store.url

    def keep(self, space: str, memory_type: str, payload: str, files: Sequence[str] | None, *, by: str) -> None:
        """Put a copy of a payload here; all of it, or it raises, and what was written of it is taken away, now or by the upkeep.

        Raises ``VaultError`` where the place fails, ``PayloadError`` where the payload is not whole at home.
        """
        try:
            for part in parts_of(self._home, memory_type, payload, files):
                self.keep_part(space, part)
        except (VaultError, PayloadError):
            self.take_back(space, by=by)
            raise

    def keep_part(self, space: str, part: PayloadPart) -> None:
        """Put one file of a payload here; raises as ``keep`` does."""
        self._places.keep_in_vault(self.id, space)
        content = part.read_here(self._keys)
        if content is None:
            raise PayloadError(
                f"The payload '{part.local.name}' is not at home any more, so no copy of it can be kept.",
                hint="Build it again; MEMOS_KV_DISK_MB is how much stays there.",
            )
        self.store.put(self.name(space, part), content)

    def take_back(self, space: str, *, by: str) -> None:
        """Remove what no memory accounts for; where that fails too, the upkeep does it."""
        try:
            self.sweep(space)
        except MemosError as error:
            _log.warning("what is left in %s is taken away later: %s", self.id, error)
            self._runner.write("payloads/sweep_later", space=space, holder=self.id, now=now(), by=by)

    def bring(self, space: str, memory_type: str, payload: str, files: Sequence[str] | None) -> bool:
        """Put at home what is missing there of a payload; returns whether all of it is at home now.

        Raises ``VaultError`` where the place fails, ``PayloadError`` for what is damaged here.
        """
        for part in parts_of(self._home, memory_type, payload, files):
            if part.local.is_file():
                continue
            if not self._keys.exists(part.key) or (content := self.store.get(self.name(space, part))) is None:
                return False
            try:
                part.write_here(content, self._keys)
            except OSError as error:
                raise VaultError(
                    f"The payload '{part.local.name}' can't be brought from {self.id}: {error.strerror or error}.",
                    hint="See that MEMOS_HOME has room.",
                ) from error
        return True

    def holds(self, space: str, memory_type: str, payload: str, files: Sequence[str] | None) -> bool:
        """Whether all of a payload is here, with the keys it is read with; of a place that does not answer, nobody can say that it is not."""
        parts = parts_of(self._home, memory_type, payload, files)
        try:
            there = {each.name for each in self.objects(space)}
        except VaultError as error:
            _log.warning("whether %s has the payload '%s' is not known: %s", self.id, payload, error)
            return True
        return all(self.name(space, part) in there and self._keys.exists(part.key) for part in parts)

    def erase(
        self, space: str, memory_type: str, payload: str, files: Collection[str], *, down: VaultError | None = None
    ) -> None:
        """Remove a payload, of a KV-cache these files; its keys first, so that from here on no copy can be read.

        ``down``: what the place said to the one before, so that it is not waited for again. Raises ``VaultError`` for what can't be
        removed now.
        """
        parametric = memory_type == MemoryType.PARAMETRIC
        for name in [payload] if parametric else [key_name(each) for each in files]:
            self._destroy(name)
        if down is not None:
            raise down
        self.remove(space, memory_type, payload, files)

    def remove(self, space: str, memory_type: str, payload: str, files: Collection[str]) -> None:
        """Remove a copy of a payload that is kept elsewhere: its keys stay. Raises ``VaultError``."""
        for name in self._named(space, memory_type, payload, files):
            self.store.delete(name)

    def sweep(self, space: str, *, with_keys: bool = False, down: VaultError | None = None) -> int:
        """Remove what no memory of a space accounts for; returns how much. Raises as ``erase`` does.

        ``with_keys``: its keys go first, also that of what is being built just now. Without them such a payload only lacks its copy here.
        """
        if down is not None:
            raise down
        known = self._runner.read("payloads/known")
        strays = self.strays(space, list(self.objects(space)), known)
        if with_keys:
            # Whoever may write to the vault may call an object as they like: no name there costs a payload that a memory has.
            used = {key for row in known for key in (row["payload"], *map(key_name, row["files"] or ()))}
            for key in {key_name(_of(each, 1)) for each in strays} - used:
                self._destroy(key)
        for each in strays:
            self.store.delete(each.name)
        return len(strays)

    def strays(self, space: str, objects: Collection[VaultObject], known: Sequence[Row]) -> list[VaultObject]:
        """Return which of ``objects`` no memory accounts for."""
        own = [row for row in known if row["space"] == space]
        files = {file for row in own for file in row["files"] or ()}
        payloads = {row["payload"] for row in own}
        return [
            each
            for each in objects
            if not (
                (_of(each, 0) == CACHES and _of(each, 1) in files)
                or (_of(each, 0) == ADAPTERS and _of(each, 1) in payloads and not _of(each, 2).startswith("."))
            )
        ]

    def objects(self, space: str) -> Iterable[VaultObject]:
        """Return all that is here of a space."""
        return self.store.names(self._root(space))

    def name(self, space: str, part: PayloadPart) -> str:
        """Return what a file of a payload is called here."""
        return f"{self._root(space)}/{part.name}"

    def _named(self, space: str, memory_type: str, payload: str, files: Collection[str]) -> list[str]:
        if memory_type == MemoryType.PARAMETRIC:
            return [each.name for each in self.objects(space) if _of(each, 0) == ADAPTERS and _of(each, 1) == payload]
        return [f"{self._root(space)}/{CACHES}/{name}" for name in files]

    def _destroy(self, key: str) -> None:
        if self._keys.names(key):
            self._keys.destroy(key)

    def _root(self, space: str) -> str:
        if self._serial is None:
            self._serial = str(self._runner.write("payloads/store")[0]["store"])
        return f"{self._serial}/{self._keyring.keyed('vault names', space)[:_NAMED]}"


def _of(stored: VaultObject, place: int) -> str:
    """Return a part of an object's name below its space: the kind, the payload or file, the file of an adapter."""
    parts = stored.name.split("/")[2:]
    return parts[place] if place < len(parts) else ""
