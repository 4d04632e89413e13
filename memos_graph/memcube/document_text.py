"""What is read of a document's JSON: lines ``name: value``, each place in them known in the JSON, for what is sensitive and what is searched."""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from memos_graph.language.sensitivity import Detector, Finding
from memos_graph.memcube.documents import read

EVERYTHING = "$"
_TOKEN = re.compile(r'("(?:[^"\\]|\\.)*")(\s*:)?|-?\d[\d.eE+-]*', re.DOTALL)
_STEP = re.compile(r"[^.\[\]]+|\[(?:\*|-?\d+)\]")


class _Piece(NamedTuple):
    """A token: where its content begins in the JSON, that content as it stands there and as it reads, and whether it is a name."""

    start: int
    raw: str
    text: str
    name: bool


def _pieces(text: str) -> Iterator[_Piece]:
    for token in _TOKEN.finditer(text):
        if (quoted := token[1]) is not None:
            yield _Piece(token.start() + 1, quoted[1:-1], json.loads(quoted, strict=False), token[2] is not None)
        else:
            yield _Piece(token.start(), token[0], token[0], name=False)


def sensitive_in(text: str, detector: Detector) -> tuple[Finding, ...]:
    """Return what is sensitive in a document, by its places in the JSON ``text``: each inside one string or number.

    A value is read after its name, by which a password is known; what is hidden so leaves JSON.
    """
    lines, name, spans = [], "", []
    at = 0
    for piece in _pieces(text):
        before = "" if piece.name or not name else f"{name}: "
        name = piece.text if piece.name else name
        spans.append((at + len(before), piece))
        lines.append(f"{before}{piece.text}")
        at += len(lines[-1]) + 1
    found = []
    for each in detector("\n".join(lines)):
        for start, piece in spans:
            begins, ends = max(each.start, start), min(each.end, start + len(piece.text))
            if begins < ends:
                places = _places(piece)
                found.append(each._replace(start=places[begins - start], end=places[ends - start]))
    return tuple(sorted(found, key=lambda each: each.start))


def _places(piece: _Piece) -> list[int]:
    """Return where in the JSON each character of a token begins, and last where the token ends."""
    places, at = [], 0
    while at < len(piece.raw):
        places.append(piece.start + at)
        at += 1 if piece.raw[at] != "\\" else 6 if piece.raw[at + 1] == "u" else 2
    return [*places, piece.start + len(piece.raw)]


def searched_in(text: str, indexed: Sequence[str] | None) -> str:
    """Return what a document is found by: the values at the paths ``indexed``, or all of it, with the names before them.

    ``text`` is its JSON as everybody may see it: what is hidden in it is not found.
    """
    if indexed is None:
        lines, name = [], ""
        for piece in _pieces(text):
            if piece.name:
                name = piece.text
            else:
                lines.append(f"{name}: {piece.text}" if name else piece.text)
        return "\n".join(lines)
    value = read(text)
    return "\n".join(line for path in indexed for line in _at(value, _STEP.findall(path) if path != EVERYTHING else []))


def _at(value: Any, steps: Sequence[str]) -> Iterator[str]:
    """Yield the texts at a path: ``a.b`` goes into objects, ``[0]``, ``[-1]``, ``[*]`` into lists, ``*`` into either."""
    if not steps:
        if value is not None:
            yield value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        return
    step, rest = steps[0].strip("[]"), steps[1:]
    if step == "*":
        inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        for each in inner:
            yield from _at(each, rest)
    elif isinstance(value, list) and re.fullmatch(r"-?\d+", step):
        if -len(value) <= int(step) < len(value):
            yield from _at(value[int(step)], rest)
    elif isinstance(value, dict) and step in value:
        yield from _at(value[step], rest)
