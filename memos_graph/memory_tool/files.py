"""Files and directories over the documents of a space: a file is a document, a directory what its name has in common with others.

A directory that nothing is in any more is a document without a name, so that it stays where it is.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from anthropic.lib.tools import ToolError

from memos_graph.acting import Memory
from memos_graph.lifecycle.documents import DocumentWrite
from memos_graph.memcube.documents import DocumentPlace
from memos_graph.memory.documents import Document
from memos_graph.memory_tool import texts
from memos_graph.memory_tool.paths import Parts, parts_of

_TEXT = "text"
_FOUND_BY = (_TEXT,)
_FOLDER = ""


class Files:
    """The tool's commands, each an act of the principal that mounted ``space``: done whole, or not at all."""

    def __init__(self, space: Memory, namespace: Sequence[str]) -> None:
        self._documents = space.documents
        self._root = tuple(namespace)

    def view(self, path: str, lines: Sequence[int] | None) -> str:
        """Show a file, or what is in a directory."""
        at = parts_of(path)
        if (content := self._content(at)) is not None:
            return texts.page(path, content, lines)
        below = self._below(at)
        if at and not below:
            raise _nowhere(path)
        sizes = {each: len(_content_of(found).encode()) for each, found in below.items() if each[-1] != _FOLDER}
        return texts.listing(path, texts.Folder.of(sizes, [each[:-1] for each in below if each[-1] == _FOLDER]))

    def create(self, path: str, content: str) -> str:
        """Make a file."""
        at = parts_of(path)

        def work() -> None:
            if self._exists(at):
                raise ToolError(f"File {path} already exists")
            self._check_way(at, path)
            self._documents.write([DocumentWrite(self._place(at), {_TEXT: content}, _FOUND_BY)])

        self._documents.together(work)
        return f"File created successfully at: {path}"

    def str_replace(self, path: str, old: str, new: str) -> str:
        """Change the one place of a file where ``old`` stands."""
        told = ""

        def change(content: str) -> str:
            nonlocal told
            changed, told = texts.replaced(path, content, old, new)
            return changed

        self._edit(path, change)
        return told

    def insert(self, path: str, line: int, text: str) -> str:
        """Put lines into a file after one of its lines; 0: before the first."""
        self._edit(path, lambda content: texts.inserted(content, line, text))
        return f"The file {path} has been edited."

    def delete(self, path: str) -> str:
        """Erase a file, or a directory with all that is in it, in every version."""
        at = parts_of(path)
        if not at:
            raise ToolError("Cannot delete the /memories directory itself")

        def work() -> None:
            gone = self._all_of(at)
            if not gone:
                raise ToolError(f"The path {path} does not exist")
            self._documents.write([DocumentWrite(place, None) for place in gone])
            self._keep_folder(at[:-1])

        self._documents.together(work)
        return f"Successfully deleted {path}"

    def rename(self, old_path: str, new_path: str) -> str:
        """Give a file, or a directory with all that is in it, another path; each file keeps its versions and its rights."""
        old, new = parts_of(old_path), parts_of(new_path)
        if not old:
            raise ToolError("Cannot rename the /memories directory itself")

        def work() -> None:
            if self._exists(new):
                raise ToolError(f"The destination {new_path} already exists")
            moved = self._all_of(old)
            if not moved:
                raise ToolError(f"The path {old_path} does not exist")
            self._check_way(new, new_path)
            if new[: len(old)] == old:
                raise ToolError(f"Cannot rename {old_path} to {new_path}, which is inside of it")
            self._documents.move([(place, self._moved(place, old, new)) for place in moved])
            self._keep_folder(old[:-1])

        self._documents.together(work)
        return f"Successfully renamed {old_path} to {new_path}"

    def clear(self) -> str:
        """Erase every file and every directory."""
        self._documents.together(
            lambda: self._documents.write([DocumentWrite(self._place(each), None) for each in self._below(())])
        )
        return "All memory cleared"

    def _edit(self, path: str, change: Callable[[str], str]) -> None:
        at = parts_of(path)

        def changed(value: Mapping[str, Any]) -> Mapping[str, Any]:
            if not _is_text(value):
                raise ToolError(f"The file {path} is a document of another program, not text: it can't be edited here.")
            return {_TEXT: change(value[_TEXT])}

        def work() -> None:
            if not at or self._documents.find(*_named(self._place(at))) is None:
                raise ToolError(f"The path {path} is not a file.") if self._exists(at) else _nowhere(path)
            self._documents.edit(*_named(self._place(at)), changed)

        self._documents.together(work)

    def _place(self, at: Parts) -> DocumentPlace:
        return DocumentPlace((*self._root, *at[:-1]), at[-1])

    def _moved(self, place: DocumentPlace, old: Parts, new: Parts) -> DocumentPlace:
        way = (*place.namespace, place.key)[len(self._root) :]
        return self._place((*new, *way[len(old) :]))

    def _content(self, at: Parts) -> str | None:
        found = self._documents.find(*_named(self._place(at))) if at else None
        return None if found is None else _content_of(found)

    def _below(self, at: Parts) -> Mapping[Parts, Document]:
        """Return what is in a directory, at every level, by its place in it; an empty one has a document without a name."""
        here = (*self._root, *at)
        return {(*each.namespace, each.key)[len(here) :]: each for each in self._documents.every(here)}

    def _all_of(self, at: Parts) -> Sequence[DocumentPlace]:
        """Return the places of a file, or of a directory's documents; none where there is neither."""
        if self._documents.find(*_named(self._place(at))) is not None:
            return [self._place(at)]
        return [self._place((*at, *each)) for each in self._below(at)]

    def _exists(self, at: Parts) -> bool:
        return not at or bool(self._all_of(at))

    def _check_way(self, at: Parts, path: str) -> None:
        """Raise ``ToolError`` where a file is on the way to a path."""
        for length in range(1, len(at)):
            if self._documents.find(*_named(self._place(at[:length]))) is not None:
                raise ToolError(f"The path {path} can't be used: /memories/{'/'.join(at[:length])} is a file.")

    def _keep_folder(self, at: Parts) -> None:
        """Let a directory stay where it is, though nothing is in it."""
        if at and not self._documents.page((*self._root, *at), limit=1).items:
            self._documents.write([DocumentWrite(self._place((*at, _FOLDER)), {}, ())])


def _named(place: DocumentPlace) -> tuple[tuple[str, ...], str]:
    return place.namespace, place.key


def _nowhere(path: str) -> ToolError:
    return ToolError(f"The path {path} does not exist. Please provide a valid path.")


def _is_text(value: Mapping[str, Any]) -> bool:
    return set(value) == {_TEXT} and isinstance(value[_TEXT], str)


def _content_of(found: Document) -> str:
    """Return a document as a file's content: its text, or its JSON where another program put it."""
    value = found.value
    return str(value[_TEXT]) if _is_text(value) else json.dumps(value, ensure_ascii=False, indent=2)
