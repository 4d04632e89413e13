"""The terms of a memory: its end of life, half-life, priority and labels, set by hand within what the policy allows."""

from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import Field, ValidationError

from memos_graph.audit import Event
from memos_graph.errors import InputError
from memos_graph.governance import Action
from memos_graph.governance.rules_in_force import govern, in_force
from memos_graph.graph.rows import Row
from memos_graph.graph.runner import Runner, Transaction
from memos_graph.kit.clock import now
from memos_graph.kit.moments import NEVER, UtcDatetime
from memos_graph.lifecycle.lifecycle import MemLifecycle, lock, not_found
from memos_graph.lifecycle.transitions import Act
from memos_graph.types import Model

_MOST_TAGS = 50


class Terms(Model):
    """What to set; what is not given stays as it is, and null takes it away."""

    expires_at: UtcDatetime | None = Field(
        default=None, description="End of life, UTC; the space's policy may end it sooner."
    )
    half_life_days: float | None = Field(
        default=None, gt=0, le=1e6, description="Days in which its rank halves; wins over the policy's."
    )
    priority: int | None = Field(
        default=None,
        ge=-10,
        le=10,
        description="Importance, -10 to 10; null: 0. Kept and shown: no search or answer goes by it.",
    )
    tags: Annotated[tuple[str, ...], Field(max_length=_MOST_TAGS)] | None = Field(
        default=None, description="Its labels, instead of those it has."
    )

    @classmethod
    def of(cls, **given: object) -> Self:
        """Return the terms of keyword arguments; raises ``InputError`` naming each that can't be set."""
        try:
            return cls.model_validate(given)
        except ValidationError as error:
            problems = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
            raise InputError(f"These terms can't be set: {problems}.") from error


class SetTerms(Model):
    """The terms of a memory as they stand."""

    id: str
    expires_at: UtcDatetime | None = Field(description="End of life, UTC; none: forever.")
    half_life_days: float | None = Field(description="Days in which its rank halves; none: it does not.")
    priority: int
    tags: tuple[str, ...]


def set_terms(runner: Runner, lifecycle: MemLifecycle, cube: str, principal: str, terms: Terms) -> SetTerms:
    """Set ``terms`` on ``cube``; recorded in the log with the names of what was set. Needs the right to write.

    A memory that has come to its end is only an administrator's to see, and to bring back. Raises ``InputError`` when
    nothing is to set, ``NotFoundError``, ``ForbiddenError``, ``FrozenError``.
    """
    named = sorted(terms.model_fields_set)
    if not named:
        raise InputError(
            f"Nothing was given to set on cube {cube}.", hint="Give expires_at, half_life_days, priority or tags."
        )

    def work(tx: Transaction) -> Row:
        row = lock(tx, cube, principal, Act.SET)
        if tx.run("versions/terms", cube=cube, now=now())[0]["ended"] and Action.ADMINISTER not in row["actions"]:
            raise not_found(cube)
        tx.run("versions/set_terms", cube=cube, properties=_properties(terms))
        governing = in_force(tx, row["space"])
        effect = govern(tx, [cube], governing.policy if governing else None)
        lifecycle.revive(tx, row["space"], effect.revived)
        event = Event(row["space"], "set", principal, cubes=[cube], detail=", ".join(named))
        lifecycle.audit.append(tx, [event])
        return tx.run("versions/terms", cube=cube, now=now())[0]

    stands = runner.transact(work)
    expires_at = stands["expires_at"]
    return SetTerms(
        **{key: value for key, value in stands.items() if key not in {"expires_at", "ended"}},
        expires_at=None if expires_at == NEVER else expires_at,
    )


def _properties(terms: Terms) -> dict[str, Any]:
    properties: dict[str, Any] = {}
    given = terms.model_fields_set
    if "expires_at" in given:
        # What was asked for; what comes of it, the policy and the memories that say a fact decide.
        asked: datetime | None = terms.expires_at
        properties |= {"expires_set": asked, "expires_at": asked or NEVER}
    if "half_life_days" in given:
        properties |= {"half_life_set": terms.half_life_days}
    if "priority" in given:
        properties["priority"] = terms.priority or 0
    if "tags" in given:
        properties["tags"] = list(dict.fromkeys(terms.tags or ()))
    return properties
