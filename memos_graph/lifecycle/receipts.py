"""Receipts of erasures: what was erased, when and by whom, without a word of it, signed so that nobody can change it later.

A receipt holds counts, ids, and keyed hashes (HMAC-SHA256, by a key derived from the installation's root key): whoever holds
the keys can tell that a receipt is about a certain name or text, nobody can guess the name from it.
"""

import hashlib
import hmac
import json
import unicodedata
from typing import Literal, Self

from pydantic import Field, ValidationError, model_validator

from memos_graph.errors import InputError
from memos_graph.kit.crypto.keyring import Keyring
from memos_graph.kit.crypto.signatures import public_key, sign, verifies
from memos_graph.kit.moments import UtcDatetime
from memos_graph.types import Model

Mentions = Literal["erase", "keep"]
_SIGNATURE = {"signature", "public_key"}
_FIRST = "memos-graph erasure receipt 1"
_SINCE_SECOND = {"waits", "declared"}


class ErasedCube(Model):
    """A memory that was erased."""

    id: str
    kind: str = Field(description="Its semantic type.")
    versions: tuple[str, ...] = Field(description="Keyed hash of the content of each version, oldest first.")


class ErasedPayload(Model):
    """A KV-cache or an adapter that was erased, or waits to be."""

    cube: str
    kind: str = Field(description="Activation or parametric.")
    keys: tuple[str, ...] = Field(
        default=(), description="Names of its encryption keys; once it is erased, of those destroyed."
    )
    erased: bool = Field(default=False, description="Whether its files and keys are gone here.")


class Export(Model):
    """An export that had carried some of these memories out of the store: a file that is for its holder to erase."""

    at: str
    principal: str
    request_id: str
    cubes: int = Field(description="How many of the erased memories were in it.")


class Wait(Model):
    """A place that has not confirmed yet that nothing is left there."""

    place: str = Field(description="A home of a model host, by its machine and id; or another engine, by its address.")
    problem: str | None = Field(default=None, description="What kept it from being gone there; none: not tried yet.")


class Receipt(Model):
    """What one erasure did in one space. Complete only when nothing is left and nothing is waited for."""

    format: Literal["memos-graph erasure receipt 1", "memos-graph erasure receipt 2"] = "memos-graph erasure receipt 2"
    id: str = Field(description="UUIDv7.")
    space: str
    subjects: tuple[str, ...] = Field(description="Keyed hash of each name that was given, in hex.")
    mentions: Mentions = Field(description="What was done with memories that merely name the subject.")
    by: str = Field(description="Principal that asked for it.")
    at: UtcDatetime
    request_id: str = Field(description="Under which the log has it.")
    counts: dict[str, int] = Field(description="What was erased, by kind.")
    cubes: tuple[ErasedCube, ...]
    payloads: tuple[ErasedPayload, ...] = ()
    kept: tuple[str, ...] = Field(default=(), description="Memories that name the subject and were kept, as asked.")
    left: dict[str, int] = Field(
        default={}, description="Properties of what the space holds that still name the subject: how many of each."
    )
    waits: tuple[Wait, ...] = Field(
        default=(), description="Places that have not confirmed yet that nothing is left there."
    )
    declared: tuple[str, ...] = Field(
        default=(), description="Places that were declared to be no more: nobody has seen that nothing is left there."
    )
    exports: tuple[Export, ...] = ()
    complete: bool = Field(
        default=False, description="Whether nothing is left, in the graph and at any place; if not, it is tried again."
    )
    signature: str | None = Field(default=None, description="Ed25519 over all the rest but the key, base64.")
    public_key: str | None = Field(default=None, description="The key to check it with, PEM.")

    @model_validator(mode="after")
    def _complete_with_nothing_left(self) -> Self:
        # Receipts of the first form said so of payloads alone; they stay as they were signed.
        if self.format != _FIRST and self.complete and (self.left or self.waits):
            raise ValueError("a receipt is not complete while something is left")
        return self

    @property
    def stale(self) -> bool:
        """Whether it has to be looked at again: something is waited for, or it was written in the first form."""
        return not self.complete or bool(self.left)

    @property
    def body(self) -> dict[str, object]:
        """What is signed."""
        return self.model_dump(mode="json", exclude=_SIGNATURE | (_SINCE_SECOND if self.format == _FIRST else set()))


class Verdict(Model):
    """What became of checking a receipt."""

    genuine: bool = Field(description="Whether nothing of it was changed since it was signed.")
    ours: bool = Field(description="Whether it was signed with the key it was checked against.")
    about: bool | None = Field(
        default=None, description="Whether it is about the name that was asked for; none: not asked."
    )


def signed(receipt: Receipt, keyring: Keyring) -> Receipt:
    """Return the receipt with this installation's signature."""
    return receipt.model_copy(
        update={"signature": sign(keyring.signing, receipt.body), "public_key": keyring.public_pem}
    )


def verified(receipt: Receipt, key: str, *, keyring: Keyring | None = None, subject: str | None = None) -> Verdict:
    """Check a receipt against ``key`` (PEM); with ``subject`` also whether it is about that name, which takes the keyring."""
    named = None
    if subject is not None and keyring is not None:
        named = keyed(keyring, folded(subject)) in receipt.subjects
    if receipt.signature is None or receipt.public_key is None:
        return Verdict(genuine=False, ours=False, about=named)
    return Verdict(
        genuine=verifies(public_key(receipt.public_key), receipt.body, receipt.signature),
        ours=verifies(public_key(key), receipt.body, receipt.signature),
        about=named,
    )


def read_receipt(text: str) -> Receipt:
    """Read a receipt from JSON; raises ``InputError``."""
    try:
        return Receipt.model_validate(json.loads(text))
    except (ValidationError, ValueError) as error:
        raise InputError(
            "This is not an erasure receipt.", hint="`memos receipt show ID --json` prints one."
        ) from error


def keyed(keyring: Keyring, text: str) -> str:
    """Return the keyed hash of a name or a text, hex."""
    return hmac.new(keyring.derived("subjects"), text.encode(), hashlib.sha256).hexdigest()


def folded(name: str) -> str:
    """Return a name in the form in which names are compared: without case, its characters composed, single blanks."""
    return " ".join(unicodedata.normalize("NFC", name).casefold().split())
