"""The test vectors of docs/mip.md: two verifiers that share no code say the same of each, and the writer makes the same bytes.

``MEMOS_SNAPSHOTS=write`` writes them, and the JSON Schema, anew.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import TypeAdapter
from support.bundles import AT, KEY, bundle, fact, memory

from memos_graph.errors import MemosError
from memos_graph.exchange.bundle.layout import Manifest, Signature
from memos_graph.exchange.bundle.reading import BundleReader
from memos_graph.exchange.bundle.records import LinkRecord, MemoryRecord, checked
from memos_graph.exchange.bundle.writing import BundleWriter

HERE = Path(__file__).parent
SCHEMA = HERE.parents[1] / "docs" / "mip.schema.json"
WRITES = os.environ.get("MEMOS_SNAPSHOTS") == "write"

_SMALL = {
    "memories": [
        memory("0190-1", "I moved to Lisbon.", said_at="2026-05-04T12:00:00.000000+02:00", tags=["travel"]),
        memory(
            "0190-2",
            "The ferry leaves at ten.",
            state="archived",
            half_life_days="30.5",
            versions=[
                {"text": "The ferry leaves at nine.", "at": AT, "by": "dana"},
                {"text": "The ferry leaves at ten.", "at": AT, "by": "bo", "reason": "new timetable"},
            ],
        ),
        memory("0190-3", "My card is [payment card].", versions=[
            {"text": "My card is [payment card].", "at": AT, "by": "dana", "redacted": True}
        ]),
    ],
    "facts": [
        fact("0190-4", "Dana moved to Lisbon.", "0190-1", subject="Dana", relation="lives in"),
        fact("0190-5", "Dana lives in Porto. “é” \u2028 \t\u001f", "0190-1", valid_to=AT, state="archived"),
    ],
    "links": [{"type": "SUPERSEDES", "id": "0190-4", "to": "0190-5"}],
}  # fmt: skip


def _uncanonical() -> bytes:
    writer = BundleWriter({"space": "dana/notes", "owner": "dana", "selection": {}}, KEY)
    writer.begin("memories")
    writer._lines.append(json.dumps(memory("0190-1", "I moved to Lisbon."), sort_keys=True).encode() + b"\n")
    writer.end(level="core", redacted=False)
    return writer.taken()


def _vectors() -> dict[str, bytes]:
    small = bundle(_SMALL)
    tampered = small.replace(b"I moved to Lisbon", b"I moved to Lisbo!")
    return {
        "small.memcube": small,
        "empty.memcube": bundle({"memories": [], "facts": [], "links": []}),
        "refused-tampered.memcube": tampered,
        "refused-truncated.memcube": small[:-200],
        "refused-signature.memcube": small.replace(b'"space":"dana/notes"', b'"space":"dana/notez"'),
        "refused-twice.memcube": bundle({"memories": [memory("0190-1", "a"), memory("0190-1", "b")]}),
        "refused-version.memcube": bundle(_SMALL, version="2.0"),
        "refused-uncanonical.memcube": _uncanonical(),
        "refused-requires.memcube": bundle(_SMALL, requires=["sealed"]),
        "refused-prefix.memcube": b"#!/bin/sh\n" + small,
    }


@pytest.mark.parametrize("name", _vectors())
def test_both_verifiers_say_of_each_vector_what_its_name_says(name: str) -> None:
    path = HERE / name
    if WRITES:
        path.write_bytes(_vectors()[name])
    assert path.read_bytes() == _vectors()[name]
    told = subprocess.run([sys.executable, "-I", HERE / "verify.py", path], capture_output=True, text=True, check=False)
    if name.startswith("refused-"):
        assert (told.returncode, ": refused: " in told.stdout) == (1, True), told
        with pytest.raises(MemosError), BundleReader(path) as found:
            checked(found)
        return
    with BundleReader(path) as found:
        checked(found)
    whole = f"{path}: whole, content {found.manifest.content}, signed with {found.signer}\n"
    assert (told.returncode, told.stdout) == (0, whole), told


def test_the_json_schema_is_that_of_the_reader() -> None:
    models = {"memory": MemoryRecord, "link": LinkRecord, "manifest": Manifest, "signature": Signature}
    _, schema = TypeAdapter.json_schemas([(name, "validation", TypeAdapter(model)) for name, model in models.items()])
    names = {model.__name__: name for name, model in models.items()}
    whole = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Memory Interchange Protocol 1.0: lines of memories and facts, of links, the manifest and the signature",
        "$comment": f"Each of {', '.join(names.values())} is under $defs by the name of its model: {', '.join(names)}.",
        **schema,
    }
    text = json.dumps(whole, indent=1, sort_keys=True) + "\n"
    if WRITES:
        SCHEMA.write_text(text, encoding="utf-8")
    assert SCHEMA.read_text(encoding="utf-8") == text


def test_the_second_verifier_is_short_and_shares_no_code() -> None:
    lines = (HERE / "verify.py").read_text(encoding="utf-8").splitlines()
    assert len(lines) < 200
    assert not [line for line in lines if line.startswith(("import", "from")) and "memos" in line]
