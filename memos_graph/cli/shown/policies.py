"""How policies look, and what a sweep found."""

from collections.abc import Mapping, Sequence
from typing import Any

import typer
from rich.text import Text

from memos_graph.cli import output
from memos_graph.cli.shown.looking import Call, CallLook, Look
from memos_graph.lifecycle.applying import AppliedPolicy
from memos_graph.lifecycle.sweep import Swept


def _policy(found: AppliedPolicy) -> None:
    typer.echo(output.plain(found.text), nl=not found.text.endswith("\n"))


def _policies(found: Sequence[AppliedPolicy]) -> None:
    made = output.table("Version", "Name", "Applied", "By", right=("Version",))
    for each in found:
        made.add_row(str(each.version), Text(output.plain(each.name)), output.worded(each.applied_at), each.applied_by)
    output.show(made)


def _swept(swept: Swept, call: Call) -> None:
    output.note(
        f"{call.space}: {swept.expired} memories expired, {swept.erased} erased, "
        f"{swept.payloads} KV-caches and adapters taken out of service."
    )


LOOKS: Mapping[Any, Look] = {AppliedPolicy: _policy, Sequence[AppliedPolicy]: _policies}
CALL_LOOKS: Mapping[Any, CallLook] = {Swept: _swept}
