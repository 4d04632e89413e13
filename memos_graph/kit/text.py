"""Texts that a database can hold, and JSON."""

import re

_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


def unstorable(text: str) -> int | None:
    """Return where the first NUL byte or lone surrogate stands, which Neo4j can't store; ``None`` where there is none."""
    found = _UNSTORABLE.search(text)
    return None if found is None else found.start()


def readable(text: str) -> str:
    """Return ``text`` with U+FFFD where it has what can't be stored: for what helps to read something, and is not it."""
    return _UNSTORABLE.sub("\ufffd", text)
