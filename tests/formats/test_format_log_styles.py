"""Whatever a program writes as a log is read back: who, when, what; and no date is ever a wrong one."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.log_styles import NAMES, STYLES, Style

from memos_graph.formats import Parsed, parse
from memos_graph.formats.logs.signs import plain_name

TEXTS = (
    "The key is with Mrs Bergmann.",
    "Who brings what:\nJonas: salad\nMarta: bread",
    "at 10:30: the ferry; see https://example.org/a:b",
    "(no: really)",
    "wait - what?\n\n- eggs\n- milk\n14 Oct 2025",
    "ok",
)
_FIRST = datetime(2025, 8, 13, 9, 5, tzinfo=UTC)


def _read(style: Style, told: list[tuple[datetime, str, str]]) -> Parsed:
    return parse("\n".join(style.write(*turn) for turn in told), name="chat.txt")


def _turns(parsed: Parsed) -> list[tuple[datetime | None, str | None, str]]:
    return [(entry.at, entry.speaker, entry.text) for entry in parsed.entries]


def _expected(style: Style, told: list[tuple[datetime, str, str]]) -> list[tuple[datetime, str, str]]:
    return [
        (when if style.seconds else when.replace(second=0), plain_name(speaker), text) for when, speaker, text in told
    ]


@st.composite
def conversations(draw: st.DrawFn, *, first: datetime) -> list[tuple[datetime, str, str]]:
    """Turns in the order of their times, from ``first`` on."""
    steps = draw(st.lists(st.integers(0, 40 * 24 * 3600), min_size=1, max_size=8))
    told, when = [], first
    for step in [0, *steps]:
        when += timedelta(seconds=step)
        told.append((when, draw(st.sampled_from(NAMES)), draw(st.sampled_from(TEXTS))))
    return told


@pytest.mark.parametrize("style", STYLES, ids=lambda style: style.name)
@settings(max_examples=25)
@given(data=st.data())
def test_what_a_program_writes_is_read_back(style: Style, data: st.DataObject):
    told = data.draw(conversations(first=_FIRST))
    if style.line.startswith("{stamp} {name}"):  # here nothing stands between a stamp and names like parts of one
        told = [turn for turn in told if plain_name(turn[1]) not in {"Am", "PM Jones", "7"}]
        told = [(_FIRST, "Marta", "ok"), (_FIRST, "Jonas", "Fine."), *told]
    parsed = _read(style, told)
    assert parsed.kind == "conversation"
    assert _turns(parsed) == _expected(style, told)
    assert (parsed.rejected, parsed.remarks) == ((), ())


@pytest.mark.parametrize("style", [style for style in STYLES if style.order], ids=lambda style: style.name)
@settings(max_examples=25)
@given(first=st.datetimes(datetime(2012, 1, 1), datetime(2031, 12, 31), timezones=st.just(UTC)), data=st.data())  # noqa: DTZ001
def test_a_date_is_right_or_missing_and_never_wrong(style: Style, first: datetime, data: st.DataObject):
    told = data.draw(conversations(first=first.replace(microsecond=0)))
    told = [(when, "Marta", "ok") for when, _, _ in told]
    parsed = _read(style, told)
    read = _turns(parsed)
    expected = _expected(style, told)
    assert [turn[1:] for turn in read] == [turn[1:] for turn in expected]
    for (found, *_), (meant, *_) in zip(read, expected, strict=True):
        assert found in {None, meant}
    assert bool(parsed.remarks) == any(found is None for found, *_ in read)
    with_order = parse("\n".join(style.write(*turn) for turn in told), name="chat.txt", date_order=style.order)
    assert _turns(with_order) == expected
    assert with_order.remarks == ()
