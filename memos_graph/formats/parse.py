"""One way in for every format."""

import codecs
import logging
import os
from datetime import datetime
from pathlib import Path

from memos_graph.errors import FormatError
from memos_graph.formats.archive import is_archive, read_archive
from memos_graph.formats.dates import DateOrder, is_in_utc, sparing_dates
from memos_graph.formats.detect import READABLE, detect
from memos_graph.formats.limits import Limits, Stopped, unreadable
from memos_graph.formats.readers import SourceOptions
from memos_graph.formats.types import Parsed

_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_log = logging.getLogger(__name__)
_LIMITS = Limits()
_SIMPLE_BYTES = 64 << 10


def parse(
    data: bytes | str,
    *,
    name: str,
    media_type: str | None = None,
    at: datetime | None = None,
    date_order: DateOrder | None = None,
    max_chars: int = 100_000,
    limits: Limits = _LIMITS,
    stopped: Stopped | None = None,
) -> Parsed:
    """Read a source of any known format; entries that can't be kept are in ``rejected``, the others go in.

    * ``name`` what to call it, and by its suffix a sign of its format; ``media_type`` wins over the suffix.
    * ``at`` its date: messages without one of their own take it.
    * ``date_order`` what 05/08/25 means in a log; default: what the log itself shows. Where it shows nothing, the
      messages are kept without their dates, and ``remarks`` says so.
    * ``max_chars`` the longest text of one message, or of one block of a document.
    * ``limits`` what reading it may cost: but for short plain texts it is read in a process of its own, which is ended
      beyond them, or once ``stopped`` says that nobody waits for it any more.

    Raises ``FormatError`` when no reader fits, the whole can't be read, or it goes beyond the limits.
    """
    if at is not None and not is_in_utc(at):
        raise FormatError(f"{name}: the moment given, {at}, lies before year 1 or after year 9999 in UTC.")
    if _is_simple(data, name, media_type):
        try:
            parsed = read_source(
                data, name=name, media_type=media_type, at=at, date_order=date_order, max_chars=max_chars, limits=limits
            )
        except RecursionError as error:
            raise unreadable(name, "it is nested too deeply") from error
        except FormatError:
            raise
        except Exception as error:
            _log.exception("the reader failed on a file:")
            raise unreadable(name, type(error).__name__) from error
        return limits.check(parsed, len(data))
    # Its process is for what is read apart only, and most programs read nothing.
    from memos_graph.formats.apart import read_apart  # noqa: PLC0415

    return read_apart(
        data,
        name=name,
        media_type=media_type,
        at=at,
        date_order=date_order,
        max_chars=max_chars,
        limits=limits,
        stopped=stopped,
    )


def _is_simple(data: bytes | str, name: str, media_type: str | None) -> bool:
    """Whether it is short, and of a kind whose reader is known to take time and memory in proportion."""
    if len(data) > _SIMPLE_BYTES or (isinstance(data, bytes) and is_archive(data)):
        return False
    if isinstance(data, bytes) and data.startswith(_UTF16_MARKS):
        data = _from_utf16(data, name)
    return detect(data, name=name, media_type=media_type).simple


def read_source(
    data: bytes | str,
    *,
    name: str,
    media_type: str | None = None,
    at: datetime | None = None,
    date_order: DateOrder | None = None,
    max_chars: int = 100_000,
    limits: Limits = _LIMITS,
) -> Parsed:
    """Do what ``parse`` says, in this process."""
    with sparing_dates():
        return _read(data, name, media_type, at, date_order, max_chars, limits)


def _read(
    data: bytes | str,
    name: str,
    media_type: str | None,
    at: datetime | None,
    date_order: DateOrder | None,
    max_chars: int,
    limits: Limits,
) -> Parsed:
    if isinstance(data, bytes) and data.startswith(_UTF16_MARKS):
        data = _from_utf16(data, name)
    if isinstance(data, bytes) and is_archive(data):

        def read(held: bytes, file: str) -> Parsed:
            if is_archive(held):
                raise FormatError(f"{file}: an archive within an archive is not read.", hint="Unpack it.")
            return _read(held, file, None, at, date_order, max_chars, limits)

        return read_archive(data, source=name, max_chars=max_chars, read=read)
    reader = detect(data, name=name, media_type=media_type)
    how = SourceOptions(source=name, at=at, date_order=date_order, max_chars=max_chars, seconds=limits.seconds)
    if reader.binary:
        return reader.read(data, how)
    # Bytes that are not UTF-8 stay apart as surrogates, so that only the entry they stand in is refused.
    text = data if isinstance(data, str) else data.decode("utf-8", "surrogateescape")
    text = text.removeprefix("\ufeff")
    if not text.strip():
        raise FormatError(f"{name}: the source is empty.", hint=READABLE)
    return reader.read(text, how)


def _from_utf16(data: bytes, name: str) -> str:
    try:
        return data.decode("utf-16")
    except UnicodeDecodeError as error:
        raise FormatError(
            f"{name}: not UTF-16 at byte {error.start}, though it begins with its mark.", hint="Save it as UTF-8."
        ) from error


def parse_file(
    path: str | os.PathLike[str],
    *,
    media_type: str | None = None,
    at: datetime | None = None,
    date_order: DateOrder | None = None,
    max_chars: int = 100_000,
    limits: Limits = _LIMITS,
) -> Parsed:
    """Read the file at ``path`` under its own name; see ``parse``. Raises ``FormatError`` when it can't be opened."""
    file = Path(path)
    try:
        data = file.read_bytes()
    except OSError as error:
        raise FormatError(f"{file} can't be read: {error.strerror}.") from error
    return parse(
        data,
        name=file.name,
        media_type=media_type,
        at=at,
        date_order=date_order,
        max_chars=max_chars,
        limits=limits,
    )
