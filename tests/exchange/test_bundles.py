"""Bundles by themselves: equal content gives equal bytes, and what was touched, cut, packed or made by no writer is refused."""

import json
import struct
import zipfile
from collections.abc import Callable
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from support.bundles import KEY, bundle, fact, memory, parts

from memos_graph.errors import FormatError, InputError
from memos_graph.exchange.bundle import layout
from memos_graph.exchange.bundle.reading import BundleReader
from memos_graph.exchange.bundle.records import checked
from memos_graph.exchange.bundle.writing import BundleWriter

SMALL = {
    "memories": [memory("m1", "Dana moved to Lisbon."), memory("m2", "The ferry leaves at nine. \u2028 “é”")],
    "facts": [fact("f1", "Dana moved to Lisbon.", "m1")],
    "links": [{"type": "SUPERSEDES", "id": "f1", "to": "m2"}],
}


def read(data: bytes) -> BundleReader:
    with BundleReader(data) as found:
        checked(found)
    return found


def packed(entries: list[tuple[zipfile.ZipInfo | str, bytes]], compression: int = zipfile.ZIP_STORED) -> bytes:
    held = BytesIO()
    with zipfile.ZipFile(held, "w", compression) as archive:
        for name, data in entries:
            archive.writestr(name, data)
    return held.getvalue()


def test_a_bundle_has_the_same_bytes_again_and_gives_back_what_was_put_in() -> None:
    data = bundle(SMALL)
    assert bundle(SMALL) == data
    with BundleReader(data) as found:
        checked(found)
        assert {kind: list(found.lines(kind)) for kind in SMALL} == SMALL
        assert (found.manifest.space, found.manifest.capabilities) == ("dana/notes", [*SMALL])
        assert found.count("facts") == 1
    assert zipfile.ZipFile(BytesIO(data)).testzip() is None
    other = bundle(SMALL, Ed25519PrivateKey.from_private_bytes(bytes(32)), space="x/y", owner="x")
    with BundleReader(other) as copy:
        assert copy.manifest.content == found.manifest.content
        assert copy.signer != found.signer


def test_many_lines_are_cut_into_parts_and_one_is_in_memory() -> None:
    many = {"memories": [memory(f"m{i}", "x" * 30_000) for i in range(300)]}
    data = bundle(many)
    sizes = [part["bytes"] for part in json.loads(parts(data)["manifest.json"])["parts"]]
    assert len(sizes) > 1
    assert max(sizes) < layout.PART_BYTES + 40_000
    assert read(data).count("memories") == 300


def test_a_memory_too_large_for_any_reader_is_refused_before_it_is_written() -> None:
    writer = BundleWriter({}, KEY)
    writer.begin("memories")
    with pytest.raises(InputError, match="with its versions"):
        writer.line(memory("m1", "x" * layout.MOST_LINE))
    with pytest.raises(ValueError, match="memories after memories"):
        writer.begin("memories")


@given(place=st.integers(min_value=0, max_value=1 << 30), bit=st.integers(min_value=0, max_value=7))
def test_one_bit_turned_anywhere_is_noticed_or_means_nothing(place: int, bit: int) -> None:
    data = bytearray(bundle(SMALL))
    data[place % len(data)] ^= 1 << bit
    with suppress(FormatError, InputError), BundleReader(bytes(data)) as found:
        checked(found)
        assert {kind: list(found.lines(kind)) for kind in SMALL} == SMALL


@given(length=st.integers(min_value=0, max_value=1 << 30))
def test_a_bundle_that_was_cut_is_refused(length: int) -> None:
    data = bundle(SMALL)
    with pytest.raises(FormatError, match="Nothing was written"):
        read(data[: length % len(data)])


@given(data=st.binary(max_size=400))
def test_what_is_no_bundle_is_refused(data: bytes) -> None:
    with pytest.raises(FormatError, match="Nothing was written"):
        read(data)


def _linked() -> bytes:
    link = zipfile.ZipInfo("memories/000000.jsonl")
    link.external_attr = 0o120777 << 16
    whole = parts(bundle(SMALL))
    return packed([(link if name == link.filename else name, data) for name, data in whole.items()])


def _twice() -> bytes:
    with pytest.warns(UserWarning, match="Duplicate name"):
        return packed([("memories/000000.jsonl", b"{}\n"), *parts(bundle(SMALL)).items()])


def _swollen() -> bytes:
    big = {**parts(bundle(SMALL)), "memories/000000.jsonl": b" " * (50 << 20)}
    return packed([*big.items()], zipfile.ZIP_DEFLATED)


def _huge() -> bytes:
    """A directory that says the first part has 4 GiB less one byte."""
    data = bytearray(bundle(SMALL))
    at = data.index(b"PK\x01\x02")
    struct.pack_into("<II", data, at + 20, 0xFFFFFFFE, 0xFFFFFFFE)
    return bytes(data)


def _many() -> bytes:
    """An end that announces more parts than there may be."""
    data = bytearray(bundle(SMALL))
    struct.pack_into("<HH", data, len(data) - 14, 60_000, 60_000)
    return bytes(data)


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (
            lambda: packed([("../../etc/passwd", b"x"), *parts(bundle(SMALL)).items()]),
            "'../../etc/passwd' is not a part",
        ),
        (lambda: packed([("/memories/000000.jsonl", b"x"), *parts(bundle(SMALL)).items()]), "is not a part"),
        (lambda: packed([("payloads/a.pickle", b"x"), *parts(bundle(SMALL)).items()]), "is not a part"),
        (_linked, "not a plain file"),
        (_twice, "same name"),
        (_swollen, "is packed"),
        (_huge, "overlap|can't be read|lies between"),
        (_many, "not a ZIP archive"),
        (lambda: b"#!/bin/sh\n" + bundle(SMALL), "lies between"),
        (lambda: bundle(SMALL) + b"more", "not a ZIP archive"),
        (lambda: packed([("manifest.json", b"{}")]), "does not end with"),
        (lambda: packed([("manifest.json", b"{}"), ("signature.json", b"{}")]), "signature.json: algorithm"),
        (lambda: packed([*reversed(parts(bundle(SMALL)).items())]), "does not end with"),
    ],
)
def test_an_archive_that_no_writer_makes_is_refused(make: Callable[[], bytes], told: str) -> None:
    with pytest.raises(FormatError, match=told):
        read(make())


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ({"memories": [memory("m1", "a"), memory("m1", "b")]}, "m1 is in it twice"),
        ({"memories": [memory("m1", "a")], "facts": [fact("m1", "b", "m1")]}, "m1 is in it twice"),
        ({"memories": [{"id": "m1"}]}, "memories, line 1: type"),
        ({"memories": [memory("m1", "a", priority=11)]}, "priority"),
        ({"memories": [memory("m1", "a", priority="1")]}, "priority"),
        ({"memories": [memory("m1", "a", said_at="yesterday")]}, "said_at"),
        ({"memories": [memory("m1", "a", valid_from="0000-01-01T00:00:00.000000Z")]}, "valid_from"),
        ({"memories": [memory("m1", "a\x00b")]}, "NUL"),
        ({"memories": [memory("m1", "a", versions=[])]}, "versions"),
        ({"memories": [memory("m1", "a", said_at="2026-05-04T10:00:00.000000+23:00")]}, "so far from UTC"),
        ({"memories": [memory("m1", "a", half_life_days="0.0")]}, "half_life_days"),
        ({"memories": [memory("m1", "a", root="x" * 1001)]}, "root"),
        ({"memories": [memory("m1", "a", said_by=["m2"])]}, "m1, which others say"),
        ({"facts": [memory("f1", "a")]}, "f1, which no memory says"),
        ({"links": [{"type": "OWNS", "id": "a", "to": "b"}]}, "links, line 1: type"),
    ],
)
def test_a_line_that_is_no_memory_is_refused_with_its_place(lines: dict[str, Any], told: str) -> None:
    with pytest.raises(FormatError, match=told):
        read(bundle(lines))


def test_fields_and_kinds_of_a_later_minor_version_are_passed_over_and_another_major_one_is_refused() -> None:
    later = {"memories": [memory("m1", "a", mood="good")], "log": []}
    assert read(bundle(later, version="1.7", added=1)).manifest.version == "1.7"
    with pytest.raises(InputError, match=r"needs version 2\.0 of the format"):
        read(bundle(SMALL, version="2.0"))
    with pytest.raises(InputError, match="needs sealed of the format"):
        read(bundle(SMALL, requires=["sealed", "facts"]))
    with pytest.raises(FormatError, match="format"):
        read(bundle(SMALL, format="zip"))


def test_a_bundle_of_another_signer_is_refused_where_one_is_asked_for() -> None:
    other = Ed25519PrivateKey.from_private_bytes(bytes(32))
    with BundleReader(bundle(SMALL), key=KEY.public_key()):
        pass
    with pytest.raises(InputError, match="is signed with the key"):
        BundleReader(bundle(SMALL, other), key=KEY.public_key())


def test_what_is_not_canonical_is_refused_though_it_is_signed(tmp_path: Path) -> None:
    for line in (
        b'{"id": "m1"}\n',
        b'{"id":"a","id":"b"}\n',
        b'{"a":1.0}\n',
        b'{"a":NaN}\n',
        b"[" * 100_000 + b"\n",
        b"[]\n",
    ):
        writer = BundleWriter({"space": "a/b", "owner": "a", "selection": {}}, KEY)
        writer.begin("memories")
        writer._lines.append(line)
        writer.end(level="core", redacted=False)
        file = tmp_path / "x.memcube"
        file.write_bytes(writer.taken())
        with pytest.raises(FormatError, match=r"x.memcube can't be used as a bundle: memories/000000.jsonl, line 1"):
            BundleReader(file)
