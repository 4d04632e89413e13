"""What a reader fills while it goes through a source: good entries, and reasons for the others."""

from dataclasses import dataclass, field
from datetime import datetime

from memos_graph.errors import FormatError
from memos_graph.formats.clean import clean_text, excerpt
from memos_graph.formats.dates import is_in_utc
from memos_graph.formats.passages import split_text
from memos_graph.formats.types import Message, Parsed, Rejected, Remark


@dataclass
class Gathered:
    """Messages taken, entries refused and details not read so far; ``max_chars`` bounds one message's text."""

    max_chars: int
    messages: list[Message] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)

    def take(
        self,
        text: str,
        *,
        id: str | None = None,  # noqa: A002 - the field's own name
        speaker: str | None = None,
        at: datetime | None = None,
        attributes: dict[str, str] | None = None,
    ) -> None:
        """Keep one message; raises ``FormatError`` when anything of it can't be kept.

        One longer than ``max_chars`` is kept in parts that follow each other: by the same speaker, of the same time, with the
        ids ``ID/1``, ``ID/2`` …, and ``part`` ("2 of 5") among their attributes.
        """
        if at is not None and not is_in_utc(at):
            self.remark("Its moment lies before year 1 or after year 9999 in UTC; kept without a date.", text)
            at = None
        whole = Message(
            id=None if id is None else clean_text(id, max_chars=500),
            text="",
            speaker=clean_text(speaker, max_chars=200) if speaker and speaker.strip() else None,
            at=at,
            attributes={key: clean_text(value, max_chars=500) for key, value in (attributes or {}).items()},
        )
        if len(text) <= self.max_chars:
            self.messages.append(whole.model_copy(update={"text": clean_text(text, max_chars=self.max_chars)}))
            return
        pieces = [clean_text(piece, max_chars=self.max_chars) for piece in split_text(text, self.max_chars)]
        if not pieces:
            raise FormatError("The text is empty.")
        if len(pieces) > 1:
            self.remark(f"The message has {len(text):,} characters, and is kept in {len(pieces)} parts.", text)
        self.messages += [_part(whole, piece, number, len(pieces)) for number, piece in enumerate(pieces, start=1)]

    def refuse(self, problem: FormatError | str, content: str, *, line: int | None = None, count: int = 1) -> None:
        """Note an entry that is left out, why, and how it begins; ``count`` of them where they are told together."""
        self.rejected.append(Rejected(line=line, reason=str(problem), count=count, excerpt=excerpt(content)))

    def remark(self, problem: FormatError | str, content: str, *, line: int | None = None) -> None:
        """Note a detail that could not be read of an entry that is kept all the same: its date, for one."""
        self.remarks.append(Remark(line=line, reason=str(problem), excerpt=excerpt(content)))

    def conversation(self, *, source: str, title: str | None = None, at: datetime | None = None) -> Parsed:
        """Give what was gathered; raises ``FormatError`` when there was nothing at all."""
        if not self.messages and not self.rejected:
            raise FormatError(f"{source}: the conversation holds no messages.")
        return Parsed(
            kind="conversation",
            source=source,
            title=title,
            at=at,
            entries=tuple(self.messages),
            rejected=tuple(self.rejected),
            remarks=tuple(self.remarks),
        )


def _part(whole: Message, text: str, number: int, count: int) -> Message:
    if count == 1:
        return whole.model_copy(update={"text": text})
    attributes = whole.attributes | {"part": f"{number} of {count}"}
    id_ = None if whole.id is None else f"{whole.id}/{number}"
    return whole.model_copy(update={"text": text, "id": id_, "attributes": attributes})
