"""Helpers of the format tests."""

from collections.abc import Callable, Sequence

import pytest
from hypothesis import settings

settings.register_profile("shared-machine", deadline=None)  # a busy machine is no failure
settings.load_profile("shared-machine")

_LINE, _LEFT, _TOP = 14, 72, 760


def _page_stream(lines: Sequence[str]) -> bytes:
    shown = []
    for number, line in enumerate(lines):
        escaped = line.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
        shown.append(f"BT /F1 11 Tf {_LEFT} {_TOP - number * _LINE} Td ({escaped}) Tj ET")
    return "\n".join(shown).encode("latin-1")


def build_pdf(pages: Sequence[Sequence[str]], title: str | None = None) -> bytes:
    """Write a PDF by hand: one text line of Helvetica per line, an empty line leaves a gap."""
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(len(pages)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    return _assembled(objects, [_page_stream(lines) for lines in pages], title)


Placed = tuple[float, float, str]
"""Left, bottom (points) and what stands there."""

_LIGATURE_CODES = {"\ufb01": "\\001", "\ufb03": "\\002"}


def build_placed_pdf(pages: Sequence[Sequence[Placed]], size: float = 10) -> bytes:
    """Write a PDF in which each text stands where it is said to; its font has glyphs for two ligatures."""
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(len(pages)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding << /Type /Encoding /BaseEncoding /WinAnsiEncoding /Differences [1 /fi /ffi] >> >>",
    ]
    streams = []
    for placed in pages:
        shown = []
        for left, bottom, text in placed:
            escaped = text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
            for ligature, code in _LIGATURE_CODES.items():
                escaped = escaped.replace(ligature, code)
            shown.append(f"BT /F1 {size} Tf {left} {bottom} Td ({escaped}) Tj ET")
        streams.append("\n".join(shown).encode("latin-1"))
    return _assembled(objects, streams, None)


def _assembled(objects: list[bytes], streams: Sequence[bytes], title: str | None) -> bytes:
    for number, stream in enumerate(streams):
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Resources << /Font << /F1 3 0 R >> >> "
            + f"/Contents {5 + 2 * number} 0 R >>".encode()
        )
        objects.append(f"<< /Length {len(stream)} >>\nstream\n".encode() + stream + b"\nendstream")
    if title:
        objects.append(f"<< /Title ({title}) >>".encode())
    body, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, start=1):
        places.append(len(body))
        body += f"{number} 0 obj\n".encode() + content + b"\nendobj\n"
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    info = f" /Info {len(objects)} 0 R" if title else ""
    tail = f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}trailer\n<< /Size {len(objects) + 1} /Root 1 0 R{info} >>\n"
    return body + tail.encode() + f"startxref\n{len(body)}\n%%EOF\n".encode()


@pytest.fixture
def make_pdf() -> Callable[..., bytes]:
    return build_pdf


@pytest.fixture
def place_pdf() -> Callable[..., bytes]:
    return build_placed_pdf
