"""Seals: signed Merkle roots over a space's log, kept as files, to be handed to somebody else; and proofs against them.

A seal says "at this moment the log had these first ``size`` events". Whoever holds a copy can tell later that none of them was
changed, with the public key alone, and can check a proof that one event is among them without seeing the others.
"""

import json
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from pydantic import Field, ValidationError

from memos_graph.audit import merkle
from memos_graph.audit.events import commitment
from memos_graph.errors import AuditError, DiskFullError, InputError
from memos_graph.kit.clock import now
from memos_graph.kit.crypto.keyring import SIGNING, Keyring, fingerprint
from memos_graph.kit.digests import canonical, sha256
from memos_graph.kit.files import write_private
from memos_graph.kit.moments import stamp
from memos_graph.types import Model


class Seal(Model):
    """A signed Merkle root (RFC 6962) over the first ``size`` events of a space's log."""

    space: str
    size: int = Field(ge=0, description="How many events it is over.")
    root: str = Field(description="Merkle root, hex.")
    at: str = Field(description="When it was made, UTC.")
    signature: str = Field(default="", description="Ed25519 over the other fields as canonical JSON, hex.")
    key: str = Field(default="", description="The public key, PEM.")

    def content(self) -> bytes:
        """Return the bytes that are signed."""
        return canonical(self.model_dump(exclude={"signature", "key"}))


class Proof(Model):
    """That one event is in a sealed log; checked offline by examples/verify_proof.py."""

    leaf: str = Field(description="The event as it was recorded and its hash, text.")
    words: dict[str, str] = Field(
        default={},
        description="Its reason and detail, with the salt of the commitment `said` of the leaf; none: without, or erased.",
    )
    index: int = Field(ge=0, description="Its place in the tree, from 0.")
    path: tuple[str, ...] = Field(description="Audit path (RFC 6962, 2.1.1), hex, nearest first.")
    seal: Seal


class Seals:
    """Makes seals, keeps them in a folder, and checks them."""

    def __init__(self, keyring: Keyring, folder: Path) -> None:
        self._keyring = keyring
        self.folder = folder

    def make(self, space: str, size: int, root: bytes) -> Seal:
        """Seal a log of ``size`` events with this root, and keep the seal."""
        seal = Seal(space=space, size=size, root=root.hex(), at=stamp(now()))
        signed = seal.model_copy(
            update={"signature": self._keyring.signing.sign(seal.content()).hex(), "key": self._keyring.public_pem}
        )
        folder = self._of(space)
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_private(folder / f"{seal.size:012}.json", signed.model_dump_json(indent=2) + "\n")
        except OSError as error:
            raise DiskFullError(
                f"The seal can't be kept in {folder}: {error.strerror}.",
                hint="Make room there, or let this user write there. Nothing was sealed.",
            ) from error
        return signed

    def of(self, space: str) -> list[Seal]:
        """Return the seals kept of a space, smallest first; raises ``AuditError`` for a file that can't be read."""
        return [_read(path) for path in sorted(self._of(space).glob("*.json"))]

    def newest(self, space: str) -> Seal | None:
        """Return the seal over the most events of a space, if there is one; raises as ``of``."""
        path = max(self._of(space).glob("*.json"), default=None)
        return None if path is None else _read(path)

    def genuine(self, seal: Seal) -> bool:
        """Whether this installation signed it."""
        signer = signed_by(seal)
        return signer is not None and self._ours(signer)

    def foreign(self, seal: Seal) -> str | None:
        """Return what is to be said of who signed a seal; ``None``: this installation did, or with a key it had before.

        Another key is no sign of a change: which one it is, is said.
        """
        signer = signed_by(seal)
        if signer is None:
            return f"The seal over {seal.size} events is not as it was signed: the seal itself was changed."
        if self._ours(signer):
            return None
        return (
            f"The seal over {seal.size} events is signed by another key (fingerprint {signer}), not by this installation's "
            f"({self._keyring.fingerprint})."
        )

    def _ours(self, signer: str) -> bool:
        return signer == self._keyring.fingerprint or signer in {each.was for each in self._keyring.renewals(SIGNING)}

    def over(self, space: str, seq: int) -> Seal | None:
        """Return the smallest seal over event ``seq``, if there is one; raises as ``of``."""
        paths = sorted(self._of(space).glob("*.json"))
        return next((_read(path) for path in paths if path.stem.isdigit() and int(path.stem) >= seq), None)

    def _of(self, space: str) -> Path:
        return self.folder / folder_name(space)


def _read(path: Path) -> Seal:
    try:
        return Seal.model_validate_json(path.read_text(encoding="utf-8"))
    except (OSError, ValidationError) as error:
        raise AuditError(f"The seal {path} can't be read: it was damaged or changed.") from error


def folder_name(space: str) -> str:
    """Return what the folder of a space's seals is called."""
    return sha256(space)[:32]


def signed_by(seal: Seal) -> str | None:
    """Return the fingerprint of the key a seal was signed with; ``None`` where it is not what was signed."""
    try:
        key = load_pem_public_key(seal.key.encode())
        if not isinstance(key, Ed25519PublicKey):
            return None
        key.verify(bytes.fromhex(seal.signature), seal.content())
    except (InvalidSignature, ValueError):
        return None
    return fingerprint(key)


def read_seal(text: str) -> Seal:
    """Read a seal from JSON; raises ``InputError``."""
    try:
        return Seal.model_validate_json(text)
    except ValidationError as error:
        raise InputError("This is not a seal.", hint="`memos audit seal` prints one.") from error


def checked(proof: Proof) -> bool:
    """Whether a proof's path leads from its event to the sealed root, and its words are the event's.

    Who signed the seal is another question.
    """
    if proof.words and commitment(proof.words) != event_of(proof).get("said"):
        return False
    found = merkle.root_from(
        merkle.leaf_hash(proof.leaf.encode()), proof.index, proof.seal.size, [bytes.fromhex(p) for p in proof.path]
    )
    return found is not None and found.hex() == proof.seal.root


def event_of(proof: Proof) -> dict[str, Any]:
    """Return the event a proof is about, as it was recorded."""
    content: dict[str, Any] = json.loads(proof.leaf.rsplit("\n", 1)[0])
    return content
