"""Where sentences begin and end."""

import re

from memos_graph.language.types import Span

_WIDE_STOPS = "\u3002\uff01\uff1f\uff61"  # ideographic full stop, exclamation and question mark, half-width stop
_STOPS = ".!?\u2026\u061f\u0964\u06d4"  # with the ellipsis, the Arabic and Urdu marks and the danda
_QUOTES = "\"'\u2019\u201d\u00bb"
_CLOSERS = rf"{_QUOTES})\]"
_OPENERS = "\"'\u2018\u201c\u00ab(\\[\u00bf\u00a1"
_BREAK = re.compile(
    rf"(?P<wide>[{_WIDE_STOPS}]+[{_CLOSERS}\u300d\u300f\uff09]*)"
    rf"|(?<![{_STOPS}])(?P<stop>[{_STOPS}]++)(?P<closers>[{_CLOSERS}]*+)(?=\s)"  # begun once a run: linear
    r"|(?P<emoji>[\U0001f300-\U0001faff\u2600-\u27bf]\ufe0f?)(?=\s+[A-Z])"
    r"|\n+"
)
_TITLE = re.compile(
    r"\b(?:mr|mrs|ms|dr|prof|sr|st|capt|col|gen|lt|sgt|rev|hon|vs|e\.g|i\.e|approx|cf|dept|mt|messrs)$", re.IGNORECASE
)
_NUMBERED = re.compile(
    r"\b(?:no|nos|fig|vol|pp?|ch|sec|art|est|ca|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)$", re.IGNORECASE
)
_OTHER_SHORT = re.compile(r"\b(?:inc|ltd|corp|co|jr|etc|ph\.d|b\.a|m\.a|(?:[A-Za-z]\.)*[A-Za-z])$", re.IGNORECASE)
_LONGEST_SHORT = 12
_NEXT_SMALL = re.compile(rf"\s+[{_OPENERS}]*[a-z]")
_NEXT_DIGIT = re.compile(r"\s+\d")
_NEXT_STARTS = re.compile(
    r"\s+(?:I|It|He|She|We|They|You|The|This|That|These|Those|There|My|Our|His|Her|Their|And|But|So|Then|When|If|In|What"
    r"|How|Why|Who|Where|Yes|No|Not|Also|After|Before|Now)\b"
)


def sentences(text: str) -> list[Span]:
    """Split into sentences; spans are in order, do not overlap and hold no white space at their ends.

    A line break always ends a sentence; a stop does not after a title ("Dr.") or an initial, inside a number, or
    before a small letter, unless the sentence began with one.
    """
    spans: list[Span] = []
    start = 0
    for found in _BREAK.finditer(text):
        if found["stop"] and not _ends(text, start, found):
            continue
        _add(spans, text, start, found.end())
        start = found.end()
    _add(spans, text, start, len(text))
    return spans


def _add(spans: list[Span], text: str, start: int, end: int) -> None:
    piece = text[start:end]
    begin = start + len(piece) - len(piece.lstrip())
    finish = start + len(piece.rstrip())
    if finish > begin:
        spans.append(Span(begin, finish))


def _ends(text: str, start: int, found: re.Match[str]) -> bool:
    """Tell whether a mark with white space after it ends the sentence that began at ``start``."""
    mark, small = found["stop"], bool(_NEXT_SMALL.match(text, found.end()))
    if mark[-1] in "!?":
        return not (small and found["closers"])  # "Why?" he asked
    if mark != ".":
        return not small
    if small:
        return text[start : start + 100].lstrip()[:1].islower() and not _is_short(text, found)
    return not _is_short(text, found) and not _is_list_number(text, start, found.start())


def _is_list_number(text: str, start: int, end: int) -> bool:
    return end - start <= _LONGEST_SHORT and text[start:end].strip().isdecimal()


def _is_short(text: str, found: re.Match[str]) -> bool:
    """Tell whether the stop belongs to an abbreviation that the sentence goes on after."""
    end = found.start()
    tail = text[max(0, end - _LONGEST_SHORT) : end]
    if _TITLE.search(tail):
        return True
    if _NUMBERED.search(tail):
        return bool(_NEXT_DIGIT.match(text, found.end()))
    return bool(_OTHER_SHORT.search(tail)) and not _NEXT_STARTS.match(text, found.end())
