"""MemReader: a question or an instruction in natural language into a typed call (paper, 4.3, interface layer)."""

import re
from collections.abc import Collection, Sequence
from datetime import MAXYEAR, MINYEAR, UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

from memos_graph.errors import InputError
from memos_graph.kit.clock import now
from memos_graph.kit.moments import zone_of
from memos_graph.kit.text import unstorable
from memos_graph.language import lucene_terms, read_question
from memos_graph.search.calls import MemoryCall

MOST_HITS = 200


def check(question: str, limit: int) -> None:
    """Raise ``InputError`` for an empty question, or a ``limit`` of hits outside 1 to 200."""
    if not question.strip():
        raise InputError("The question is empty.")
    if not 1 <= limit <= MOST_HITS:
        raise InputError(f"A search can't return {limit} memories.", hint=f"Ask for 1 to {MOST_HITS}.")


def named_zone(name: str | None) -> ZoneInfo | None:
    """Return the time zone of an IANA name, none for none; raises ``InputError`` for any other text."""
    try:
        return zone_of(name) if name else None
    except ValueError as error:
        raise InputError(f"{error}.") from error


def read(
    question: str, *, speakers: Collection[str] = (), at: datetime | None = None, zone: tzinfo = UTC
) -> MemoryCall:
    """Read ``question``, names against ``speakers``.

    Times it names are resolved against ``at`` (default: now), in its zone; in ``zone`` where it has none. Raises ``InputError`` for one
    at the ends of the calendar, where yesterday or tomorrow may be no day, and for half a character.
    """
    if (place := unstorable(question)) is not None:
        raise InputError(
            f"Character {place} of the question is a NUL byte or a lone surrogate.", hint="Decode the text anew."
        )
    asked = now().astimezone(zone) if at is None else at if at.tzinfo else at.replace(tzinfo=zone)
    if not MINYEAR < asked.year < MAXYEAR:
        raise InputError(
            f"Nothing can be asked in the year {asked.year}.", hint="Give the moment of the question as `at`."
        )
    found = read_question(question, now=asked, known_people=speakers)
    named = tuple(person for person in found.people if person in set(speakers))
    return MemoryCall(
        question=question,
        intent=found.intent,
        people=named,
        begins=found.begins,
        ends=found.ends,
        concepts=found.terms,
        semantic_type=found.semantic_type,
        asks_now=found.asks_now,
        asks_assistant=found.asks_assistant,
        spoken=as_spoken(question, named),
        words=lucene_terms(found.terms),
    )


def as_spoken(question: str, people: Sequence[str]) -> str:
    """Return the question in the first person of the people it names: memories of talk say "I", not a name.

    ``"Where did Dana move?"`` becomes ``"Where did I move?"``; two people become "we" (docs/routing.md).
    """
    text = question.replace("\u2019", "'")
    for name in sorted({part for person in people for part in (person, person.split()[0])}, key=len, reverse=True):
        text = re.sub(rf"\b{re.escape(name)}'s\b", "my", text, flags=re.IGNORECASE)
        text = re.sub(rf"\b{re.escape(name)}\b", "I", text, flags=re.IGNORECASE)
    return re.sub(r"\bI and I\b", "we", text)
