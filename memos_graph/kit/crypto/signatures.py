"""Signatures over JSON: one way to write a value down, so that who checks a signature sees the bytes that were signed.

The form is that of RFC 8785 for what is signed here: sorted keys, no blanks, UTF-8; numbers are whole ones only.
"""

import base64
import binascii
from collections.abc import Mapping

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from memos_graph.errors import InputError
from memos_graph.kit.digests import canonical


def sign(key: Ed25519PrivateKey, value: Mapping[str, object]) -> str:
    """Return the Ed25519 signature (RFC 8032) over ``value``, base64."""
    return base64.b64encode(key.sign(canonical(value))).decode()


def verifies(key: Ed25519PublicKey, value: Mapping[str, object], signature: str) -> bool:
    """Whether ``signature`` was made over exactly ``value`` by the owner of ``key``."""
    try:
        key.verify(base64.b64decode(signature, validate=True), canonical(value))
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True


def public_key(pem: str) -> Ed25519PublicKey:
    """Read a public key as ``memos mark key`` prints it; raises ``InputError`` for anything else."""
    try:
        key = load_pem_public_key(pem.encode())
    except (ValueError, UnicodeError) as error:
        raise InputError("This is not a public key in PEM form.", hint="`memos mark key` prints one.") from error
    if not isinstance(key, Ed25519PublicKey):
        raise InputError("This public key is not an Ed25519 key.", hint="`memos mark key` prints the right one.")
    return key
