"""Facts that replace each other: supersede, contradict, and taking that back (paper, 4.3: conflict and evolution).

A fact that no longer holds is not erased: it keeps its text and gets the end of its validity, the moment from which the
new one holds. Only facts about the same subject and relation can retire each other.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from memos_graph.errors import InputError, StateError
from memos_graph.graph.runner import Runner, Transaction
from memos_graph.lifecycle.lifecycle import Changed, MemLifecycle, lock, not_found
from memos_graph.lifecycle.transitions import Act
from memos_graph.memcube.rows import moment
from memos_graph.vault.payloads import withdraw

_TYPES = {Act.SUPERSEDE: "SUPERSEDES", Act.CONTRADICT: "CONTRADICTS"}


class Validity:
    """Ends and reopens validity windows, one transaction an act."""

    def __init__(self, runner: Runner, lifecycle: MemLifecycle) -> None:
        self._runner = runner
        self._lifecycle = lifecycle

    def retire(self, new: str, old: str, principal: str, act: Act, *, reason: str | None = None) -> Changed:
        """Let fact ``new`` supersede or contradict (``act``) fact ``old``, which was then true until ``new`` was.

        Raises ``InputError`` when they are not about the same subject and relation, or ``new`` is the earlier one.
        """

        def work(tx: Transaction) -> Changed:
            space, facts = lock_both(tx, new, old, principal, act)
            at = tx.now()
            check_alike(new, facts[new], old, facts[old])
            _check_order(new, facts[new], old, facts[old])
            if facts[old]["valid_to"] is not None:
                raise StateError(
                    f"Fact {old} ended already, at {facts[old]['valid_to']:%Y-%m-%d %H:%M}.",
                    hint="Reinstate it first, if that was wrong.",
                )
            until = _until(facts[new], facts[old])
            tx.run("lifecycle/retire", new=new, old=old, type=_TYPES[act], until=until, by=principal, now=at)
            withdraw(tx, [old])
            return self._lifecycle.record(tx, space, act, principal, [old, new], at, reason)

        return self._runner.transact(work)

    def reinstate(self, cube: str, principal: str, *, reason: str | None = None) -> Changed:
        """Let a fact hold again that was superseded or contradicted; raises ``StateError`` when none of it stands."""

        def work(tx: Transaction) -> Changed:
            row = lock(tx, cube, principal, Act.REINSTATE)
            at = tx.now()
            by = [each["by"] for each in tx.run("lifecycle/reinstate", cube=cube, now=at)]
            if not by:
                raise StateError(
                    f"Fact {cube} is neither superseded nor contradicted.", hint="`memos lineage` shows what is."
                )
            return self._lifecycle.record(tx, row["space"], Act.REINSTATE, principal, [cube, *by], at, reason)

        return self._runner.transact(work)


def lock_both(
    tx: Transaction, new: str, old: str, principal: str, act: Act
) -> tuple[str, dict[str, Mapping[str, Any]]]:
    """Take the lock of the space of two memories, both of which ``principal`` may do ``act`` to; returns it, and what they are.

    Raises as ``lock`` does: one of another space is not found.
    """
    space: str = lock(tx, old, principal, act)["space"]
    facts: dict[str, Mapping[str, Any]] = {
        each["id"]: each for each in tx.run("lifecycle/standing", space=space, cubes=[new, old])
    }
    if new not in facts:
        raise not_found(new)
    lock(tx, new, principal, act)
    return space, facts


def _until(new: Mapping[str, Any], old: Mapping[str, Any]) -> datetime:
    """Return until when the old fact was true: until the new one was.

    Where it was still to come when the new one was said (a flight that is put off), or the new one tells of an earlier day (one that
    is put forward, a return to where somebody lived before), until the new one was said.
    """
    said, begins, began = (moment(each) for each in (new["said"], new["valid_from"], old["valid_from"]))
    return said if began > said or begins < began else begins


def check_alike(new: str, a: Mapping[str, Any], old: str, b: Mapping[str, Any]) -> None:
    """Raise ``InputError`` unless two memories are facts about the same subject and relation."""
    if new == old:
        raise InputError(f"Fact {new} can't retire itself.")
    for cube, fact in ((new, a), (old, b)):
        if fact["level"] != "fact":
            raise InputError(
                f"Cube {cube} is a whole message or passage, not a single fact.",
                hint="Name one of its facts: `memos lineage` lists them. Or update it.",
            )
        if not (fact["subject"] and fact["relation"]):
            raise InputError(
                f"Fact {cube} does not tell whom it is about, so it retires no other, and no other retires it.",
                hint="Update it to name its subject first, e.g. 'Dana' instead of 'she'.",
            )
    if (a["subject"], a["relation"]) != (b["subject"], b["relation"]):
        raise InputError(
            f"Fact {new} is about '{a['subject']}' ({a['relation']}), fact {old} about '{b['subject']}' ({b['relation']}): "
            "only facts about the same subject and relation retire each other.",
            hint="Archive the old one, if it should not be found any more.",
        )


def _check_order(new: str, a: Mapping[str, Any], old: str, b: Mapping[str, Any]) -> None:
    if a["valid_from"] < b["valid_from"] and a["said"] <= b["said"]:
        raise InputError(
            f"Fact {new} is true from {a['valid_from']:%Y-%m-%d}, before fact {old} is ({b['valid_from']:%Y-%m-%d}).",
            hint="Is it the other way round?",
        )
