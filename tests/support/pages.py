"""Tables of docs/ that are made from the code: compared with it, or with ``MEMOS_SNAPSHOTS=write`` written anew from it."""

import os
from collections.abc import Mapping
from pathlib import Path


def held_to(page: Path, rows: Mapping[str, str]) -> None:
    """Hold the rows of a page, by their first cell without its backquotes, to ``rows``, which are in the code's order."""
    lines = page.read_text(encoding="utf-8").splitlines()
    if os.environ.get("MEMOS_SNAPSHOTS") == "write":
        lines = _rewritten(lines, rows)
        page.write_text("\n".join(lines) + "\n", encoding="utf-8")
    written = {key: line for line in lines if (key := _key(line, rows)) is not None}
    assert {line for line in lines if _looks(line, rows)} == set(rows.values())
    assert written == dict(rows)


def _rewritten(lines: list[str], rows: Mapping[str, str]) -> list[str]:
    kept = [rows.get(_key(line, rows) or "", line) for line in lines if not _looks(line, rows) or _key(line, rows)]
    before = None
    for row in rows.values():
        if row not in kept:
            place = kept.index(before) + 1 if before else next(i for i, line in enumerate(kept) if _looks(line, rows))
            kept.insert(place, row)
        before = row
    return kept


def _first(line: str) -> str:
    return line[3:].partition("`")[0] if line.startswith("| `") else ""


def _key(line: str, rows: Mapping[str, str]) -> str | None:
    first = _first(line)
    return first if first in rows else None


def _looks(line: str, rows: Mapping[str, str]) -> bool:
    """Whether a line is a row of this kind: its first cell begins as those of ``rows`` do."""
    return _first(line).partition(" ")[0] in {key.partition(" ")[0] for key in rows} and " " in _first(line)
