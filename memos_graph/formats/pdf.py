"""PDF: paragraphs and tables with their page numbers, in the order they are read. Characters are found by PDFium (pypdfium2)."""

import ctypes
import re
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime

import pypdfium2 as pdfium
from pypdfium2 import raw

from memos_graph.errors import FormatError
from memos_graph.formats.page_layout import PageLine, TextRun, reading_order
from memos_graph.formats.passages import TextBlock, document
from memos_graph.formats.types import Parsed, Rejected

_SENTENCE_END = re.compile(r"[.!?:\u3002\uff01\uff1f][\"'\u201d\u2019)]*\s*$")
_HYPHENATED = re.compile(r"(?<=[^\W\d_])[-\u00ad\u2010\x02]$")
_LIGATURES = str.maketrans(
    {"\ufb00": "ff", "\ufb01": "fi", "\ufb02": "fl", "\ufb03": "ffi", "\ufb04": "ffl", "\ufb05": "st", "\ufb06": "st"}
)
_PAGE_NUMBER = re.compile(
    r"\W*(?:page|seite|p\.|s\.)?\s*(?:\d{1,4}|[ivxl]{1,6})(?:\s*(?:/|of|von|\|)\s*\d{1,4})?\W*", re.IGNORECASE
)
_COUNTED = re.compile(
    r"\A\d{1,5}(?!\d)|(?<!\d)\d{1,5}\Z|(?:(?<=page )|(?<=seite )|(?<=p\. )|(?<=s\. ))\d{1,5}", re.IGNORECASE
)
_GAP = 1.8  # line heights between the lines of two paragraphs
_SHORT_LINE = 0.8  # of the longest line of its column
_EDGE_LINES = 2  # at the top and the bottom of a page, where running headers and footers stand
_SHARE = 0.7  # of the processor time allowed, for finding the text; a page takes some milliseconds
_MOST_CHARS = 200_000  # of one page; print holds some thousand
_NO_TITLES = frozenset({"", "untitled", "(anonymous)"})  # what programs write where they know none
_NEW_LINE, _LINE_END_HYPHEN, _BLANK, _NO_CHARACTER = 0x0A, 0x02, 0x20, 0xFFFE
_UPRIGHT = 0.05  # radians

_pdfium = threading.Lock()
"""PDFium may be called by one thread at a time, whatever the document."""


def read_pdf(data: bytes, *, source: str, at: datetime | None, max_chars: int, seconds: float) -> Parsed:
    """Read a PDF's text, page by page, columns one after the other and the rows of tables as rows.

    Pages that say just what an earlier one says are left out, and those that could not be read in time; both are reported.
    Raises ``FormatError`` when it is encrypted, broken or holds only images.
    """
    title, pages, rejected = _extract(data, source, _SHARE * seconds)
    if not any(pages):
        raise FormatError(
            f"{source}: the PDF holds no text; it may be scanned.", hint="Run text recognition on it first."
        )
    parsed = document(_joined(_blocks(pages)), source=source, max_chars=max_chars, title=title, at=at)
    return parsed.model_copy(update={"rejected": (*parsed.rejected, *rejected)})


def _extract(data: bytes, source: str, seconds: float) -> tuple[str | None, list[list[PageLine]], list[Rejected]]:
    """Title, the lines of each page in order (none where it was left out), and what was left out."""
    ends = time.thread_time() + seconds
    pages: list[list[PageLine]] = []
    rejected: list[Rejected] = []
    known: set[str] = set()
    repeated = 0
    with _pdfium:
        file = _open(data, source)
    try:
        with _pdfium:
            count = len(file)
            title = str(file.get_metadata_dict().get("Title") or "").strip()
        for number in range(count):
            if time.thread_time() > ends:
                reason = f"Pages {number + 1} to {count} were not read: the pages before took {seconds:.0f} seconds."
                rejected.append(Rejected(reason=f"{reason} Split the PDF."))
                break
            with _pdfium:
                try:
                    words, runs, turned = _read_page(file, number, known)
                except pdfium.PdfiumError as error:
                    rejected.append(Rejected(reason=f"Page {number + 1} can't be read: {error}."))
                    pages.append([])
                    continue
            repeated += bool(words) and words in known
            known.add(words)
            pages.append([*reading_order(runs), *_turned_lines(_whole(turned))])
    except (pdfium.PdfiumError, OSError, ValueError) as error:
        raise FormatError(
            f"{source}: the PDF can't be read: {str(error).rstrip('.')}.", hint="Open and save it again."
        ) from error
    finally:
        with _pdfium:
            file.close()
    if repeated:
        rejected.append(Rejected(reason=f"{repeated} pages say just what an earlier one says, and are kept once."))
    return title if title.lower() not in _NO_TITLES else None, pages, rejected


def _open(data: bytes, source: str) -> pdfium.PdfDocument:
    try:
        return pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        if getattr(error, "err_code", None) == raw.FPDF_ERR_PASSWORD or "password" in str(error).lower():
            raise FormatError(f"{source}: the PDF is encrypted.", hint="Save a copy without a password.") from error
        raise FormatError(
            f"{source}: the PDF can't be read: {str(error).rstrip('.')}.", hint="Open and save it again."
        ) from error


def _read_page(file: pdfium.PdfDocument, number: int, known: set[str]) -> tuple[str, list[TextRun], str]:
    """Return the words of a page; where the upright ones stand, and the turned ones, unless ``known`` from an earlier page."""
    page = file[number]
    found = page.get_textpage()
    try:
        words = found.get_text_range()
        if words in known:
            return words, [], ""
        turned: list[str] = []
        return words, list(_runs(found, turned)), "".join(turned)
    finally:
        found.close()
        page.close()


def _runs(found: pdfium.PdfTextPage, turned: list[str]) -> Iterator[TextRun]:
    """Yield the stretches of upright text of a page, each ended by a gap or another line; add the others to ``turned``."""
    box, waiting = raw.FS_RECTF(), list[str]()
    left = right = bottom = top = 0.0
    for place in range(min(found.count_chars(), _MOST_CHARS)):
        sign = raw.FPDFText_GetUnicode(found, place)
        if abs(_turned(found, place)) > _UPRIGHT or (sign == _NEW_LINE and turned):
            turned.append(chr(sign))
            continue
        if (sign < _BLANK and sign != _LINE_END_HYPHEN) or sign == _NO_CHARACTER:
            continue
        raw.FPDFText_GetLooseCharBox(found, place, ctypes.byref(box))
        letter = chr(sign)
        if letter.isspace():
            if waiting:
                waiting.append(" ")
            continue
        height = max(top - bottom, 1.0)
        same_line = abs((box.top + box.bottom) - (top + bottom)) < height
        if waiting and not (same_line and -height < box.left - right < height):
            yield TextRun(left, bottom, right, top, _whole(waiting))
            waiting = []
        if not waiting:
            left, bottom, top = box.left, box.bottom, box.top
        right = box.right
        waiting.append(letter)
    if waiting:
        yield TextRun(left, bottom, right, top, _whole(waiting))


def _whole(letters: Sequence[str]) -> str:
    """Join UTF-16 units: a sign beyond the first 65,536 comes as two."""
    return "".join(letters).strip().encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _turned(found: pdfium.PdfTextPage, place: int) -> float:
    """How far a character is turned from upright, in radians; both ways round count alike."""
    angle = float(raw.FPDFText_GetCharAngle(found, place))
    return min(angle, 6.283185307 - angle) if angle >= 0 else 0.0


def _turned_lines(text: str) -> Iterator[PageLine]:
    """Yield lines of text that does not stand upright, as they are drawn: a stamp at the edge, or all of a page that lies on its side."""
    lines = [" ".join(line.split()) for line in text.replace("\0", "").splitlines()]
    for number, line in enumerate(each for each in lines if each):
        yield PageLine(line, -float(number), 1.0, float(len(line)), float(max(map(len, lines))))


def _blocks(pages: Sequence[Sequence[PageLine]]) -> Iterator[TextBlock]:
    running = _running(pages)
    told: set[str] = set()
    for number, page in enumerate(pages, start=1):
        edges = {id(line) for line in _edges(page)}
        body = []
        for line in page:
            shared = running.intersection(_keys(line, number)) if id(line) in edges else set()
            if id(line) in edges and _PAGE_NUMBER.fullmatch(line.text):
                continue
            if not shared:
                body.append(line)
            elif told.isdisjoint(shared):  # a running header is said once, apart from what it stands above
                yield TextBlock(line.text.translate(_LIGATURES), page=number)
            told |= shared
        for text in _paragraphs(body):
            yield TextBlock(text, page=number)


def _edges(page: Sequence[PageLine]) -> Sequence[PageLine]:
    """Return the lines at the top and the bottom of a page; none where there would be nothing between them."""
    return (*page[:_EDGE_LINES], *page[-_EDGE_LINES:]) if len(page) >= 2 * _EDGE_LINES else ()


def _running(pages: Sequence[Sequence[PageLine]]) -> set[str]:
    """Headers and footers: what stands at the edge of at least half of the pages, with the page's number or without."""
    counts: Counter[str] = Counter()
    for number, page in enumerate(pages, start=1):
        counts.update({key for line in _edges(page) for key in _keys(line, number)})
    written = sum(map(bool, pages))
    return {key for key, count in counts.items() if count > 1 and 2 * count >= written}


def _keys(line: PageLine, page: int) -> Iterator[str]:
    """Yield what a running line shares with that of another page: all of it, or all but a number that counts the pages."""
    place = f"@{line.bottom // 4:.0f}"
    yield line.text + place
    for number in _COUNTED.finditer(line.text[:200]):
        yield f"{line.text[: number.start()]}#{int(number[0]) - page}#{line.text[number.end() :]}{place}"


def _paragraphs(lines: Sequence[PageLine]) -> Iterator[str]:
    """Join lines; a paragraph ends at a gap, at a short line that ends a sentence, and where a table begins or ends."""
    waiting: list[PageLine] = []
    for line in lines:
        if waiting and _parts(waiting[-1], line):
            yield _text(waiting)
            waiting = []
        waiting.append(line)
    if waiting:
        yield _text(waiting)


def _parts(before: PageLine, line: PageLine) -> bool:
    if before.is_row or line.is_row:
        return before.is_row != line.is_row or before.bottom - line.bottom > 2 * _GAP * before.height
    if abs(before.height - line.height) > max(before.height, line.height) / 4:
        return True  # a heading
    ended = _SENTENCE_END.search(before.text[-9:]) is not None
    if line.bottom >= before.bottom:  # the next column
        return ended
    short = before.width < _SHORT_LINE * before.column_width
    return before.bottom - line.bottom > _GAP * before.height or (short and ended)


def _text(lines: Sequence[PageLine]) -> str:
    parts: list[str] = []
    for line in lines:
        added = line.text.translate(_LIGATURES)
        if not parts:
            parts.append(added)
        elif line.is_row:
            parts.append("\n" + added)
        elif _HYPHENATED.search(parts[-1][-2:]) and added[:1].islower():
            parts[-1] = parts[-1][:-1]
            parts.append(added)
        else:
            parts.append(" " + added)
    return "".join(parts).replace("\x02", "-")


def _joined(blocks: Iterator[TextBlock]) -> Iterator[TextBlock]:
    """Join a sentence that the end of a page cut in two; it stands where it begins."""
    waiting: TextBlock | None = None
    for block in blocks:
        goes_on = (
            waiting is not None
            and waiting.page is not None
            and block.page == waiting.page + 1
            and block.text[:1].islower()
            and _SENTENCE_END.search(waiting.text[-9:]) is None
            and "\n" not in waiting.text + block.text
        )
        if waiting and goes_on:
            hyphenated = _HYPHENATED.search(waiting.text[-2:])
            text = waiting.text[:-1] + block.text if hyphenated else f"{waiting.text} {block.text}"
            waiting = TextBlock(text, page=waiting.page)
            continue
        if waiting:
            yield waiting
        waiting = block
    if waiting:
        yield waiting
