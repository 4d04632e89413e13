import io
import time
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

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


LEFT = [
    "The ferry to the island sails from the",
    "old harbour at ten, and comes back at",
    "six. Dogs travel free, bicycles cost",
    "four euros each way.",
]
RIGHT = [
    "On the island there is one museum, and",
    "it opens at nine except on Mondays. The",
    "lighthouse closes for repairs until the",
    "end of November this year.",
]


def columns(top: float, left: list[str] = LEFT, right: list[str] = RIGHT) -> list[tuple[float, float, str]]:
    """Two columns as a program may draw them: row by row across both."""
    rows = [((60, top - 13 * n, a), (320, top - 13 * n, b)) for n, (a, b) in enumerate(zip(left, right, strict=True))]
    return [each for row in rows for each in row]


def text_of(data: bytes) -> str:
    return "\n\n".join(entry.text for entry in parse(data, name="a.pdf").entries)


def test_columns_are_read_one_after_the_other(place_pdf: Callable[..., bytes]):
    placed = [
        (60, 760, "News from the island, printed across both of its columns in one long line of text"),
        *columns(730),
    ]
    found = text_of(place_pdf([placed]))
    assert found.startswith("News from the island")
    assert " ".join(LEFT) in found
    assert " ".join(RIGHT) in found
    assert found.index("four euros") < found.index("one museum")


def test_columns_that_are_not_level_and_text_below(place_pdf: Callable[..., bytes]):
    left = [(60, 730 - 13 * n, text) for n, text in enumerate(LEFT)]
    right = [(320, 725 - 13 * n, text) for n, text in enumerate(RIGHT)]
    below = [(60, 640, "Below both columns a line goes across the whole of the page, from edge to edge.")]
    found = text_of(place_pdf([[*right, *below, *left]]))
    assert found.index(" ".join(LEFT)) < found.index(" ".join(RIGHT)) < found.index("Below both")


def test_the_rows_of_a_table_stay_rows(place_pdf: Callable[..., bytes]):
    rows = [
        ("Line", "Leaves", "Fare"),
        ("Tram 28", "07:10", "3 euros"),
        ("Ferry to the island", "10:30", "12 euros"),
        ("Night bus", "23:55", "2 euros"),
    ]
    placed = [(60 + 180 * n, 700 - 16 * row, text) for row, cells in enumerate(rows) for n, text in enumerate(cells)]
    introduction = [(60, 740, "These are the lines and what they cost in the summer of the coming year.")]
    found = text_of(place_pdf([[*introduction, *sorted(placed)]]))
    assert (
        "Line | Leaves | Fare\nTram 28 | 07:10 | 3 euros\nFerry to the island | 10:30 | 12 euros\nNight bus | 23:55 | 2 euros"
        in found
    )


def test_the_cells_of_a_narrow_table_stay_apart(place_pdf: Callable[..., bytes]):
    rows = [("Tram 28 to the castle", "07:10", "3 euros"), ("Ferry to the island", "10:30", "12 euros")]
    lefts = (60, 168, 206)
    placed = [(lefts[n], 700 - 16 * row, text) for row, cells in enumerate(rows) for n, text in enumerate(cells)]
    assert (
        text_of(place_pdf([placed]))
        == "Tram 28 to the castle | 07:10 | 3 euros\nFerry to the island | 10:30 | 12 euros"
    )


def test_running_headers_footers_and_page_numbers_are_not_in_sentences(place_pdf: Callable[..., bytes]):
    def page(number: int, lines: list[str]) -> list[tuple[float, float, str]]:
        body = [(60, 720 - 13 * n, line) for n, line in enumerate(lines)]
        return [(60, 770, "Harbour report 2026"), *body, (60, 40, "Port authority"), (290, 25, f"Page {number} of 3")]

    pages = [
        page(
            1, ["The quay was repaired in spring and the crane was", "sold to the neighbouring town, which had asked"]
        ),
        page(2, ["for it since the year before. The new crane is", "blue and lifts nine tons."]),
        page(3, ["It stands on the left of the gate."]),
    ]
    entries = parse(place_pdf(pages), name="a.pdf").entries
    found = "\n\n".join(entry.text for entry in entries)
    assert "which had asked for it since the year before. The new crane is blue and lifts nine tons." in found
    assert (found.count("Harbour report 2026"), found.count("Port authority"), found.count("Page")) == (1, 1, 0)


def test_ligatures_and_words_broken_at_line_ends_are_whole(place_pdf: Callable[..., bytes]):
    placed = [(60, 700, "The \ufb01rst o\ufb03ce keeps the certi-"), (60, 687, "\ufb01cate of the well-known boat.")]
    assert text_of(place_pdf([placed])) == "The first office keeps the certificate of the well-known boat."


def test_text_that_lies_on_its_side_is_kept(place_pdf: Callable[..., bytes]):
    data = place_pdf([[(60, 700, "Upright words."), (60, 500, "Sideways words.")]])
    turned = data.replace(b"60 500 Td", b"0 1 -1 0 60 500 Tm")
    assert "Sideways words." in text_of(turned)
    assert "Upright words." in text_of(turned)
    landscape = data.replace(b"60 500 Td", b"0 1 -1 0 60 200 Tm").replace(b"60 700 Td", b"0 1 -1 0 40 200 Tm")
    assert text_of(landscape).split() == ["Upright", "words.", "Sideways", "words."]


def test_a_page_named_many_times_is_kept_once_and_told(place_pdf: Callable[..., bytes]):
    data = place_pdf([columns(700)])
    many = data.replace(b"/Kids [4 0 R] /Count 1", b"/Kids [" + b"4 0 R " * 5000 + b"] /Count 5000")
    started = time.process_time()
    parsed = parse(many, name="a.pdf")
    assert time.process_time() - started < 10
    assert len(parsed.entries) == len(parse(data, name="a.pdf").entries)
    assert "4999 pages" in parsed.rejected[0].reason


@pytest.mark.parametrize(
    "operators",
    [
        "BT /F1 9 Tf 72 700 Td (a) Tj ET\n" * 200_000,
        "q " * 2_000_000,
        "BT /F1 1 Tf " + "1 0 Td (a b) Tj 0 2 Td (c) Tj " * 60_000 + "ET",
    ],
)
def test_a_page_made_to_cost_time_is_read_soon(place_pdf: Callable[..., bytes], operators: str):
    data = place_pdf([[(60, 700, "Z" * 20)]])
    drawn = b"BT /F1 10 Tf 60 700 Td (ZZZZZZZZZZZZZZZZZZZZ) Tj ET"
    assert drawn in data
    packed = zlib.compress(operators.encode())
    data = data.replace(
        f"<< /Length {len(drawn)} >>\nstream\n".encode() + drawn,
        f"<< /Filter /FlateDecode /Length {len(packed)} >>\nstream\n".encode() + packed,
    )
    started = time.process_time()
    with suppress(FormatError):  # one of them draws nothing
        parse(data, name="a.pdf")
    assert time.process_time() - started < 10


def test_pages_are_read_from_several_threads_at_once(make_pdf: Callable[..., bytes]):
    data = make_pdf([("The same above,", "on each page,", f"but then {number} lemons.", "End") for number in range(40)])
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: parse(data, name="a.pdf"), range(12)))
    assert all(parsed == found[0] for parsed in found)
    assert "39 lemons" in found[0].entries[-1].text
