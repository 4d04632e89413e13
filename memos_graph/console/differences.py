"""What changed from one version to the next, word by word."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from memos_graph.types import Version

_WORDS = re.compile(r"\s+|\w+|[^\w\s]")
_MOST_WORDS = 20_000
"""Of both texts; comparing longer ones takes too long, and they are shown whole."""


@dataclass(frozen=True)
class Stretch:
    """A stretch of text: ``same``, ``new`` or ``gone``."""

    kind: str
    text: str


@dataclass(frozen=True)
class Step:
    """A version, and what changed with it: pieces of its own text and of the one before."""

    version: Version
    pieces: Sequence[Stretch]
    first: bool


def steps(versions: Sequence[Version]) -> list[Step]:
    """Return versions with what changed, the newest first."""
    found = []
    before = ""
    for version in versions:
        first = version is versions[0]
        pieces = [Stretch("same", version.text)] if first else compared(before, version.text)
        found.append(Step(version, pieces, first))
        before = version.text
    return found[::-1]


def compared(old: str, new: str) -> list[Stretch]:
    """Return the pieces of both texts in order."""
    a, b = _WORDS.findall(old), _WORDS.findall(new)
    if len(a) + len(b) > _MOST_WORDS:
        return [Stretch("gone", old), Stretch("new", new)]
    pieces = []
    for kind, i, j, k, m in SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        if kind == "equal":
            pieces.append(Stretch("same", "".join(a[i:j])))
            continue
        pieces += [Stretch("gone", "".join(a[i:j]))] if j > i else []
        pieces += [Stretch("new", "".join(b[k:m]))] if m > k else []
    return pieces
