"""MemGovernance: principals, spaces, grants and denials (paper, 4.3, infrastructure layer).

Every decision is made in the graph, by the clauses in ``cypher/fragments``, inside the statement that reads or writes. A
principal without a grant gets the same ``NotFoundError`` for a space that exists and for one that does not.
"""

import hashlib
import re
from collections.abc import Collection
from enum import StrEnum

from pydantic import Field

from memos_graph.errors import ForbiddenError, InputError, NotFoundError
from memos_graph.governance.names import check_new
from memos_graph.graph.rows import Row
from memos_graph.graph.runner import Runner, Transaction
from memos_graph.kit.clock import now
from memos_graph.kit.moments import UtcDatetime
from memos_graph.language.sensitivity import LevelName
from memos_graph.types import Model

PRINCIPAL = re.compile(r"[\w][\w.@+-]{0,127}")
ROLE = re.compile(r"[\w][\w.@+-]{0,127}/[\w][\w.@+-]{0,127}")
_SPACE = re.compile(r"[\w][\w.@+-]{0,127}(/[\w][\w.@+-]{0,127}){1,4}")


class Action(StrEnum):
    """What a grant allows.

    * ``transform`` is to make other forms of what is read: KV-caches, adapters, and memories out of both.
    * ``administer`` includes the log of everybody's acts.
    """

    READ = "read"
    WRITE = "write"
    TRANSFORM = "transform"
    SHARE = "share"
    ADMINISTER = "administer"


class Access(Model):
    """What a principal may do in a space, and what the space looks like now."""

    space: str
    owner: str
    actions: tuple[Action, ...]
    cubes: int = Field(default=0, ge=0, description="Live root memories in it.")
    created_at: UtcDatetime


class Grant(Model):
    """What a principal or a role may do, or may not, in a space or with one memory of it, and by whose word."""

    principal: str = Field(description="Principal, or role `owner/name`.")
    cube: str | None = Field(default=None, description="The one memory it is for.")
    topic: str | None = Field(
        default=None, description="The topic it is for; without memory or topic: the whole space."
    )
    denied: bool = Field(default=False, description="Whether it keeps from these acts; a denial outweighs every grant.")
    actions: tuple[Action, ...]
    purposes: tuple[str, ...] | None = Field(
        default=None, description="Only for acts with one of these purposes; none: any."
    )
    sees: LevelName | None = Field(
        default=None, description="Up to which level it shows what is sensitive; none: all of it."
    )
    expires_at: UtcDatetime | None
    reason: str | None = None
    by: str
    at: UtcDatetime


class Decisive(Model):
    """One grant or denial that bears on a decision."""

    via: tuple[str, ...] = Field(
        description="The path in the graph: principal, mandate's party, role, and what it is on."
    )
    denies: bool
    actions: tuple[Action, ...]
    purposes: tuple[str, ...] | None = None
    sees: LevelName | None = None
    reason: str | None = None
    expires_at: UtcDatetime | None = None
    by: str
    in_force: bool = Field(description="Whether it counts now: not over, and for this purpose.")


class Decision(Model):
    """Whether a principal may do something, and why."""

    principal: str
    action: Action
    target: str
    allowed: bool
    sees: LevelName | None = Field(
        default=None, description="Up to which level it would see what is sensitive; none: nothing at all."
    )
    paths: tuple[Decisive, ...] = Field(description="Every grant and denial that bears on it; none: that is why not.")


def space_key(space: str) -> str:
    """Return the space's token in the full-text index: digits only, so that no analyzer stems or splits it."""
    return str(int.from_bytes(hashlib.sha256(space.encode()).digest()[:10], "big"))


def named(row: Row) -> Row:
    """Return a row with its level of sensitivity by name."""
    return {**row, "sees": None if row["sees"] is None else list(LevelName)[row["sees"]]}


def _not_found(space: str) -> NotFoundError:
    return NotFoundError(
        f"There is no space '{space}' that this principal may use.",
        hint="Ask its owner for a grant, or mount your own.",
        target=space,
    )


def check_actions(space: str, held: Collection[str], needed: Action) -> None:
    """Raise ``NotFoundError`` when the space may not even be read, ``ForbiddenError`` when only the act is not allowed."""
    if Action.READ not in held:
        raise _not_found(space)
    if needed not in held:
        raise ForbiddenError(
            f"This principal may not {needed} in space '{space}'.",
            hint="Ask its owner for a grant with that action.",
            target=space,
        )


class MemGovernance:
    """Enforces who may do what. Stateless: every question is asked of the graph when it matters."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    def create_principal(self, principal: str, *, kind: str = "user") -> bool:
        """Make a principal; returns whether it was new. Raises ``InputError`` for a malformed id."""
        if not PRINCIPAL.fullmatch(principal):
            raise InputError(
                f"'{principal[:80]}' is not a principal id.", hint="Use 1 to 128 letters, digits and . _ @ + -."
            )
        check_new(self._runner, principal)
        rows = self._runner.write("governance/create_principal", principal=principal, kind=kind, now=now())
        return bool(rows[0]["created"])

    def open_space(self, space: str, principal: str) -> Access:
        """Return the principal's access to ``space``, making it first when it lies under the principal's own name.

        Raises ``NotFoundError`` alike for a space of somebody else without a grant and for one that does not exist.
        """
        if not _SPACE.fullmatch(space):
            raise InputError(
                f"'{space[:80]}' is not a space id.", hint="Write 'owner/name', e.g. 'alice/notes': 2 to 5 parts."
            )
        if (access := self.access(space, principal)) is not None:
            return access
        if space.partition("/")[0] != principal:
            raise _not_found(space)
        check_new(self._runner, space)
        self.create_principal(principal)
        self._runner.write(
            "governance/create_space", space=space, space_key=space_key(space), principal=principal, now=now()
        )
        return self.require(space, principal, Action.READ)

    def access(self, space: str, principal: str) -> Access | None:
        """Return what ``principal`` may do in ``space``; ``None`` when nothing, or when there is no such space."""
        row = self._runner.read_one("governance/access", principal=principal, space=space, now=now())
        if row is None:
            return None
        return Access(
            space=space,
            owner=row["owner"],
            actions=tuple(Action(action) for action in row["actions"]),
            cubes=row["cubes"],
            created_at=row["created_at"],
        )

    def require(self, space: str, principal: str, action: Action) -> Access:
        """Return the access, or raise ``NotFoundError`` or ``ForbiddenError``."""
        access = self.access(space, principal)
        check_actions(space, access.actions if access else (), action)
        if access is None:
            raise _not_found(space)
        return access

    def lock(self, tx: Transaction, space: str, principal: str, action: Action) -> Row:
        """Take the space's write lock inside ``tx`` once the principal is seen to hold ``action``; counts a revision."""
        row = tx.one("governance/lock_space", principal=principal, space=space, now=now())
        check_actions(space, row["actions"] if row else (), action)
        if row is None:
            raise _not_found(space)
        tx.later_than(row["latest"])
        return row

    def spaces(self, principal: str, *, after: str = "", limit: int = 100) -> list[Access]:
        """Return the spaces the principal has a grant on, by id, those after ``after``."""
        rows = self._runner.read("governance/spaces", principal=principal, now=now(), after=after, limit=limit)
        return [Access(**{**row, "actions": tuple(row["actions"])}) for row in rows]

    def decide(self, asker: str, principal: str, action: Action, target: str) -> Decision:
        """Return whether ``principal`` may do ``action`` with a space or a memory, and every path that bears on it.

        Anybody may ask about itself; about others, who administers the space. Raises ``NotFoundError`` where the asker
        can't read the target, ``ForbiddenError`` where it may not ask.
        """

        def asked(who: str) -> Row | None:
            if _SPACE.fullmatch(target):
                return self._runner.read_one("governance/decide_space", principal=who, space=target, now=now())
            return self._runner.read_one("governance/decide_cube", principal=who, cube=target, now=now())

        own = asked(asker)
        if principal != asker:
            if own is None or Action.READ not in own["actions"]:
                raise NotFoundError(
                    f"There is no space or memory '{target}' that this principal may read.", target=target
                )
            check_actions(own["space"], own["actions"], Action.ADMINISTER)
        row = own if principal == asker else asked(principal)
        if principal == asker and row is not None and Action.READ not in row["actions"]:
            row = None  # who is kept from it is told what is told of what does not exist
        actions, paths = (row["actions"], row["paths"]) if row else ((), ())
        return Decision(
            principal=principal,
            action=action,
            target=target,
            allowed=action in actions,
            sees=list(LevelName)[row["sees"]] if row and actions else None,
            paths=tuple(_decisive(path, target, shown=row is not None and row["owner"] == asker) for path in paths),
        )


def _decisive(path: Row, target: str, *, shown: bool) -> Decisive:
    """Return what bears on a decision. Which topics and sources a memory has may tell of others, that only the owner may read."""
    on = path["via"][-1]
    known = shown or on == target or _SPACE.fullmatch(on)
    if not known:
        what = "a topic of it" if on.startswith("topic ") else "what it was made from"
        path = {**path, "via": (*path["via"][:-1], what), "reason": None}
    return Decisive(**named({name: each for name, each in path.items() if name not in {"until", "party"}}))
