"""Subtitles and transcripts of meetings: WebVTT and SubRip, as turns of who spoke. Cues are read by webvtt-py."""

import html
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import webvtt
from webvtt.errors import MalformedFileError

from memos_graph.errors import FormatError
from memos_graph.formats.gather import Gathered
from memos_graph.formats.types import Parsed

_SRT_HEAD = re.compile(r"\s*(?:\d+[ \t]*\r?\n)?\d{1,3}:\d{2}:\d{2}[,.]\d{1,3}[ \t]*-->")
_TIMES = re.compile(r"\s*(?:\d+:)?\d{1,2}:\d{2}[.,]\d{3}\s+-->\s+(?:\d+:)?\d{1,2}:\d{2}[.,]\d{3}(?:\s.*)?")
_VOICE = re.compile(r"<v(?:\.[^\s>]*)?[ \t]+([^>]*)>")
_TAG = re.compile(
    r"</?(?:v|c|i|b|u|s|em|strong|font|lang|ruby|rt|span)\b[^>]*>|</?c\.[^>]*>|<[\d:.]+>|\{\\[^}]*\}", re.IGNORECASE
)
_WORD_TIMES = re.compile(r"<\d+:[\d:.]+>")
_NAMED = re.compile(r"(?:>>\s*|-\s+)?(?P<name>[+~@]?\s?[^\W_][^:<>\n?!]{0,59}?)\s?:[ \t]+(?P<text>\S.*)", re.DOTALL)
_MOST_NAME_WORDS = 6
_RECORDED = re.compile(r"GMT(\d{8}-\d{6})_")
_LONG_TURN = (
    600  # characters after which a turn ends with its sentence, so that it is found and its time tells something
)
_SENTENCE_END = re.compile(r"[.!?\u2026\u3002\uff01\uff1f][\"'\u201d\u2019)\]]*$")
_PAUSE = 5.0  # seconds of silence that end a turn nobody is named for


@dataclass
class _Turn:
    speaker: str | None
    start: str
    seconds: float
    end: float
    lines: list[str]

    @property
    def text(self) -> str:
        return "".join(("\n" if line.startswith("- ") else " ") + line for line in self.lines).strip()


def looks_like_subtitles(text: str) -> bool:
    """Whether ``text`` begins as WebVTT or SubRip do."""
    return bool(re.match(r"WEBVTT(?:[ \t\r\n]|$)", text)) or bool(_SRT_HEAD.match(text))


def read_subtitles(text: str, *, source: str, at: datetime | None, max_chars: int) -> Parsed:
    """Read cues as turns: those of one speaker that follow each other are one, and tags and cue ids are left out.

    A turn's id is where it begins in the recording. It has a date only where the recording's start is known: by ``at``, or
    by the file's name as Zoom gives it. Raises ``FormatError`` when the file is malformed.
    """
    start = at or _start_of(source)
    gathered = Gathered(max_chars)
    cues = _cues(text, source)
    _refuse_unread(gathered, text, {line.strip() for cue in cues for line in cue.raw_text.split("\n")})
    pieces = list(_unrolled(_spoken(cues), rolls=bool(_WORD_TIMES.search(text))))
    names = _names(pieces)
    ids: Counter[str] = Counter()
    for turn in _turns(pieces, names):
        ids[turn.start] += 1
        try:
            gathered.take(
                turn.text,
                id=turn.start if ids[turn.start] == 1 else f"{turn.start}/{ids[turn.start]}",
                speaker=turn.speaker,
                at=_after(start, turn.seconds) if start else None,
                attributes={"offset": turn.start},
            )
        except FormatError as problem:
            gathered.refuse(problem, turn.text)
    return gathered.conversation(source=source, title=_title(text), at=start)


def _start_of(source: str) -> datetime | None:
    if found := _RECORDED.search(source):
        try:
            return datetime.strptime(found[1], "%Y%m%d-%H%M%S").replace(tzinfo=UTC)
        except ValueError:
            return None
    return None


def _after(start: datetime, seconds: float) -> datetime | None:
    try:
        return start + timedelta(seconds=seconds)
    except OverflowError:  # a time of day that no recording reaches
        return None


def _title(text: str) -> str | None:
    head = text.partition("\n")[0]
    return head.removeprefix("WEBVTT").strip(" \t\r-") or None if head.startswith("WEBVTT") else None


def _cues(text: str, source: str) -> Sequence[webvtt.Caption]:
    text = text.replace("\r\n", "\n").lstrip()
    if text.startswith("WEBVTT"):
        form = "vtt"
    elif text[:1].isdigit() and "-->" not in text.partition("\n")[0]:
        form = "srt"
    else:  # cues without a head or numbers: what WebVTT needs of it is put before them
        text, form = "WEBVTT\n\n" + re.sub(r"(?m)(?<=\d),(?=\d{3}\b.*-->|\d{3}\s*$)", ".", text), "vtt"
    try:
        return list(webvtt.from_buffer(io.StringIO(text), format=form).captions)
    except MalformedFileError as error:
        raise FormatError(
            f"{source}: the subtitles can't be read: {error}.", hint="Save them as .vtt again."
        ) from error


def _refuse_unread(gathered: Gathered, text: str, kept: set[str]) -> None:
    """Report what stands in the file and is not a cue: a time that is malformed, or words under none."""
    lines = text.split("\n")
    place = 0
    while place < len(lines):
        end = next((n for n in range(place, len(lines)) if not lines[n].strip()), len(lines))
        block = [line.strip(" \t\r\ufeff") for line in lines[place:end]]
        times = [n for n, line in enumerate(block) if "-->" in line]
        commented = bool(block) and re.match(r"(?:WEBVTT|NOTE|STYLE|REGION)\b", block[0]) is not None
        read = bool(times) and _TIMES.fullmatch(block[times[0]]) is not None
        if block and not commented and not read and not kept.issuperset(block):
            gathered.refuse("No time that can be read stands above these words.", " ".join(block), line=place + 1)
        place = end + 1


def _spoken(cues: Sequence[webvtt.Caption]) -> Iterator[_Turn]:
    for cue in cues:
        raw = cue.raw_text
        marks = list(_VOICE.finditer(raw))
        places = [0, *(mark.start() for mark in marks), len(raw)]
        names = [None, *(html.unescape(mark[1]).strip() or None for mark in marks)]
        for name, begin, end in zip(names, places, places[1:], strict=False):
            lines = [" ".join(html.unescape(_TAG.sub("", line)).split()) for line in raw[begin:end].split("\n")]
            if any(lines):
                seconds = float(cue.start_in_seconds)
                for spoken in _by_names([line for line in lines if line], named=name is not None):
                    yield _Turn(name, cue.start, seconds, float(cue.end_in_seconds), spoken)


def _by_names(lines: Sequence[str], *, named: bool) -> Iterator[list[str]]:
    """Part the lines of a cue where another name may begin one."""
    start = 0
    for place in range(1, len(lines)):
        if not named and _prefix(lines[place])[0]:
            yield list(lines[start:place])
            start = place
    yield list(lines[start:])


def _unrolled(pieces: Iterator[_Turn], *, rolls: bool) -> Iterator[_Turn]:
    """Where captions roll, each cue shows the line before once more: take it once."""
    shown: list[str] = []
    for piece in pieces:
        lines, before = piece.lines, shown
        shown = piece.lines
        if rolls:
            same = next((n for n in range(len(lines), 0, -1) if before[-n:] == lines[:n]), 0)
            piece.lines = lines[same:]
        if piece.lines:
            yield piece


def _names(pieces: Sequence[_Turn]) -> set[str]:
    """Who is named before a colon: a name that comes back, or that nearly all cues begin with one."""
    found = [name for piece in pieces if piece.speaker is None and (name := _prefix(piece.text)[0])]
    unnamed = sum(piece.speaker is None for piece in pieces)
    counts = Counter(found)
    return {name for name, count in counts.items() if count > 1 or 2 * len(found) > unnamed}


def _prefix(text: str) -> tuple[str | None, str]:
    found = _NAMED.fullmatch(text)
    if found is None or len(found["name"].split()) > _MOST_NAME_WORDS:
        return None, text
    return found["name"].strip(), found["text"]


def _turns(pieces: Sequence[_Turn], names: set[str]) -> Iterator[_Turn]:
    waiting: _Turn | None = None
    voiced = any(piece.speaker for piece in pieces)
    for piece in pieces:
        name, text = _prefix(piece.text) if piece.speaker is None else (piece.speaker, piece.text)
        if piece.speaker is None and name not in names:
            name, text = None, piece.text
        # A cue that names nobody goes on with whoever spoke just before, unless names are marked on the cues themselves.
        goes_on = waiting is not None and not voiced and piece.seconds - waiting.end <= _PAUSE
        changes = name is not None or piece.text.startswith(">>")
        speaker = waiting.speaker if waiting and goes_on and not changes else name
        text = text.removeprefix(">>").strip()
        if waiting and waiting.speaker == speaker and not (changes and name is None) and _goes_on(waiting, piece):
            waiting.lines.append(text)
            waiting.end = piece.end
            continue
        if waiting:
            yield waiting
        waiting = _Turn(speaker, piece.start, piece.seconds, piece.end, [text])
    if waiting:
        yield waiting


def _goes_on(turn: _Turn, piece: _Turn) -> bool:
    if turn.speaker is None and piece.seconds - turn.end > _PAUSE:
        return False
    return len(turn.text) < _LONG_TURN or not _SENTENCE_END.search(turn.text)
