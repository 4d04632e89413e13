"""What another device tells beside texts is done here, too: deletions, erasures, states, terms, names; each memory in one transaction.

Everything goes by the acts that every memory has, with the rights of who asks: nothing is done that this principal could not do by itself.
"""

from collections.abc import Sequence
from typing import Any, Literal

from pydantic import Field

from memos_graph.audit import Event
from memos_graph.errors import (
    ForbiddenError,
    InputError,
    MemosError,
    NotFoundError,
    PolicyError,
    QuotaError,
    StateError,
)
from memos_graph.exchange.devices.registers import (
    Name,
    Register,
    read_base,
    read_value,
    values_of,
    written_base,
)
from memos_graph.exchange.devices.standing import Gone
from memos_graph.exchange.loading.merging import IN_STEP, put_aside
from memos_graph.governance import Action, MemGovernance
from memos_graph.governance.rules_in_force import govern, in_force
from memos_graph.graph.rows import Row
from memos_graph.graph.runner import Runner, Transaction
from memos_graph.kit.moments import NEVER, utc
from memos_graph.lifecycle.erasure import MemErasure
from memos_graph.lifecycle.lifecycle import MemLifecycle, locked
from memos_graph.lifecycle.moving import Moving
from memos_graph.lifecycle.states import States
from memos_graph.lifecycle.terms import Terms
from memos_graph.memcube.documents import DocumentPlace
from memos_graph.types import Model, State
from memos_graph.vault.known import told_of

Did = Literal["deleted", "erased", "changed", "noted", "unchanged", "kept"]
_REFUSALS = (ForbiddenError, InputError, NotFoundError, PolicyError, QuotaError, StateError, TypeError, ValueError)


class Followed(Model):
    """What became of one memory."""

    id: str = Field(description="The id it travels by.")
    did: Did = Field(description="What was done; `kept`: it stays as it is.")
    why: str = Field(default="", description="Why it stays.")


class DeviceStep(Model):
    """What another device tells of one memory."""

    id: str = Field(min_length=1, max_length=100, description="The id it travels by.")
    gone: Gone | None = Field(default=None, description="That it was deleted there, or erased.")
    registers: dict[Name, Register] = Field(default={}, description="What it is to be beside its texts.")


class Following:
    """Does on one database what other devices tell of it."""

    def __init__(self, runner: Runner, governance: MemGovernance, lifecycle: MemLifecycle, erasure: MemErasure) -> None:
        self._runner = runner
        self._governance = governance
        self._lifecycle = lifecycle
        self._erasure = erasure
        self._states = States(runner, lifecycle)
        self._moving = Moving(runner, governance, lifecycle)

    def follow(self, steps: Sequence[DeviceStep], *, space: str, principal: str) -> list[Followed]:
        """Do ``steps``, in order; the same again does nothing more. What is not here, or may not be known of, is left as it is.

        Raises ``NotFoundError`` or ``ForbiddenError`` without the right to write, before anything is done.
        """
        access = self._governance.require(space, principal, Action.WRITE)
        may_erase = Action.ADMINISTER in access.actions
        rows = {
            row["wanted"]: row for row in self._runner.read("devices/known", space=space, ids=[s.id for s in steps])
        }
        told = told_of(self._runner.read, space, principal)
        erased: list[tuple[DeviceStep, Row]] = []
        done: list[Followed] = []
        for step in steps:
            row = rows.get(step.id)
            if row is None or not told(row):
                done.append(Followed(id=step.id, did="unchanged"))
            elif step.gone == "erased" and may_erase and not row["erased"]:
                erased.append((step, row))
            else:
                done.append(self._tried(step, row, space, principal))
        return [*self._erase(erased, space, principal), *done]

    def _tried(self, step: DeviceStep, row: Row, space: str, principal: str) -> Followed:
        try:
            did = self._runner.unit(lambda: self._one(step, row, space, principal))
        except _REFUSALS as error:
            return _kept(step, error)
        return Followed(id=step.id, did=did)

    def _one(self, step: DeviceStep, row: Row, space: str, principal: str) -> Did:
        gone = row["state"] == State.DELETED
        if step.gone:
            return "unchanged" if gone else self._delete(row, principal)
        return "unchanged" if gone else self._settle(step, row, space, principal)

    def _delete(self, row: Row, principal: str) -> Did:
        if row["state"] == State.FROZEN:
            self._states.thaw(row["id"], principal, reason=IN_STEP)
        self._lifecycle.delete(row["id"], principal, reason=IN_STEP)
        return "deleted"

    def _erase(self, found: Sequence[tuple[DeviceStep, Row]], space: str, principal: str) -> list[Followed]:
        """Erase memories together, with one receipt; one that is frozen here is thawed first, since an erasure is stronger.

        Where one is refused, each is erased by itself, so that it keeps none but itself; what is refused is frozen as it was.
        """
        if not found:
            return []
        frozen = [row["id"] for _, row in found if row["state"] == State.FROZEN]

        def thaw() -> None:
            for cube in frozen:
                self._states.thaw(cube, principal, reason=IN_STEP)

        ids = [row["id"] for _, row in found]
        try:
            self._erasure.erase_cubes(ids, space=space, principal=principal, reason=IN_STEP, first=thaw)
        except _REFUSALS as error:
            if len(found) == 1:
                return [_kept(found[0][0], error)]
            return [followed for each in found for followed in self._erase([each], space, principal)]
        return [Followed(id=step.id, did="erased") for step, _ in found]

    def _settle(self, step: DeviceStep, row: Row, space: str, principal: str) -> Did:
        """Make the registers of a memory what they are to be, and note that two devices agree on them."""
        own = values_of(row)
        changed = {name: each for name, each in step.registers.items() if name in own and own[name] != each.value}
        # Into service first, and out of it last: what is archived or frozen takes no other name.
        order: tuple[Name, ...] = ("place", "terms", "state")
        if "state" in changed and read_value(changed["state"]) == State.ACTIVATED:
            order = ("state", "place", "terms")
        for name in sorted(changed, key=order.index):
            self._change(name, read_value(changed[name]), row, space, principal)
        agreed = {name: each for name, each in step.registers.items() if name in own}
        base = read_base(row["in_step"])
        if (written := written_base(base, agreed)) == (row["in_step"] or "{}"):
            return "unchanged"

        def note(tx: Transaction) -> None:
            locked(tx, row["id"], principal, Action.WRITE)
            tx.run("devices/note", cube=row["id"], in_step=written)

        self._runner.transact(note)
        return "changed" if changed else "noted"

    def _change(self, name: Name, value: object, row: Row, space: str, principal: str) -> None:
        if name == "state":
            self._bring(row["id"], State(row["state"]), State(str(value)), principal)
        elif name == "place":
            places = (DocumentPlace.of(row["source"]), DocumentPlace.of(str(value)))
            self._moving.move(space, principal, [places], reason=IN_STEP)
        else:
            if not isinstance(value, dict):
                raise ValueError("its terms are none")
            self._set(row, value, space, principal)

    def _bring(self, cube: str, now_: State, wanted: State, principal: str) -> None:
        """Bring a memory from one state into another, by the acts of MemLifecycle."""
        if now_ in {State.ARCHIVED, State.MERGED}:
            self._states.restore(cube, principal, reason=IN_STEP)
        elif now_ is State.FROZEN:
            self._states.thaw(cube, principal, reason=IN_STEP)
        if wanted is State.ARCHIVED:
            self._states.archive(cube, principal, reason=IN_STEP)
        elif wanted is State.FROZEN:
            self._states.freeze(cube, principal, reason=IN_STEP)
        elif wanted is State.MERGED:
            put_aside(self._runner, self._lifecycle, cube, principal)
        elif wanted is not State.ACTIVATED:
            raise ValueError(f"no memory travels {wanted}")

    def _set(self, row: Row, value: dict[str, Any], space: str, principal: str) -> None:
        half_life = value.get("half_life_days")
        terms = Terms.of(
            tags=tuple(value.get("tags") or ()),
            priority=int(value.get("priority") or 0),
            half_life_days=None if half_life is None else float(half_life),
            expires_at=value.get("expires_at"),
        )
        ends = None if terms.expires_at is None else utc(terms.expires_at)
        properties: dict[str, Any] = {
            "tags": list(terms.tags or ()),
            "priority": terms.priority or 0,
            "half_life_set": terms.half_life_days,
            "expires_set": ends,
            "expires_at": ends or NEVER,
        }
        if "indexed" in value:
            ttl = value.get("ttl_minutes")
            properties |= {"indexed": value["indexed"], "ttl_minutes": None if ttl is None else float(ttl)}

        def work(tx: Transaction) -> None:
            # A frozen memory takes terms from who could thaw it, as it would be thawed for them and frozen again.
            frozen = row["state"] == State.FROZEN
            locked(tx, row["id"], principal, Action.ADMINISTER if frozen else Action.WRITE)
            tx.run("versions/set_terms", cube=row["id"], properties=properties)
            governing = in_force(tx, space)
            effect = govern(tx, [row["id"]], governing.policy if governing else None)
            self._lifecycle.revive(tx, space, effect.revived)
            event = Event(space, "set", principal, cubes=[row["id"]], reason=IN_STEP, detail="terms")
            self._lifecycle.audit.append(tx, [event])

        self._runner.transact(work)


def _kept(step: DeviceStep, error: Exception) -> Followed:
    return Followed(id=step.id, did="kept", why=error.message if isinstance(error, MemosError) else str(error))
