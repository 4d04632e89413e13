from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memos_graph.language import resolve_times

THURSDAY = datetime(2023, 5, 25, 13, 14, tzinfo=UTC)


def resolved(text: str, reference: datetime = THURSDAY) -> list[tuple[str, str, str, str]]:
    return [
        (m.text, f"{m.begins:%Y-%m-%d}", f"{m.ends:%Y-%m-%d}", m.granularity) for m in resolve_times(text, reference)
    ]


@pytest.mark.parametrize(
    ("text", "begins", "ends", "granularity"),
    [
        ("today", "2023-05-25", "2023-05-26", "day"),
        ("yesterday", "2023-05-24", "2023-05-25", "day"),
        ("tomorrow", "2023-05-26", "2023-05-27", "day"),
        ("the day before yesterday", "2023-05-23", "2023-05-24", "day"),
        ("yesterday morning", "2023-05-24", "2023-05-24", "part_of_day"),
        ("this morning", "2023-05-25", "2023-05-25", "part_of_day"),
        ("last night", "2023-05-24", "2023-05-25", "part_of_day"),
        ("last Friday", "2023-05-19", "2023-05-20", "day"),
        ("last Thursday", "2023-05-18", "2023-05-19", "day"),
        ("this past Saturday", "2023-05-20", "2023-05-21", "day"),
        ("next Monday", "2023-05-29", "2023-05-30", "day"),
        ("next Thursday", "2023-06-01", "2023-06-02", "day"),
        ("two Fridays ago", "2023-05-12", "2023-05-13", "day"),
        ("last week", "2023-05-15", "2023-05-22", "week"),
        ("the week before last", "2023-05-08", "2023-05-15", "week"),
        ("two weeks ago", "2023-05-08", "2023-05-15", "week"),
        ("a couple of weeks ago", "2023-05-08", "2023-05-15", "week"),
        ("last weekend", "2023-05-20", "2023-05-22", "weekend"),
        ("last month", "2023-04-01", "2023-05-01", "month"),
        ("next month", "2023-06-01", "2023-07-01", "month"),
        ("three months ago", "2023-02-01", "2023-03-01", "month"),
        ("last May", "2022-05-01", "2022-06-01", "month"),
        ("last April", "2023-04-01", "2023-05-01", "month"),
        ("in May", "2023-05-01", "2023-06-01", "month"),
        ("May 2021", "2021-05-01", "2021-06-01", "month"),
        ("last year", "2022-01-01", "2023-01-01", "year"),
        ("in 2022", "2022-01-01", "2023-01-01", "year"),
        ("since 2016", "2016-01-01", "2017-01-01", "year"),
        ("ten years ago", "2013-01-01", "2014-01-01", "year"),
        ("the 1990s", "1990-01-01", "2000-01-01", "decade"),
        ("last summer", "2022-06-01", "2022-09-01", "season"),
        ("last winter", "2022-12-01", "2023-03-01", "season"),
        ("next winter", "2023-12-01", "2024-03-01", "season"),
        ("summer of 2021", "2021-06-01", "2021-09-01", "season"),
        ("a few days ago", "2023-05-19", "2023-05-24", "vague"),
        ("the other day", "2023-05-18", "2023-05-25", "vague"),
        ("past few months", "2022-11-01", "2023-05-26", "vague"),
        ("7 May 2023", "2023-05-07", "2023-05-08", "day"),
        ("May 7th, 2023", "2023-05-07", "2023-05-08", "day"),
        ("on the 7th of May", "2023-05-07", "2023-05-08", "day"),
        ("2023-05-07", "2023-05-07", "2023-05-08", "day"),
        ("an hour ago", "2023-05-25", "2023-05-25", "hour"),
    ],
)
def test_resolves_against_the_reference(text: str, begins: str, ends: str, granularity: str):
    for sentence in (text, f"We met {text}.", f"{text.capitalize() if text.islower() else text}, we met."):
        found = resolved(sentence)
        assert [(mention[0].lower(), *mention[1:]) for mention in found] == [(text.lower(), begins, ends, granularity)]


@pytest.mark.parametrize(
    ("text", "begins"),
    [
        ("I will see you Friday.", "2023-05-26"),
        ("We're going to leave in December.", "2023-12-01"),
        ("I plan to move on June 3.", "2023-06-03"),
        ("We'll know in three days.", "2023-05-28"),
        ("It opens in two weeks' time.", "2023-06-05"),
        ("I start on 3 June.", "2023-06-03"),
        ("The party: 3 June.", "2023-06-03"),
        ("We met on 3 June.", "2022-06-03"),
        ("We met on Friday.", "2023-05-19"),
        ("We met on the 30th.", "2023-04-30"),
        ("We met in December.", "2022-12-01"),
        ("We met in late October.", "2022-10-21"),
        ("I meet her this Saturday.", "2023-05-27"),
        ("We are expecting a girl in August.", "2023-08-01"),
        ("She left on 29 February.", "2023-02-28"),
        ("The review is three weeks from now.", "2023-06-12"),
    ],
)
def test_past_or_future_is_read_from_the_sentence(text: str, begins: str):
    assert [mention[1] for mention in resolved(text)] == [begins]


def test_the_week_before_is_counted_from_what_was_named_last():
    assert [m[1] for m in resolved("I was ill last week, and away the week before.")] == ["2023-05-15", "2023-05-08"]
    assert resolved("I was away the week before.") == []


@pytest.mark.parametrize(
    "text",
    [
        "I go there every Friday.",
        "The shop is closed on Mondays.",
        "I may march there in may.",
        "Will Mark or April come?",
        "It cost 2022 dollars.",
        "Room 2019 is free.",
        "We built it in two days.",
        "The 31 June does not exist.",
        "On 2023-02-30 nothing happened.",
        "This is the last day of it.",
        "The week before the wedding was hard.",
        "Take the next train.",
        "my daydream",
        "",
    ],
)
def test_names_no_time(text: str):
    assert resolved(text) == []


def test_the_zone_of_the_reference_is_kept():
    zone = timezone(timedelta(hours=9))
    (mention,) = resolve_times("yesterday", datetime(2023, 5, 25, 1, tzinfo=zone))
    assert (mention.begins, mention.begins.tzinfo) == (datetime(2023, 5, 24, tzinfo=zone), zone)
    (mention,) = resolve_times("yesterday", datetime(2023, 5, 25, 1))  # noqa: DTZ001 - naive is taken as UTC
    assert mention.begins.tzinfo is UTC


def told() -> list[tuple[str, str, str]]:
    """The phrases of times.txt: the day each is said on, the sentence, and the days meant."""
    found, said = [], ""
    for line in (Path(__file__).parent / "times.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("@ "):
            said = line[2:]
        elif line and not line.startswith("#"):
            sentence, _, meant = line.rpartition(" | ")
            found.append((said, sentence, meant))
    return found


def meant_by(sentence: str, said: str) -> str:
    """Return the first day or days that are sure, as times.txt writes them."""
    at = datetime.fromisoformat(said).replace(hour=18, minute=30, tzinfo=UTC)
    sure = [mention for mention in resolve_times(sentence, at) if mention.granularity != "vague"]
    if not sure:
        return "-"
    first, last = sure[0].begins, sure[0].ends - timedelta(seconds=1)
    if sure[0].granularity in {"hour", "part_of_day"} or first.date() == last.date():
        return f"{first:%Y-%m-%d}"
    return f"{first:%Y-%m-%d}..{last:%Y-%m-%d}"


def test_no_phrase_is_read_wrongly_and_nearly_none_is_missed():
    phrases = told()
    read = [(sentence, said, meant, meant_by(sentence, said)) for said, sentence, meant in phrases]
    assert [each for each in read if each[3] not in {"-", each[2]}] == []
    missed = [each for each in read if each[3] != each[2]]
    assert len(phrases) >= 800
    assert len(missed) <= len(phrases) // 100, missed


@pytest.mark.parametrize(
    ("text", "begins", "ends"),
    [
        ("I see the surgeon tomorrow at 9am.", "2023-05-26 09:00", "2023-05-26 10:00"),
        ("At 7:15 pm on Saturday we will eat.", "2023-05-27 19:15", "2023-05-27 20:15"),
        ("The talk is on 12 June at noon.", "2023-06-12 12:00", "2023-06-12 13:00"),
        ("We left at 23:05 on 3 May.", "2023-05-03 23:05", "2023-05-04 00:05"),
        ("We leave at 9 tomorrow.", "2023-05-26 00:00", "2023-05-27 00:00"),
    ],
)
def test_a_time_of_day_belongs_to_its_day(text: str, begins: str, ends: str):
    (mention,) = resolve_times(text, THURSDAY)
    assert (f"{mention.begins:%Y-%m-%d %H:%M}", f"{mention.ends:%Y-%m-%d %H:%M}") == (begins, ends)


def test_a_question_asks_about_both_of_two_days():
    assert [m[1] for m in resolved("What was on Friday or Saturday?")] == []
    both = resolve_times("What was on Friday or Saturday?", THURSDAY, either=True)
    assert [f"{mention.begins:%m-%d}" for mention in both] == ["05-19", "05-20"]


WORDS = "last next this two a few the in on ago yesterday Friday weekend month year 2022 May 7 7th 31 summer before , .".split()  # noqa: SIM905


@given(
    st.one_of(st.text(), st.lists(st.sampled_from(WORDS)).map(" ".join)),
    st.datetimes(min_value=datetime(1, 1, 1), max_value=datetime(9999, 12, 31)),  # noqa: DTZ001
)
def test_mentions_are_ordered_ranges_inside_the_text(text: str, reference: datetime):
    last = 0
    for mention in resolve_times(text, reference):
        assert last <= mention.start < mention.end <= len(text)
        assert mention.text == text[mention.start : mention.end]
        assert mention.begins < mention.ends
        assert mention.begins.tzinfo is not None
        last = mention.end


@given(st.dates(min_value=date(1900, 1, 10), max_value=date(2100, 1, 1)))
def test_last_and_next_weekday_are_within_a_week(day: date):
    reference = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    (last,), (following,) = resolve_times("last Monday", reference), resolve_times("this coming Monday", reference)
    today = reference.replace(hour=0)
    assert timedelta(days=1) <= today - last.begins <= timedelta(days=7)
    assert timedelta(days=1) <= following.begins - today <= timedelta(days=7)
    assert last.begins.weekday() == following.begins.weekday() == 0
