"""How roles and mandates look."""

from collections.abc import Mapping, Sequence
from typing import Any

from memos_graph.cli import output
from memos_graph.cli.shown.looking import Look
from memos_graph.governance.roles import Mandate, Member
from memos_graph.verbs.roles import MandateEnded, RoleGiven, RoleMade, RoleTaken


def _role_made(done: RoleMade) -> None:
    output.note(f"{done.role} {'is made' if done.made else 'was there already'}.")


def _role_given(done: RoleGiven) -> None:
    output.note(f"{done.principal} has the role {done.role}.")


def _role_taken(done: RoleTaken) -> None:
    output.note(f"{done.principal} has the role {done.role} no more.")


def _members(found: Sequence[Member]) -> None:
    made = output.table("Principal", "Until", "By", "At")
    for each in found:
        until = output.worded(each.expires_at) if each.expires_at else "removed"
        made.add_row(each.principal, until, each.by, output.worded(each.at))
    output.show(made)


def _mandate(done: Mandate) -> None:
    agent, _, user = done.mandate.partition(":")[0].partition(">")
    output.note(f"{agent} may act for {user}, as {done.mandate}.")


def _mandates(found: Sequence[Mandate]) -> None:
    made = output.table("Mandate", "May", "Until", "Given")
    for each in found:
        may = output.worded(each.actions) if each.actions else "what all parties may"
        until = output.worded(each.expires_at) if each.expires_at else "ended"
        made.add_row(each.mandate, may, until, output.worded(each.created_at))
    output.show(made)


def _mandate_ended(done: MandateEnded) -> None:
    output.note(f"{done.agent} does not act for {done.user} any more.")


LOOKS: Mapping[Any, Look] = {
    RoleMade: _role_made,
    RoleGiven: _role_given,
    RoleTaken: _role_taken,
    Sequence[Member]: _members,
    Mandate: _mandate,
    Sequence[Mandate]: _mandates,
    MandateEnded: _mandate_ended,
}
