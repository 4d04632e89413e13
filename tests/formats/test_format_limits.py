"""Files made to cost time, memory or room: refused by name within the limits, and the next file is read as if nothing had been."""

import io
import json
import threading
import time
import zipfile
import zlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from zoneinfo import ZoneInfo

import psutil
import pytest

from memos_graph.errors import FormatError
from memos_graph.formats import Limits, parse
from memos_graph.formats.parse import read_source

FEW = Limits(seconds=0.5, memory_mb=200, entries=50_000)
_MIB = 1 << 20


def _pdf(page: bytes, times: int) -> bytes:
    """A PDF that names one page again and again."""
    packed = zlib.compress(page)
    objects: Sequence[bytes] = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [" + b"4 0 R " * times + b"] /Count %d >>" % times,
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Resources << /Font << /F1 3 0 R >> >> /Contents 5 0 R >>",
        b"<< /Length %d /Filter /FlateDecode >>\nstream\n" % len(packed) + packed + b"\nendstream",
    )
    out, places = b"%PDF-1.4\n", []
    for number, each in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n" % number + each + b"\nendobj\n"
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"trailer << /Size 6 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % len(out)
    return out + b"xref\n0 6\n0000000000 65535 f \n" + table + end


def _zip(data: bytes) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("a.json", data)
    return held.getvalue()


def _shown(operators: int) -> bytes:
    return b"BT /F1 11 Tf 72 700 Td " + b"(a) Tj 1 0 Td " * operators + b"ET"


HOSTILE = {
    "operators.pdf": lambda: _pdf(_shown(2_000_000), 1),
    "pages.pdf": lambda: _pdf(_shown(4_000), 20_000),
    "deep.html": lambda: b"<html>" + b"<div>" * 2_000_000,
    "open.html": lambda: b"<html>" + b"<" * 20_000_000,
    "comments.html": lambda: b"<html>" + b"<!--" * 4_000_000,
    "emphasis.md": lambda: b"# a\n" + b"*a **a " * 500_000,
    "links.md": lambda: b"# a\n" + b"[a](b " * 1_000_000,
    "parts.eml": lambda: (
        b"From: a@b.c\nDate: x\nSubject: x\n"
        + b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(20_000))
    ),
    "names.eml": lambda: b"From: " + b"(" * 3_000_000 + b"\nDate: x\nSubject: x\n\nbody",
    "to.eml": lambda: b"From: a@b.c\nSubject: x\nTo: " + b"a," * 2_000_000 + b"\nDate: x\n\nbody",
    "rules.md": lambda: b"---\n" + b"[" * 19_000 + b"\n---\nabc",
    "objects.json": lambda: b"[" + b"{}," * (8 * _MIB) + b"{}]",
    "deep.json": lambda: b"[" * (8 * _MIB),
    "many.json": lambda: json.dumps([{"role": "user", "content": "x"}] * 300_000).encode(),
    "cues.vtt": lambda: b"WEBVTT\n\n" + b"00:00:01.000 --> 00:00:02.000\nhello\n\n" * 300_000,
    "bomb.zip": lambda: _zip(b"[" + b"{}," * (5 * _MIB) + b"{}]"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_or_read_within_its_limits(name: str) -> None:
    data = HOSTILE[name]()
    own, began = psutil.Process(), time.process_time()
    before = own.memory_info().rss
    with suppress(FormatError):
        assert len(parse(data, name=name, limits=FEW).entries) <= FEW.entries
    assert time.process_time() - began < 2, "what is hostile is not done in this process"
    assert own.memory_info().rss - before < FEW.memory_mb << 20
    assert parse("# Kiln\n\nIt is fired on Friday.", name="note.md").entries


def test_the_error_names_the_file_and_what_to_do() -> None:
    with pytest.raises(FormatError) as caught:
        parse(HOSTILE["comments.html"](), name="comments.html", limits=FEW)
    assert "comments.html: reading it took more than" in caught.value.message
    assert "Split it" in str(caught.value.hint)


def test_one_page_named_again_and_again_is_read_once() -> None:
    parsed = parse(_pdf(b"BT /F1 11 Tf 72 700 Td (The kiln is fired on Friday.) Tj ET", 500), name="pages.pdf")
    assert [entry.text for entry in parsed.entries] == ["The kiln is fired on Friday."]
    assert any("499 pages" in entry.reason for entry in parsed.rejected)


def test_more_entries_than_a_file_may_give_are_refused() -> None:
    data = json.dumps([{"role": "user", "content": f"x{n}"} for n in range(20)])
    with pytest.raises(FormatError, match="20 entries, more than the 10 of one file"):
        parse(data, name="chat.json", limits=Limits(entries=10))


def test_who_is_gone_is_not_read_for() -> None:
    gone, others = threading.Event(), set(psutil.Process().children())
    threading.Timer(0.3, gone.set).start()
    began = time.monotonic()
    with pytest.raises(FormatError, match="nobody waits for it"):
        parse(HOSTILE["open.html"](), name="open.html", limits=Limits(seconds=60), stopped=gone.is_set)
    assert time.monotonic() - began < 20
    begun = set(psutil.Process().children()) - others
    assert not [child for child in begun if child.cpu_percent(0.2) > 50]


def test_many_files_at_once_are_all_read() -> None:
    def read(number: int) -> str:
        return parse(f"# Kiln\n\nIt is fired on day {number}.", name=f"note{number}.md").entries[0].text

    with ThreadPoolExecutor(16) as pool:
        assert list(pool.map(read, range(100))) == [f"It is fired on day {number}." for number in range(100)]


def test_what_is_read_apart_is_what_is_read_here() -> None:
    at = datetime(2025, 10, 26, 1, 30, tzinfo=ZoneInfo("Europe/Lisbon"))
    page = b"<html><title>Kiln</title><h1>Firing</h1><p>It is fired on Friday.</p><ul><li>a<li>b</ul></html>"
    mail = (
        b"From: Ida <i@x.pt>\nDate: Mon, 6 Oct 2025 10:00:00 +0100\nSubject: Kiln\nMessage-ID: <1@x>\n\nIt is fired.\n"
    )
    for name, data in (("page.html", page), ("mail.eml", mail)):
        apart = parse(data, name=name, at=at)
        assert apart == read_source(data, name=name, at=at)
        assert apart.at is None or apart.at.tzinfo is at.tzinfo
