"""Writes a bundle as a stream: equal lines give equal bytes, and no more than one part is in memory."""

import base64
import zipfile
from collections.abc import Mapping
from typing import IO, Any, cast

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from memos_graph.errors import InputError
from memos_graph.exchange.bundle import layout
from memos_graph.kit.digests import canonical, sha256

_DATE = (1980, 1, 1, 0, 0, 0)
_MODE = 0o100600 << 16


class _Sink:
    """Takes bytes and gives them out again; it can't be gone back in, so that a file and a stream get the same bytes."""

    def __init__(self) -> None:
        self._held: list[bytes] = []

    def write(self, data: bytes, /) -> int:
        self._held.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Do nothing: what is held is given out when it is asked for."""

    def taken(self) -> bytes:
        held, self._held = self._held, []
        return b"".join(held)


class BundleWriter:
    """Writes parts in the order of ``layout.KINDS``; whoever drives it passes on what ``taken`` gives."""

    def __init__(self, about: Mapping[str, Any], key: Ed25519PrivateKey) -> None:
        """Begin a bundle; ``about`` is what its manifest says of where it came from."""
        self._about = dict(about)
        self._key = key
        self._sink = _Sink()
        self._zip = zipfile.ZipFile(cast("IO[bytes]", self._sink), "w", zipfile.ZIP_STORED)
        self._parts: list[dict[str, Any]] = []
        self._kinds: list[str] = []
        self._lines: list[bytes] = []
        self._size = self._number = 0

    def begin(self, kind: str) -> None:
        """Begin the parts of ``kind``, of which the manifest then says that they were written, though there may be none."""
        if self._kinds and layout.KINDS.index(kind) <= layout.KINDS.index(self._kinds[-1]):
            raise ValueError(f"{kind} after {self._kinds[-1]}")
        self._end_part()
        self._kinds.append(kind)
        self._number = 0

    def line(self, record: Mapping[str, Any]) -> None:
        """Write one line of the kind that was begun; raises ``InputError`` for one that no reader would take."""
        line = canonical(record) + b"\n"
        if len(line) > layout.MOST_LINE:
            raise InputError(
                f"Memory {record.get('id')} has {len(line):,} bytes with its versions; a bundle takes {layout.MOST_LINE:,}.",
                hint="Leave it out: select the others by source or topic.",
            )
        self._lines.append(line)
        self._size += len(line)
        if len(self._lines) >= layout.PART_LINES or self._size >= layout.PART_BYTES:
            self._end_part()

    def end(self, *, level: str, redacted: bool = False, withheld: int = 0) -> None:
        """Write the manifest and its signature; nothing can be written afterwards."""
        self._end_part()
        manifest = {
            "format": layout.FORMAT,
            "version": layout.VERSION,
            "requires": [],
            "capabilities": self._kinds,
            "level": level,
            "redacted": redacted,
            "withheld": withheld,
            "content": layout.content_address(self._parts),
            "parts": self._parts,
            **self._about,
        }
        written = canonical(manifest)
        public = self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        signature = {
            "algorithm": "Ed25519",
            "key": base64.b64encode(public).decode(),
            "signature": base64.b64encode(self._key.sign(written)).decode(),
        }
        self._entry(layout.MANIFEST, written)
        self._entry(layout.SIGNATURE, canonical(signature))
        self._zip.close()

    def taken(self) -> bytes:
        """Return what was written since this was asked last."""
        return self._sink.taken()

    def _end_part(self) -> None:
        if not self._lines:
            return
        data = b"".join(self._lines)
        name = layout.part_name(self._kinds[-1], self._number)
        self._entry(name, data)
        self._parts.append({"name": name, "lines": len(self._lines), "bytes": len(data), "sha256": sha256(data)})
        self._lines, self._size, self._number = [], 0, self._number + 1

    def _entry(self, name: str, data: bytes) -> None:
        entry = zipfile.ZipInfo(name, _DATE)
        entry.create_system = 3  # so that every machine writes the same
        entry.external_attr = _MODE
        self._zip.writestr(entry, data, zipfile.ZIP_STORED)
