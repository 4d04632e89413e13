"""Text as it is kept: NFC, trimmed, nothing a database or a tokenizer chokes on."""

import re
import unicodedata

from memos_graph.errors import FormatError
from memos_graph.formats.types import EXCERPT_CHARS
from memos_graph.kit.text import unstorable

_RAW_BYTE = re.compile("[\udc80-\udcff]")
_BLANK = re.compile(r"\s+")


def clean_text(text: str, *, max_chars: int = 100_000) -> str:
    """Trim and normalise to NFC; raises ``FormatError`` for text that can't be kept, saying why.

    Refused: more than ``max_chars`` characters (told before any other work is done), NUL bytes, lone surrogates,
    nothing but white space.
    """
    if len(text) > max_chars:
        raise FormatError(
            f"The text has {len(text):,} characters, more than the {max_chars:,} allowed.",
            hint="Split it, or raise MEMOS_MAX_TEXT_CHARS.",
        )
    if (place := unstorable(text)) is not None:
        if text[place] == "\0":
            raise FormatError(f"The text has a NUL byte at character {place}.", hint="Remove it.")
        raise FormatError(_broken_character(text, place), hint="Save the source as UTF-8 again.")
    kept = unicodedata.normalize("NFC", text).replace("\r\n", "\n").strip()
    if not kept:
        raise FormatError("The text is empty.")
    return kept


def _broken_character(text: str, place: int) -> str:
    if _RAW_BYTE.match(text, place):
        return f"The text is not UTF-8: byte {ord(text[place]) - 0xDC00:#04x} at character {place}."
    return f"The text has a lone surrogate (U+{ord(text[place]):04X}) at character {place}."


def excerpt(text: str) -> str:
    """How ``text`` begins: one printable line of at most 80 characters."""
    head = text[: 4 * EXCERPT_CHARS].replace("\0", "\\0").encode("utf-8", "backslashreplace").decode("utf-8")
    line = _BLANK.sub(" ", head).strip()
    return line if len(line) <= EXCERPT_CHARS else line[: EXCERPT_CHARS - 1] + "…"
