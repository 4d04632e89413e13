"""How seals and proofs look: they are files to be kept, and so are printed as such."""

from collections.abc import Mapping, Sequence
from typing import Any

from memos_graph.audit.archiving import Archived
from memos_graph.audit.seals import Proof, Seal
from memos_graph.cli import output
from memos_graph.cli.shown.looking import Look


def _seals(found: Sequence[Seal]) -> None:
    made = output.table("Events", "Made", "Root", right=("Events",))
    for each in found:
        made.add_row(str(each.size), each.at, each.root)
    output.show(made)


def _archived(found: Archived) -> None:
    if not found.until:
        output.note("Nothing of the log is sealed and old enough yet, in whole blocks of 256 events.")
        return
    output.note(f"{found.events} events left the graph; archives are over the first {found.until}.")


LOOKS: Mapping[Any, Look] = {
    Seal: output.show_json,
    Proof: output.show_json,
    Sequence[Seal]: _seals,
    Archived: _archived,
}
