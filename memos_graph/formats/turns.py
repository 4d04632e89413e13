"""One conversation's message objects into messages: in order, each with its time, what holds no words counted by kind."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import pairwise
from typing import Any

from memos_graph.errors import FormatError
from memos_graph.formats.clean import clean_text
from memos_graph.formats.dates import parse_date
from memos_graph.formats.exports.assistants import answer
from memos_graph.formats.exports.content import THOUGHT, TOOL, calls_a_tool, text_of, unwrapped
from memos_graph.formats.exports.fields import TEXTS, id_of, role_of, session_of, speaker_of, times_of
from memos_graph.formats.exports.shapes import Conversation
from memos_graph.formats.gather import Gathered
from memos_graph.formats.types import CARRIED, OFFSET, Parsed

_OFFSET = re.compile(r"[+-](?:0\d|1[0-4]):[0-5]\d")
_MEDIA_FIELDS = """
    photo photos video videos gifs audio audio_files voice media media_type sticker sticker_emoji stickers image images
    file files attachments attachment share poll location_information contact_information embeds call_duration reactions
"""
_MEDIA = tuple(_MEDIA_FIELDS.split())


@dataclass(frozen=True)
class _Turn:
    """What one message object says."""

    text: str
    id: str | None
    speaker: str | None
    at: datetime | None
    attributes: dict[str, str]
    line: int | None
    other_date: bool = False
    """Whether it names a date that can't be read, which may be any but that of the turn before."""


@dataclass
class TurnReader:
    """Reads message objects into ``gathered``.

    * ``carry_times`` a turn without a time takes that of the turn before it, after which it was said; it is marked.
      Only for sources that are sent whole: what begins in the middle would give a turn another time each time.
    """

    gathered: Gathered
    carry_times: bool = False
    _left_out: dict[str, list[str]] = field(default_factory=dict)
    _sessions: dict[str, str | None] = field(default_factory=dict)
    _without_words: Counter[str] = field(default_factory=Counter)

    def read(
        self,
        conversation: Conversation,
        *,
        at: datetime | None = None,
        session: str | None = None,
        lines: Sequence[int] | None = None,
    ) -> None:
        """Keep the turns of a conversation, and note why others are not; ``at`` holds where nothing in it names a time."""
        attributes = {"session": session} if session is not None else {}
        title = storable(conversation.title)
        if title and session is not None:
            attributes["title"] = title
        at = self.moment(conversation.about or {}, at, what=f"The date of {title or session or 'the conversation'}")
        for reason, beginning in conversation.left_out:
            self._left_out.setdefault(reason, []).append(beginning)
        numbers: Sequence[int | None] = lines if lines is not None else [None] * len(conversation.messages)
        turns = [self._turn(*each, attributes) for each in zip(conversation.messages, numbers, strict=True)]
        known = [turn for turn in turns if turn is not None]
        if _newest_first(known):
            known.reverse()
        for turn in self._dated(known, at, carry=self.carry_times and not conversation.apart):
            self._take(turn)

    def take(self, message: Any, *, attributes: Mapping[str, str] | None = None) -> None:
        """Keep one message object, or note why it can't be kept; ``attributes`` hold where it says nothing."""
        turn = self._turn(message, None, dict(attributes or {}))
        if turn is not None:
            self._take(turn)

    def moment(self, fields: Mapping[str, Any], otherwise: datetime | None, *, what: str) -> datetime | None:
        """Return the first time among ``fields`` that can be read; one that can't costs no more than itself, and is noted."""
        problems = []
        for name, value in times_of(fields):
            try:
                return parse_date(value)
            except FormatError as problem:
                problems.append((f"{what} ({name}) can't be read: {problem}", str(value)))
        for reason, value in problems:
            self.gathered.remark(reason, value)
        return otherwise

    def parsed(self, *, source: str, title: str | None = None, at: datetime | None = None) -> Parsed:
        """Give what was read. Raises ``FormatError`` when there was nothing at all."""
        for reason, beginnings in self._left_out.items():
            self.gathered.refuse(reason, next(filter(None, beginnings), ""), count=len(beginnings))
        for kind, count in self._without_words.items():
            parts = "1 part of a message is" if count == 1 else f"{count:,} parts of messages are"
            self.gathered.remark(f"{parts} left out, the rest of it is kept: {kind}.", kind)
        return self.gathered.conversation(source=source, title=storable(title), at=at)

    def _turn(self, message: Any, line: int | None, attributes: Mapping[str, str]) -> _Turn | None:
        without_words: Counter[str] = Counter()
        try:
            message = unwrapped(_checked(message))
            role, text = role_of(message), text_of(message, without_words)
            said = answer(text or "") if role == "assistant" else text or ""
            if not said.strip() and (why := _why_silent(message, without_words)):
                self._leave_out(why, message)
                return None
            turn = _Turn(_worded(said, text), id_of(message), speaker_of(message), None, dict(attributes), line)
        except FormatError as problem:
            self.gathered.refuse(problem, _head(message), line=line)
            return None
        self._without_words += without_words
        if role:
            turn.attributes["role"] = role
        if isinstance(offset := message.get(OFFSET), str) and _OFFSET.fullmatch(offset):
            turn.attributes[OFFSET] = offset
        if (session := session_of(message)) is not None:
            turn.attributes.setdefault("session", session)
        at = self.moment(message, None, what=f"The date of {said[:40]!r}")
        return replace(turn, at=at, other_date=at is None and next(times_of(message), None) is not None)

    def _leave_out(self, why: str, message: Mapping[str, Any]) -> None:
        self._left_out.setdefault(f"The text is empty; of the message there is only this: {why}.", []).append(
            _head(message)
        )

    @staticmethod
    def _dated(turns: Sequence[_Turn], at: datetime | None, *, carry: bool) -> list[_Turn]:
        """Give a time to those that have none: the conversation's until one has its own, then that of the turn before."""
        found, latest = [], {}
        for turn in turns:
            session = turn.attributes.get("session")
            if turn.at is not None:
                latest[session] = turn.at
                found.append(turn)
            elif carry and session in latest and not turn.other_date:
                found.append(replace(turn, at=latest[session], attributes={**turn.attributes, CARRIED: "turn before"}))
            else:
                found.append(replace(turn, at=at))
        return found

    def _take(self, turn: _Turn) -> None:
        session = turn.attributes.get("session")
        id_ = turn.id
        if id_ is not None and self._sessions.setdefault(id_, session) != session:
            id_ = f"{session}/{id_}"  # counted anew in each conversation
        try:
            self.gathered.take(turn.text, id=id_, speaker=turn.speaker, at=turn.at, attributes=turn.attributes)
        except FormatError as problem:
            self.gathered.refuse(problem, turn.text, line=turn.line)


def storable(title: object) -> str | None:
    """Return a title as it can be kept; one that can't costs no message."""
    try:
        return clean_text(title[:200]) if isinstance(title, str) else None
    except FormatError:
        return None  # a title is a help, and what it stands over is kept


def _newest_first(turns: Sequence[_Turn]) -> bool:
    times = [turn.at for turn in turns]
    known = [time for time in times if time is not None]
    if len(known) < len(times) or len(known) < 2:  # noqa: PLR2004 - two have an order
        return False
    return known[0] > known[-1] and all(one >= two for one, two in pairwise(known))


def _why_silent(message: Mapping[str, Any], without_words: Counter[str]) -> str | None:
    """Return what a message without words holds instead, ``None`` where it is simply empty."""
    kinds = [*without_words, *(key for key in _MEDIA if message.get(key))]
    if calls_a_tool(message):
        kinds.append(TOOL)
    return ", ".join(dict.fromkeys(kinds)) or (THOUGHT if message.get("reasoning_content") else None)


def _worded(said: str, text: str | None) -> str:
    if text is None:
        raise FormatError("The message has no text.", hint='It belongs in "content".')
    return said


def _checked(message: Any) -> Mapping[str, Any]:
    if not isinstance(message, Mapping):
        raise FormatError(f"A message is an object, not {_kind(message)}.")
    return message


def _kind(value: object) -> str:
    return "null" if value is None else type(value).__name__


def _head(message: Any) -> str:
    found = (
        next((message[key] for key in TEXTS if message.get(key)), message) if isinstance(message, Mapping) else message
    )
    return found[:400] if isinstance(found, str) else str(found)[:400]
