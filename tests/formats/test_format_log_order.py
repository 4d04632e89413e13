"""What the numbers of a log's dates mean is settled from the whole log, or by whoever brings it."""

from datetime import UTC, datetime

import pytest

from memos_graph.formats import DateOrder, parse


def _days(text: str, **options: DateOrder) -> list[str | None]:
    parsed = parse(text, name="chat.txt", **options)
    return [entry.at and f"{entry.at:%Y-%m-%d}" for entry in parsed.entries]


def _chat(*days: str, clock: str = "12:31") -> str:
    return "\n".join(f"{day}, {clock} - Marta: {day}" for day in days)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (("03.08.25", "13.08.25"), ["2025-08-03", "2025-08-13"]),
        (("8/3/25", "8/13/25"), ["2025-08-03", "2025-08-13"]),
        (("03/08/2025", "13/08/2025"), ["2025-08-03", "2025-08-13"]),
        (("03-08-2025", "13-08-2025"), ["2025-08-03", "2025-08-13"]),
        (("2025/08/03", "2025/08/04"), ["2025-08-03", "2025-08-04"]),
        (("03.08.25", "04.08.25"), ["2025-08-03", "2025-08-04"]),  # between dots the day stands first everywhere
        (("05/08/2025", "04/09/2025"), ["2025-08-05", "2025-09-04"]),  # else the log would go back in time
        (("08/05/25", "09/04/25"), ["2025-08-05", "2025-09-04"]),
        (("05/05/2025",), ["2025-05-05"]),
        (("13.08.99", "14.08.99"), ["1999-08-13", "1999-08-14"]),
        (("98/10/14", "98/10/15", "98/10/16", "98/10/17"), ["1998-10-14", "1998-10-15", "1998-10-16", "1998-10-17"]),
        (("29/02/2024", "01/03/2024"), ["2024-02-29", "2024-03-01"]),
    ],
)
def test_the_log_shows_the_order(written: tuple[str, ...], meant: list[str]):
    assert _days(_chat(*written)) == meant


def test_a_log_that_begins_with_the_latest_goes_back_in_time():
    text = (
        "04/09/2025, 15:00 - Marta: d\n04/09/2025, 12:00 - Marta: c\n05/08/2025, 15:00 - Marta: b\n"
        "05/08/2025, 12:00 - Marta: a"
    )
    assert _days(text) == ["2025-09-04", "2025-09-04", "2025-08-05", "2025-08-05"]


def test_what_could_mean_two_days_is_kept_without_a_date_and_told_once():
    text = _chat("03/08/2025", "03/08/2025", "04/08/2025")
    parsed = parse(text, name="chat.txt")
    assert [(entry.text, entry.at) for entry in parsed.entries] == [
        ("03/08/2025", None),
        ("03/08/2025", None),
        ("04/08/2025", None),
    ]
    (remark,) = parsed.remarks
    assert remark.line == 1
    assert remark.reason == (
        "The log does not show whether the day or the month stands first in '03/08/2025, 12:31'; kept without a date. "
        "Say it with --date-order dmy or mdy (date_order in Python and REST). 2 other messages likewise."
    )
    assert _days(text, date_order="dmy") == ["2025-08-03", "2025-08-03", "2025-08-04"]
    assert _days(text, date_order="mdy") == ["2025-03-08", "2025-03-08", "2025-04-08"]


def test_the_date_given_for_the_whole_is_none_of_an_unclear_message():
    (message,) = parse(_chat("03/08/2025"), name="chat.txt", at=datetime(2026, 1, 1, tzinfo=UTC)).entries
    assert message.at is None


def test_dates_written_both_ways_are_read_where_they_are_certain():
    assert _days(_chat("13/08/2025", "08/14/2025", "03/08/2025")) == ["2025-08-13", "2025-08-14", None]


def test_a_day_that_is_none_costs_its_own_message_the_date_only():
    parsed = parse(_chat("13/08/2025", "31/02/2025", "03/08/2025"), name="chat.txt")
    assert [entry.at and entry.at.day for entry in parsed.entries] == [13, None, 3]
    assert "31/02/2025" in parsed.remarks[0].reason
    unlike = parse(_chat("13/08/2025"), name="chat.txt", date_order="mdy")
    assert (unlike.entries[0].at, len(unlike.remarks)) == (None, 1)


def test_marks_between_the_numbers_are_told_apart():
    text = "13.08.2025, 12:31 - Marta: a\n05/08/2025, 12:31 - Marta: b"
    assert _days(text) == ["2025-08-13", None]


@pytest.mark.parametrize(
    ("stamp", "meant"),
    [
        ("14/10/2025, 12:05 AM", "00:05:00"),
        ("14/10/2025, 12:05 PM", "12:05:00"),
        ("14/10/2025, 12:05 a. m.", "00:05:00"),
        ("14/10/2025, 3:34 P.M.", "15:34:00"),
        ("14/10/2025, 3:34PM", "15:34:00"),
        ("14/10/2025, 3:34\u2009pm", "15:34:00"),
        ("14/10/2025, 3:34\u3000pm", "15:34:00"),
        ("14/10/2025, 3:34:59 p.\u00a0m.", "15:34:59"),
        ("2025/10/14 午前0:15", "00:15:00"),
        ("2025/10/14 午後0:15", "12:15:00"),
        ("2025/10/14 凌晨12:15", "00:15:00"),
        ("2025/10/14 中午12:15", "12:15:00"),
        ("2025/10/14 晚上8:15", "20:15:00"),
        ("14.10.2025, 15.34.12", "15:34:12"),
        ("14.10.2025 kl. 15.34", "15:34:00"),
        ("14.10.25 um 15:34 Uhr", "15:34:00"),
    ],
)
def test_clocks_of_twelve_hours_and_other_marks(stamp: str, meant: str):
    (message,) = parse(f"{stamp} - Marta: hello", name="chat.txt").entries
    assert (message.speaker, message.at.isoformat()) == ("Marta", f"2025-10-14T{meant}+00:00")


@pytest.mark.parametrize("stamp", ["14/10/2025, 25:00", "14/10/2025, 14:00 PM", "14/10/1447, 12:00"])
def test_a_time_that_is_none_costs_the_date_and_not_the_message(stamp: str):
    parsed = parse(f"{stamp} - Marta: hello", name="chat.txt")
    assert [(entry.speaker, entry.text, entry.at) for entry in parsed.entries] == [("Marta", "hello", None)]
    assert stamp in parsed.remarks[0].reason
