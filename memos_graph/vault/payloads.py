"""Payloads outside the graph: KV-caches and adapters that lie with the model host, and the erasing of them.

A change to a memory takes what was made from it out of service in its own transaction, which also queues the erasing
(``withdraw``). ``erase`` then does the queued work: keys and files whatever an engine says, and every engine is asked to give
the payload up. What is not seen to be gone stays queued, with the reason, and is tried again by the next change, when MemOS
opens, and by the upkeep of ``memos up``.
"""

import logging
from collections.abc import Callable, Collection, Sequence
from functools import partial
from pathlib import Path

from pydantic import Field

from memos_graph.errors import MemosError, PayloadError, RemoteBusyError, VaultError
from memos_graph.graph.rows import Row
from memos_graph.graph.runner import Runner, Transaction
from memos_graph.graph.vouching import TouchedIds
from memos_graph.host.client import HostClient
from memos_graph.host.keys import PayloadKeys
from memos_graph.host.protocol import DropCaches, KeepCaches
from memos_graph.host.record import HostHome
from memos_graph.host.remote import RemoteModel
from memos_graph.kit.clock import now
from memos_graph.kit.crypto.keyring import Keyring
from memos_graph.types import MemoryType, Model
from memos_graph.vault.folders import entries, inside, names, remove
from memos_graph.vault.keeping import Vault
from memos_graph.vault.parts import PayloadPart, key_name, parts_of
from memos_graph.vault.places import Places
from memos_graph.vault.stores import PayloadStore

_log = logging.getLogger(__name__)
_ERASE, _SWEEP = "erase", "sweep"


def withdraw(tx: Transaction, cubes: Sequence[str]) -> list[str]:
    """Take KV-caches and adapters made from ``cubes`` out of service inside ``tx``; returns their ids."""
    return [row["withdrawn"] for row in tx.run("payloads/withdraw", cubes=list(cubes), now=tx.now())]


def payload_keys(keyring: Keyring) -> PayloadKeys:
    """Return the keys of an installation's payload files: beside its other keys, not in the folder of the files."""
    return PayloadKeys(keyring.folder / "payloads", lambda: keyring.derived("payloads"))


def key_names(job: Row) -> list[str]:
    """Return which keys the files of a payload have: an adapter its own, a KV-cache one for each of its files."""
    if job["memory_type"] == MemoryType.PARAMETRIC:
        return [job["payload"]] if job["payload"] else []
    return [key_name(file) for file in job["files"] or ()]


def told(job: Row) -> str:
    """Return what erasing waits for, in words."""
    return job["problem"] or (f"It waits for {job['place']}." if job["place"] else "It is its turn soon.")


class Waiting(Model):
    """A payload that is out of service, and not erased everywhere yet: that is tried again."""

    cube: str = Field(description="Of the KV-cache or adapter.")
    problem: str = Field(description="What kept it from being erased.")


class Payloads:
    """Erases what was withdrawn: in the memory of the host while it runs, in a remote engine, and the files in any case."""

    def __init__(
        self,
        runner: Runner,
        host: HostClient,
        home: HostHome,
        keys: PayloadKeys,
        remote: RemoteModel | None = None,
        *,
        store: PayloadStore | None = None,
        cold: PayloadStore | None = None,
        keyring: Keyring | None = None,
    ) -> None:
        self.keys = keys
        self.places = Places(runner, home, remote, {each.url for each in (store, cold) if each is not None})

        def vault(kept: PayloadStore | None) -> Vault | None:
            if kept is None or keyring is None:
                return None
            return Vault(runner, home, keys, self.places, kept, keyring)

        self.vault = vault(store)
        """The place besides this home that keeps payloads in service, where one is set."""
        self.cold = vault(cold) if cold is not None else self.vault
        """The place that keeps those of archived ones."""
        self._runner = runner
        self._host = host
        self._home = home
        self._remote = remote

    def follow(self, touched: TouchedIds) -> None:
        """Erase what a committed change took out of service, and what waits from before, of other processes, too."""
        if touched.changed:
            self.erase()

    def erase(self, space: str | None = None) -> int:
        """Do the erasing that waits (of ``space``) here; returns how many payloads are gone. What fails stays queued.

        So does what is for another home, or another engine, to do. Inside a unit nothing is erased until that is committed.
        """
        if self._runner.joined:
            self._runner.after_commit(lambda: self._discard(space))
            return 0
        done, engine = 0, _Others(self._remote)
        for job in self.waiting(space):
            if not self.places.ours(job["holder"]):
                continue
            problem = self._done_with(job, engine)
            if problem is not None:
                _log.warning("payload of cube %s is not erased yet: %s", job["cube"] or "any", problem)
            elif job["kind"] == _ERASE:
                done += 1
            self._runner.write("payloads/finish", job=job["id"], problem=problem, now=now())
        return done

    def _done_with(self, job: Row, engine: "_Others") -> str | None:
        """Do one piece of work; returns what kept it from being done."""
        for vault in self.vaults:
            if job["holder"] == vault.id:
                return _problem([partial(self._done_in_vault, vault, job, engine)])
        if job["kind"] == _SWEEP:
            return None if self.sweep(job["space"]) else "What no memory accounts for may be left there."
        if not job["payload"]:
            return None
        return _problem([lambda: engine.unload(job["payload"])] if self._engines(job) else self._steps(job, engine))

    def _done_in_vault(self, vault: Vault, job: Row, others: "_Others") -> None:
        space, down = job["space"], others.vaults_down.get(vault.id)
        try:
            if job["kind"] == _SWEEP:
                vault.sweep(space, with_keys=True, down=down)
            elif job["payload"]:
                vault.erase(space, job["memory_type"], job["payload"], self._own_files(job), down=down)
        except VaultError as error:
            others.vaults_down[vault.id] = error
            raise

    @property
    def vaults(self) -> list[Vault]:
        """The places besides this home, each once."""
        return [*dict.fromkeys(each for each in (self.vault, self.cold) if each is not None)]

    def keep(self, space: str, memory_type: str, payload: str, files: Sequence[str] | None, *, by: str) -> None:
        """Put a copy of a payload into the vault, where one is set; call it before the payload goes into service.

        All of it is there then, or this raises ``VaultError`` and nothing of it is left there, or is taken away by the upkeep.
        """
        if self.vault is not None:
            self.vault.keep(space, memory_type, payload, files, by=by)

    def take_back(self, space: str, *, by: str) -> None:
        """Remove from the vault what was kept there and did not go into service, now or by the upkeep."""
        if self.vault is not None:
            self.vault.take_back(space, by=by)

    def bring(self, space: str, payload: str) -> bool:
        """Bring what is missing at home of a payload from the vault; returns whether all of it is at home now.

        Raises ``VaultError`` where the vault fails, ``PayloadError`` for what is damaged there.
        """
        row = self._runner.read_one("payloads/kept", space=space, payload=payload)
        if row is None:
            return False
        if all(each.local.is_file() for each in self.parts(row)):
            return True
        if self.vault is None:
            return False
        self.places.keep(space)
        return self.vault.bring(space, row["memory_type"], payload, row["files"])

    def parts(self, row: Row) -> list[PayloadPart]:
        """Return the files of a payload, as ``payloads/kept`` tells of it."""
        return parts_of(self._home, row["memory_type"], row["payload"], row["files"])

    def bring_cache(self, space: str, key: str) -> bool:
        """Have a KV-cache that this home lost brought from the vault and taken up by the host; returns whether it is there whole then.

        What keeps it from that is logged: it can be computed again.
        """
        if self.vault is None:
            return False
        try:
            return self.bring(space, key) and self._host.adopt_cache(key)
        except (VaultError, PayloadError) as error:
            _log.warning(
                "the KV-cache '%s' is not brought from %s, and is computed again: %s", key, self.vault.id, error
            )
            return False

    def sweep_vault(self, space: str) -> bool:
        """Remove what is in the vault and no memory accounts for; returns whether all of it is gone."""
        done = True
        for vault in self.vaults:
            try:
                vault.sweep(space)
            except VaultError as error:
                _log.warning("what no memory accounts for is not taken from %s yet: %s", vault.id, error)
                done = False
        return done

    def put_away(self, row: Row, files: Sequence[str]) -> str | None:
        """Remove a payload that is kept elsewhere from this home and from engines, of a KV-cache these files; its keys stay.

        Returns what of it could not be done.
        """
        payload, others = row["payload"], _Others(self._remote)
        if row["memory_type"] == MemoryType.PARAMETRIC:
            return _problem(
                [
                    lambda: self._in_host(lambda: self._host.unload(payload)),
                    lambda: others.unload(payload),
                    lambda: self._erase_adapter(payload),
                ]
            )
        drop = DropCaches(keys=(payload,), copied=True)
        return _problem(
            [
                lambda: self._in_host(lambda: self._host.drop_caches(drop)),
                *(partial(self._unlink, name) for name in files),
            ]
        )

    def _engines(self, job: Row) -> bool:
        return job["holder"] is not None and job["holder"] == self.places.engine

    def _discard(self, space: str | None) -> None:
        self.erase(space)

    def waiting(self, space: str | None = None) -> list[Row]:
        """Return the erasing that still waits, here or at another place, with the problem it met."""
        return self._runner.read("payloads/waiting", kinds=[_ERASE, _SWEEP], space=space)

    def lies_here(self, space: str, memory_type: str, payload: str, files: Sequence[str]) -> bool:
        """Whether all of a payload is in this home or in the vault, with the keys it is read with."""
        if memory_type == MemoryType.PARAMETRIC:
            here = inside(self._home.adapters, payload).is_dir() and self.keys.exists(payload)
        else:
            here = all(inside(self._home.caches, each).is_file() and self.keys.exists(key_name(each)) for each in files)
        return here or (self.vault is not None and self.vault.holds(space, memory_type, payload, files))

    def left_of(self, space: str, cube: str | None = None) -> tuple[Waiting, ...]:
        """Return what of the payloads of ``space``, or of one, is not erased yet though it should be."""
        rows = [row for row in self.waiting(space) if row["cube"] and cube in {None, row["cube"]}]
        return tuple(Waiting(cube=row["cube"], problem=told(row)) for row in rows)

    def _steps(self, job: Row, engine: "_Others") -> list[Callable[[], object]]:
        """Return what erases a payload, in order: first what can't fail for what somebody else says."""
        payload = job["payload"]
        if job["memory_type"] == MemoryType.PARAMETRIC:
            return [
                lambda: remove(inside(self._home.opened, payload)),  # which is not sealed
                lambda: self.keys.destroy(payload),
                lambda: remove(inside(self._home.adapters, payload)),
                lambda: self._in_host(lambda: self._host.unload(payload)),
                # An engine that is known to have adapters of the space has work of its own.
                *([lambda: engine.unload(payload)] if job["holder"] is None else []),
            ]
        own = self._own_files(job)
        return [
            # The keys first: from here on no copy of the files can be read, here or in a backup.
            *(partial(self.keys.destroy, key_name(name)) for name in own),
            lambda: self._in_host(lambda: self._host.drop_caches(DropCaches(keys=(payload,)))),
            *(partial(self._unlink, name) for name in own),
        ]

    def _own_files(self, job: Row) -> list[str]:
        """Return the files of a KV-cache that no other one in service has."""
        files = list(job["files"] or ())
        shared = {row["file"] for row in self._runner.read("payloads/shared", space=job["space"], files=files)}
        return [name for name in files if name not in shared]

    def _in_host(self, act: Callable[[], object]) -> None:
        if self._host.process.running() is not None:
            act()

    def _unlink(self, name: str) -> None:
        inside(self._home.caches, name).unlink(missing_ok=True)

    def sweep(self, space: str) -> bool:
        """Erase what no cube in service accounts for, such as what a crash left; returns whether all of it is gone.

        In the host that is of this space, on disk of any; where other databases keep their payloads in the same folder, too,
        nothing on disk, as it can't be told apart. A KV-cache that is being built just now may go too; it is computed
        again when it is asked for.
        """
        known = self._runner.read("payloads/known")
        try:
            if self._host.process.running() is not None:
                keys = tuple(row["payload"] for row in known if row["space"] == space)
                self._host.keep_caches(KeepCaches(space=space, keys=keys))
                self._unload_but({row["payload"] for row in known})
            if self._shares_home():
                _log.warning(
                    "payload files that no memory accounts for stay: %s serves other databases, too", self._home.root
                )
                return False
            self._erase_but({file for row in known for file in row["files"] or ()}, {row["payload"] for row in known})
        except (MemosError, OSError) as error:
            _log.warning("what no memory accounts for is not erased yet: %s", error)
            return False
        return True

    def claim_home(self) -> None:
        """Note that this database keeps its payloads in this home; what lies there from before homes had names is noted, too."""
        if self.places.new:
            self._keep_what_lies_here()
        name = str(self._runner.write("payloads/store")[0]["store"])
        if not (self._home.stores / name).exists():
            self._home.create()
            self._home.stores.mkdir(mode=0o700, exist_ok=True)
            (self._home.stores / name).touch(mode=0o600)

    def _keep_what_lies_here(self) -> None:
        caches, adapters = names(self._home.caches), names(self._home.adapters)
        handed = names(self._home.opened)
        if not caches | adapters | handed:
            return
        for row in self._runner.read("payloads/known"):
            if row["payload"] in adapters or caches.intersection(row["files"] or ()):
                self.places.keep(row["space"])
            if row["payload"] in handed:
                self.places.keep_in_engine(row["space"])

    def _unload_but(self, adapters: Collection[str]) -> None:
        if self._shares_home():
            return
        for each in self._host.health().adapters:
            if each.id not in adapters:
                self._host.unload(each.id)

    def _shares_home(self) -> bool:
        return len(entries(self._home.stores)) > 1

    def _erase_but(self, files: Collection[str], adapters: Collection[str]) -> None:
        for path in entries(self._home.caches):
            if path.name not in files:
                self._destroy(key_name(path.name))
                path.unlink(missing_ok=True)
        for path in (*entries(self._home.adapters), *entries(self._home.opened)):
            if path.name not in adapters:
                self._destroy(path.name)
                self._erase_adapter(path.name)

    def _destroy(self, name: str) -> None:
        if self.keys.names(name):  # what is called otherwise was never sealed
            self.keys.destroy(name)

    def _erase_adapter(self, name: str) -> None:
        for parent in (self._home.opened, self._home.adapters):
            remove(inside(parent, name))


class _Others:
    """The other engine and the vault during one round of erasing; once one was silent, it is not waited for again in this round."""

    def __init__(self, remote: RemoteModel | None) -> None:
        self._remote = remote if remote is not None and remote.takes_adapters else None
        self._silent: RemoteBusyError | None = None
        self.vaults_down: dict[str, VaultError] = {}

    def unload(self, adapter: str) -> None:
        """Have it give an adapter up; raises ``ModelError`` unless it is seen not to hold it any more."""
        if self._remote is None:
            return
        if self._silent is not None:
            raise self._silent
        try:
            self._remote.unload(adapter)
        except RemoteBusyError as error:
            self._silent = error
            raise


def _problem(steps: Sequence[Callable[[], object]]) -> str | None:
    """Take every step, whatever becomes of the others; returns what went wrong, ``None``: nothing."""
    problems = []
    for step in steps:
        try:
            step()
        except MemosError as error:
            problems.append(error.message)
        except OSError as error:  # it is told to people who need not know where this service keeps its files
            problems.append(f"{Path(error.filename or '').name}: {error.strerror or error}.")
    return " ".join(problems) or None
