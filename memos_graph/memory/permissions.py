"""Permissions: who may do what in a space and with single memories of it, and why (paper, 4.3: MemGovernance)."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from memos_graph.audit import Event
from memos_graph.audit.takings import right
from memos_graph.errors import InputError
from memos_graph.governance import Action, Grant
from memos_graph.governance.permits import Permits
from memos_graph.graph.runner import Transaction
from memos_graph.language.sensitivity import LevelName
from memos_graph.memory.refusing import recording
from memos_graph.services import Services


@recording
class Permissions:
    """The permissions of one space, as one principal may see and change them. Every change is recorded in the log."""

    def __init__(self, services: Services, *, principal: str, space: str) -> None:
        self._services = services
        self._principal = principal
        self._space = space

    @property
    def _permits(self) -> Permits:
        return Permits(self._services.runner, self._services.governance)

    def grant(
        self,
        principal: str,
        actions: Collection[Action],
        *,
        cube: str | None = None,
        topic: str | None = None,
        purposes: Collection[str] | None = None,
        sees: LevelName | str | None = None,
        expires_at: datetime | None = None,
    ) -> None:
        """Let a principal or a role ``owner/name`` act here, with one ``cube``, or with what is about a ``topic``.

        Reading is part of every grant. What joins a topic later is shared with it. Adds to what others granted there, and
        replaces what this principal did. Ends with its own rights at the latest, and is for its own purposes only.
        ``purposes``: only while it acts for one of them. ``sees``: what is sensitive above that level is shown as its kind.
        Needs ``share``.
        """
        level = None if sees is None else _level(sees)

        def work(tx: Transaction) -> None:
            about = self._permits.grant(
                tx,
                self._space,
                self._principal,
                principal,
                actions,
                cube=cube,
                topic=topic,
                purposes=purposes,
                sees=level,
                expires_at=expires_at,
            )
            limits = {
                "actions": sorted({Action.READ, *actions}),
                "purposes": None if purposes is None else sorted(purposes),
                "sees": None if level is None else level.level,
                "expires_at": expires_at,
            }
            self._record(tx, "grant", principal, about, takes=[self._right(principal, cube, topic, **limits)])

        self._services.runner.transact(work)

    def revoke(self, principal: str, *, cube: str | None = None, topic: str | None = None) -> None:
        """Take grants on the space, on one ``cube`` or on a ``topic`` away, at once: those this principal gave; with ``administer`` all.

        Needs ``share``. Raises ``ForbiddenError`` where all are others', or the policy of the space does not let it share.
        """

        def work(tx: Transaction) -> None:
            about, givers = self._permits.revoke(tx, self._space, self._principal, principal, cube=cube, topic=topic)
            taken = [self._right(principal, cube, topic, by=giver) for giver in givers]
            self._record(tx, "revoke", principal, about, takes=taken)

        self._services.runner.transact(work)

    def deny(
        self,
        principal: str,
        actions: Collection[Action],
        *,
        cube: str | None = None,
        reason: str | None = None,
        expires_at: datetime | None = None,
    ) -> None:
        """Keep a principal or a role from acts here, or with one ``cube`` and what was made from it. Needs ``administer``.

        A denial outweighs every grant but the owner's. Replaces what this principal denied there before.
        """

        def work(tx: Transaction) -> None:
            self._permits.deny(
                tx,
                self._space,
                self._principal,
                principal,
                actions,
                cube=cube,
                reason=reason,
                expires_at=expires_at,
            )
            taken = self._right(principal, cube, None, actions=sorted(set(actions)), expires_at=expires_at)
            self._record(tx, "deny", principal, [cube] if cube else [], reason, takes=[taken])

        self._services.runner.transact(work)

    def allow(self, principal: str, *, cube: str | None = None) -> None:
        """Take denials back, whoever gave them. Needs ``administer``."""

        def work(tx: Transaction) -> None:
            self._permits.allow(tx, self._space, self._principal, principal, cube=cube)
            self._record(
                tx, "allow", principal, [cube] if cube else [], takes=[self._right(principal, cube, None, by=None)]
            )

        self._services.runner.transact(work)

    def every(self) -> list[Grant]:
        """Return every grant and denial on the space, its topics and its memories; needs ``share``."""
        return self._permits.every(self._space, self._principal)

    def _right(self, grantee: str, cube: str | None, topic: str | None, **about: Any) -> dict[str, Any]:
        return right(self._services.keyring, grantee, **{"cube": cube, "topic": topic, "by": self._principal, **about})

    def _record(
        self,
        tx: Transaction,
        action: str,
        principal: str,
        cubes: Sequence[str],
        reason: str | None = None,
        *,
        takes: Sequence[Mapping[str, Any]],
    ) -> None:
        # A topic is named after what memories say: the log has the memories instead.
        event = Event(self._space, action, self._principal, cubes=cubes, detail=principal, reason=reason, takes=takes)
        self._services.audit.append(tx, [event])


def _level(sees: LevelName | str) -> LevelName:
    try:
        return LevelName(sees)
    except ValueError as error:
        raise InputError(
            f"'{sees}' is not a level of sensitivity.", hint=f"Use one of {', '.join(LevelName)}."
        ) from error
