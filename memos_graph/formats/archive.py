"""The zip files that exports come in: the conversations in them, read as one source."""

import json
import re
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import PurePosixPath

from memos_graph.errors import FormatError
from memos_graph.formats.clean import excerpt
from memos_graph.formats.exports.find import slack_channel
from memos_graph.formats.exports.slack import names_of
from memos_graph.formats.gather import Gathered
from memos_graph.formats.turns import TurnReader
from memos_graph.formats.types import Message, Parsed, Rejected, Remark

# Of all files read, unpacked: exports shrink to a fifth or a tenth, what swells far more was made to.
_MOST_BYTES, _MOST_RATIO, _LEAST_BOUND = 512 << 20, 30, 16 << 20
_MOST_FILES = 50_000
_READ = (".json", ".jsonl", ".txt")
_SLACK_DAY = re.compile(r"(?:.*/)?(?P<channel>[^/]+)/\d{4}-\d\d-\d\d\.json")
_SLACK = "slack"
_BUNDLE = ["manifest.json", "signature.json"]  # docs/mip.md
_DOCUMENT_MARKS = frozenset({"[Content_Types].xml", "mimetype", "META-INF/MANIFEST.MF"})

Read = Callable[[bytes, str], Parsed]


@dataclass
class _Contents:
    """What was read of an archive so far."""

    messages: list[Message] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)
    sources: set[str] = field(default_factory=set)
    _places: dict[str, int] = field(default_factory=dict)

    def take(self, parsed: Parsed, *, session: str) -> None:
        """Keep the messages of one file; those of no session of their own are one of this name."""
        for entry in parsed.entries:
            if isinstance(entry, Message):
                self.messages.append(entry.model_copy(update={"attributes": {"session": session, **entry.attributes}}))
        for refused in parsed.rejected:
            self.refuse(refused)
        self.remarks += parsed.remarks
        self.sources.add(parsed.source)

    def refuse(self, entry: Rejected) -> None:
        """Note what is left out, together with what was left out for the same reason: an archive may hold thousands of pictures."""
        place = self._places.get(entry.reason)
        if place is not None and entry.line is None:
            known = self.rejected[place]
            self.rejected[place] = known.model_copy(update={"count": known.count + entry.count})
            return
        if entry.line is None:
            self._places[entry.reason] = len(self.rejected)
        self.rejected.append(entry)


def is_archive(data: bytes | str) -> bool:
    """Whether ``data`` is a zip file."""
    return isinstance(data, bytes) and data.startswith(b"PK\x03\x04") and zipfile.is_zipfile(BytesIO(data))


def read_archive(data: bytes, *, source: str, max_chars: int, read: Read) -> Parsed:
    """Read the conversations of a zip file; ``read`` takes the bytes and the name of one file in it.

    The whole is named as its files are where they are one source; the day files of Slack are the sessions of their channels.
    Raises ``FormatError`` for an archive that can't be unpacked, is too large, or holds no conversation.
    """
    contents = _Contents()
    with _unpacking(source):
        archive = zipfile.ZipFile(BytesIO(data))
    if archive.namelist()[-2:] == _BUNDLE:
        raise FormatError(f"{source}: this is a bundle of memories, not a conversation.", hint="`memos load` loads it.")
    files = _files(archive, source)
    unpack = _Unpacker(archive, source, min(_MOST_BYTES, max(_LEAST_BOUND, _MOST_RATIO * len(data))))
    days = {file: found["channel"] for file in files if (found := _SLACK_DAY.fullmatch(file))}
    if days:
        contents.take(_slack(days, files, unpack, max_chars), session=_SLACK)
    for file in files:
        if file not in days:
            _read_file(contents, file, unpack, read)
    if not contents.messages:
        reasons = " ".join(dict.fromkeys(entry.reason for entry in contents.rejected[:3]))
        raise FormatError(f"{source}: this archive holds no conversation. {reasons}".rstrip())
    name = next(iter(contents.sources)) if len(contents.sources) == 1 else source
    return Parsed(
        kind="conversation",
        source=name,
        entries=tuple(contents.messages),
        rejected=tuple(contents.rejected),
        remarks=tuple(contents.remarks),
    )


@contextmanager
def _unpacking(source: str) -> Iterator[None]:
    """Word whatever the library makes of a damaged archive: its readers check little, and fail on what they happen to find."""
    try:
        yield
    except MemoryError:
        raise
    except Exception as error:
        raise FormatError(
            f"{source}: the archive can't be unpacked: {error}.", hint="Unpack it, and add its files."
        ) from error


def _files(archive: zipfile.ZipFile, source: str) -> list[str]:
    names = [name for name in archive.namelist() if name and not name.endswith("/")]
    if _DOCUMENT_MARKS & set(names):
        raise FormatError(f"{source}: this is a document of an office program, a book or a program; it is not read.")
    if len(names) > _MOST_FILES:
        raise FormatError(f"{source}: the archive holds {len(names):,} files, more than {_MOST_FILES:,}.")
    return sorted(name for name in names if not name.startswith("__MACOSX/"))


@dataclass
class _Unpacker:
    """Unpacks files of an archive, up to a bound for all of them together."""

    archive: zipfile.ZipFile
    source: str
    most: int
    _unpacked: int = 0

    def __call__(self, file: str) -> bytes:
        with _unpacking(self.source), self.archive.open(file) as opened:
            data = opened.read(self.most - self._unpacked + 1)
        self._unpacked += len(data)
        if self._unpacked > self.most:
            raise FormatError(
                f"{self.source}: unpacked, the archive is larger than {self.most >> 20:,} MiB.",
                hint="Unpack it, and add its files.",
            )
        return data


def _read_file(contents: _Contents, file: str, unpack: _Unpacker, read: Read) -> None:
    path = PurePosixPath(file)
    if path.suffix.lower() not in _READ:
        contents.refuse(
            Rejected(reason="It is a file of a kind that is not read in an archive.", excerpt=excerpt(path.name))
        )
        return
    data = unpack(file)
    try:
        parsed = read(data, path.name)
    except FormatError as problem:
        contents.refuse(Rejected(reason=problem.message, excerpt=excerpt(path.name)))
        return
    if parsed.kind == "conversation":
        contents.take(parsed, session=str(path.with_suffix("")))
    else:
        contents.refuse(
            Rejected(reason="It is a document, not a conversation; add it by itself.", excerpt=excerpt(path.name))
        )


def _slack(days: dict[str, str], files: list[str], unpack: _Unpacker, max_chars: int) -> Parsed:
    """Read the days of each channel as one conversation, with the names that ``users.json`` gives."""
    users = next((file for file in files if PurePosixPath(file).name == "users.json"), None)
    names = names_of(_json(unpack(users), users)) if users else {}
    reader = TurnReader(Gathered(max_chars))
    for channel in dict.fromkeys(days.values()):
        entries = [each for file in _of_channel(days, channel) for each in _json(unpack(file), file)]
        reader.read(slack_channel(entries, names, channel), session=channel)
    return reader.parsed(source=_SLACK)


def _of_channel(days: dict[str, str], channel: str) -> Iterator[str]:
    return (file for file, name in days.items() if name == channel)


def _json(data: bytes, file: str) -> list[object]:
    try:
        found = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise FormatError(f"{file}: not valid JSON: {error}.") from error
    return found if isinstance(found, list) else []
