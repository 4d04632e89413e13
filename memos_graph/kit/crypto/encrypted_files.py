"""Encrypted files: what lies on disk of a payload, authenticated, in chunks, each at its place.

A file is a header and chunks of 1 MiB, AES-256-GCM each. A chunk's nonce is the file's random prefix, the chunk's number, and
whether it is the last one (the STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizár, 2015): so chunks can't be left
out, exchanged or cut off. What the file is called, and its header, are authenticated with every chunk: a file put in another
one's place is refused. Decrypting writes into the buffer that is used afterwards; nothing is held twice.
"""

import io
import os
import secrets
import struct
from pathlib import Path
from typing import IO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from memos_graph.errors import PayloadError
from memos_graph.kit.files import replacing

KEY_BYTES = 32
_CHUNK = 1 << 20
_TAG = 16
_PREFIX = 7
_HEADER = struct.Struct(f">8sQ{_PREFIX}sx")  # what it is, bytes of content, the nonces' prefix
_MAGIC = b"memos\0\0\1"
_NONCE_TAIL = struct.Struct(">IB")


def encrypted_size(content: int) -> int:
    """Return the bytes of a file that holds ``content`` bytes."""
    return _HEADER.size + content + _TAG * _chunks(content)


def write_encrypted(path: Path, name: str, key: bytes, content: bytes, *, durable: bool = True) -> None:
    """Write ``content`` under the name ``name`` with mode 0600, in one step; raises ``OSError``.

    ``durable``: it is on the disk when this returns; what can be computed again need not be.
    """
    with replacing(path, durable=durable) as file:
        _encrypt(file, name, AESGCM(key), memoryview(content))


def read_encrypted(path: Path, name: str, key: bytes) -> bytearray:
    """Return what a file holds, which is authentic.

    Raises ``PayloadError`` for a file that is missing, cut off, changed, of another name or key, or not an encrypted file.
    """
    try:
        with path.open("rb") as file:
            return _read(file, os.fstat(file.fileno()).st_size, path.name, name, key)
    except OSError as error:
        raise PayloadError(f"The payload '{path.name}' can't be read: {error}.") from error


def encrypted_bytes(name: str, key: bytes, content: bytes) -> bytes:
    """Return ``content`` as an encrypted file of the name ``name`` holds it."""
    file = io.BytesIO()
    _encrypt(file, name, AESGCM(key), memoryview(content))
    return file.getvalue()


def decrypted_bytes(content: bytes, name: str, key: bytes) -> bytearray:
    """Return what the bytes of an encrypted file hold; raises as ``read_encrypted`` does."""
    return _read(io.BytesIO(content), len(content), name, name, key)


def _read(file: IO[bytes], length: int, called: str, name: str, key: bytes) -> bytearray:
    header = file.read(_HEADER.size)
    if len(header) != _HEADER.size or not header.startswith(_MAGIC):
        raise PayloadError(f"The payload '{called}' is not an encrypted file.")
    _, size, prefix = _HEADER.unpack(header)
    if length != encrypted_size(size):  # before a wrong size costs memory
        raise PayloadError(f"The payload '{called}' was cut off or added to.")
    content = bytearray(size)
    try:
        _decrypt(file, header + name.encode(), prefix, AESGCM(key), memoryview(content))
    except InvalidTag as error:
        raise PayloadError(
            f"The payload '{called}' was changed since it was written, or belongs to another name or key."
        ) from error
    return content


def _chunks(content: int) -> int:
    return max(1, -(-content // _CHUNK))


def _nonce(prefix: bytes, number: int, count: int) -> bytes:
    return prefix + _NONCE_TAIL.pack(number, number == count - 1)


def _encrypt(file: IO[bytes], name: str, cipher: AESGCM, content: memoryview) -> None:
    prefix, count = secrets.token_bytes(_PREFIX), _chunks(len(content))
    header = _HEADER.pack(_MAGIC, len(content), prefix)
    about = header + name.encode()
    file.write(header)
    for number in range(count):
        part = content[number * _CHUNK : (number + 1) * _CHUNK]
        file.write(cipher.encrypt(_nonce(prefix, number, count), part, about))


def _decrypt(file: IO[bytes], about: bytes, prefix: bytes, cipher: AESGCM, content: memoryview) -> None:
    count = _chunks(len(content))
    for number in range(count):
        part = content[number * _CHUNK : (number + 1) * _CHUNK]
        cipher.decrypt_into(_nonce(prefix, number, count), file.read(len(part) + _TAG), about, part)
