"""Seals: signed Merkle roots over a space's log, kept as files, to be handed to somebody else; and proofs against them.

A seal says "at this moment the log had these first ``size`` events". Whoever holds a copy can tell later that none of them was
changed, with the public key alone, and can check a proof that one event is among them without seeing the others.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from pydantic import Field, ValidationError

from memos_graph.errors import AuditError
from memos_graph.files import write_private
from memos_graph.infrastructure.audit import merkle
from memos_graph.infrastructure.audit.chain import leaf
from memos_graph.infrastructure.audit.events import WORDS, canonical, commitment, stamp
from memos_graph.infrastructure.keyring import Keyring
from memos_graph.kit.clock import now
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
        self._folder = folder

    def make(self, space: str, leaves: Sequence[bytes]) -> Seal:
        """Seal a log of these leaf hashes, and keep the seal."""
        seal = Seal(space=space, size=len(leaves), root=merkle.root(leaves).hex(), at=stamp(now()))
        signed = seal.model_copy(
            update={"signature": self._keyring.signing.sign(seal.content()).hex(), "key": self._keyring.public_pem}
        )
        folder = self._of(space)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_private(folder / f"{seal.size:012}.json", signed.model_dump_json(indent=2) + "\n")
        return signed

    def of(self, space: str) -> list[Seal]:
        """Return the seals kept of a space, smallest first; raises ``AuditError`` for a file that can't be read."""
        found = []
        for path in sorted(self._of(space).glob("*.json")):
            try:
                found.append(Seal.model_validate_json(path.read_text(encoding="utf-8")))
            except (OSError, ValidationError) as error:
                raise AuditError(f"The seal {path} can't be read: it was damaged or changed.") from error
        return found

    def genuine(self, seal: Seal) -> bool:
        """Whether this installation signed it."""
        try:
            self._keyring.public.verify(bytes.fromhex(seal.signature), seal.content())
        except (InvalidSignature, ValueError):
            return False
        return True

    def prove(self, seal: Seal, rows: Sequence[Mapping[str, Any]], index: int) -> Proof:
        """Return the proof that event ``index`` of ``rows`` (as audit/events gives them) is under ``seal``."""
        leaves = [leaf(row["properties"], row["cubes"]) for row in rows[: seal.size]]
        path = merkle.inclusion([merkle.leaf_hash(each) for each in leaves], index)
        event = rows[index]["properties"]
        return Proof(
            leaf=leaves[index].decode(),
            words={name: event[name] for name in WORDS if event.get(name) is not None},
            index=index,
            path=tuple(each.hex() for each in path),
            seal=seal,
        )

    def _of(self, space: str) -> Path:
        return self._folder / hashlib.sha256(space.encode()).hexdigest()[:32]


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
