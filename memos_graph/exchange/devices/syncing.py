"""Two devices are brought in step: rounds of comparing how both stand, and doing on each what the other tells, until nothing differs.

Nothing is kept of how far a sync had got: what two devices have to tell each other follows from how they stand. So one that was cut off is
simply begun again, and a device whose older copy was put back catches up.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Protocol, TypeVar

from pydantic import Field

from memos_graph.exchange.bundle.layout import Told
from memos_graph.exchange.devices.following import DeviceStep, Followed
from memos_graph.exchange.devices.registers import Name, Register
from memos_graph.exchange.devices.standing import CubeStanding, StandingPage
from memos_graph.exchange.loading.report import LoadConflict, Loaded, OnConflict
from memos_graph.search.selection import Selection
from memos_graph.types import Model

T = TypeVar("T")
_PAGE, _STEPS, _SENT = 1000, 200, 100
_ROUNDS = 6
_MOST_LISTED = 200


class Device(Protocol):
    """A space on one device: ``Memory``, or ``RemoteMemory`` of a client."""

    space: str

    def standing(self, *, after: str = "", limit: int = ...) -> StandingPage:
        """Return how its memories stand."""

    def follow(self, steps: Sequence[DeviceStep]) -> Sequence[Followed]:
        """Do what another device tells."""

    def dump(self, selection: Selection | None = None, *, content_only: bool = False) -> Iterator[bytes]:
        """Yield the pieces of a bundle."""

    def load(self, file: bytes, *, conflicts: OnConflict | str = ...) -> Loaded:
        """Load a bundle."""


class Moved(Model):
    """What one device got from the other, or would get."""

    added: int = Field(default=0, ge=0, description="Memories that are new there.")
    changed: int = Field(default=0, ge=0, description="Memories that got further versions.")
    settled: int = Field(default=0, ge=0, description="Memories whose state, terms or name changed.")
    deleted: int = Field(default=0, ge=0, description="Memories that were deleted.")
    erased: int = Field(default=0, ge=0, description="Memories that were erased, with a receipt.")

    def with_(self, **more: int) -> "Moved":
        """Return this with more."""
        return self.model_copy(update={name: getattr(self, name) + number for name, number in more.items()})


class Synced(Model):
    """What a sync did, or would do."""

    space: str
    peer: str = Field(description="The space of the other device.")
    dry_run: bool = False
    here: Moved = Field(default=Moved(), description="What came here.")
    there: Moved = Field(default=Moved(), description="What went there.")
    differ: int = Field(default=0, ge=0, description="Of a dry run: memories whose texts differ.")
    in_step: bool = Field(default=False, description="Whether nothing differs any more.")
    left: int = Field(default=0, ge=0, description="Memories that still differ: what each device kept as it was.")
    conflicts: tuple[LoadConflict, ...] = Field(
        default=(), description=f"Memories changed on both, and what was kept as it was: the first {_MOST_LISTED}."
    )


class Syncing:
    """One sync of two devices."""

    def __init__(self, here: Device, there: Device, progress: Told | None = None) -> None:
        self._sides = (here, there)
        self._moved = [Moved(), Moved()]
        self._conflicts: dict[tuple[str, str], LoadConflict] = {}
        self._progress = progress or (lambda _: None)
        self._done = 0

    def run(self) -> Synced:
        """Bring both in step; what either keeps as it is, is counted (``left``). Raises what either raises; the same again goes on."""
        plan = _Plan(*map(_all, self._sides))
        seen: list[object] = []
        for number in range(_ROUNDS):
            # Texts go one way a round: as it stood two rounds ago, neither way has helped.
            if not plan.steps_to_do or plan.sides in seen[:-1]:
                break
            seen.append(plan.sides)
            self._round(plan, way=number % 2)
            plan = _Plan(*map(_all, self._sides))
        return self._synced(in_step=not plan.left, left=plan.left)

    def foresee(self) -> Synced:
        """Return what ``run`` would do; writes nothing."""
        plan = _Plan(*map(_all, self._sides))
        for side in (0, 1):
            gone = [each.gone for each in plan.gone[side]]
            self._moved[side] = Moved(
                added=len(plan.unknown[side]),
                settled=plan.settled[side],
                deleted=gone.count("deleted"),
                erased=gone.count("erased"),
            )
        told = self._synced(in_step=not plan.left, left=plan.left)
        return told.model_copy(update={"dry_run": True, "differ": len(plan.differ)})

    def _round(self, plan: "_Plan", *, way: int) -> None:
        for side in (0, 1):
            self._follow(side, plan.gone[side])
        for side in (0, 1):
            self._follow(side, plan.changes[side])
        # What both have comes here first: once this device has all of the other, it sends that back.
        for side in (0, 1):
            other = plan.sides[1 - side]
            ids = [*plan.unknown[side], *(plan.differ if side == way else ())]
            self._send(side, [other[each] for each in ids])

    def _follow(self, side: int, steps: Sequence[DeviceStep]) -> None:
        for batch in _batches(steps, _STEPS):
            for each in self._sides[side].follow(batch):
                if each.did == "kept":
                    self._note(LoadConflict(id=each.id, cube="", did=f"kept: {each.why}"))
                elif each.did in ("deleted", "erased"):
                    self._moved[side] = self._moved[side].with_(**{each.did: 1})
                elif each.did == "changed":
                    self._moved[side] = self._moved[side].with_(settled=1)
            self._tell(len(batch))

    def _send(self, side: int, found: Sequence[CubeStanding]) -> None:
        """Send memories to one side; those that it deleted or erased go on the other, too."""
        to, source = self._sides[side], self._sides[1 - side]
        for batch in _batches(found, _SENT):
            selection = Selection(cubes=tuple(each.cube for each in batch))
            data = b"".join(source.dump(selection, content_only=True))
            loaded = to.load(data, conflicts=OnConflict.MERGE)
            self._moved[side] = self._moved[side].with_(added=loaded.memories, changed=loaded.changed)
            for each in loaded.conflicts:
                self._note(each)
            for bad in loaded.rejected:
                self._note(LoadConflict(id=bad.excerpt.removeprefix("id "), cube="", did=f"kept out: {bad.reason}"))
            gone = [DeviceStep.model_validate({"id": id_, "gone": how}) for id_, how in loaded.forgotten.items()]
            self._follow(1 - side, gone)
            self._tell(len(batch))

    def _tell(self, more: int) -> None:
        self._done += more
        self._progress(self._done)

    def _note(self, conflict: LoadConflict) -> None:
        self._conflicts[conflict.id, conflict.did] = conflict

    def _synced(self, *, in_step: bool, left: int) -> Synced:
        return Synced(
            space=self._sides[0].space,
            peer=self._sides[1].space,
            here=self._moved[0],
            there=self._moved[1],
            in_step=in_step,
            left=left,
            conflicts=tuple(self._conflicts.values())[:_MOST_LISTED],
        )


class _Plan:
    """What two devices have to tell each other, by how both stand; of each pair the first is for this device."""

    def __init__(self, here: Mapping[str, CubeStanding], there: Mapping[str, CubeStanding]) -> None:
        self.sides = (here, there)
        self.gone: tuple[list[DeviceStep], list[DeviceStep]] = ([], [])
        self.changes: tuple[list[DeviceStep], list[DeviceStep]] = ([], [])
        self.unknown: tuple[list[str], list[str]] = ([], [])
        self.differ: list[str] = []
        self.settled = [0, 0]
        unequal = set()
        for id_ in sorted(here.keys() | there.keys()):
            pair = (here.get(id_), there.get(id_))
            for side in (0, 1):
                own, other = pair[side], pair[1 - side]
                if other is None:
                    continue
                if own is None:
                    if other.gone is None:
                        self.unknown[side].append(id_)
                        unequal.add(id_)
                        # Noted where it comes from first: what is changed there from here on counts as changed since.
                        self.changes[1 - side].extend(_notes(id_, other))
                elif other.gone and (own.gone is None or (own.gone, other.gone) == ("deleted", "erased")):
                    self.gone[side].append(DeviceStep(id=id_, gone=other.gone))
                    unequal.add(id_)
            if pair[0] is not None and pair[1] is not None and not (pair[0].gone or pair[1].gone):
                if pair[0].content != pair[1].content:
                    self.differ.append(id_)
                    unequal.add(id_)
                if self._settle(id_, pair[0], pair[1]):
                    unequal.add(id_)
        self.left = len(unequal)

    def _settle(self, id_: str, here: CubeStanding, there: CubeStanding) -> bool:
        agreed = {
            name: max((here.registers[name], there.registers[name]), key=lambda each: each.age)
            for name in here.registers.keys() & there.registers.keys()
        }
        differs = False
        for side, own in enumerate((here, there)):
            told = {name: each for name, each in agreed.items() if not _agrees(own.registers[name], each)}
            changed = any(own.registers[name].value != each.value for name, each in told.items())
            self.settled[side] += changed
            differs |= changed
            if told:
                self.changes[side].append(DeviceStep(id=id_, registers=told))
        return differs

    @property
    def steps_to_do(self) -> int:
        """How much there is to do."""
        return len(self.differ) + sum(len(each) for pair in (self.gone, self.changes, self.unknown) for each in pair)


def _agrees(own: Register, agreed: Register) -> bool:
    return own.noted and own.age == agreed.age


def _notes(id_: str, of: CubeStanding) -> list[DeviceStep]:
    unnoted: dict[Name, Register] = {name: each for name, each in of.registers.items() if not each.noted}
    return [DeviceStep(id=id_, registers=unnoted)] if unnoted else []


def _all(device: Device) -> dict[str, CubeStanding]:
    found: dict[str, CubeStanding] = {}
    after: str | None = ""
    while after is not None:
        page = device.standing(after=after, limit=_PAGE)
        for each in page.items:
            known = found.get(each.id)
            # A document that was deleted and put again is another memory, and one that stands tells more than one that is gone.
            if known is None or known.gone:
                found[each.id] = each
        after = page.next
    return found


def _batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch
