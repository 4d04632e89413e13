"""Tenants: walls between customers of one installation, which no grant reaches over (paper, 4.3: MemGovernance).

A principal belongs to one tenant or to none, and so do the spaces it owns. The access clauses count a grant only where principal
and space are of the same tenant; so a grant from before a move, or one written by hand, opens nothing. Tenants are
for whoever runs the installation: there is no way to change them over REST.
"""

import re
from collections.abc import Collection
from contextlib import ExitStack

from pydantic import Field

from memos_graph.audit import AuditLog, Event
from memos_graph.audit.journal import holding
from memos_graph.errors import InputError
from memos_graph.governance import PRINCIPAL
from memos_graph.governance.names import check_new
from memos_graph.graph.runner import Runner, Transaction
from memos_graph.kit.clock import now
from memos_graph.types import Model

_TENANT = re.compile(r"[\w][\w.-]{0,63}")


class Tenant(Model):
    """Who belongs together."""

    tenant: str
    principals: tuple[str, ...]
    spaces: int = Field(description="How many spaces they own.")


class Tenants:
    """Puts principals with their roles and spaces into tenants. Each change is in the logs of the spaces it moves."""

    def __init__(self, runner: Runner, audit: AuditLog) -> None:
        self._runner = runner
        self._audit = audit

    def join(self, tenant: str, principals: Collection[str]) -> None:
        """Put ``principals`` into ``tenant``, out of any other. Raises ``InputError`` for a malformed name."""
        if not _TENANT.fullmatch(tenant):
            raise InputError(f"'{tenant[:80]}' is not a tenant.", hint="Use 1 to 64 letters, digits and . _ -.")
        check_new(self._runner, tenant, *principals)
        self._move(principals, tenant)

    def leave(self, principals: Collection[str]) -> None:
        """Take ``principals`` out of their tenants: they are then with those that belong to none."""
        self._move(principals, None)

    def all(self) -> list[Tenant]:
        """Return every tenant that somebody belongs to."""
        return [Tenant(**row) for row in self._runner.read("governance/tenants")]

    def _move(self, principals: Collection[str], tenant: str | None) -> None:
        wrong = [each for each in principals if not PRINCIPAL.fullmatch(each)]
        if wrong:
            raise InputError(f"'{wrong[0][:80]}' is not a principal id.")

        def work(tx: Transaction) -> None:
            rows = tx.run("governance/join_tenant", principals=sorted(set(principals)), tenant=tenant, now=now())
            said = f"{tenant or 'none'}"
            events = [Event(space, "tenant", row["principal"], detail=said) for row in rows for space in row["spaces"]]
            self._audit.append(tx, events)

        with ExitStack() as held:
            for each in sorted(set(principals)):
                held.enter_context(holding(self._audit.chain.journal, "tenant", each, {"tenant": tenant}))
            self._runner.transact(work)
