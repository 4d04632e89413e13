"""Facts that newer ones seem to have replaced: proposed, and settled by one act (paper, 4.3: conflict and evolution).

Nothing is decided when a memory is written. A reader asks what there is to review; who may write settles it: one pair by
``Validity.retire``, all pairs of which the rule is certain by ``settle``; or says that both of a pair are true, by ``dismiss``. Each is
in the log, and is taken back: by reinstate, or by ``reconsider``.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from pydantic import Field

from memos_graph.audit import Event
from memos_graph.errors import StateError
from memos_graph.governance import Action, MemGovernance
from memos_graph.graph.runner import Runner, Transaction
from memos_graph.kit.clock import now
from memos_graph.kit.moments import UtcDatetime
from memos_graph.language import SINGLE_VALUED, Succession, succession
from memos_graph.lifecycle.lifecycle import Changed, MemLifecycle
from memos_graph.lifecycle.transitions import Act
from memos_graph.lifecycle.validity import Validity, check_alike, lock_both
from memos_graph.types import Model

# Who tells of longer ago than this tells history ("In 2019 I moved to …"); "last month" is news.
_NEWS = timedelta(days=62)


class Successor(Model):
    """A fact that seems to have taken the place of an older one about the same subject and relation."""

    new: str = Field(description="Id of the newer fact.")
    old: str = Field(description="Id of the older one, which holds until this is settled.")
    new_text: str
    old_text: str
    new_said: UtcDatetime = Field(description="When the newer one was last said.")
    old_said: UtcDatetime = Field(description="When the older one was last said.")
    certain: bool = Field(description="Whether the rule is certain, so that `settle` takes it up.")


class Reviewing:
    """Proposes successors of facts, and settles those the rule is certain of, one transaction each."""

    def __init__(self, runner: Runner, governance: MemGovernance, lifecycle: MemLifecycle) -> None:
        self._runner = runner
        self._governance = governance
        self._lifecycle = lifecycle
        self._validity = Validity(runner, lifecycle)

    def successors(
        self, space: str, principal: str, *, certain: bool = False, dismissed: bool = False, limit: int = 50
    ) -> list[Successor]:
        """Return facts that still hold with the newer ones that seem to have taken their place, newest first.

        * ``certain`` only those of which the rule is certain.
        * ``dismissed`` the pairs somebody dismissed, instead of those that are left.
        * Each fact is proposed to be replaced by the next newer one only. Facts that the principal does not see whole, or that
          are frozen, are left out.
        * Raises ``NotFoundError`` for a space that can't be read.
        """
        self._governance.require(space, principal, Action.READ)
        found = self._found(space, principal, certain=certain, dismissed=dismissed)[:limit]
        shown = sorted({cube for pair in found for cube in (pair.new, pair.old)})
        self._lifecycle.audit.read(Event(space, "review", principal, cubes=shown))
        return found

    def settle(self, space: str, principal: str, *, reason: str | None = None) -> list[Changed]:
        """Let every newer fact supersede the older one where the rule is certain, oldest first.

        Raises ``NotFoundError`` for a space that can't be read, ``ForbiddenError`` for one that can't be written.
        """
        self._governance.require(space, principal, Action.WRITE)
        why = reason or "settled by rule: the same subject and relation, one value at a time"
        return [
            self._validity.retire(pair.new, pair.old, principal, Act.SUPERSEDE, reason=why)
            for pair in reversed(self._found(space, principal, certain=True))
        ]

    def dismiss(self, new: str, old: str, principal: str, *, reason: str | None = None) -> Changed:
        """Note that two facts are both true: neither is proposed to take the other's place, while both say what they say now.

        Raises ``InputError`` where they are not about the same subject and relation, ``StateError`` where it is noted already.
        """
        return self._noted(Act.DISMISS, new, old, principal, reason)

    def reconsider(self, new: str, old: str, principal: str, *, reason: str | None = None) -> Changed:
        """Take that back, so that the pair is proposed again; raises ``StateError`` where nothing of it is noted."""
        return self._noted(Act.RECONSIDER, new, old, principal, reason)

    def _noted(self, act: Act, new: str, old: str, principal: str, reason: str | None) -> Changed:
        def work(tx: Transaction) -> Changed:
            space, facts = lock_both(tx, new, old, principal, act)
            at = tx.now()
            check_alike(new, facts[new], old, facts[old])
            if act is Act.DISMISS:
                done = tx.run("lifecycle/dismiss", new=new, old=old, by=principal, now=at)
            else:
                done = tx.run("lifecycle/reconsider", new=new, old=old, now=at)
            if not done[0]["changed"]:
                raise _as_it_was(act, new, old)
            return self._lifecycle.record(tx, space, act, principal, [new, old], at, reason)

        return self._runner.transact(work)

    def _found(self, space: str, principal: str, *, certain: bool, dismissed: bool = False) -> list[Successor]:
        rows = self._runner.read(
            "lifecycle/succeeding", principal=principal, space=space, relations=sorted(SINGLE_VALUED), now=now()
        )
        pairs = [
            pair for row in rows for pair in _pairs(row["facts"], dismissed=dismissed) if pair.certain or not certain
        ]
        return sorted(pairs, key=lambda pair: (pair.new_said, pair.new), reverse=True)


def _as_it_was(act: Act, new: str, old: str) -> StateError:
    if act is Act.DISMISS:
        return StateError(
            f"That fact {new} takes the place of fact {old} was dismissed already.",
            hint="`memos reconsider` takes that back.",
        )
    return StateError(
        f"That fact {new} takes the place of fact {old} was not dismissed.",
        hint="`memos review --dismissed` lists what was.",
    )


def _pairs(facts: Sequence[Mapping[str, Any]], *, dismissed: bool) -> list[Successor]:
    """Return each fact of one subject and relation with the next newer one that takes its place.

    ``dismissed``: with every newer one that does not, since somebody said that both are true.
    """
    ordered = sorted(facts, key=lambda fact: (_since(fact), fact["id"]))
    found = []
    for place, old in enumerate(ordered):
        for new in ordered[place + 1 :]:
            if (new["id"] in old["beside"]) != dismissed:
                continue
            how = succession(new["text"], old["text"], speaker=new["speaker"], older_speaker=old["speaker"])
            if how is not None and _since(new) > _since(old):
                found.append(_successor(new, old, how))
                if not dismissed:
                    break
    return found


def _since(fact: Mapping[str, Any]) -> datetime:
    """Since when a fact holds, as far as that orders facts: when it was last said, or the time it tells of where that is history."""
    said: datetime = fact["said"]
    tells: datetime = fact["valid_from"]
    return tells if said - tells > _NEWS and said == fact["first_said"] else said


def _successor(new: Mapping[str, Any], old: Mapping[str, Any], how: Succession) -> Successor:
    return Successor(
        new=new["id"],
        old=old["id"],
        new_text=new["text"],
        old_text=old["text"],
        new_said=new["said"],
        old_said=old["said"],
        certain=how is Succession.CERTAIN,
    )
