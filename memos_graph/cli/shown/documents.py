"""How documents look."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from rich.text import Text

from memos_graph.cli import output
from memos_graph.cli.shown.looking import Look
from memos_graph.lifecycle.lifecycle import Deleted
from memos_graph.memory.documents import Document, DocumentPage
from memos_graph.verbs.documents import NamespaceList, Put


def _document(found: Document) -> None:
    output.show(Text(output.plain(json.dumps(found.value, ensure_ascii=False, indent=2))))


def _documents(found: Sequence[Document]) -> None:
    if not found:
        output.show(Text("Nothing."))
        return
    scored = any(each.score is not None for each in found)
    made = output.table("Age", *(["Score"] if scored else []), "Document", "Value", right=("Age",), holds="Document")
    for each in found:
        name = output.identified("/".join((*each.namespace, each.key)), each.cube)
        score = [f"{each.score or 0:.2f}"] if scored else []
        value = Text(output.plain(json.dumps(each.value, ensure_ascii=False)))
        made.add_row(output.age(each.updated_at), *score, name, value)
    output.show(made)


def _page(found: DocumentPage) -> None:
    _documents(found.items)
    if found.next is not None:
        output.note(f"There are more: --skip {found.next}.")


def _put(done: Put) -> None:
    output.note(f"Put {'/'.join((*done.namespace, done.key))}: {done.cube}.")


def _deleted(done: Deleted) -> None:
    output.note("Erased it in every version." if done.cubes else "There is no such document, so nothing was erased.")
    for each in done.waiting:
        output.note(f"Payload {each.cube} is not gone everywhere yet; it is tried again. {each.problem}")


def _namespaces(found: NamespaceList) -> None:
    for each in found.namespaces:
        output.show(Text(output.plain("/".join(each) or "(no namespace)")))


LOOKS: Mapping[Any, Look] = {
    Document: _document,
    Sequence[Document]: _documents,
    DocumentPage: _page,
    Put: _put,
    Deleted: _deleted,
    NamespaceList: _namespaces,
}
