import time
from datetime import UTC, datetime

import pytest

from memos_graph.formats import parse


def at(day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(2026, 5, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("line", "speaker", "when"),
    [
        ("[2026-05-08 13:56] Ann: hello", "Ann", at(8, 13, 56)),
        ("[8 May 2026, 1:56 pm] Ann Lee: hello", "Ann Lee", at(8, 13, 56)),
        ("2026-05-08 13:56 Ann: hello", "Ann", at(8, 13, 56)),
        ("2026-05-08T13:56Z Ann: hello", "Ann", at(8, 13, 56)),
        ("2026-05-08, 13:56 - Ann: hello", "Ann", at(8, 13, 56)),
        ("25/05/2026, 13:56 - Ann: hello", "Ann", at(25, 13, 56)),
        ("Ann: hello", "Ann", None),
        ("Zoë O'Neil-Smith: hello", "Zoë O'Neil-Smith", None),
        ("李明: hello", "李明", None),
    ],
)
def test_reads_a_line(line: str, speaker: str, when: datetime | None):
    (message,) = parse(line, name="chat.log").entries
    assert (message.speaker, message.at, message.text) == (speaker, when, "hello")


def test_date_lines_and_session_headers_hold_for_what_follows():
    parsed = parse(
        "## Session 1 (8 May 2026)\nAnn: one\n09:30 Bo: two\n\n--- 2026-05-09 ---\nAnn: three\n"
        "## Session 2 (1:00 pm on 10 May, 2026)\nBo: four\n",
        name="chat.log",
    )
    assert [(m.text, m.at, m.attributes["session"]) for m in parsed.entries] == [
        ("one", at(8), "Session 1"),
        ("two", at(8, 9, 30), "Session 1"),
        ("three", at(9), "Session 1"),
        ("four", at(10, 13), "Session 2"),
    ]
    assert parsed.rejected == ()


def test_lines_that_begin_no_turn_continue_the_last_one():
    parsed = parse(
        "[2026-05-08 13:56] Ann: Shopping:\nNote: no sugar\nsee https://example.org\n\nthat's all\n"
        "[2026-05-08 13:57] Bo: ok\nAnn: and milk",
        name="chat.log",
    )
    assert [(m.speaker, m.text) for m in parsed.entries] == [
        ("Ann", "Shopping:\nNote: no sugar\nsee https://example.org\n\nthat's all"),
        ("Bo", "ok"),
        ("Ann", "and milk"),
    ]


def test_what_cant_be_kept_is_reported_with_its_line():
    parsed = parse(
        "lost line\n[2026-13-45 10:00] Ann: bad date\ngoes with it\n[2026-05-08 10:00] Ann:\n[2026-05-08 10:01] Bo: fine\n"
        "[10:02] Bo: no date above\n[05/08/2026 10:03] Bo: which day?\n",
        name="chat.log",
    )
    assert [(m.text, m.at) for m in parsed.entries] == [
        ("bad date\ngoes with it", None),
        ("fine", at(8, 10, 1)),
        ("no date above", None),
        ("which day?", None),
    ]
    assert [(bad.line, bad.reason) for bad in parsed.rejected] == [
        (1, "Nobody has spoken before this line, so it belongs to no message."),
        (4, "The text is empty."),
    ]
    assert [remark.line for remark in parsed.remarks] == [2, 6, 7]
    reasons = [remark.reason for remark in parsed.remarks]
    assert "2026-13-45" in reasons[0]
    assert "without a date" in reasons[1]
    assert "--date-order" in reasons[2]


def test_messages_take_the_date_given_for_the_whole():
    (message,) = parse("Ann: hello", name="chat.log", at=at(8)).entries
    assert message.at == at(8)


def test_an_endless_line_takes_no_time():
    text = "Ann: hello\n" + "x" * 5_000_000 + "\nBo: bye\n"
    parsed = parse(text, name="chat.log")
    assert parsed.entries[-1].text == "bye"
    assert "".join(m.text for m in parsed.entries[:-1]).count("x") == 5_000_000
    assert "5,000,006 characters" in parsed.remarks[0].reason


@pytest.mark.parametrize(
    ("log", "turns"),
    [
        (
            "\U0001f338 Ines: hi\nBo: hello\n\U0001f338 Ines: bye",
            ["\U0001f338 Ines: hi", "Bo: hello", "\U0001f338 Ines: bye"],
        ),
        (
            "+49 170 5550123: hi\nBo: hello\n+49 170 5550123: bye",
            ["+49 170 5550123: hi", "Bo: hello", "+49 170 5550123: bye"],
        ),
        (
            "Ann: list\nNote: no sugar\nBo: ok\nAnn: fine\nBo: yes",
            ["Ann: list\nNote: no sugar", "Bo: ok", "Ann: fine", "Bo: yes"],
        ),
    ],
)
def test_talk_without_stamps(log: str, turns: list[str]):
    parsed = parse(log, name="talk.txt")
    assert [f"{entry.speaker}: {entry.text}" for entry in parsed.entries] == turns


def test_a_notice_in_a_language_not_listed_is_told_by_who_acts():
    parsed = parse(
        "14/10/2025, 15:34 - Marta: hello\n14/10/2025, 15:35 - Marta изменила описание группы: берём лодку\n"
        "14/10/2025, 15:36 - Ana von der Heide: here\n14/10/2025, 15:37 - Ana: there",
        name="chat.txt",
    )
    assert [entry.speaker for entry in parsed.entries] == ["Marta", "Ana von der Heide", "Ana"]
    assert [bad.line for bad in parsed.rejected] == [2]


@pytest.mark.parametrize(
    ("stamp", "when", "reason"),
    [
        ("14/10 15:34", None, "names no year"),
        ("2025-10-14 15:34:12 CET", None, "CET is the name of several zones"),
        ("Tue 14/10/2025 15:34", "2025-10-14T15:34:00+00:00", None),
        ("14/10/2025 15:34:12 | Edited 15:40:00", "2025-10-14T15:34:12+00:00", None),
    ],
)
def test_rarer_stamps_in_brackets(stamp: str, when: str | None, reason: str | None):
    parsed = parse(f"[{stamp}] Ann: hello", name="chat.txt")
    assert [(m.speaker, m.text, m.at and m.at.isoformat()) for m in parsed.entries] == [("Ann", "hello", when)]
    assert [reason in remark.reason for remark in parsed.remarks] == ([True] if reason else [])


def test_a_long_log_is_read_in_seconds():
    log = "\n".join(
        f"{1 + day % 28:02d}/10/2025, 15:34 - Marta: The key is here.\nsecond line" for day in range(20_000)
    )
    started = time.process_time()
    assert len(parse(log, name="chat.txt").entries) == 20_000
    assert time.process_time() - started < 10
