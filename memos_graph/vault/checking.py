"""Payloads and the cubes that account for them, held against each other; and what a place that failed midway left is put right."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from pydantic import Field

from memos_graph.audit import AuditLog, Event
from memos_graph.errors import PayloadError
from memos_graph.governance import Action, MemGovernance
from memos_graph.graph.rows import Row
from memos_graph.graph.runner import Runner, Transaction
from memos_graph.types import MemoryType, Model, State
from memos_graph.vault.keeping import Vault
from memos_graph.vault.parts import PayloadPart
from memos_graph.vault.payloads import Payloads, withdraw
from memos_graph.vault.stores import VaultObject

_HOME = "this home"
_REASON = "Its payload is nowhere whole."


class VaultReport(Model):
    """How the payloads of a space stand; of a repair: how they stand after it."""

    place: str = Field(description="What was looked at: the vault by its address, or `this home` where none is set.")
    payloads: int = Field(description="KV-caches and adapters in service.")
    objects: int = Field(default=0, description="What the vault keeps of the space; 0 of a home.")
    bytes: int = Field(default=0, description="How much that is.")
    missing: tuple[str, ...] = Field(default=(), description="Cubes whose payload is not all there.")
    altered: tuple[str, ...] = Field(default=(), description="Cubes whose payload is not what was written.")
    strays: int = Field(default=0, description="What is there and no memory accounts for.")
    repaired: int = Field(default=0, description="What a repair put there again, or removed.")
    withdrawn: tuple[str, ...] = Field(
        default=(), description="Cubes that a repair took out of service: no whole copy was left anywhere."
    )
    waiting: int = Field(
        default=0, description="Erasures of the space that wait, here or elsewhere; they are tried again."
    )

    @property
    def sound(self) -> bool:
        """Whether nothing is left to be put right."""
        return not (self.missing or self.altered or self.strays)


@dataclass
class _Found:
    """What is not as it should be: the parts of each cube, and whether they are altered; what could not be put right; the cubes."""

    missing: dict[str, list[PayloadPart]] = field(default_factory=dict)
    altered: dict[str, list[PayloadPart]] = field(default_factory=dict)
    lost: list[str] = field(default_factory=list)
    of: dict[str, Row] = field(default_factory=dict)


class VaultChecker:
    """Checks and repairs the payloads of one database, by space."""

    def __init__(self, runner: Runner, governance: MemGovernance, audit: AuditLog, payloads: Payloads) -> None:
        self._runner = runner
        self._governance = governance
        self._audit = audit
        self._payloads = payloads

    def check(self, space: str, principal: str, *, repair: bool = False) -> VaultReport:
        """Read every payload in service of a space, and hold it against what was written; with ``repair``, put right what is not.

        * What the vault lacks comes from this home, where that is whole; a cube whose payload is nowhere whole goes out of service, an
          adapter to be distilled anew. What no memory accounts for is removed, and erasures that wait are tried.
        * Raises ``NotFoundError`` or ``ForbiddenError`` without the right to administer, ``VaultError`` where the vault does not answer.
        """
        self._governance.require(space, principal, Action.ADMINISTER)
        if repair:
            self._payloads.erase(space)
        self._audit.read(Event(space, "check", principal, detail="payloads, to repair them" if repair else "payloads"))
        found = self._looked(space)
        report = self._report(space, found)
        if not repair or report.sound:
            return report
        repaired = self._put_again(space, found)
        if found.lost:
            self._withdraw(space, principal, found.lost)
        repaired += sum(each.sweep(space) for each in self._payloads.vaults)
        after = self._report(space, self._looked(space))
        return after.model_copy(update={"repaired": repaired, "withdrawn": tuple(found.lost)})

    def _report(self, space: str, found: _Found) -> VaultReport:
        known, objects, strays = self._runner.read("payloads/known"), list[VaultObject](), 0
        for vault in self._payloads.vaults:
            there = list(vault.objects(space))
            objects += there
            strays += len(vault.strays(space, there, known))
        return VaultReport(
            place=", ".join(each.id for each in self._payloads.vaults) or _HOME,
            payloads=sum(row["state"] == State.ACTIVATED for row in self._kept(space)),
            objects=len(objects),
            bytes=sum(each.size for each in objects),
            missing=tuple(sorted(found.missing.keys() - found.altered.keys())),
            altered=tuple(sorted(found.altered)),
            strays=strays,
            waiting=len(self._payloads.left_of(space)),
        )

    def _kept(self, space: str) -> list[Row]:
        """Return what is in service, and what is archived in the cold."""
        rows = self._runner.read("payloads/kept", space=space, payload=None)
        return [row for row in rows if row["state"] == State.ACTIVATED or row["cold"]]

    def _place(self, row: Row) -> Vault | None:
        return self._payloads.cold if row["cold"] else self._payloads.vault

    def _looked(self, space: str) -> _Found:
        found = _Found()
        there = {vault.id: {each.name for each in vault.objects(space)} for vault in self._payloads.vaults}
        for row in self._kept(space):
            vault = self._place(row)
            for part in self._payloads.parts(row):
                if vault is not None:
                    fault = self._in_vault(vault, space, part, there[vault.id])
                else:
                    fault = self._at_home(row, part)
                if fault is not None:
                    found.of[row["cube"]] = row
                    getattr(found, fault).setdefault(row["cube"], []).append(part)
        return found

    def _in_vault(self, vault: Vault, space: str, part: PayloadPart, there: set[str]) -> str | None:
        name = vault.name(space, part)
        content = vault.store.get(name) if name in there else None
        if content is None:
            return "missing"
        try:
            part.check(content, self._payloads.keys)
        except PayloadError:
            return "altered"
        return None

    def _at_home(self, row: Row, part: PayloadPart) -> str | None:
        """Return what is wrong with a file here; parts of a KV-cache that made room for others are computed again when needed."""
        try:
            content = part.read_here(self._payloads.keys)
        except PayloadError:
            return "altered"
        return "missing" if content is None and row["memory_type"] == MemoryType.PARAMETRIC else None

    def _put_again(self, space: str, found: _Found) -> int:
        """Put what the vault lacks there again from this home; what can't be had is noted as lost. Returns how much was put."""
        put = 0
        for cube in sorted(found.missing.keys() | found.altered.keys()):
            parts: Sequence[PayloadPart] = [*found.missing.get(cube, ()), *found.altered.get(cube, ())]
            if (vault := self._place(found.of[cube])) is None:
                found.lost.append(cube)
                continue
            try:
                for part in parts:
                    vault.keep_part(space, part)
                    put += 1
            except PayloadError:
                found.lost.append(cube)
        return put

    def _withdraw(self, space: str, principal: str, cubes: Sequence[str]) -> None:
        def work(tx: Transaction) -> None:
            self._governance.lock(tx, space, principal, Action.ADMINISTER)
            withdraw(tx, cubes)
            self._audit.append(tx, [Event(space, "drop", principal, cubes=list(cubes), reason=_REASON)])

        self._runner.transact(work)
        self._payloads.erase(space)
