"""What is a principal's own to give and to take: roles, mandates, API keys."""

from collections.abc import Collection, Sequence
from datetime import datetime

from memos_graph.governance import Action
from memos_graph.governance.api_keys import ApiKey
from memos_graph.governance.roles import Mandate, Member
from memos_graph.memory.refusing import recording
from memos_graph.services import Services


class _Own:
    def __init__(self, services: Services, principal: str) -> None:
        self._services = services
        self._principal = principal


@recording
class OwnRoles(_Own):
    """Roles under a principal's name, ``principal/name``: rights of many by one name."""

    def create(self, role: str) -> bool:
        """Make a role; returns whether it was new. Raises ``InputError``, ``ForbiddenError`` for one of another's name."""
        return self._services.roles.create(role, self._principal)

    def members(self, role: str) -> Sequence[Member]:
        """Return who has a role; raises ``NotFoundError`` alike for another's role and for one that does not exist."""
        return self._services.roles.members(role, self._principal)

    def add(self, role: str, member: str, *, expires_at: datetime | None = None) -> None:
        """Give a role to ``member``, until a time if one is given; raises ``NotFoundError``, ``InputError``."""
        self._services.roles.add(role, self._principal, member, expires_at=expires_at)

    def remove(self, role: str, member: str) -> None:
        """Take a role away, at once; raises ``NotFoundError`` when the member did not have it."""
        self._services.roles.remove(role, self._principal, member)


@recording
class Mandates(_Own):
    """Who acts for whom: who holds a mandate may do what both it and its giver may do."""

    def give(
        self,
        agent: str,
        *,
        purpose: str | None = None,
        actions: Collection[Action] | None = None,
        expires_at: datetime | None = None,
    ) -> Mandate:
        """Let ``agent`` act for this principal; replaces an earlier mandate of the same purpose. Raises ``InputError``.

        * ``actions`` which it may take at most; default: all that both may. ``purpose`` for which alone it counts.
        """
        return self._services.roles.delegate(
            self._principal, agent, purpose=purpose, actions=actions, expires_at=expires_at
        )

    def list(self) -> Sequence[Mandate]:
        """Return the mandates it gave or holds, those that are over too."""
        return self._services.roles.mandates(self._principal)

    def end(self, agent: str, *, purpose: str | None = None) -> None:
        """End a mandate it gave, at once; raises ``NotFoundError`` when there is none in force."""
        self._services.roles.end(self._principal, agent, purpose=purpose)


@recording
class Keys(_Own):
    """API keys of one principal."""

    def create(self, *, label: str = "") -> tuple[ApiKey, str]:
        """Make a key; returns how it is listed, and its secret, which is shown this once and not stored."""
        return self._services.api_keys.create(self._principal, label=label)

    def list(self) -> Sequence[ApiKey]:
        """Return its keys, revoked ones too, oldest first, without their secrets."""
        return self._services.api_keys.every(self._principal)

    def revoke(self, key: str) -> None:
        """Refuse a key from now on; raises ``NotFoundError`` when it has no such key in force."""
        self._services.api_keys.revoke(key, principal=self._principal)
