"""Owners' marks: what leaves the store says whose it is, and whoever has the public key can tell, without asking anybody.

A mark is an Ed25519 signature over an exported memory: space, cube, version and content, as one canonical JSON object. It stands
in the memory's own metadata, as ``watermark``: ``memos1.KEY.SIGNATURE``, where KEY names the key it was made with.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pydantic import Field

from memos_graph.kit.crypto.keyring import Keyring
from memos_graph.kit.crypto.signatures import public_key, sign, verifies
from memos_graph.kit.digests import sha256
from memos_graph.types import Model

PROPERTY = "watermark"
_SCHEME = "memos1"
_KEY_CHARS = 16


class Standing(StrEnum):
    """What a mark says of a line."""

    GENUINE = "genuine"
    ALTERED = "altered"
    NOT_OURS = "not ours"


class Checked(Model):
    """One line of a file, and what its mark says."""

    line: int = Field(ge=1)
    standing: Standing = Field(description="Genuine; altered since it was marked; or without a mark of this owner.")
    cube: str | None = Field(default=None, description="The memory it says it is.")
    version: int | None = None


def marked(memory: Mapping[str, object], keyring: Keyring) -> dict[str, object]:
    """Return an exported memory with the owner's mark."""
    return {**memory, PROPERTY: f"{_SCHEME}.{key_name(keyring.public)}.{sign(keyring.signing, memory)}"}


def watermark_key(keyring: Keyring) -> int:
    """Return the key of the statistical mark in generated text: a secret, as whoever has it can make the mark."""
    return int.from_bytes(keyring.derived("watermark")[:8], "big") % (2**62 - 1) + 1


def key_name(key: Ed25519PublicKey) -> str:
    """Return a key's name in marks: the beginning of its SHA-256."""
    return sha256(key.public_bytes(Encoding.Raw, PublicFormat.Raw))[:_KEY_CHARS]


def check(lines: Iterable[str], pem: str) -> Iterator[Checked]:
    """Tell for each line of an export whether it is as the owner of the public key ``pem`` marked it; blank ones are left out.

    Raises ``InputError`` for a key that is none.
    """
    key = public_key(pem)
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield _checked(number, line, key)


def _checked(number: int, line: str, key: Ed25519PublicKey) -> Checked:
    try:
        memory = json.loads(line)
    except ValueError:
        memory = None
    if not isinstance(memory, dict):
        return Checked(line=number, standing=Standing.NOT_OURS)
    scheme, _, rest = str(memory.pop(PROPERTY, "")).partition(".")
    name, _, signature = rest.partition(".")
    standing = Standing.NOT_OURS
    if scheme == _SCHEME and name == key_name(key):
        standing = Standing.GENUINE if verifies(key, memory, signature) else Standing.ALTERED
    cube, version = memory.get("cube"), memory.get("version")
    return Checked(
        line=number,
        standing=standing,
        cube=cube if isinstance(cube, str) else None,
        version=version if isinstance(version, int) else None,
    )
