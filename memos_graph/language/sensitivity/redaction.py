"""Hides what a reader may not see, and what nothing is to be found by."""

import re
from collections.abc import Iterable

from memos_graph.language.sensitivity.kinds import Finding, FindingKind, Level, clearance

_MARKS = re.compile("|".join(rf"\[{re.escape(kind)}\]" for kind in FindingKind))


def redact(text: str, findings: Iterable[Finding], up_to_level: int = Level.PUBLIC) -> str:
    """Return ``text`` with each finding above ``up_to_level`` replaced by its kind in brackets, e.g. ``[e-mail]``.

    Findings that overlap become one, named after the more sensitive. What is redacted holds nothing that would be found
    again, so doing it twice changes nothing.
    """
    pieces: list[str] = []
    done = 0
    hidden = sorted((each for each in findings if each.level > up_to_level), key=lambda found: found.start)
    while hidden:
        first = hidden.pop(0)
        end, worst = first.end, first
        while hidden and hidden[0].start < end:
            other = hidden.pop(0)
            end, worst = max(end, other.end), max(worst, other, key=lambda found: found.level)
        pieces += [text[done : first.start], f"[{worst.kind}]"]
        done = end
    return "".join([*pieces, text[done:]])


def views(text: str, findings: Iterable[Finding]) -> list[str]:
    """Return ``text`` as readers of each level below that of its findings see it, lowest first; ``[]`` where all see all."""
    found = list(findings)
    return [redact(text, found, level) for level in range(clearance(found))]


def masked(text: str, findings: Iterable[Finding]) -> str:
    """Return ``text`` with blanks in place of what is sensitive: of the same length, so that places in it stay the same."""
    for each in findings:
        text = text[: each.start] + " " * (each.end - each.start) + text[each.end :]
    return text


def unmarked(view: str) -> str:
    """Return a view without the kinds in brackets: what is left of the text to read a meaning from, as of ``masked``."""
    return _MARKS.sub(" ", view)
