"""The zone of what is added, and of who asks, on the command line."""

from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from support.cli_runner import Run


def test_the_date_given_keeps_its_zone(mine: Run, tmp_path: Path) -> None:
    note = tmp_path / "note.txt"
    note.write_text("I met the baker yesterday.", encoding="utf-8")
    assert mine("add", str(note), "--at", "2026-08-11T22:45:00-0700").code == 0
    (hit,) = mine("search", "baker", "--json").json()["hits"]
    assert hit["cube"]["descriptive"]["valid_from"] == "2026-08-10T00:00:00Z"
    assert hit["cube"]["descriptive"]["said_at"] == "2026-08-12T05:45:00Z"


@pytest.mark.parametrize(("name", "hours"), [("Pacific/Kiritimati", 14), ("Etc/GMT+12", -12)])
def test_the_reader_says_where_it_is(mine: Run, monkeypatch: pytest.MonkeyPatch, name: str, hours: int) -> None:
    by_option = mine("search", "What happened today?", "--json", "--timezone", name).json()
    monkeypatch.setenv("MEMOS_TIMEZONE", name)
    by_setting = mine("search", "What happened today?", "--json").json()
    for found in (by_option, by_setting):
        begins = datetime.fromisoformat(found["call"]["begins"]).astimezone(ZoneInfo(name))
        assert (begins.hour, begins.utcoffset()) == (0, timedelta(hours=hours))


def test_a_zone_that_is_none_is_refused(mine: Run) -> None:
    refused = mine("search", "What happened today?", "--timezone", "Mars/Olympus")
    assert refused.code == 1
    assert "'Mars/Olympus' is not a time zone" in refused.err
