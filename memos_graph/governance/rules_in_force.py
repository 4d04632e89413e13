"""Declared policies in the graph: which one governs a space, what its rules set, and what it refuses (paper, 4.3).

Everything here happens inside the transaction of the write that is governed, which holds the space's lock.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache

from memos_graph.errors import ForbiddenError, PolicyError, QuotaError
from memos_graph.governance import Action
from memos_graph.graph.rows import Row
from memos_graph.graph.runner import Runner, Transaction
from memos_graph.kit.clock import now
from memos_graph.kit.digests import sha256
from memos_graph.kit.moments import NEVER
from memos_graph.language.sensitivity import Finding, FindingKind, kinds_of
from memos_graph.memcube.drafts import CubeDraft
from memos_graph.policies import Policy, read, rules

_CHUNK = 5000
_MOST_EXAMPLES = 5
_EVERYBODY, _OWNER, _ADMINISTRATORS = "everybody", "owner", "administrators"


@dataclass(frozen=True)
class InForce:
    """The policy that governs a space, and what of the space it is measured against."""

    version: int
    sha256: str
    policy: Policy
    owner: str
    memories: int


@dataclass
class Effect:
    """What the rules of a policy make of memories; ``fitting[i]`` counts those that rule ``i`` decides about."""

    fitting: dict[int, int] = field(default_factory=dict)
    ending_by: dict[int, int] = field(default_factory=dict)
    examples_of: dict[int, list[str]] = field(default_factory=dict)
    memories: int = 0
    changed: int = 0
    ending: int = 0
    returning: int = 0
    revived: list[str] = field(default_factory=list)


_parsed = lru_cache(maxsize=256)(read)


def digest_of(text: str) -> str:
    """Return what tells one policy file from another."""
    return sha256(text)


def in_force(tx: Transaction, space: str) -> InForce | None:
    """Return the policy that governs ``space``, or ``None``."""
    row = tx.one("policies/in_force", space=space)
    return None if row is None else in_force_of(row)


def in_force_of(row: Row) -> InForce:
    """Return the policy of a row of ``policies/in_force``."""
    return InForce(row["version"], row["sha256"], _parsed(row["text"]), row["owner"], row["memories"])


def policy_now(runner: Runner, space: str) -> Policy | None:
    """Return the policy that governs ``space`` at this moment."""
    row = runner.read_one("policies/in_force", space=space)
    return None if row is None else _parsed(row["text"])


def refused_now(runner: Runner, space: str) -> frozenset[FindingKind]:
    """Return the kinds that the policy in force does not let in at this moment: what holds them goes nowhere."""
    policy = policy_now(runner, space)
    return frozenset() if policy is None else policy.sensitivity.refused_kinds


def govern(tx: Transaction, cubes: Sequence[str], policy: Policy | None, *, write: bool = True) -> Effect:
    """Let the rules of ``policy`` set the end of life and the half-life of ``cubes``; without one, only what was asked.

    With ``write`` false nothing is written: the effect says what would be. Facts follow the memories that say them.
    """
    effect = Effect()
    declared, at = rules(policy), now()
    for chunk in _chunks(cubes):
        for row in tx.run("policies/govern", cubes=chunk, rules=declared, never=NEVER, now=at, write=write):
            for rule in (row["keep"], row["fade"]):
                if rule is not None:
                    effect.fitting[rule] = effect.fitting.get(rule, 0) + row["memories"]
            if row["keep"] is not None and row["ending"]:
                effect.ending_by[row["keep"]] = effect.ending_by.get(row["keep"], 0) + row["ending"]
                kept = effect.examples_of.setdefault(row["keep"], [])
                kept += row["examples"][: _MOST_EXAMPLES - len(kept)]
            effect.memories += row["memories"]
            effect.changed += row["changed"]
            effect.ending += row["ending"]
            effect.returning += row["returning"]
            effect.revived += row["revived"]
    if write:
        for chunk in _chunks(cubes):
            for row in tx.run("policies/follow", cubes=chunk, never=NEVER, now=at):
                effect.revived += row["revived"]
    return effect


def _chunks(cubes: Sequence[str]) -> Iterator[list[str]]:
    for start in range(0, len(cubes), _CHUNK):
        yield list(cubes[start : start + _CHUNK])


def refusal(policy: Policy, findings: Collection[Finding]) -> str | None:
    """Return why a text with these findings is not stored, or ``None`` where it may be; names kinds, never content."""
    refused = [kind for kind in kinds_of(findings) if kind in policy.sensitivity.refused_kinds]
    if not refused:
        return None
    return f"The policy '{policy.name}' of this space refuses texts that hold: {', '.join(refused)}."


def refuse_update(governing: InForce | None, cube: str, draft: CubeDraft) -> None:
    """Raise ``PolicyError`` when the new text of ``cube`` holds what the policy refuses."""
    why = refusal(governing.policy, draft.findings) if governing else None
    if why is not None:
        raise PolicyError(f"The new text of cube {cube} is not stored. {why}", hint="Leave that out of the text.")


def check_quotas(tx: Transaction, space: str, governing: InForce, added: int, characters: int) -> None:
    """Raise ``QuotaError`` when ``added`` memories of ``characters`` in all are more than the policy allows.

    Characters and memories a day are counted anew each time, and only where the policy has such a quota.
    """
    quotas, name = governing.policy.quotas, governing.policy.name
    if quotas.memories is not None and governing.memories + added > quotas.memories:
        _exceeded(space, name, quotas.memories, "memories", governing.memories, added, "Delete what is not needed")
    if quotas.memories_per_day is not None:
        since = now() - timedelta(days=1)
        written = int(tx.run("policies/written_since", space=space, since=since)[0]["written"])
        if written + added > quotas.memories_per_day:
            _exceeded(space, name, quotas.memories_per_day, "memories in 24 hours", written, added, "Wait")
    if quotas.characters is not None:
        held = int(tx.run("policies/characters", space=space)[0]["characters"])
        if held + characters > quotas.characters:
            _exceeded(space, name, quotas.characters, "characters", held, characters, "Delete what is not needed")


def _exceeded(space: str, policy: str, limit: int, what: str, held: int, added: int, remedy: str) -> None:
    raise QuotaError(
        f"The policy '{policy}' lets '{space}' hold {limit:,} {what}; it has {held:,}, and {added:,} more were given.",
        hint=f"{remedy}, or have an administrator apply a policy with another quota.",
    )


def check_sharing(tx: Transaction, space: str, principal: str) -> None:
    """Raise ``ForbiddenError`` when the policy of ``space`` does not let ``principal`` share it."""
    governing = in_force(tx, space)
    if governing is not None:
        _check_named(tx.run, space, principal, governing, governing.policy.sharing.who, "share '{}'")


def check_transfer(read: Callable[..., list[Row]], space: str, principal: str) -> None:
    """Raise ``ForbiddenError`` when the policy of ``space`` does not let ``principal`` take memories away in a file."""
    rows = read("policies/in_force", space=space)
    if rows:
        governing = in_force_of(rows[0])
        _check_named(read, space, principal, governing, governing.policy.transfer.who, "take memories of '{}' away")


def _check_named(
    read: Callable[..., list[Row]], space: str, principal: str, governing: InForce, who: Collection[str], act: str
) -> None:
    if _EVERYBODY in who or principal in who or (_OWNER in who and principal == governing.owner):
        return
    if _ADMINISTRATORS in who:
        rows = read("governance/access", principal=principal, space=space, now=now())
        if rows and Action.ADMINISTER in rows[0]["actions"]:
            return
    raise ForbiddenError(
        f"The policy '{governing.policy.name}' does not let this principal {act.format(space)}.",
        hint=f"It lets {', '.join(who)} do that.",
        target=space,
    )
