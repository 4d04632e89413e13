"""Bundles for some readers only: the age format (age-encryption.org/v1), so that any program of it opens them, too.

What is written for recipients is encrypted before it reaches a disk. What is read is decrypted into a file without a name, which is gone
with the process.
"""

import io
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

from memos_graph.errors import FormatError, InputError
from memos_graph.kit.extras import needing
from memos_graph.kit.files import read_secret

_BEGINS = b"age-encryption.org/v1\n"
_PIECE = 1 << 20
_SSH = "-----BEGIN "
_OTHERS = "No matching keys found"
_MOST_RECIPIENTS = 1000
MEDIA_TYPE = "application/vnd.age"


def new_identity() -> tuple[str, str]:
    """Return a new secret key and its recipient, ``age1…``, which may be told to anybody."""
    with needing("age", "Encryption for recipients"):
        from pyrage import x25519  # noqa: PLC0415
    made = x25519.Identity.generate()
    return str(made), str(made.to_public())


def encrypted(pieces: Iterable[bytes], recipients: Sequence[str]) -> Iterator[bytes]:
    """Yield ``pieces`` as one age file that each of ``recipients`` (``age1…``, or a public SSH key) can open.

    Nothing is yielded before all is encrypted, into a temporary file. Raises ``InputError`` for what is no recipient, at once.
    """
    known = [_recipient(each) for each in recipients]
    if not 0 < len(known) <= _MOST_RECIPIENTS:
        raise InputError(f"A bundle is for 1 to {_MOST_RECIPIENTS} recipients, not for {len(known)}.")
    return _encrypting(pieces, known)


def decrypted(file: IO[bytes], identity: str | None, name: str) -> IO[bytes]:
    """Return ``file`` itself where it is not encrypted, else what it holds, in a file that has no name.

    * ``identity`` the text of a file of secret keys: ``AGE-SECRET-KEY-1…``, a line each, or an SSH key. ``name`` what errors call it.
    * Raises ``InputError`` without the identity of a recipient, ``FormatError`` for what is damaged.
    """
    begins = file.read(len(_BEGINS))
    file.seek(0)
    if begins != _BEGINS:
        return file
    if identity is None:
        raise InputError(
            f"{name} is encrypted for its recipients.", hint="Give the secret key of one: --identity FILE."
        )
    identities = _identities(identity)
    from pyrage import DecryptError, decrypt_io  # noqa: PLC0415 - which is there: the identities were read by it

    opened = TemporaryFile()  # noqa: SIM115 - who asked closes it
    try:
        decrypt_io(file, opened, identities)
    except (DecryptError, OSError) as error:
        opened.close()
        if str(error) == _OTHERS:
            raise InputError(
                f"{name} is encrypted for others than this identity.", hint="Give the key of a recipient."
            ) from error
        raise FormatError(
            f"{name} can't be decrypted: it is damaged, or cut off.", hint="Have it sent again."
        ) from error
    except BaseException:
        opened.close()
        raise
    file.close()
    opened.seek(0)
    return opened


def _encrypting(pieces: Iterable[bytes], recipients: Sequence[Any]) -> Iterator[bytes]:
    from pyrage import EncryptError, encrypt_io  # noqa: PLC0415 - which is there: the recipients were read by it

    taken = _Taken(pieces)
    with TemporaryFile() as file:
        try:
            encrypt_io(taken, file, recipients)
        except EncryptError:
            if taken.failed is not None:
                raise taken.failed from None
            raise
        file.seek(0)
        while piece := file.read(_PIECE):
            yield piece


class _Taken(io.RawIOBase):
    """Pieces as a file that is read once; what fails in making one is kept, since the library passes on its words only."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = iter(pieces)
        self._left = memoryview(b"")
        self.failed: Exception | None = None

    def readable(self) -> bool:
        """Return that it is."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Return at most ``size`` bytes, none at the end."""
        while not self._left:
            try:
                self._left = memoryview(next(self._pieces))
            except StopIteration:
                return b""
            except Exception as error:
                self.failed = error
                raise
        end = len(self._left) if size < 0 else size
        given, self._left = self._left[:end], self._left[end:]
        return bytes(given)


def _recipient(text: str) -> Any:
    with needing("age", "Encryption for recipients"):
        from pyrage import RecipientError, ssh, x25519  # noqa: PLC0415
    text = text.strip()
    try:
        return ssh.Recipient.from_str(text) if text.startswith("ssh-") else x25519.Recipient.from_str(text)
    except RecipientError as error:
        told = "a secret key" if text.upper().startswith("AGE-SECRET-KEY-") else f"'{text[:80]}'"
        raise InputError(
            f"{told} is no recipient.".capitalize(), hint="A recipient is age1…, or a public SSH key (ed25519, RSA)."
        ) from error


def _identities(text: str) -> list[Any]:
    with needing("age", "Decryption"):
        from pyrage import IdentityError, ssh, x25519  # noqa: PLC0415
    try:
        if text.lstrip().startswith(_SSH):
            return [ssh.Identity.from_buffer(text.encode())]
        lines = [line.strip() for line in text.splitlines()]
        found = [x25519.Identity.from_str(line) for line in lines if line and not line.startswith("#")]
    except IdentityError as error:
        raise InputError(
            "The identity can't be read.",
            hint="It is a file of AGE-SECRET-KEY-1… lines, or an SSH key without a passphrase.",
        ) from error
    if not found:
        raise InputError("The identity's file holds no secret key.", hint="`memos mip keygen FILE` makes one.")
    return found


def read_identity(file: Path) -> str:
    """Return the text of a file of secret keys; raises as ``read_secret`` does."""
    return read_secret(file, "The identity")
