"""How files and directories look to a model: in the words that the tool has on a disk, since models know them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from anthropic.lib.tools import ToolError

from memos_graph.memory_tool.paths import Parts

_MOST_LINES = 999_999
_WIDTH = len(str(_MOST_LINES))
_UNITS = "BKMG"
_SHOWN_LEVELS = 2
_AROUND = 2


@dataclass
class Folder:
    """A directory: its files by name, each with its size in bytes, and the directories in it."""

    files: dict[str, int] = field(default_factory=dict)
    folders: dict[str, "Folder"] = field(default_factory=dict)

    @classmethod
    def of(cls, sizes: Mapping[Parts, int], empty: Iterable[Parts]) -> "Folder":
        """Return the directory that has files of these sizes in these places, and these directories, even if nothing is in them."""
        whole = cls()
        for (*way, name), size in sizes.items():
            whole.at(way).files[name] = size
        for each in empty:
            whole.at(each)
        return whole

    def at(self, way: Sequence[str]) -> "Folder":
        """Return the directory in a place, made if it is not there."""
        return self.folders.setdefault(way[0], Folder()).at(way[1:]) if way else self

    @property
    def size(self) -> int:
        """How many bytes are in it, at every level."""
        return sum(self.files.values()) + sum(each.size for each in self.folders.values())


def listing(path: str, folder: Folder) -> str:
    """Return what is in a directory, two levels deep, without what is hidden."""
    rows = [f"{_size(folder.size)}\t{path}", *(f"{_size(size)}\t{path}/{name}" for name, size in _shown(folder))]
    head = f"Here're the files and directories up to 2 levels deep in {path}, excluding hidden items:"
    return "\n".join([head, *rows])


def _shown(folder: Folder, level: int = 1, before: str = "") -> Iterator[tuple[str, int]]:
    for name in sorted({*folder.files, *folder.folders}):
        if name.startswith("."):
            continue
        if name in folder.files:
            yield before + name, folder.files[name]
        if name in folder.folders:
            inner = folder.folders[name]
            yield f"{before}{name}/", inner.size
            if level < _SHOWN_LEVELS:
                yield from _shown(inner, level + 1, f"{before}{name}/")


def _size(count: int) -> str:
    power = min(max(count.bit_length() - 1, 0) // 10, len(_UNITS) - 1)
    size = count / 1024**power
    return (f"{size:.0f}" if size == int(size) else f"{size:.1f}") + _UNITS[power]


def page(path: str, content: str, lines: Sequence[int] | None) -> str:
    """Return a file with the numbers of its lines; all of them, or those from the first of ``lines`` to the last, -1 for the end."""
    whole, first = content.split("\n"), 1
    if len(whole) > _MOST_LINES:
        raise ToolError(f"File {path} exceeds maximum line limit of 999,999 lines.")
    shown = whole
    if lines and len(lines) == 2:  # noqa: PLR2004 - a first line and a last one
        first = max(1, lines[0])
        shown = whole[first - 1 : len(whole) if lines[1] == -1 else lines[1]]
    return f"Here's the content of {path} with line numbers:\n{_numbered(shown, first)}"


def _numbered(lines: Sequence[str], first: int) -> str:
    return "\n".join(f"{number:>{_WIDTH}}\t{line}" for number, line in enumerate(lines, start=first))


def replaced(path: str, content: str, old: str, new: str) -> tuple[str, str]:
    """Return a file with the one place of ``old`` changed, and what is told of it; raises ``ToolError`` unless there is one."""
    count = content.count(old)
    if not count:
        raise ToolError(f"No replacement was performed, old_str `{old}` did not appear verbatim in {path}.")
    if count > 1:
        lines = ", ".join(map(str, _lines_with(content, old)))
        raise ToolError(
            f"No replacement was performed. Multiple occurrences of old_str `{old}` in lines: {lines}. Please ensure it is unique"
        )
    changed = content.replace(old, new)
    line = content[: content.find(old)].count("\n")
    first = max(0, line - _AROUND)
    around = changed.split("\n")[first : line + _AROUND + 1]
    told = "The memory file has been edited. Here is the snippet showing the change (with line numbers):\n"
    return changed, told + _numbered(around, first + 1)


def _lines_with(content: str, old: str) -> Iterator[int]:
    at = content.find(old)
    while at >= 0:
        yield content.count("\n", 0, at) + 1
        at = content.find(old, at + 1)


def inserted(content: str, line: int, text: str) -> str:
    """Return a file with a text after ``line`` of its lines; raises ``ToolError`` where there are not so many."""
    lines = content.removesuffix("\n").split("\n") if content else []
    if not 0 <= line <= len(lines):
        raise ToolError(f"Invalid `insert_line` parameter: {line}. It should be within the range [0, {len(lines)}].")
    whole = "\n".join([*lines[:line], text.rstrip("\n"), *lines[line:]])
    return whole if whole.endswith("\n") else whole + "\n"
