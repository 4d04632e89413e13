"""Bundles for tests: small ones made by hand, and what they hold."""

import json
import zipfile
from collections.abc import Mapping
from io import BytesIO
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from memos_graph.exchange.bundle.writing import BundleWriter

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
AT = "2026-05-04T10:00:00.000000Z"


def memory(id_: str, text: str, **more: Any) -> dict[str, Any]:
    """A memory's line: said by Dana in one conversation."""
    source = {"id": "talk", "kind": "conversation", "title": "talk"}
    return {
        "id": id_,
        "type": "message",
        "origin": "user_input",
        "source": source,
        "root": "talk",
        "origin_id": id_,
        "at": AT,
        "state": "activated",
        "valid_from": AT,
        "speaker": "Dana",
        "versions": [{"text": text, "at": AT, "by": "dana"}],
    } | more


def fact(id_: str, text: str, *said_by: str, **more: Any) -> dict[str, Any]:
    """A fact's line."""
    return memory(id_, text, type="fact", origin="extracted", origin_id=said_by[0], said_by=list(said_by)) | more


def bundle(lines: Mapping[str, list[dict[str, Any]]], key: Ed25519PrivateKey = KEY, **about: Any) -> bytes:
    """A signed bundle of these lines by kind; ``about`` changes its manifest."""
    writer = BundleWriter({"space": "dana/notes", "owner": "dana", "selection": {}} | about, key)
    for kind, records in lines.items():
        writer.begin(kind)
        for each in records:
            writer.line(each)
    writer.end(level="core", redacted=False)
    return writer.taken()


def parts(data: bytes) -> dict[str, bytes]:
    """The parts of a bundle by name."""
    with zipfile.ZipFile(BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def content(data: bytes) -> dict[str, bytes]:
    """Those parts of a bundle that say what its memories are."""
    return {name: part for name, part in parts(data).items() if name.startswith(("memories/", "facts/", "links/"))}


def lines(data: bytes, kind: str) -> list[dict[str, Any]]:
    """The records of a kind."""
    found = [part for name, part in parts(data).items() if name.startswith(f"{kind}/")]
    return [json.loads(line) for part in found for line in part.splitlines()]
