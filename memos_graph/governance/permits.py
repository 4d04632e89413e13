"""Grants and denials, as they are given and taken back: who may change whose rights (paper, 4.3: MemGovernance).

``rights.py`` is the table of it. Each giver's grant to somebody is an edge of its own, so nobody's grant lowers another's:
what somebody may do is the union of what all of them gave.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

from memos_graph.errors import ForbiddenError, InputError, MemosError, NotFoundError
from memos_graph.governance import PRINCIPAL, ROLE, Action, Grant, MemGovernance, check_actions, named
from memos_graph.governance.names import check_new
from memos_graph.governance.rights import RIGHTS, RightsChange
from memos_graph.governance.rules_in_force import check_sharing
from memos_graph.graph.rows import Row
from memos_graph.graph.runner import Runner, Transaction
from memos_graph.kit.clock import now
from memos_graph.language.sensitivity import LevelName

_MOST = LevelName.SECRET


class Permits:
    """Changes the grants and denials of spaces, by whom the table of rights lets do it."""

    def __init__(self, runner: Runner, governance: MemGovernance) -> None:
        self._runner = runner
        self._governance = governance

    def grant(
        self,
        tx: Transaction,
        space: str,
        principal: str,
        grantee: str,
        actions: Collection[Action],
        *,
        cube: str | None = None,
        topic: str | None = None,
        purposes: Collection[str] | None = None,
        sees: LevelName | None = None,
        expires_at: datetime | None = None,
    ) -> list[str]:
        """Let ``grantee``, a principal or a role, act in ``space``, with one ``cube`` of it, or with all of a ``topic``.

        Returns the memories it is about, none for the whole space. Only who may share may do it, with actions it holds
        itself, up to the level that it sees itself, for its own purposes, and until its own rights end. Replaces what
        ``principal`` itself granted there before. Raises ``ForbiddenError`` for the owner as ``grantee``, whose rights are
        nobody's to change, ``NotFoundError`` for a memory or topic that is not there, ``InputError`` for both.
        """
        self._check_grantee(tx, principal, grantee, space)
        own: Row | None = self._locked(tx, RightsChange.GRANT, space, principal)
        if cube is not None:
            own = self._held(tx, principal, cube)
        about = self._about(tx, space, principal, cube, topic)
        if own is None or about is None:
            raise _not_granted(space, cube, topic, grantee)
        held, most = own["actions"], own["sees"]
        excess = sorted(set(actions) - set(held))
        if excess:
            raise ForbiddenError(
                f"This principal can't grant {', '.join(excess)} in '{space}': it does not hold it.",
                target=cube or space,
            )
        given = sorted({Action.READ, *actions})
        paths = (own if cube is not None else self._decided(tx, principal, space))["paths"]
        ends, its = bounds(paths, given)
        if its is not None and not its.issuperset(purposes or ()):
            raise ForbiddenError(
                f"This principal can't grant in '{space}' for other purposes than its own.",
                hint=f"It holds its rights for {', '.join(sorted(its))}.",
                target=cube or space,
            )
        wanted = purposes if purposes is not None else its
        granted = tx.one(
            "governance/grant",
            space=space,
            cube=cube,
            topic=topic,
            grantee=grantee,
            role_of=owner_of_role(grantee),
            actions=given,
            purposes=None if wanted is None else sorted(wanted),
            sees=None if sees is None and most == _MOST.level else min(most, (sees or _MOST).level),
            expires_at=min(filter(None, (expires_at, ends)), default=None),
            principal=principal,
            now=tx.now(),
        )
        if granted is None:
            raise _not_granted(space, cube, topic, grantee)
        check_sharing(tx, space, principal)
        return about

    def deny(
        self,
        tx: Transaction,
        space: str,
        principal: str,
        grantee: str,
        actions: Collection[Action],
        *,
        cube: str | None = None,
        reason: str | None = None,
        expires_at: datetime | None = None,
    ) -> None:
        """Keep ``grantee`` from acts in ``space``, or with one ``cube`` of it, whatever it is granted.

        Who is denied ``read`` may do nothing, and sees nothing of what was made from the memory. Needs ``administer``.
        Replaces what ``principal`` itself denied there before.
        """
        self._check_grantee(tx, principal, grantee, space)
        self._locked(tx, RightsChange.DENY, space, principal)
        if cube is not None and self._held(tx, principal, cube) is None:
            raise _not_granted(space, cube, None, grantee)
        denied = tx.one(
            "governance/deny",
            space=space,
            cube=cube,
            grantee=grantee,
            role_of=owner_of_role(grantee),
            actions=sorted(set(actions)),
            reason=reason,
            expires_at=expires_at,
            principal=principal,
            now=tx.now(),
        )
        if denied is None:
            raise _not_granted(space, cube, None, grantee)

    def revoke(
        self,
        tx: Transaction,
        space: str,
        principal: str,
        grantee: str,
        *,
        cube: str | None = None,
        topic: str | None = None,
    ) -> tuple[list[str], list[str]]:
        """Take ``grantee``'s grants away at once: who administers the space all of them, who shares it those it gave itself.

        Returns as ``grant`` does, and who had given them. Raises ``NotFoundError`` when there is none, ``ForbiddenError`` where all are others'.
        """
        row = self._locked(tx, RightsChange.REVOKE, space, principal)
        about = self._about(tx, space, principal, cube, topic)
        target = cube or topic or space
        if about is not None:
            found = tx.run(
                "governance/revoke",
                space=space,
                cube=cube,
                topic=topic,
                grantee=grantee,
                principal=principal,
                any=RIGHTS[RightsChange.REVOKE].others in row["actions"],
            )[0]
            if found["taken"]:
                check_sharing(tx, space, principal)
                return about, found["givers"]
            if found["kept"]:
                raise ForbiddenError(
                    f"What '{grantee}' is granted on '{target}' others gave, so this principal may not take it away.",
                    hint="Who administers the space may.",
                    target=cube or space,
                )
        raise NotFoundError(f"'{grantee}' holds no grant on '{target}' that can be revoked.", target=cube or space)

    def allow(self, tx: Transaction, space: str, principal: str, grantee: str, *, cube: str | None = None) -> None:
        """Take denials back, whoever gave them; raises ``NotFoundError`` when there is none."""
        self._locked(tx, RightsChange.ALLOW, space, principal)
        seen = cube is None or self._held(tx, principal, cube) is not None
        if not seen or tx.one("governance/allow", space=space, cube=cube, grantee=grantee) is None:
            raise NotFoundError(f"Nothing is denied to '{grantee}' on '{cube or space}'.", target=cube or space)

    def every(self, space: str, principal: str) -> list[Grant]:
        """Return every grant and denial on a space and on what may be read of it; needs ``share`` or ``administer``."""
        held = self._governance.require(space, principal, Action.READ).actions
        if Action.ADMINISTER not in held:
            check_actions(space, held, Action.SHARE)
        rows = self._runner.read("governance/grants", principal=principal, space=space, now=now())
        return [Grant(**named(row)) for row in rows]

    def _locked(self, tx: Transaction, change: RightsChange, space: str, principal: str) -> Row:
        return self._governance.lock(tx, space, principal, RIGHTS[change].action)

    def _held(self, tx: Transaction, principal: str, cube: str) -> Row | None:
        """Return what the principal may do with a memory, if it may read it: nobody decides about one it is kept from itself."""
        row = tx.one("governance/decide_cube", principal=principal, cube=cube, now=now())
        return row if row and row["actions"] else None

    def _decided(self, tx: Transaction, principal: str, space: str) -> Row:
        return tx.run("governance/decide_space", principal=principal, space=space, now=now())[0]

    def _about(
        self, tx: Transaction, space: str, principal: str, cube: str | None, topic: str | None
    ) -> list[str] | None:
        """Return the memories that a permission on a memory or a topic is about; ``None`` where the principal may know of neither."""
        if cube is not None and topic is not None:
            raise InputError("A grant is for one memory or for a topic, not for both.", hint="Make two of it.")
        if topic is not None:
            row = tx.one("governance/topic", principal=principal, space=space, topic=topic, now=now())
            return list(row["cubes"]) if row else None
        if cube is not None and self._held(tx, principal, cube) is None:
            return None
        return [] if cube is None else [cube]

    def _check_grantee(self, tx: Transaction, principal: str, grantee: str, space: str) -> None:
        """Raise for a name that can't be one. Of roles only one's own are looked for: whether others have theirs is not told."""
        if not ROLE.fullmatch(grantee):
            if not PRINCIPAL.fullmatch(grantee):
                raise InputError(f"'{grantee[:80]}' is not a principal id.")
            check_new(tx, grantee)
        elif owner_of_role(grantee) == principal and tx.one("governance/role", role=grantee) is None:
            raise NotFoundError(f"There is no role '{grantee}'.", hint="`memos role create` makes one.", target=space)


def bounds(paths: Sequence[Row], actions: Collection[str]) -> tuple[datetime | None, frozenset[str] | None]:
    """Return until when, and for which purposes only, ``actions`` are held by ``paths`` of a decision; ``None``: no bound.

    Each party of a mandate holds an action as long as the last of its grants that counts now; all parties must hold it.
    """
    counted = [path for path in paths if path["in_force"] and not path["denies"]]
    ends: list[datetime] = []
    purposes: list[frozenset[str]] = []
    for party in {path["party"] for path in counted}:
        for action in actions:
            by = [path for path in counted if path["party"] == party and action in path["actions"]]
            if by and all(path["until"] is not None for path in by):
                ends.append(max(path["until"] for path in by))
            if by and all(path["purposes"] is not None for path in by):
                purposes.append(frozenset().union(*(path["purposes"] for path in by)))
    return min(ends, default=None), frozenset.intersection(*purposes) if purposes else None


def owner_of_role(grantee: str) -> str | None:
    """Return whose role a name is; ``None`` where it is that of a principal."""
    return grantee.partition("/")[0] if ROLE.fullmatch(grantee) else None


def _not_granted(space: str, cube: str | None, topic: str | None, grantee: str) -> MemosError:
    """Return the one error for a target that is not there, the owner, and a name outside the tenant, which may or may not exist."""
    outside = "is not of its tenant, but of another tenant or of none"
    hint = "Whoever runs the installation puts names into a tenant: `memos tenant join`."
    if topic is not None:  # named after what memories say, so errors, which end in logs, do not repeat it
        return NotFoundError(
            f"There is no such topic in '{space}', or '{grantee}' owns the space, or {outside}.",
            hint="Each hit of a search shows its topic.",
            target=space,
        )
    if cube is not None:
        return NotFoundError(
            f"There is no memory '{cube}' in '{space}' to decide about, or '{grantee}' owns it, or {outside}.",
            hint=hint,
            target=cube,
        )
    return ForbiddenError(
        f"'{grantee}' owns '{space}', and keeps every right in it, or {outside}, where no grant counts.",
        hint=hint,
        target=space,
    )
