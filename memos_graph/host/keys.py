"""The keys of payload files: one of its own for each, wrapped by a key of the installation, in a folder apart from the files.

A payload file without its key is noise, wherever it has been copied to. So erasing a wrapped key, a file of 60 bytes, erases
every copy of the payload in every backup that has not the key as well: back the folder of the keys up apart, or not at all.
"""

import os
import re
import secrets
from collections.abc import Callable
from contextlib import suppress
from functools import cached_property
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from memos_graph.errors import InputError, ModelError, PayloadError
from memos_graph.kit.crypto.encrypted_files import KEY_BYTES
from memos_graph.kit.digests import sha256
from memos_graph.kit.files import write_once

_NAME = re.compile(r"[0-9a-z][0-9a-z-]{2,63}")
_NONCE, _TAG = 12, 16
_WRAPPED = _NONCE + KEY_BYTES + _TAG


class PayloadKeys:
    """The keys of one installation's payloads, each by the name of its payload; safe to use from several processes.

    * ``folder`` where the wrapped keys lie, made with mode 0700 by the first of them.
    * ``wrapping`` gives the key that wraps them, 32 bytes; asked for when it is first needed.
    """

    def __init__(self, folder: Path, wrapping: Callable[[], bytes]) -> None:
        self.folder = folder
        self._make_wrapping = wrapping

    @cached_property
    def wrapping(self) -> bytes:
        """The key that wraps the others; it is handed to the model host, and to nobody else."""
        return self._make_wrapping()

    @property
    def fingerprint(self) -> str:
        """Tells this folder and wrapping key from others; says nothing about either."""
        return sha256(b"memos payload keys\0" + self.wrapping + str(self.folder).encode())[:16]

    def make(self, name: str) -> bytes:
        """Return the key of a payload that is about to be written, made where there is none; raises ``ModelError``."""
        path = self._path(name)
        try:
            if not path.exists():
                self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                write_once(path, self._wrapped(name, secrets.token_bytes(KEY_BYTES)))
            return self.get(name)
        except OSError as error:
            raise ModelError(
                f"The key of payload '{name}' can't be written to {self.folder}: {error.strerror}.",
                hint="Set MEMOS_KEYS or MEMOS_HOME to a folder of this user.",
            ) from error

    def get(self, name: str) -> bytes:
        """Return the key of a payload; raises ``PayloadError`` for one that was destroyed, or was wrapped by another key."""
        try:
            content = self._path(name).read_bytes()
        except OSError as error:
            raise PayloadError(f"The payload '{name}' can't be read: its key was destroyed, or is not here.") from error
        if len(content) == _WRAPPED:
            with suppress(InvalidTag):
                return AESGCM(self.wrapping).decrypt(content[:_NONCE], content[_NONCE:], _about(name))
        raise PayloadError(f"The key of payload '{name}' is damaged, or belongs to another installation.")

    def exists(self, name: str) -> bool:
        """Whether there is a key of that name."""
        return self._path(name).exists()

    def destroy(self, name: str) -> bool:
        """Erase a key, and with it every copy of its payload; returns whether there was one. Raises ``OSError``."""
        path = self._path(name)
        for scratch in self.folder.glob(f".{path.name}.*"):  # of a writer that was killed
            scratch.unlink(missing_ok=True)
        try:
            with path.open("r+b") as file:  # the wrapped key itself goes, where the disk writes in place
                file.write(bytes(_WRAPPED))
                file.flush()
                os.fsync(file.fileno())
        except FileNotFoundError:
            return False
        path.unlink(missing_ok=True)
        return True

    def _wrapped(self, name: str, key: bytes) -> bytes:
        nonce = secrets.token_bytes(_NONCE)
        return nonce + AESGCM(self.wrapping).encrypt(nonce, key, _about(name))

    @staticmethod
    def names(name: str) -> bool:
        """Whether a payload can be called so."""
        return _NAME.fullmatch(name) is not None

    def _path(self, name: str) -> Path:
        if not self.names(name):
            raise InputError(f"'{name[:80]}' is not the name of a payload.")
        return self.folder / f"{name}.key"


def _about(name: str) -> bytes:
    return b"memos payload key\0" + name.encode()
