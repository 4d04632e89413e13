"""What is given to ``add`` as one source, and what it tells of it."""

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import Field

from memos_graph.errors import FormatError
from memos_graph.formats import Message, Parsed, Rejected, Remark, from_objects, is_dated
from memos_graph.types import Model
from memos_graph.vault.vault import Conflict, Stored

_MOST_REASONS = 5
Entries = str | Message | Iterable[Message | Mapping[str, Any]] | Parsed


class AddReport(Model):
    """What an ``add`` did with each thing it was given; nothing is left out silently."""

    source: str
    added: tuple[str, ...] = Field(description="Ids of the new cubes, in order.")
    unchanged: int = Field(
        description="Messages that were stored already, exactly so. Those of a list that have neither id nor time are told "
        "apart by their words and how often they come: to keep the same words said again, give them an id or a time."
    )
    facts: int = Field(description="New fact cubes.")
    repeated_facts: int = Field(description="Facts linked to one that said the same already, and that may be read.")
    concepts: int = Field(description="Different concepts that the new memories mention.")
    conflicts: tuple[Conflict, ...] = Field(description="Messages whose id has other content; not stored.")
    rejected: tuple[Rejected, ...] = Field(description="Entries that could not be read; not stored.")
    without_speaker: int = Field(default=0, description="Messages of which the source does not say who said them.")
    without_time: int = Field(
        default=0,
        description="Messages of which neither the source nor their conversation says when they were said; in a file they "
        "have the time of the message before, if it has one.",
    )
    remarks: tuple[Remark, ...] = Field(
        default=(), description="Details that could not be read of what is stored: a date, for one."
    )


def report(parsed: Parsed, stored: Stored) -> AddReport:
    """Return what became of a source."""
    messages = [entry for entry in parsed.entries if isinstance(entry, Message)]
    return AddReport(
        source=parsed.source,
        added=tuple(stored.cubes),
        unchanged=len(stored.unchanged),
        facts=stored.facts,
        repeated_facts=stored.repeated_facts,
        concepts=len(stored.concepts),
        conflicts=tuple(stored.conflicts),
        rejected=(*parsed.rejected, *stored.rejected),
        without_speaker=sum(message.speaker is None for message in messages),
        without_time=sum(not is_dated(parsed, message) for message in messages),
        remarks=parsed.remarks,
    )


def as_parsed(entries: Entries, source: str | None, max_chars: int) -> Parsed:
    """Return what was given as one source. Raises ``FormatError`` with the reasons when no message of a list can be stored."""
    if isinstance(entries, Parsed):
        return entries
    if isinstance(entries, str):
        entries = [Message(text=entries)]
        source = source or "notes"
    if isinstance(entries, Message):
        entries = [entries]
    return with_something(from_objects(entries, source=source or "conversation", max_chars=max_chars))


def with_something(parsed: Parsed) -> Parsed:
    """Return ``parsed``; raises ``FormatError`` with the reasons when nothing of it can be stored."""
    if parsed.entries:
        return parsed
    count = sum(entry.count for entry in parsed.rejected)
    reasons = list(dict.fromkeys(entry.reason for entry in parsed.rejected))
    told = " ".join(reasons[:_MOST_REASONS])
    rest = f" And {len(reasons) - _MOST_REASONS} other reasons." if len(reasons) > _MOST_REASONS else ""
    raise FormatError(
        f"{parsed.source}: nothing of it can be stored; it holds {count:,} that {'is' if count == 1 else 'are'} left out. {told}{rest}"
    )


def is_said_now(entries: Entries, parsed: Parsed) -> bool:
    """Whether this is one message that a program sends as it is said: alone, without an id and without a time.

    Such a one is new each time, where the same file, list or note again changes nothing.
    """
    if isinstance(entries, str | Parsed) or len(parsed.entries) != 1 or parsed.rejected:
        return False
    (entry,) = parsed.entries
    return isinstance(entry, Message) and entry.id is None and entry.at is None
