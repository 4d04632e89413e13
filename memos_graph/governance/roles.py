"""Roles and mandates: rights of many by one name, and an agent that acts for a user (paper, 4.3: MemGovernance).

A role ``owner/name`` is granted and denied like a principal; who has it has what it is granted, and is denied what it is denied.
A mandate ``agent>user`` is a principal of its own that combines both: it may do what each of them may do, and no more. It is
given by the user, for a purpose, for some acts and until a time if that is wanted.
"""

import re
from collections.abc import Collection
from contextlib import AbstractContextManager
from datetime import datetime

from pydantic import Field

from memos_graph.audit.journal import Journal, holding
from memos_graph.errors import ForbiddenError, InputError, NotFoundError
from memos_graph.governance import PRINCIPAL, ROLE, Action
from memos_graph.governance.names import check_new
from memos_graph.graph.runner import Runner
from memos_graph.kit.clock import now
from memos_graph.kit.moments import UtcDatetime
from memos_graph.types import Model

_PURPOSE = re.compile(r"[\w][\w.-]{0,63}")


class Member(Model):
    """Who has a role, until when, and by whose word."""

    principal: str
    expires_at: UtcDatetime | None = None
    by: str
    at: UtcDatetime


class Mandate(Model):
    """A principal that acts for another."""

    mandate: str = Field(description="Its own id, as the log names it: `agent>user` or `agent>user:purpose`.")
    parties: tuple[str, ...] = Field(description="Whose rights it combines: what all of them may do.")
    purpose: str | None = Field(default=None, description="What it is for; grants can ask for a purpose.")
    actions: tuple[Action, ...] | None = Field(default=None, description="The only acts it is for; none: all.")
    expires_at: UtcDatetime | None = None
    created_at: UtcDatetime


class Roles:
    """Makes roles and mandates, each by whom it belongs to."""

    def __init__(self, runner: Runner, journal: Journal | None = None) -> None:
        self._runner = runner
        self._journal = journal

    def create(self, role: str, owner: str) -> bool:
        """Make the role ``owner/name``; returns whether it was new. Raises ``InputError``, ``ForbiddenError``."""
        if not ROLE.fullmatch(role):
            raise InputError(f"'{role[:80]}' is not a role id.", hint="Write 'owner/name', e.g. 'clinic/nurses'.")
        if role.partition("/")[0] != owner:
            raise ForbiddenError(
                f"The role '{role}' lies under another name than '{owner}'.", target=role.partition("/")[0]
            )
        check_new(self._runner, role)
        return bool(self._runner.write("governance/create_role", role=role, owner=owner, now=now())[0]["created"])

    def members(self, role: str, owner: str) -> list[Member]:
        """Return who has a role; raises ``NotFoundError`` alike for somebody else's and for one that does not exist."""
        row = self._runner.read_one("governance/role", role=role)
        if row is None or row["owner"] != owner:
            raise _no_role(role)
        return [Member(**member) for member in row["members"]]

    def add(self, role: str, owner: str, member: str, *, expires_at: datetime | None = None) -> None:
        """Give ``member`` a role of ``owner``, until a time if one is given. Raises ``NotFoundError``, ``InputError``."""
        if not PRINCIPAL.fullmatch(member):
            raise InputError(f"'{member[:80]}' is not a principal id.")
        check_new(self._runner, member)
        with self._holding_member(role, member, expires_at=expires_at):
            given = self._runner.write(
                "governance/add_member", role=role, owner=owner, member=member, expires_at=expires_at, now=now()
            )
            if not given:
                raise _no_role(role)

    def remove(self, role: str, owner: str, member: str) -> None:
        """Take a role away, at once. Raises ``NotFoundError`` when the member did not have it."""
        with self._holding_member(role, member, removed=True):
            if not self._runner.write("governance/remove_member", role=role, owner=owner, member=member):
                raise NotFoundError(f"'{member}' does not have the role '{role}' of '{owner}'.", target=role)

    def _holding_member(
        self, role: str, member: str, *, expires_at: datetime | None = None, removed: bool = False
    ) -> AbstractContextManager[None]:
        body = {"role": role, "member": member, "removed": removed, "expires_at": _iso(expires_at)}
        return holding(self._journal, "member", f"{member} {role}", body)

    def delegate(
        self,
        user: str,
        agent: str,
        *,
        purpose: str | None = None,
        actions: Collection[Action] | None = None,
        expires_at: datetime | None = None,
    ) -> Mandate:
        """Let ``agent`` act for ``user``; replaces an earlier mandate of the same purpose.

        With ``agent`` the user itself it states a purpose, for grants that ask for one.
        """
        for each in (user, agent):
            if not PRINCIPAL.fullmatch(each):
                raise InputError(f"'{each[:80]}' is not a principal id.")
        if purpose is not None:
            check_purpose(purpose)
        check_new(self._runner, user, agent)
        mandate, allowed = (
            mandate_id(agent, user, purpose),
            None if actions is None else sorted({Action.READ, *actions}),
        )
        # Who states a purpose of its own takes nothing away.
        journal = None if agent == user else self._journal
        with holding(journal, "mandate", mandate, {"actions": allowed, "expires_at": _iso(expires_at)}):
            self._runner.write(
                "governance/delegate",
                mandate=mandate,
                agent=agent,
                user=user,
                purpose=purpose,
                actions=allowed,
                expires_at=expires_at,
                now=now(),
            )
        return next(each for each in self.mandates(user) if each.mandate == mandate)

    def mandates(self, principal: str) -> list[Mandate]:
        """Return the mandates a principal gave or holds, those that are over too."""
        return [Mandate(**row) for row in self._runner.read("governance/mandates", principal=principal)]

    def end(self, user: str, agent: str, *, purpose: str | None = None) -> None:
        """End a mandate that ``user`` gave, at once. Raises ``NotFoundError`` when there is none in force."""
        mandate, at = mandate_id(agent, user, purpose), now()
        with holding(self._journal, "mandate", mandate, {"actions": None, "expires_at": _iso(at)}):
            if not self._runner.write("governance/end_mandate", mandate=mandate, now=at):
                raise NotFoundError(
                    f"'{agent}' holds no such mandate of '{user}'.",
                    hint="`memos mandate list` shows them.",
                    target=user,
                )

    def acting(
        self,
        principal: str,
        *,
        on_behalf_of: str | None = None,
        purpose: str | None = None,
        space: str | None = None,
    ) -> str:
        """Return the principal that ``principal`` is while it acts for another, or for a purpose.

        ``space`` it wants to act in, whose log is told where it is refused; default: a space of the user's.
        Raises ``ForbiddenError`` alike when there is no such user, no mandate of it, or one that is over.
        """
        if on_behalf_of is None and purpose is None:
            return principal
        user = on_behalf_of or principal
        mandate = mandate_id(principal, user, purpose)
        if user == principal and purpose is not None:
            return self._stating(user, purpose, mandate)
        if self._runner.read_one("governance/mandate", mandate=mandate, now=now()) is None:
            what = f" for the purpose '{purpose}'" if purpose else ""
            raise ForbiddenError(
                f"'{principal}' holds no mandate of '{user}'{what}.",
                hint=f"'{user}' can give one: `memos mandate give`.",
                target=space or user,
            )
        return mandate

    def _stating(self, user: str, purpose: str, mandate: str) -> str:
        """Return who ``user`` is while it states a purpose: no node is made of it, however many are stated."""
        check_purpose(purpose)
        if self._runner.read_one("governance/limited_purpose", mandate=mandate):
            self.delegate(user, user, purpose=purpose)  # it is given anew
        return mandate


def check_purpose(purpose: str) -> None:
    """Raise ``InputError`` for what can be no purpose."""
    if not _PURPOSE.fullmatch(purpose):
        raise InputError(f"'{purpose[:80]}' is not a purpose.", hint="Use 1 to 64 letters, digits and . _ -.")


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def mandate_id(agent: str, user: str, purpose: str | None) -> str:
    """Return the id of a mandate; no principal can have one like it, since ``>`` is in none."""
    return f"{agent}>{user}" if purpose is None else f"{agent}>{user}:{purpose}"


def _no_role(role: str) -> NotFoundError:
    return NotFoundError(
        f"There is no role '{role}' of this principal.", hint="`memos role create` makes one.", target=role
    )
