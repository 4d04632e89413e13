"""Hides what a reader may not see."""

from collections.abc import Iterable

from memos_graph.language.sensitivity.kinds import Finding, Level


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
