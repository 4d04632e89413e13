"""Activation memory: a selection of memories prefilled once, kept as a KV-cache, and known to the graph as a cube.

The graph never points to a payload that does not match it: the cube is written after the host has built the cache, in a
transaction that refuses a source that changed meanwhile; the payload of a refused or crashed build has no cube, and is
found again by its key, which is a hash of what is in it.
"""

import contextlib
from collections.abc import Sequence

from pydantic import Field

from memos_graph.audit import AuditLog, Event, WrittenVersion
from memos_graph.errors import HostUnavailableError, NotFoundError, PayloadError, StateError, VaultError
from memos_graph.governance import Action, MemGovernance
from memos_graph.graph.rows import Row
from memos_graph.graph.runner import Runner, Transaction
from memos_graph.host.client import HostClient
from memos_graph.host.protocol import BuildCache, CacheBuilt, DropCaches, HostHealth
from memos_graph.kit import meter
from memos_graph.kit.clock import now
from memos_graph.kit.ids import new_id
from memos_graph.kit.moments import UtcDatetime
from memos_graph.search.selection import Line, Selection, derivations, line_of, select
from memos_graph.types import MemoryType, Model, State
from memos_graph.vault.payloads import Payloads, Waiting


class PayloadCube(Model):
    """A KV-cache or an adapter, as its cube describes it."""

    id: str
    key: str | None = Field(default=None, description="Its name with the model host.")
    title: str
    state: State
    usable: bool = Field(description="In service, and none of its sources changed, expired or went since.")
    base_model: str | None = Field(default=None, description="Fingerprint of the model it belongs to.")
    sha256: str | None = None
    bytes: int | None = Field(default=None, description="Size of the payload.")
    tokens: int | None = Field(default=None, description="Tokens of a KV-cache.")
    sources: int = Field(description="Memories it was made from.")
    evaluation: str | None = Field(default=None, description="What was measured of an adapter, JSON.")
    created_at: UtcDatetime
    created_by: str


class Covering(Model):
    """The payload in service that holds most of some memories, and everything it holds.

    ``unlearned`` those of its lines that it was taught and did not take: they are only had as text.
    """

    id: str
    key: str
    sha256: str
    covered: int
    lines: tuple[Line, ...]
    unlearned: tuple[str, ...] = ()


class Activation(Model):
    """A KV-cache that was built or found, and what that took."""

    cube: PayloadCube
    built: bool = Field(description="False: the same one was there already.")
    reused_tokens: int = Field(description="Tokens shared with an earlier cache of the space.")
    seconds: float = Field(description="Time of the host.")


class Materializer:
    """Builds, lists and drops KV-caches of one database."""

    def __init__(
        self, runner: Runner, governance: MemGovernance, audit: AuditLog, host: HostClient, payloads: Payloads
    ) -> None:
        self._runner = runner
        self._governance = governance
        self._audit = audit
        self._host = host
        self._payloads = payloads

    def build(self, selection: Selection, *, space: str, principal: str) -> Activation:
        """Build the KV-cache of a selection, or return the one that is there.

        Raises ``ForbiddenError`` without the right to transform in ``space``, ``StateError`` when a memory changed while it
        was built, ``HostUnavailableError``.
        """
        self._governance.require(space, principal, Action.TRANSFORM)
        self._payloads.places.keep(space)
        lines = select(self._runner, selection, space=space, principal=principal)
        built = self._host.build_cache(BuildCache(space=space, memory=tuple(line.text for line in lines)))
        meter.model(built.seconds, built.device, built=built.tokens - built.reused_tokens)
        model = self._host.health()
        cube = new_id()
        self._keep(built, space, principal)

        def work(tx: Transaction) -> tuple[str, bool]:
            self._governance.lock(tx, space, principal, Action.TRANSFORM)
            for standing in self._rows(space, principal, tx=tx):
                if standing["key"] == built.key and standing["usable"]:
                    return standing["id"], False
            properties = _properties(cube, built, model, lines, selection, space, principal)
            at = tx.now()
            tx.run("materialize/activation", cube=properties, now=at, by=principal)
            linked = tx.run(
                "materialize/derive",
                cube=cube,
                transform="materialized",
                sources=derivations(lines),
                now=at,
                by=principal,
            )
            if linked[0]["linked"] != len(lines):
                raise StateError(
                    "A memory of the selection changed while its KV-cache was built; nothing was kept.",
                    hint="Build it again.",
                )
            written = WrittenVersion(cube, 1, built.payload_sha256, at, principal)
            event = Event(space, "materialize", principal, cubes=[cube], written=[written], detail=selection.title)
            self._audit.append(tx, [event])
            return cube, True

        try:
            id_, fresh = self._runner.transact(work)
        except StateError:
            with contextlib.suppress(HostUnavailableError):  # then its memory is gone, and its files have no cube
                self._host.drop_caches(DropCaches(keys=(built.key,)))
            self._payloads.take_back(space, by=principal)
            raise
        meter.used(MemoryType.ACTIVATION, id_)
        return Activation(
            cube=self.get(id_, space=space, principal=principal),
            built=fresh,
            reused_tokens=built.reused_tokens,
            seconds=built.seconds,
        )

    def _keep(self, built: CacheBuilt, space: str, principal: str) -> None:
        """Have the vault keep what was built, where there is one, before it goes into service; what is refused there goes again."""
        if any(each["key"] == built.key and each["usable"] for each in self._rows(space, principal)):
            return
        try:
            self._payloads.keep(space, MemoryType.ACTIVATION, built.key, built.files, by=principal)
        except (VaultError, PayloadError):
            with contextlib.suppress(HostUnavailableError):
                self._host.drop_caches(DropCaches(keys=(built.key,)))
            raise

    def every(self, *, space: str, principal: str) -> Sequence[PayloadCube]:
        """Return the KV-caches of a space, newest first."""
        return [PayloadCube(**row) for row in self._rows(space, principal)]

    def get(self, cube: str, *, space: str, principal: str) -> PayloadCube:
        """Return one; raises ``NotFoundError``."""
        rows = self._rows(space, principal, cube=cube)
        if not rows:
            raise NotFoundError(
                f"There is no KV-cache '{cube}' in '{space}'.", hint="`memos kv list` shows them.", target=cube
            )
        return PayloadCube(**rows[0])

    def read(self, cube: str, *, space: str, principal: str) -> tuple[str, ...]:
        """Return the lines of memory a KV-cache holds, read from its payload; recorded in the log as a read of it.

        Raises ``StateError`` for one that is not in service, ``PayloadError`` for one that is damaged.
        """
        found = self.get(cube, space=space, principal=principal)
        if not found.usable or found.key is None:
            raise StateError(
                f"KV-cache {cube} is not in service: it is {found.state}, or a memory it was made from changed.",
                hint="`memos kv build` builds it anew.",
            )
        lines = self._host.read_cache(found.key).lines
        self._audit.read(Event(space, "externalize", principal, cubes=[cube], count=len(lines)))
        return lines

    def drop(self, cube: str, *, space: str, principal: str) -> Waiting | None:
        """Erase a KV-cache; the memories it was made from stay. Returns what keeps it from being gone, where something does."""
        self.get(cube, space=space, principal=principal)
        drop(self._runner, self._governance, self._audit, cube, space=space, principal=principal)
        self._payloads.erase(space)
        return next(iter(self._payloads.left_of(space, cube)), None)

    def _rows(self, space: str, principal: str, *, cube: str | None = None, tx: Transaction | None = None) -> list[Row]:
        run = self._runner.read if tx is None else tx.run
        return run(
            "materialize/list",
            principal=principal,
            space=space,
            now=now(),
            memory_type=MemoryType.ACTIVATION.value,
            cube=cube,
        )


def covering(
    runner: Runner, memory_type: MemoryType, base_model: str, cubes: Sequence[str], *, space: str, principal: str
) -> Covering | None:
    """Return the payload in service that holds most of ``cubes``; ``None`` when none holds any."""
    row = runner.read_one(
        "materialize/covering",
        principal=principal,
        space=space,
        now=now(),
        memory_type=memory_type.value,
        base_model=base_model,
        cubes=list(cubes),
    )
    return None if row is None else _covering(row)


def linked(runner: Runner, base_model: str, concepts: Sequence[str], *, space: str, principal: str) -> Covering | None:
    """Return the adapter in service whose memories mention most of these concepts; ``None`` when none mentions any."""
    row = runner.read_one(
        "materialize/linked",
        principal=principal,
        space=space,
        now=now(),
        base_model=base_model,
        concepts=list(concepts),
    )
    return None if row is None else _covering(row)


def _covering(row: Row) -> Covering:
    return Covering(
        id=row["id"],
        key=row["key"],
        sha256=row["sha256"],
        covered=row["covered"],
        lines=tuple(line_of(line) for line in row["lines"]),
        unlearned=tuple(row["unlearned"]),
    )


def drop(runner: Runner, governance: MemGovernance, audit: AuditLog, cube: str, *, space: str, principal: str) -> None:
    """Take a payload out of service for good and queue its erasing, in one transaction with its audit event."""

    def work(tx: Transaction) -> None:
        governance.lock(tx, space, principal, Action.TRANSFORM)
        if tx.one("payloads/retire", cube=cube, space=space, now=tx.now(), by=principal) is None:
            raise NotFoundError(f"There is no KV-cache or adapter '{cube}' in '{space}'.", target=cube)
        audit.append(tx, [Event(space, "drop", principal, cubes=[cube])])

    runner.transact(work)


def payload_properties(
    cube: str, memory_type: MemoryType, lines: Sequence[Line], title: str, space: str, principal: str
) -> dict[str, object]:
    """Return what the cubes of both forms have in common; they expire with the first of their sources."""
    at = now()
    return {
        "id": cube,
        "space": space,
        "memory_type": memory_type.value,
        "semantic_type": "knowledge",
        "origin": "inference",
        "level": memory_type.value,
        "live": False,  # neither is found by search: what they were made from is
        "text": "",
        "heading": title,
        "created_at": at,
        "updated_at": at,
        "valid_from": at,
        "expires_at": min(line.expires_at for line in lines),
        "created_by": principal,
        "priority": 0,
        "version": 1,
    }


def _properties(
    cube: str,
    built: CacheBuilt,
    model: HostHealth,
    lines: Sequence[Line],
    selection: Selection,
    space: str,
    principal: str,
) -> dict[str, object]:
    common = payload_properties(cube, MemoryType.ACTIVATION, lines, selection.title, space, principal)
    return common | {
        "state": State.ACTIVATED.value,
        "tokens": built.tokens,
        "base_model": model.fingerprint,
        "payload_uri": built.key,
        "payload_sha256": built.payload_sha256,
        "payload_bytes": built.payload_bytes,
        "payload_files": list(built.files),
    }
