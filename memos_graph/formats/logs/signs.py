"""How a line begins, with every kind of blank, digit and dash made one, and marks that nobody sees left out."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

_HEAD_CHARS = 160
_HIDDEN = (0x061C, 0x200B, 0x200E, 0x200F, 0x2060, 0xFEFF, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
_BLANKS = (0xA0, 0x1680, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000)
_ZEROS = "\u0660\u06f0\u0966\u09e6\u0a66\u0ae6\u0b66\u0be6\u0c66\u0ce6\u0d66\u0e50\u0ed0\u0f20\u1040\u17e0\uff10"
_ALIKE = {
    **{chr(code): "" for code in _HIDDEN},
    **{chr(code): " " for code in _BLANKS},
    **{chr(ord(zero) + value): str(value) for zero in _ZEROS for value in range(10)},
    "\u060c": ",",
    "\uff0c": ",",
    "\u3001": ",",
    "\uff1a": ":",
    "\uff0f": "/",
    "\uff0e": ".",
    "\u2010": "-",
    "\u2011": "-",
    "\uff3b": "[",
    "\uff3d": "]",
}
_CODES = re.compile("\x03(?:\\d{1,2}(?:,\\d{1,2})?)?|\x04[0-9A-Fa-f]{6}|[\x02\x0f\x11\x16\x1d\x1e\x1f]")
_NAMES = str.maketrans({chr(code): "" for code in _HIDDEN} | {chr(code): " " for code in _BLANKS} | {"\t": " "})
MARK = "\u200e"
"""Left-to-right mark: WhatsApp for iOS begins what it wrote itself with one."""


@dataclass(frozen=True, slots=True)
class Head:
    """How a line begins. ``places[n]`` is where character ``n`` of ``text`` stands in the line, up to its end."""

    text: str
    places: Sequence[int]


def head_of(line: str) -> Head:
    """Fold the first 160 characters of a line, so that one pattern reads the stamps of all locales."""
    start = line[:_HEAD_CHARS]
    if start.isascii():
        return Head(start, range(len(start) + 1))
    signs: list[str] = []
    places: list[int] = []
    for place, sign in enumerate(start):
        if alike := _ALIKE.get(sign, sign):
            signs.append(alike)
            places.append(place)
    places.append(len(start))
    return Head("".join(signs), places)


def plain_name(name: str) -> str:
    """Return a sender's name as people see it: without marks, with single blanks."""
    return " ".join(unicodedata.normalize("NFC", name).translate(_NAMES).split())


def without_codes(line: str) -> str:
    """Take out the codes by which IRC clients colour and embolden."""
    return _CODES.sub("", line) if any(sign < " " for sign in line) else line
