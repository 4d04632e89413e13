"""Whether work grows in proportion to its input, found by doubling strings that are made to be slow."""

import gc
import time
from collections.abc import Callable, Iterable

PUMPS = (
    "a", "A", " ", "\n", "\t", "\r\n", "(", ")", "[", "]", "{", "<", ">", "<a", "<!--", "</", "&", "&#", "1", "1.", "1,", "1-", "1 ", "1:",
    "1/", "12.", "12:", "12 ", "-", "--", "-\n", "- ", "_", "*", "**", "#", "# ", "`", "~", "|", "| ", "|-", "\\", "/", "//", ".", ". ", "..", ",",
    ", ", ";", ":", "::", ": ", "'", '"', "!", "?", "@", "a@", "a@a", "a@a.", "a.", "a.a", "a-", "a_", "a'", "a ", "a\n", "a:", "a: ", "a=", "a,",
    "a b ", "aB", "Aa ", "Aa Bb ", "A. ", "a\n\n", "\n ", " \n", "> ", ">\n", "> >", "On ", "On a", " wrote:", "wrote:\n", "From: ", "From a\n",
    "http://", "http://a", "://", "www.", "mailto:", "pass ", "password: ", "key=", "token ", "Bearer ", "eyJ", "sk-", "-----BEGIN ", "BEGIN A-----",
    "may ", "May 1 ", "1 May ", "last ", "next ", "in ", "in the ", "of the ", "two weeks ago ", "half past ", "from 1 to ", "on Monday ", "monday, ",
    "2023-", "2023-01-", "12:30 ", "12:30, ", "1 am ", "1st ", "the ", "I ", "I am ", "is ", "moved to ", "works at ", "Dr. ", "Mr. ", "e.g. ",
    "[12:30] ", "[12.05.23, ", "12.05.23, 12:30 - ", "Ida: ", "<Ida> ", "00:00:01.000 --> ", "WEBVTT\n", "---\n", "```\n", "a: b\n", "$1", "1 $", "+1 ",
    "+49 ", "0 ", "ff:", "f:", "::f", "1.1.", "DE1", "AB 12 ", "\u6c49", "\u3002", "\u00e9", "e\u0301", "\u0301", "\u200d", "\U0001f600", "\u00ad",
    "\u202e", "\u0e01", "\ufb01", "\u2019", "\u201c", "\u2013", "\u00a0",
)  # fmt: skip
"""What is repeated: alone, and with something before and after it that a pattern may wait for."""

_ENOUGH_S, _FIRST, _LONGEST = 0.01, 2_000, 16_000
_MOST_RATIO, _TRIES = 3.0, 5


def pumped(pump: str, length: int, last: str = "\x01") -> str:
    """Return ``pump`` again and again, ``length`` characters of it, and then what it does not go on with."""
    return pump * (length // len(pump)) + last


def slow(work: Callable[[str], object], pumps: Iterable[str] = PUMPS, longest: int = _LONGEST) -> list[str]:
    """Return what ``work`` takes more than three times as long for when it is twice as long."""
    return [f"{pump!r}: {ratio:.1f} times" for pump in pumps if (ratio := _ratio(work, pump, longest)) > _MOST_RATIO]


def _ratio(work: Callable[[str], object], pump: str, longest: int) -> float:
    length, spent = _FIRST, _seconds(work, pumped(pump, _FIRST))
    while spent < _ENOUGH_S and length < longest:
        length *= 2
        spent = _seconds(work, pumped(pump, length))
    if spent < _ENOUGH_S:
        return 0.0
    ratio, once = 0.0, spent
    for _ in range(_TRIES):  # the machine may have been busy with something else
        twice = _seconds(work, pumped(pump, 2 * length))
        ratio = twice / max(once, 1e-4)
        if ratio <= _MOST_RATIO:
            return ratio
        once = _seconds(work, pumped(pump, length))
    return ratio


def _seconds(work: Callable[[str], object], text: str) -> float:
    gc.disable()  # which now and then looks through all there is
    try:
        began = time.thread_time()
        work(text)
        return time.thread_time() - began
    finally:
        gc.enable()
