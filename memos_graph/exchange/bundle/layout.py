"""What a bundle is made of: the names of its parts, its manifest and its signature, and how large each may be (docs/mip.md)."""

import re
from collections.abc import Callable
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from memos_graph.kit.digests import canonical, sha256

FORMAT = "memcube"
MAJOR, MINOR = 1, 0
VERSION = f"{MAJOR}.{MINOR}"
MANIFEST, SIGNATURE = "manifest.json", "signature.json"

KINDS = ("memories", "facts", "links", "grants", "policies", "forms", "log")
"""Kinds of parts, in the order in which a bundle has them."""
CONTENT = frozenset({"memories", "facts", "links"})
"""Kinds that say what the memories are; the others tell about them."""

PART_LINES, PART_BYTES = 500, 4 << 20
"""A writer ends a part with so many lines, or with the line that makes it so large."""
MOST_LINE, MOST_PART = 16 << 20, 24 << 20
MOST_MANIFEST, MOST_SIGNATURE = 32 << 20, 4096
MOST_PARTS = 50_000

Told = Callable[[int], None]
"""Told how many memories and facts were written so far."""

_PART = re.compile(r"(?P<kind>[a-z]{1,20})/(?P<number>\d{6})\.jsonl")
_Digest = Field(pattern=r"^[0-9a-f]{64}$")


class Loose(BaseModel):
    """Base of what a bundle holds: frozen; a later version of this format may have more fields, which are passed over."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)


class BundlePart(Loose):
    """One part, as the manifest lists it."""

    name: str = Field(max_length=40)
    lines: int = Field(ge=1, le=PART_LINES)
    bytes: int = Field(ge=1, le=MOST_PART)
    sha256: str = _Digest

    @property
    def kind(self) -> str:
        """What its lines are."""
        return self.name.partition("/")[0]


class Manifest(Loose):
    """What is in a bundle, and where it came from."""

    format: Literal["memcube"]
    version: str = Field(pattern=r"^\d{1,4}\.\d{1,4}$")
    requires: list[str] = Field(description="Capabilities that a reader must have.")
    capabilities: list[str] = Field(
        description="Which kinds of parts were written, even where there was nothing to write."
    )
    level: str = Field(description="Conformance level.")
    space: str
    owner: str
    selection: dict[str, list[str]] = Field(description="What narrowed it down; empty: the whole space.")
    redacted: bool = Field(description="Whether a text has kinds in brackets in place of what its reader may not see.")
    withheld: int = Field(
        ge=0, description="How many memories were left out since somebody changed them past the writer."
    )
    content: str = _Digest
    parts: list[BundlePart] = Field(max_length=MOST_PARTS)


class Signature(Loose):
    """Who says that the manifest is theirs."""

    algorithm: Literal["Ed25519"]
    key: str = Field(description="Public key: its 32 bytes, base64.", max_length=64)
    signature: str = Field(description="Over the bytes of the manifest, base64.", max_length=128)


def part_name(kind: str, number: int) -> str:
    """Return the name of the ``number``-th part of a kind, from 0."""
    return f"{kind}/{number:06}.jsonl"


def place_of(name: str) -> tuple[str, int] | None:
    """Return the kind and the number of a part by its name; ``None`` for a name that no part has."""
    found = _PART.fullmatch(name)
    return (found["kind"], int(found["number"])) if found else None


def content_address(parts: list[dict[str, Any]]) -> str:
    """Return the address of what the memories are: two bundles with the same one hold the same memories."""
    content = [[part["name"], part["sha256"]] for part in parts if part["name"].partition("/")[0] in CONTENT]
    return sha256(canonical({"content": content}))
