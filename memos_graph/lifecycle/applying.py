"""Applies declared policies to spaces: tried first without writing, then in one transaction (paper, 4.3, MemGovernance)."""

from pydantic import Field

from memos_graph.audit import Event
from memos_graph.errors import NotFoundError
from memos_graph.governance import Action, MemGovernance
from memos_graph.governance.rules_in_force import Effect, digest_of, govern, in_force
from memos_graph.graph.runner import Runner, Transaction
from memos_graph.kit.clock import now
from memos_graph.kit.ids import new_id
from memos_graph.kit.moments import UtcDatetime
from memos_graph.lifecycle.lifecycle import MemLifecycle
from memos_graph.policies import Policy, Recorded, read, rule_sentences
from memos_graph.types import Model


class Example(Model):
    """A memory that would end."""

    id: str
    text: str = Field(description="Its first 120 characters.")
    created_at: UtcDatetime


class RuleEffect(Model):
    """What one rule decides."""

    rule: str = Field(description="The rule in words.")
    memories: int = Field(description="Memories it decides about.")
    ending: int = Field(default=0, description="Those of them that end at once.")
    examples: tuple[Example, ...] = Field(default=(), description="A few of those, shown before anything is written.")


class Applied(Model):
    """What applying a policy did, or would do."""

    space: str
    name: str
    version: int = Field(description="Of the policy in this space; in a dry run the one it would have.")
    dry_run: bool = Field(description="Whether nothing was written.")
    unchanged: bool = Field(
        default=False, description="Whether this very policy was in force already, and nothing was to do."
    )
    rules: tuple[RuleEffect, ...] = ()
    memories: int = Field(default=0, description="Memories that the rules are about.")
    changed: int = Field(default=0, description="Memories whose end of life or half-life is another one now.")
    ending: int = Field(default=0, description="Memories that end at once.")
    returning: int = Field(default=0, description="Memories that had ended, and are found again.")


class AppliedPolicy(Model):
    """A policy as it governs, or governed, a space."""

    version: int = Field(ge=1, description="Counted from 1.")
    name: str
    text: str = Field(description="The file, as it was applied.")
    sha256: str
    applied_at: UtcDatetime
    applied_by: str


class Policies:
    """Applies and shows the policies of spaces."""

    def __init__(self, runner: Runner, governance: MemGovernance, lifecycle: MemLifecycle) -> None:
        self._runner = runner
        self._governance = governance
        self._lifecycle = lifecycle

    def apply(self, space: str, principal: str, text: str) -> Applied:
        """Let the policy that ``text`` declares govern ``space``, and set what it says on the memories that are there.

        One transaction. The policy that is in force already changes nothing. Raises ``PolicyFileError``,
        ``ForbiddenError`` without the right to administer.
        """
        policy, sha256 = read(text), digest_of(text)

        def work(tx: Transaction) -> Applied:
            self._governance.lock(tx, space, principal, Action.ADMINISTER)
            before = in_force(tx, space)
            if before is not None and before.sha256 == sha256:
                return Applied(space=space, name=policy.name, version=before.version, dry_run=False, unchanged=True)
            row = tx.run(
                "policies/apply",
                space=space,
                id=new_id(),
                name=policy.name,
                text=text,
                sha256=sha256,
                by=principal,
                now=tx.now(),
                sees=policy.redaction.levels(space.partition("/")[0]),
                reads_first=policy.log.reads is Recorded.BEFORE_THE_ANSWER,
            )[0]
            effect = govern(tx, _governed(tx, space), policy)
            self._lifecycle.revive(tx, space, effect.revived)
            version = int(row["version"])
            event = Event(space, "policy", principal, detail=f"version {version}", count=effect.changed)
            self._lifecycle.audit.append(tx, [event])
            return _applied(tx, space, principal, policy, version, effect, dry_run=False)

        return self._runner.transact(work)

    def preview(self, space: str, principal: str, text: str) -> Applied:
        """Return what ``apply`` would do, with a few of the memories that would end; nothing is written."""
        policy, sha256 = read(text), digest_of(text)
        self._governance.require(space, principal, Action.ADMINISTER)

        def work(tx: Transaction) -> Applied:
            before = in_force(tx, space)
            if before is not None and before.sha256 == sha256:
                return Applied(space=space, name=policy.name, version=before.version, dry_run=True, unchanged=True)
            effect = govern(tx, _governed(tx, space), policy, write=False)
            version = before.version + 1 if before else 1
            return _applied(tx, space, principal, policy, version, effect, dry_run=True)

        return self._runner.transact(work)

    def history(self, space: str, principal: str) -> list[AppliedPolicy]:
        """Return every policy that has governed ``space``, the one in force first; needs the right to read."""
        self._governance.require(space, principal, Action.READ)
        found = self._runner.read("policies/history", principal=principal, space=space, now=now())
        return [AppliedPolicy(**row) for row in found]

    def show(self, space: str, principal: str, version: int | None = None) -> AppliedPolicy:
        """Return the policy in force, or an earlier ``version``; raises ``NotFoundError`` when there is none."""
        found = self.history(space, principal)
        chosen = next((each for each in found if version in (None, each.version)), None)
        if chosen is None:
            what = "no policy" if version is None else f"no policy of version {version}"
            raise NotFoundError(f"'{space}' has {what}.", hint="`memos policy apply` declares one.", target=space)
        return chosen


def _governed(tx: Transaction, space: str) -> list[str]:
    return [row["cube"] for row in tx.run("policies/governed", space=space)]


def _applied(
    tx: Transaction, space: str, principal: str, policy: Policy, version: int, effect: Effect, *, dry_run: bool
) -> Applied:
    shown = {cube for cubes in effect.examples_of.values() for cube in cubes} if dry_run else set()
    rows = tx.run("policies/examples", principal=principal, cubes=sorted(shown), now=now()) if shown else []
    texts = {row["id"]: Example(**row) for row in rows}
    return Applied(
        space=space,
        name=policy.name,
        version=version,
        dry_run=dry_run,
        rules=tuple(
            RuleEffect(
                rule=sentence,
                memories=effect.fitting.get(place, 0),
                ending=effect.ending_by.get(place, 0),
                examples=tuple(texts[cube] for cube in effect.examples_of.get(place, ()) if cube in texts),
            )
            for place, sentence in enumerate(rule_sentences(policy))
        ),
        memories=effect.memories,
        changed=effect.changed,
        ending=effect.ending,
        returning=effect.returning,
    )
