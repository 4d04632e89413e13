"""What of a memory is one value beside its texts: its state, its terms, the name of a document. Of two, the later change stands.

Which one is later is told by how often a value was changed, and only between two that were changed as often by their times: a device whose
clock is wrong loses nothing to one that changed less. ``in_step`` keeps beside a memory how far it had got when two devices last agreed.
"""

import json
from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from memos_graph.graph.rows import Row
from memos_graph.kit.digests import canonical, sha256
from memos_graph.kit.moments import stamp
from memos_graph.types import Model, SemanticType, State

Name = Literal["state", "terms", "place"]
NAMES: tuple[Name, ...] = ("state", "terms", "place")
_DIGITS = 24
_MOST = 2**53
_SERVING = frozenset({State.GENERATED, State.ACTIVATED})


class Register(Model):
    """One value of a memory, and how late it is."""

    value: str = Field(max_length=200_000, description="The value, as canonical JSON.")
    changes: int = Field(ge=0, le=_MOST, description="How often it was changed, as far as both devices know.")
    at: str = Field(max_length=40, description="When it was last changed, UTC.")
    noted: bool = Field(default=False, description="Whether it stands as it did when two devices last agreed.")

    @property
    def age(self) -> tuple[int, str, str]:
        """What decides between two."""
        return self.changes, self.at, self.value


Base = Mapping[str, tuple[int, str, str]]
"""By name: how often changed, when, and the digest of what it was, when two devices last agreed."""


def values_of(row: Row) -> dict[Name, str]:
    """Return the values of a memory: of a ``row`` of ``devices/standing`` or ``devices/known``."""
    terms = {
        "tags": list(row["tags"] or ()),
        "priority": str(row["priority"] or 0),
        "half_life_days": _quantity(row["half_life_days"]),
        "expires_at": None if row["expires_set"] is None else stamp(row["expires_set"]),
    }
    found: dict[Name, str] = {"state": _text("activated" if row["state"] in _SERVING else row["state"])}
    if row["type"] == SemanticType.DOCUMENT:
        terms |= {"indexed": row["indexed"], "ttl_minutes": _quantity(row["ttl_minutes"])}
        found["place"] = _text(row["source"])
    return found | {"terms": _text(terms)}


def registers_of(row: Row) -> dict[Name, Register]:
    """Return the registers of a memory as they stand."""
    base, found = read_base(row["in_step"]), {}
    for name, value in values_of(row).items():
        changes, at, digest = base.get(name, (0, "", ""))
        if digest == _digest(value):
            found[name] = Register(value=value, changes=changes, at=at, noted=True)
        else:
            first = 0 if name not in base and value in _UNTOUCHED.get(name, (value,)) else 1
            found[name] = Register(value=value, changes=min(changes + first, _MOST), at=stamp(row["changed_at"]))
    return found


def read_base(text: str | None) -> dict[str, tuple[int, str, str]]:
    """Return what a memory keeps of when two devices last agreed."""
    return {name: (int(each[0]), str(each[1]), str(each[2])) for name, each in json.loads(text or "{}").items()}


def written_base(base: Base, noted: Mapping[Name, Register]) -> str:
    """Return that with what two devices agree on now."""
    found: dict[str, list[object]] = {name: list(each) for name, each in base.items()}
    for name, each in noted.items():
        found[name] = [each.changes, each.at, _digest(each.value)]
    return canonical(found).decode()


def _quantity(value: float | None) -> str | None:
    return None if value is None else repr(float(value))


def _text(value: object) -> str:
    return canonical({"is": value}).decode()


def _digest(value: str) -> str:
    return sha256(value)[:_DIGITS]


def read_value(register: Register) -> object:
    """Return the value of a register; raises ``ValueError`` for what is none."""
    found = json.loads(register.value)
    if not isinstance(found, dict) or found.keys() != {"is"}:
        raise ValueError("it is no value")
    return found["is"]


_UNTOUCHED: Mapping[str, tuple[str, ...]] = {
    "state": (_text("activated"),),
    "terms": (_text({"tags": [], "priority": "0", "half_life_days": None, "expires_at": None}),),
}
"""What nobody changed yet; the name of a document is as it was given."""
