"""Keeps what a model thinks aloud apart from what it answers, where it marks its thoughts by tags: ``<think>…</think>``."""

import re

_NAMES = ("think", "thinking", "thought", "reasoning")
_OPEN = re.compile(rf"<({'|'.join(_NAMES)})>", re.IGNORECASE)
_OPENED = re.compile(_OPEN.pattern + r"\s*\Z", re.IGNORECASE)  # further from the end it may be somebody's question
_CLOSE = re.compile(rf"</(?:{'|'.join(_NAMES)})>", re.IGNORECASE)
_LONGEST_TAG = max(len(f"</{name}>") for name in _NAMES)


class Thinking:
    """Parts an answer that comes in pieces: ``push`` returns what is answer, ``thoughts`` and ``answer`` are all of each.

    Thoughts stand where an answer begins. ``prompt`` is the end of what the model goes on with: some templates open the tag
    there. Where that is not known, a closing tag alone says that all before it was thought; it was told as it came, and is no
    part of ``answer``.
    """

    def __init__(self, prompt: str = "") -> None:
        self.thoughts = ""
        self.answer = ""
        self._held = ""
        self._new = ""
        self._inside = _OPENED.search(prompt) is not None

    def push(self, text: str) -> str:
        """Take the next piece; returns what of it is certain to be answer."""
        self._held += text
        self._new = ""
        while self._step():
            pass
        return self._new

    def flush(self) -> str:
        """Return what was held back, once the model has ended; a thought that was not closed stays one."""
        rest, self._held = self._held, ""
        if self._inside:
            self.thoughts += rest
            return ""
        return self._told(rest)

    def _step(self) -> bool:
        """Decide about what is held; returns whether there is more to decide."""
        if self._inside:
            return self._think()
        if not self.answer and (opened := _OPEN.match(self._held.lstrip())):
            self._inside = True
            self._held = self._held.lstrip()[opened.end() :]
            return True
        if (closed := _CLOSE.search(self._held)) and not self.thoughts:
            before = self.answer + self._held[: closed.start()]
            if not _OPEN.search(before):  # else the answer speaks of such tags
                self.thoughts, self.answer = before, ""
                self._held = self._held[closed.end() :]
                return True
        kept = _undecided(self._held, whole=not self.answer)
        told, self._held = self._held[: len(self._held) - kept], self._held[len(self._held) - kept :]
        self._told(told)
        return False

    def _think(self) -> bool:
        closed = _CLOSE.search(self._held)
        if closed is None:
            kept = _undecided(self._held, whole=False)
            self.thoughts += self._held[: len(self._held) - kept]
            self._held = self._held[len(self._held) - kept :]
            return False
        self.thoughts += self._held[: closed.start()]
        self._held = self._held[closed.end() :]
        self._inside = False
        return True

    def _told(self, text: str) -> str:
        told = text if self.answer else text.lstrip()
        self.answer += told
        self._new += told
        return told


def _undecided(text: str, *, whole: bool) -> int:
    """Return how many characters at the end may still become a tag; ``whole``: at a beginning, blanks may stand before one."""
    if whole and not text.strip():
        return len(text)
    begun = text[-_LONGEST_TAG:].rfind("<")
    if begun < 0:
        return 0
    tail = text[-_LONGEST_TAG:][begun:].lower()
    tags = [tag for name in _NAMES for tag in (f"<{name}>", f"</{name}>")]
    return len(tail) if any(tag.startswith(tail) for tag in tags) else 0
