"""MemLifecycle's states, as one table: which act leads from where to where, and what it takes (paper, 4.3).

::

    generated ── activate ──► activated ── archive ──► archived
                                 │  ▲ ◄── restore ───────┘
                                 │  └──── restore ──── merged ◄── merge (of two or more, into a new memory)
                          freeze ▼ ▲ thaw
                                frozen

Update, rollback, supersede, contradict, reinstate, dismiss and reconsider (a proposed successor), set (its terms) and annotate (its origins) change a
memory and leave its state. What no row allows is refused: ``refusal`` says so, with the acts that are allowed instead. docs/lifecycle.md draws the same table.
"""

from dataclasses import dataclass
from enum import StrEnum

from memos_graph.errors import FrozenError, StateError
from memos_graph.governance import Action
from memos_graph.types import State


class Act(StrEnum):
    """What can be done to a memory; each is the name of its event in the log, too."""

    ACTIVATE = "activate"
    UPDATE = "update"
    ROLLBACK = "rollback"
    ARCHIVE = "archive"
    RESTORE = "restore"
    FREEZE = "freeze"
    THAW = "thaw"
    MERGE = "merge"
    SUPERSEDE = "supersede"
    CONTRADICT = "contradict"
    REINSTATE = "reinstate"
    DISMISS = "dismiss"
    RECONSIDER = "reconsider"
    SET = "set"
    ANNOTATE = "annotate"
    EXPIRE = "expire"
    DELETE = "delete"


@dataclass(frozen=True)
class Transition:
    """One row of the table.

    * ``before`` the states it starts from; ``after`` the one it leads to, ``None``: the state stays.
    * ``needs`` the action a grant must hold; ``None``: the system does it, as part of another act.
    * ``inverse`` the act that takes it back; ``None``: a rollback does, and a delete or a note of an origin nothing.
    """

    before: frozenset[State]
    after: State | None
    needs: Action | None
    inverse: Act | None = None


def _from(*states: State) -> frozenset[State]:
    return frozenset(states)


_USABLE = _from(State.GENERATED, State.ACTIVATED)

TRANSITIONS: dict[Act, Transition] = {
    Act.ACTIVATE: Transition(_from(State.GENERATED), State.ACTIVATED, None, Act.EXPIRE),
    Act.UPDATE: Transition(_USABLE, None, Action.WRITE, Act.ROLLBACK),
    Act.ROLLBACK: Transition(_USABLE, None, Action.WRITE, Act.ROLLBACK),
    Act.ARCHIVE: Transition(_USABLE, State.ARCHIVED, Action.WRITE, Act.RESTORE),
    Act.RESTORE: Transition(_from(State.ARCHIVED, State.MERGED), State.ACTIVATED, Action.WRITE, Act.ARCHIVE),
    Act.FREEZE: Transition(_USABLE, State.FROZEN, Action.ADMINISTER, Act.THAW),
    Act.THAW: Transition(_from(State.FROZEN), State.ACTIVATED, Action.ADMINISTER, Act.FREEZE),
    Act.MERGE: Transition(_USABLE, State.MERGED, Action.WRITE, Act.RESTORE),
    Act.SUPERSEDE: Transition(_USABLE, None, Action.WRITE, Act.REINSTATE),
    Act.CONTRADICT: Transition(_USABLE, None, Action.WRITE, Act.REINSTATE),
    Act.REINSTATE: Transition(_USABLE, None, Action.WRITE, Act.SUPERSEDE),
    Act.DISMISS: Transition(_USABLE, None, Action.WRITE, Act.RECONSIDER),
    Act.RECONSIDER: Transition(_USABLE, None, Action.WRITE, Act.DISMISS),
    Act.SET: Transition(_from(*_USABLE, State.EXPIRED), None, Action.WRITE, Act.SET),
    Act.ANNOTATE: Transition(_USABLE, None, Action.WRITE),
    Act.EXPIRE: Transition(_USABLE, State.EXPIRED, None),
    Act.DELETE: Transition(_from(*_USABLE, State.MERGED, State.ARCHIVED, State.EXPIRED), State.DELETED, Action.WRITE),
}
"""Every act, where it may start, where it leads, what it needs, and what takes it back."""

LIVE = frozenset({State.GENERATED, State.ACTIVATED, State.FROZEN})
"""States of memories that searches find."""


def allowed(state: State) -> list[Act]:
    """Return the acts a principal may do to a memory in ``state``, in the table's order."""
    return [act for act, row in TRANSITIONS.items() if row.needs is not None and state in row.before]


def refusal(cube: str, state: State, act: Act) -> StateError:
    """Return the error for an act that the table does not allow from ``state``: it names what is allowed from there."""
    if state is State.FROZEN:
        return FrozenError(
            f"Cube {cube} is frozen: nobody can {act} it.",
            hint="Only thaw is allowed from there: it takes a reason and the right to administer.",
        )
    acts = ", ".join(allowed(state)) or "nothing"
    states = ", ".join(sorted(TRANSITIONS[act].before))
    return StateError(
        f"Cube {cube} is {state}; {act} starts from {states}.", hint=f"From {state} these are allowed: {acts}."
    )


def check(cube: str, state: State, act: Act) -> None:
    """Raise ``StateError`` (``FrozenError`` for a frozen cube) unless the table allows ``act`` from ``state``."""
    if state not in TRANSITIONS[act].before:
        raise refusal(cube, state, act)
