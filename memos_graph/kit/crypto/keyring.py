"""The keys of one installation: they lie in files of mode 0600 outside the database, so that whoever holds the database alone holds none.

* the signing key, Ed25519 (RFC 8032): seals of the audit log, erasure receipts, owners' marks;
* the root key, 32 random bytes, from which every symmetric key is derived by HKDF-SHA256 (RFC 5869), one a purpose.

Several machines on one database share the folder (``MEMOS_KEYS``), or neither could check what the other sealed.
"""

import hmac
import secrets
from collections.abc import Callable
from functools import cached_property
from pathlib import Path

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from memos_graph.errors import ConfigurationError
from memos_graph.kit.clock import now
from memos_graph.kit.digests import sha256
from memos_graph.kit.files import write_once, write_private
from memos_graph.kit.moments import UtcDatetime

ROOT, SIGNING = "root-key", "signing-key.pem"
_RENEWED = "renewed.json"
_ROOT_BYTES = 32


class Renewal(BaseModel, frozen=True, extra="forbid"):
    """A key that was begun anew because the one before it was lost, or not to be trusted any more."""

    name: str = Field(description="Its file.")
    was: str | None = Field(description="Fingerprint of the key before it; none: nobody knows it.")
    now: str = Field(description="Its own fingerprint.")
    at: UtcDatetime


class Keyring:
    """Makes the keys at their first use and gives them out; safe to use from several processes at once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @cached_property
    def signing(self) -> Ed25519PrivateKey:
        """The private signing key; raises ``ConfigurationError`` when its file is damaged or can't be read."""
        content = self._kept(SIGNING, _new_signing_key)
        try:
            key = serialization.load_pem_private_key(content, password=None)
        except ValueError as error:
            raise self._damaged(SIGNING) from error
        if not isinstance(key, Ed25519PrivateKey):
            raise self._damaged(SIGNING)
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

    @property
    def fingerprint(self) -> str:
        """What tells the signing key from others: the first 16 digits of its public key's SHA-256."""
        return fingerprint(self.public)

    @property
    def root_fingerprint(self) -> str:
        """What tells the root key from others; stores are bound to it."""
        return hmac.digest(self.derived("audit events"), b"fingerprint", "sha256").hex()[:16]

    def has(self, name: str) -> bool:
        """Whether the file of a key is there."""
        return (self.folder / name).exists()

    def renewals(self, name: str) -> list[Renewal]:
        """Return when a key was begun anew; raises ``ConfigurationError`` for a damaged record."""
        path = self.folder / _RENEWED
        try:
            kept = _RENEWALS.validate_json(path.read_bytes()) if path.exists() else []
        except (OSError, ValidationError) as error:
            raise self._damaged(_RENEWED) from error
        return [each for each in kept if each.name == name]

    def renew(self, *, was: str | None) -> Renewal:
        """Begin the signing key anew; the file of the one before, if there is one, is kept beside it.

        * ``was`` the fingerprint of the one before.
        * Raises ``ConfigurationError`` where nothing can be written.
        """
        path = self.folder / SIGNING
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if path.exists():
                path.rename(path.with_name(f"{SIGNING}.before-{now():%Y%m%dT%H%M%S}"))
            write_once(path, _new_signing_key())
            vars(self).pop("signing", None)
            renewal = Renewal(name=SIGNING, was=was, now=self.fingerprint, at=now())
            every = [*self.renewals(SIGNING), renewal]
            write_private(self.folder / _RENEWED, _RENEWALS.dump_json(every, indent=2))
        except OSError as error:
            raise ConfigurationError(f"The key file {path} can't be written: {error.strerror}.") from error
        return renewal

    def derived(self, purpose: str) -> bytes:
        """Return the 32-byte symmetric key of ``purpose``; equal purposes give equal keys, others unrelated ones."""
        return HKDF(hashes.SHA256(), 32, salt=None, info=f"memos-graph {purpose}".encode()).derive(self._root)

    def keyed(self, purpose: str, text: str) -> str:
        """Return a text's keyed hash (HMAC-SHA256), hex: who lacks the root key can't guess the text from it."""
        return hmac.digest(self.derived(purpose), text.encode(), "sha256").hex()

    @cached_property
    def _root(self) -> bytes:
        content = self._kept(ROOT, _new_root)
        if len(content) != _ROOT_BYTES:
            raise self._damaged(ROOT)
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


_RENEWALS = TypeAdapter(list[Renewal])


def fingerprint(key: Ed25519PublicKey) -> str:
    """Return what tells a public key from others: the first 16 digits of its SHA-256."""
    raw = key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return sha256(raw)[:16]


def _new_root() -> bytes:
    return secrets.token_bytes(_ROOT_BYTES)


def _new_signing_key() -> bytes:
    return Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
