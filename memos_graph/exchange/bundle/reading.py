"""Reads a bundle, once all of it is known to be as it was signed: before that nothing of it is given out.

Parts are stored, not packed, so none can swell; each is read by itself, within the sizes of ``layout``.
"""

import base64
import binascii
import io
import json
import os
import stat
import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, Self, TypeVar

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pydantic import BaseModel, ValidationError

from memos_graph.errors import FormatError, InputError
from memos_graph.exchange.bundle import layout
from memos_graph.exchange.bundle.encryption import decrypted
from memos_graph.exchange.bundle.layout import BundlePart, Manifest, Signature
from memos_graph.kit.crypto.keyring import fingerprint
from memos_graph.kit.digests import canonical, sha256

M = TypeVar("M", bound=BaseModel)
_AGAIN = "Have it sent again, or dumped again."
_UTF8, _DESCRIBED = 0x800, 0x8
_HEADER, _DESCRIPTOR, _END, _LOCATOR, _END_64 = 30, 16, 22, 20, 56
_MOST_LISTED = 100  # bytes of one part in the directory
_CAPABILITIES: frozenset[str] = frozenset(layout.KINDS)


class BundleReader:
    """One bundle whose every part was checked against its manifest, and that against its signature."""

    def __init__(
        self, file: Path | bytes, *, name: str = "", key: Ed25519PublicKey | None = None, identity: str | None = None
    ) -> None:
        """Open and check a bundle.

        * ``name`` what errors call it; default: the file's. ``key`` the one it must be signed with; default: whichever it names.
        * ``identity`` secret keys of a recipient, where it is encrypted.
        * Raises ``FormatError`` for what is no whole, untouched bundle, ``InputError`` for one of another signer or a later version.
        """
        self.name = name or (file.name if isinstance(file, Path) else "the bundle")
        self._file: IO[bytes] = file.open("rb") if isinstance(file, Path) else io.BytesIO(file)
        try:
            self._file = decrypted(self._file, identity, self.name)
            self._entries = self._opened()
            written = self._content(layout.MANIFEST, layout.MOST_MANIFEST)
            self._signer = self._signed(written, key)
            self.manifest = self._as(Manifest, layout.MANIFEST, written)
            self._check_version()
            self._check_parts()
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> Self:
        """Return the bundle."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close its file."""
        self._file.close()

    @property
    def signer(self) -> str:
        """Return what tells the key it is signed with from others."""
        return fingerprint(self._signer)

    def lines(self, kind: str) -> Iterator[dict[str, Any]]:
        """Yield the records of a kind, a part at a time; raises ``FormatError`` for one that is changed meanwhile."""
        for part in self.manifest.parts:
            if part.kind == kind:
                yield from self._records(part, self._part(part))

    def count(self, kind: str) -> int:
        """Return how many records of a kind there are."""
        return sum(part.lines for part in self.manifest.parts if part.kind == kind)

    def _opened(self) -> dict[str, zipfile.ZipInfo]:
        try:
            self._check_directory()
            self._zip = zipfile.ZipFile(self._file)
            entries = self._zip.infolist()
        except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError, struct.error) as error:
            raise self._broken("it is not a ZIP archive, or its end is missing") from error
        if len(entries) > layout.MOST_PARTS + 2 or self._zip.comment:
            raise self._broken("its archive has more than a bundle has")
        at = 0
        for entry in entries:
            self._check_entry(entry, at)
            described = _DESCRIPTOR if entry.flag_bits & _DESCRIBED else 0
            at += _HEADER + len(entry.filename) + entry.file_size + described
        if self._zip.start_dir != at:
            raise self._broken("something lies between its parts and its directory")
        names = [entry.filename for entry in entries]
        if len(set(names)) != len(names):
            raise self._broken("two of its parts have the same name")
        if names[-2:] != [layout.MANIFEST, layout.SIGNATURE]:
            raise self._broken("it does not end with manifest.json and signature.json")
        return dict(zip(names, entries, strict=True))

    def _check_entry(self, entry: zipfile.ZipInfo, at: int) -> None:
        """Refuse what no writer makes: packed, encrypted or linked parts, other names, parts that overlap."""
        name = entry.filename
        if name not in {layout.MANIFEST, layout.SIGNATURE} and layout.place_of(name) is None:
            raise self._broken(f"{name[:60]!r} is not a part of a bundle")
        if entry.orig_filename != name or entry.flag_bits & ~(_DESCRIBED | _UTF8) or entry.comment:
            raise self._broken(f"{name} is encrypted, or said in two ways")
        if entry.compress_type != zipfile.ZIP_STORED or entry.file_size != entry.compress_size:
            raise self._broken(f"{name} is packed; parts are stored as they are")
        if stat.S_IFMT(entry.external_attr >> 16) not in {0, stat.S_IFREG}:
            raise self._broken(f"{name} is not a plain file")
        if entry.header_offset != at:
            raise self._broken("its parts overlap, or something lies between them")

    def _check_directory(self) -> None:
        """Refuse a list of parts that would not fit into memory, before it is read. Raises ``ValueError`` or ``struct.error``."""
        end = self._file.seek(0, os.SEEK_END)
        self._file.seek(max(0, end - _END_64 - _LOCATOR - _END))
        tail = self._file.read()
        count, size = struct.unpack("<HL", tail[-_END:][10:16])
        if tail[-_END:][:4] != b"PK\5\6" or count > layout.MOST_PARTS + 2:
            raise ValueError("no end of a directory")
        if tail[-_END - _LOCATOR :][:4] == b"PK\6\7":
            count, size = struct.unpack("<QQ", tail[:_END_64][32:48])
        if count > layout.MOST_PARTS + 2 or size > (layout.MOST_PARTS + 2) * _MOST_LISTED:
            raise ValueError("too long a directory")

    def _content(self, name: str, most: int) -> bytes:
        entry = self._entries[name]
        if entry.file_size > most:
            raise self._broken(f"{name} has {entry.file_size:,} bytes; at most {most:,} are read")
        try:
            return self._zip.read(entry)
        except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, RuntimeError, ValueError) as error:
            raise self._broken(f"{name} can't be read whole") from error

    def _signed(self, written: bytes, wanted: Ed25519PublicKey | None) -> Ed25519PublicKey:
        found = self._as(Signature, layout.SIGNATURE, self._content(layout.SIGNATURE, layout.MOST_SIGNATURE))
        try:
            key = Ed25519PublicKey.from_public_bytes(base64.b64decode(found.key, validate=True))
            key.verify(base64.b64decode(found.signature, validate=True), written)
        except (InvalidSignature, binascii.Error, ValueError) as error:
            raise self._broken("its manifest is not as it was signed") from error
        if wanted is not None and wanted != key:
            raise InputError(
                f"{self.name} is signed with the key {fingerprint(key)}, not with {fingerprint(wanted)}.",
                hint="Ask its sender for the right bundle, or for the key it was signed with.",
            )
        return key

    def _check_version(self) -> None:
        major = int(self.manifest.version.partition(".")[0])
        lacking = sorted({*self.manifest.requires} - _CAPABILITIES)
        if major != layout.MAJOR or lacking:
            needs = f"version {self.manifest.version}" if major != layout.MAJOR else ", ".join(lacking)[:100]
            raise InputError(
                f"{self.name} needs {needs} of the format; this release reads version {layout.MAJOR} with {', '.join(layout.KINDS)}.",
                hint="Install a later release, or have it dumped by an earlier one.",
            )

    def _check_parts(self) -> None:
        listed = [part.name for part in self.manifest.parts]
        if listed != [*self._entries][:-2]:
            raise self._broken("its parts are not those its manifest lists, in that order")
        expected: dict[str, int] = {}
        for part in self.manifest.parts:
            kind, number = layout.place_of(part.name) or ("", -1)
            if number != expected.get(kind, 0):
                raise self._broken(f"{part.name} is out of its order")
            expected[kind] = number + 1
            for record in self._records(part, self._part(part)):
                del record
        if self.manifest.content != layout.content_address([part.model_dump() for part in self.manifest.parts]):
            raise self._broken("the address of its content is not that of its parts")

    def _part(self, part: BundlePart) -> bytes:
        data = self._content(part.name, part.bytes)
        if len(data) != part.bytes or sha256(data) != part.sha256:
            raise self._broken(f"{part.name} is not as it was signed")
        return data

    def _records(self, part: BundlePart, data: bytes) -> Iterator[dict[str, Any]]:
        lines = data.split(b"\n")
        if lines.pop() or len(lines) != part.lines:
            raise self._broken(f"{part.name} does not have the {part.lines} lines its manifest says")
        for number, line in enumerate(lines, start=1):
            record = self._json(f"{part.name}, line {number}", line)
            yield record

    def _json(self, place: str, data: bytes) -> dict[str, Any]:
        try:
            value = json.loads(data, parse_float=_no_fraction, parse_constant=_no_fraction)
            same = isinstance(value, dict) and canonical(value) == data
        except (ValueError, RecursionError) as error:
            raise self._broken(f"{place} is not JSON") from error
        if not same:
            raise self._broken(f"{place} is not in canonical form")
        return dict(value)

    def _as(self, model: type[M], name: str, data: bytes) -> M:
        try:
            return model.model_validate(self._json(name, data))
        except ValidationError as error:
            raise self._broken(f"{name}: {told(error)}") from error

    def _broken(self, how: str) -> FormatError:
        return FormatError(f"{self.name} can't be used as a bundle: {how}. Nothing was written.", hint=_AGAIN)


def _no_fraction(number: str) -> None:
    raise ValueError(f"{number} is not a whole number")


def told(error: ValidationError) -> str:
    """Return the first thing that is wrong with a record, and where."""
    first = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(str(each) for each in first["loc"])[:60]
    return f"{place}: {first['msg'][:100]}"
