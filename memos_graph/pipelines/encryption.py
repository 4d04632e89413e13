"""What a run was given, kept encrypted in the graph until it is done: the declaration and the inputs, which hold content.

AES-256-GCM (NIST SP 800-38D) under a key of this installation's keyring, bound to the run's id; so the database alone
holds no copy of a memory that could outlive its erasure.
"""

import base64
import json
import os
import zlib
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from memos_graph.errors import ConfigurationError, InputError
from memos_graph.kit.crypto.keyring import Keyring
from memos_graph.kit.digests import sha256

_PURPOSE = "pipeline runs"
_NONCE_BYTES = 12
_MOST_BYTES = 8 << 20


def encrypt(keyring: Keyring, run: str, content: dict[str, Any]) -> str:
    """Return ``content`` encrypted, as text; raises ``InputError`` for more than 8 MiB of it, compressed."""
    packed = zlib.compress(json.dumps(content).encode())
    if len(packed) > _MOST_BYTES:
        raise InputError(
            f"The inputs of the pipeline are larger than {_MOST_BYTES >> 20} MiB.", hint="Add such a file by itself."
        )
    nonce = os.urandom(_NONCE_BYTES)
    sealed = AESGCM(keyring.derived(_PURPOSE)).encrypt(nonce, packed, run.encode())
    return base64.b64encode(nonce + sealed).decode()


def decrypt(keyring: Keyring, run: str, encrypted: str) -> dict[str, Any]:
    """Return what was encrypted; raises ``ConfigurationError`` when this installation has not the key."""
    raw = base64.b64decode(encrypted)
    try:
        packed = AESGCM(keyring.derived(_PURPOSE)).decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], run.encode())
    except InvalidTag as error:
        raise ConfigurationError(
            f"What run {run} was given can't be decrypted here.",
            hint="Resume it where it was begun, or share the keys (MEMOS_KEYS).",
        ) from error
    content: dict[str, Any] = json.loads(zlib.decompress(packed))
    return content


def digest(content: object) -> str:
    """Return the SHA-256 of a declaration, in one canonical form."""
    return sha256(json.dumps(content, sort_keys=True))
