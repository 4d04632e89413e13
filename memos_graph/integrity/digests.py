"""The keyed digest of a memory: what it says and how it is governed as one string, made by ``cypher/fragments/vouched``.

A vector stands in it as its similarity to a secret one: Cypher has no hash, and reading 384 numbers of each hit would cost more
than the search. Servers may round such a number differently, so the digest holds it encrypted, and it is compared with a tolerance.
"""

import base64
import hmac
import math
import secrets
import struct
from collections.abc import Mapping
from typing import Any

import numpy as np
from neo4j.vector import Vector as PackedVector

from memos_graph.embedding import packed
from memos_graph.kit.crypto.keyring import Keyring

_SALT, _NUMBER, _MAC = 8, 8, 16
_TOLERANCE = 2e-6
"""Twice what single precision may differ by between servers; a vector changed by a thousandth in one place differs by more."""


class Digests:
    """Makes and checks digests with keys that lie outside the database.

    * ``dimensions`` of the store's vectors.
    """

    def __init__(self, keyring: Keyring, dimensions: int) -> None:
        # Each with its key taken in: a copy costs a third of a new one, and a search makes two for each memory it shows.
        self._key = hmac.new(keyring.derived("memory digests"), digestmod="sha256")
        self._cover = hmac.new(keyring.derived("memory digests, numbers"), digestmod="sha256")
        self._governing = keyring.derived("governing digests")
        self.probe = _probe(keyring.derived("memory digests, probe"), dimensions)
        """The secret vector that those of memories are compared with, as a parameter of statements."""

    def of(self, kind: str, vouched: Mapping[str, Any]) -> str:
        """Return the digest of a memory as ``fragments/vouched`` gives it; ``kind`` tells digests of several things apart."""
        salt = secrets.token_bytes(_SALT)
        number = _encoded(vouched["near"])
        covered = _xor(number, _keyed(self._cover, salt))
        return base64.urlsafe_b64encode(salt + covered + self._mac(kind, salt, number, vouched["said"])).decode()

    def hold(self, kind: str, vouched: Mapping[str, Any]) -> bool:
        """Whether a memory is as it was when its digest was made."""
        parts = _decoded(vouched["digest"])
        if parts is None:
            return False
        salt, covered, mac = parts
        number = _xor(covered, _keyed(self._cover, salt))
        return hmac.compare_digest(mac, self._mac(kind, salt, number, vouched["said"])) and _near(
            struct.unpack(">d", number)[0], vouched["near"]
        )

    def of_parts(self, kind: str, id_: str, parts: Mapping[str, str]) -> str:
        """Return the digest of a space or a principal: one a part of what governs it, so that a check can name what was changed."""
        return ";".join(f"{name}={self._part(kind, id_, name, parts[name])}" for name in sorted(parts))

    def changed_parts(self, kind: str, id_: str, parts: Mapping[str, str], digest: str | None) -> list[str]:
        """Return which parts are not as they were when the digest was made; all of them without one."""
        kept = parsed(digest)
        return [
            name
            for name in sorted(parts)
            if not hmac.compare_digest(kept.get(name, ""), self._part(kind, id_, name, parts[name]))
        ]

    def _part(self, kind: str, id_: str, name: str, said: str) -> str:
        content = f"{kind}\n{id_}\n{name}\n{said}".encode()
        return hmac.digest(self._governing, content, "sha256").hex()[: 2 * _MAC]

    def _mac(self, kind: str, salt: bytes, number: bytes, said: str) -> bytes:
        return _keyed(self._key, b"\n".join((kind.encode(), salt + number, said.encode())))[:_MAC]


def _keyed(key: hmac.HMAC, content: bytes) -> bytes:
    taken = key.copy()
    taken.update(content)
    return taken.digest()


def parsed(digest: str | None) -> dict[str, str]:
    """Return the parts of the digest of a space or a principal by name."""
    return dict(part.partition("=")[::2] for part in (digest or "").split(";"))


def _probe(seed: bytes, dimensions: int) -> PackedVector:
    """Return a unit vector that follows from ``seed`` alone: its numbers are those of a keyed hash."""
    raw = b"".join(hmac.digest(seed, struct.pack(">I", i), "sha256") for i in range(-(-dimensions // 8)))
    numbers = np.frombuffer(raw, ">u4")[:dimensions].astype(np.float64) / 2**31 - 1
    return packed((numbers / np.linalg.norm(numbers)).astype(np.float32))


def _encoded(near: float | None) -> bytes:
    return struct.pack(">d", math.nan if near is None else near)


def _near(kept: float, found: float | None) -> bool:
    return math.isnan(kept) if found is None else abs(kept - found) <= _TOLERANCE * max(1.0, abs(kept))


def _decoded(digest: object) -> tuple[bytes, bytes, bytes] | None:
    try:
        raw = base64.urlsafe_b64decode(digest) if isinstance(digest, str) else b""
    except ValueError:
        return None
    if len(raw) != _SALT + _NUMBER + _MAC:
        return None
    return raw[:_SALT], raw[_SALT : _SALT + _NUMBER], raw[_SALT + _NUMBER :]


def _xor(number: bytes, pad: bytes) -> bytes:
    return (int.from_bytes(number, "big") ^ int.from_bytes(pad[:_NUMBER], "big")).to_bytes(_NUMBER, "big")
