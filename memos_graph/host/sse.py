"""Server-sent events as servers of language models really send them."""

import codecs
import json
import re
import time
from collections.abc import Iterable, Iterator
from typing import NamedTuple

_BREAK = re.compile("\r\n|\n|\r")  # no other: a line separator of Unicode may stand inside JSON
_FIELDS = {"data", "event", "id", "retry"}
_MOST_STRAY_CHARS = 1_000_000
DONE = "[DONE]"


class ServerEvent(NamedTuple):
    """One event; ``name`` is empty where it has none."""

    name: str
    data: str


class EventStream:
    """The events of a reply that comes in ``pieces``; ``stray`` is the text of lines that belong to none.

    Taken as they come, though the standard wants it otherwise: events without an empty line between them, a last one without
    one after it, no blank behind the colon, any line break. Raises ``TimeoutError`` when nothing but comments has come for
    ``silence`` seconds.
    """

    def __init__(self, pieces: Iterable[bytes], *, silence: float) -> None:
        self._pieces = pieces
        self._silence = silence
        self._name = ""
        self._data: list[str] = []
        self.stray = ""

    def __iter__(self) -> Iterator[ServerEvent]:
        for line in self._lines():
            if (event := self._take(line)) is not None:
                yield event
        if (event := self._take("")) is not None:
            yield event

    def _lines(self) -> Iterator[str]:
        decode = codecs.getincrementaldecoder("utf-8-sig")("replace").decode
        text, heard = "", time.monotonic()
        for piece in self._pieces:
            text += decode(piece)
            whole = text.removesuffix("\r")  # which may be the first half of a break
            *lines, _ = _BREAK.split(whole)
            if any(not line.startswith(":") for line in lines if line):
                heard = time.monotonic()
            elif time.monotonic() - heard > self._silence:
                raise TimeoutError
            yield from lines
            consumed = [match.end() for match in _BREAK.finditer(whole)]
            text = text[consumed[-1] :] if consumed else text
        text += decode(b"", True)
        yield from _BREAK.split(text)

    def _take(self, line: str) -> ServerEvent | None:
        if not line:
            return self._event("\n".join(self._data)) if self._data else None
        name, colon, value = line.partition(":")
        value = value.removeprefix(" ")
        if colon and not name:
            return None  # a comment, such as keeps a connection open
        if name not in _FIELDS:
            self.stray = (self.stray + line + "\n")[:_MOST_STRAY_CHARS]
        elif name == "event":
            self._name = value.strip()
        elif name == "data" and not self._data and _whole(value):
            return self._event(value)
        elif name == "data":
            self._data.append(value)
        return None

    def _event(self, data: str) -> ServerEvent:
        event = ServerEvent(self._name, data)
        self._name, self._data = "", []
        return event


def _whole(data: str) -> bool:
    if data.strip() == DONE:
        return True
    try:
        return isinstance(json.loads(data), dict)
    except ValueError:
        return False
