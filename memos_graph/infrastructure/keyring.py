"""The keys of one installation: they lie in files of mode 0600 outside the database, so that whoever holds the database alone holds none.

* the signing key, Ed25519 (RFC 8032): seals of the audit log, erasure receipts, owners' marks;
* the root key, 32 random bytes, from which every symmetric key is derived by HKDF-SHA256 (RFC 5869), one a purpose.

Several machines on one database share the folder (``MEMOS_KEYS``), or neither could check what the other sealed.
"""

import secrets
from collections.abc import Callable
from functools import cached_property

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from memos_graph.config import Settings
from memos_graph.errors import ConfigurationError
from memos_graph.files import write_once

_ROOT_BYTES = 32


class Keyring:
    """Makes the keys at their first use and gives them out; safe to use from several processes at once."""

    def __init__(self, settings: Settings) -> None:
        self.folder = (settings.keys or settings.home / "secrets").expanduser().absolute()

    @cached_property
    def signing(self) -> Ed25519PrivateKey:
        """The private signing key; raises ``ConfigurationError`` when its file is damaged or can't be read."""
        content = self._kept("signing-key.pem", _new_signing_key)
        try:
            key = serialization.load_pem_private_key(content, password=None)
        except ValueError as error:
            raise self._damaged("signing-key.pem") from error
        if not isinstance(key, Ed25519PrivateKey):
            raise self._damaged("signing-key.pem")
        return key

    @property
    def public(self) -> Ed25519PublicKey:
        """The key that others check signatures with."""
        return self.signing.public_key()

    @property
    def public_pem(self) -> str:
        """That key as PEM text, to hand out."""
        encoded = self.public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        return encoded.decode()

    def derived(self, purpose: str) -> bytes:
        """Return the 32-byte symmetric key of ``purpose``; equal purposes give equal keys, others unrelated ones."""
        return HKDF(hashes.SHA256(), 32, salt=None, info=f"memos-graph {purpose}".encode()).derive(self._root)

    @cached_property
    def _root(self) -> bytes:
        content = self._kept("root-key", lambda: secrets.token_bytes(_ROOT_BYTES))
        if len(content) != _ROOT_BYTES:
            raise self._damaged("root-key")
        return content

    def _kept(self, name: str, make: Callable[[], bytes]) -> bytes:
        """Return a key file's content; the first process to ask writes it, whole and synced, before anybody reads it."""
        path = self.folder / name
        try:
            if not path.exists():
                self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                write_once(path, make())
            return path.read_bytes()
        except OSError as error:
            raise ConfigurationError(
                f"The key file {path} can't be used: {error.strerror}.",
                hint="Set MEMOS_KEYS or MEMOS_HOME to a folder of this user.",
            ) from error

    def _damaged(self, name: str) -> ConfigurationError:
        return ConfigurationError(
            f"The key file {self.folder / name} is damaged.",
            hint="Put it back from a backup: what was sealed or encrypted with it can't be checked or read without it.",
        )


def _new_signing_key() -> bytes:
    return Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
