"""Moments at the ends of the years that there are: no reader stumbles over them, and none is kept that UTC has no date for."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from memos_graph.errors import FormatError
from memos_graph.formats import Message, parse

LATE = "9999-12-31T23:59:59-05:00"
EARLY = "0001-01-01T00:00:00+05:00"
MAIL = "From: a@b.example\nTo: d@e.example\nDate: {}\nSubject: x\n\nHello there.\n"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("late.eml", MAIL.format("Fri, 31 Dec 9999 23:59:59 -0500")),
        ("irc.log", f"{LATE} <ann> hi there\n{LATE} <bob> ho there\n{LATE} <ann> hm\n"),
        ("day.txt", "--- Day changed Fri Dec 31 9999\n23:59 <ann> hi there\n00:01 <bob> ho there\n00:02 <ann> hm\n"),
        ("talk.json", f'[{{"role": "user", "content": "hello", "timestamp": "{LATE}"}}]'),
        ("talk.jsonl", f'{{"speaker": "Ann", "text": "hello", "at": "{EARLY}"}}\n'),
        ("GMT20251014-071200_a.vtt", "WEBVTT\n\n99999999:00:00.000 --> 99999999:00:01.000\n<v Ann>Hello there\n"),
        ("notes.md", f"---\ndate: {LATE}\n---\n# Ropes\n\nSplice them.\n"),
    ],
)
def test_a_file_with_moments_out_of_range_is_read(name: str, text: str) -> None:
    parsed = parse(text.encode(), name=name)
    for moment in (parsed.at, *(entry.at for entry in parsed.entries if isinstance(entry, Message))):
        assert moment is None or moment.astimezone(UTC)


def test_a_moment_out_of_range_is_told() -> None:
    parsed = parse(MAIL.format("Fri, 31 Dec 9999 23:59:59 -0500").encode(), name="late.eml")
    assert [each.at for each in parsed.entries if isinstance(each, Message)] == [None]
    assert any("after year 9999" in remark.reason for remark in parsed.remarks)
    with pytest.raises(FormatError, match="after year 9999"):
        parse("Ann: hi", name="a.txt", at=datetime(9999, 12, 31, 23, tzinfo=timezone(timedelta(hours=-5))))
