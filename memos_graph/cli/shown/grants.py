"""How grants and denials look."""

from collections.abc import Mapping, Sequence
from typing import Any

from memos_graph.cli import output
from memos_graph.cli.shown.looking import Call, CallLook, Look
from memos_graph.governance import Grant
from memos_graph.verbs.grants import Allowed, Revoked


def _granted(done: Grant, call: Call) -> None:
    may = "may not" if done.denied else "may"
    output.note(f"{done.principal} {may} {output.worded(done.actions)} in {done.cube or done.topic or call.space}.")


def _revoked(done: Revoked) -> None:
    output.note(f"{done.principal} has no grant on {done.cube or done.topic or done.space} any more.")


def _allowed(done: Allowed) -> None:
    output.note(f"Nothing is denied to {done.principal} on {done.cube or done.space} any more.")


def _grants(found: Sequence[Grant]) -> None:
    made = output.table("Principal", "May", "On", "Until", "By, at", ids=("On",))
    for each in found:
        until = output.worded(each.expires_at) if each.expires_at else "revoked"
        said = ("not " if each.denied else "") + output.worded(each.actions)
        said += f" for {', '.join(each.purposes)}" if each.purposes else ""
        said += f", up to {each.sees}" if each.sees else ""
        on = each.cube or (f"topic {output.plain(each.topic)}" if each.topic else "the space")
        made.add_row(each.principal, said, on, until, f"{each.by} {output.worded(each.at)}")
    output.show(made)


LOOKS: Mapping[Any, Look] = {Sequence[Grant]: _grants, Revoked: _revoked, Allowed: _allowed}
CALL_LOOKS: Mapping[Any, CallLook] = {Grant: _granted}
