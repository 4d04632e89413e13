import io
from collections.abc import Callable

import pytest
from pypdf import PdfReader, PdfWriter

from memos_graph.errors import FormatError
from memos_graph.formats import parse

PAGES = (
    (
        "The tram runs every ten minutes from the old square to the har-",
        "bour, and stops at midnight.",
        "",
        "Tickets are sold on board.",
    ),
    ("The castle opens at nine.",),
)


def encrypted(data: bytes, password: str) -> bytes:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(data)))
    writer.encrypt(password, algorithm="RC4-128")
    written = io.BytesIO()
    writer.write(written)
    return written.getvalue()


def test_pages_and_paragraphs(make_pdf: Callable[..., bytes]):
    parsed = parse(make_pdf(PAGES, title="Guide"), name="guide.pdf")
    assert (parsed.kind, parsed.title, parsed.rejected) == ("document", "Guide", ())
    assert [entry.page for entry in parsed.entries] == [1, 2]
    assert parsed.entries[0].text == (
        "The tram runs every ten minutes from the old square to the harbour, and stops at midnight.\n\n"
        "Tickets are sold on board."
    )


def test_a_pdf_is_known_by_its_content(make_pdf: Callable[..., bytes]):
    assert parse(make_pdf(PAGES), name="upload", media_type="application/octet-stream").entries[1].page == 2


def test_an_encrypted_pdf_is_refused(make_pdf: Callable[..., bytes]):
    with pytest.raises(FormatError, match=r"guide\.pdf: the PDF is encrypted"):
        parse(encrypted(make_pdf(PAGES), "secret"), name="guide.pdf")


def test_one_that_only_its_owner_may_change_is_read(make_pdf: Callable[..., bytes]):
    assert len(parse(encrypted(make_pdf(PAGES), ""), name="guide.pdf").entries) == 2


def test_one_without_text_is_refused(make_pdf: Callable[..., bytes]):
    with pytest.raises(FormatError, match="may be scanned"):
        parse(make_pdf([[]]), name="scan.pdf")


@pytest.mark.parametrize("data", [b"%PDF-1.7\n", b"%PDF-1.7\n1 0 obj\n<< /Type", b"not one at all", b""])
def test_a_broken_one_is_refused(data: bytes):
    with pytest.raises(FormatError, match=r"guide\.pdf"):
        parse(data, name="guide.pdf")


def test_one_cut_short_is_read_or_refused_but_never_crashes(make_pdf: Callable[..., bytes]):
    whole = make_pdf(PAGES)
    refused = 0
    for length in range(0, len(whole), 97):
        try:
            parse(whole[:length], name="guide.pdf")
        except FormatError:
            refused += 1
    assert refused > 0
