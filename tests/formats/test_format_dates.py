from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from memos_graph.errors import FormatError
from memos_graph.formats import parse_date

MOMENT = datetime(2023, 5, 8, 13, 56, tzinfo=UTC)
DAY = datetime(2023, 5, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2023-05-08", DAY),
        ("20230508", DAY),
        ("2023-05-08 13:56", MOMENT),
        ("2023-05-08 1:56 pm", MOMENT),
        ("2023-05-08T13:56:00Z", MOMENT),
        ("2023-05-08 13:56 UTC", MOMENT),
        ("2023-05-08T13:56+02:00", datetime(2023, 5, 8, 13, 56, tzinfo=timezone(timedelta(hours=2)))),
        ("Mon, 08 May 2023 13:56:00 +0200", datetime(2023, 5, 8, 13, 56, tzinfo=timezone(timedelta(hours=2)))),
        ("2023/05/08 13:56", MOMENT),
        ("1:56 pm on 8 May, 2023", MOMENT),
        ("May 8th, 2023 at 1:56 PM", MOMENT),
        ("8 May 2023", DAY),
        ("the 8th of May 2023", DAY),
        ("Monday, May 8, 2023", DAY),
        ("25/08/2023 09:00", datetime(2023, 8, 25, 9, tzinfo=UTC)),
        ("08/25/2023", datetime(2023, 8, 25, tzinfo=UTC)),
        ("05/05/2023", datetime(2023, 5, 5, tzinfo=UTC)),
        ("12:00 am on 8 May, 2023", DAY),
        ("12:30 pm on 8 May, 2023", datetime(2023, 5, 8, 12, 30, tzinfo=UTC)),
        (1683554160, MOMENT),
        (1683554160.0, MOMENT),
        ("1683554160", MOMENT),
        (1683554160000, MOMENT),
        ("1683554160000", MOMENT),
        (1683554160000000, MOMENT),
        (1683554160000000000, MOMENT),
        ("1683554160.000000", MOMENT),
        ("8 May 2023 um 13:56", MOMENT),
        ("14.05.2023 um 13:56 Uhr", MOMENT.replace(day=14)),
        (datetime(2023, 5, 8, 13, 56), MOMENT),  # noqa: DTZ001 - a naive one is what is tested
    ],
)
def test_reads_a_date(written: object, meant: datetime):
    found = parse_date(written)
    assert found == meant
    assert found.utcoffset() == meant.utcoffset()


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("05/08/2023", "two different days"),
        ("8/5/23", "several years"),
        ("31 February 2023", "day is out of range"),
        ("2023-13-45", "month must be in 1..12"),
        ("8 May 2023 25:00", "hour must be in"),
        ("14:00 pm on 8 May 2023", "no 14 o'clock"),
        (10**400, "not a time in seconds"),
        (1e23, "not a time in seconds"),
        (float("nan"), "not a time in seconds"),
        (float("inf"), "not a time in seconds"),
        (True, "not bool"),
        (None, "not NoneType"),
        ({"year": 2023}, "not dict"),
        ("yesterday", "not a full date"),
        ("May 2023", "not a full date"),
        ("2023", "not a full date"),
        ("13:56", "not a full date"),
        ("", "not a full date"),
    ],
)
def test_refuses_what_is_no_certain_date(written: object, reason: str):
    with pytest.raises(FormatError, match=reason):
        parse_date(written)


@given(st.one_of(st.text(max_size=60), st.floats(), st.integers()))
@example(-62_135_596_801)
def test_gives_an_aware_moment_or_a_format_error(written: object):
    try:
        found = parse_date(written)
    except FormatError:
        return
    assert found.tzinfo is not None


@given(st.datetimes(timezones=st.just(UTC)))
def test_reads_back_iso(moment: datetime):
    assert parse_date(moment.isoformat()) == moment


@pytest.mark.parametrize("value", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_moment_that_utc_has_no_year_for_is_refused(value: str) -> None:
    for each in (value, datetime.fromisoformat(value)):
        with pytest.raises(FormatError, match="before year 1 or after year 9999"):
            parse_date(each)
