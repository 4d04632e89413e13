"""Stamps of many locales, and logs of further programs: who said it, and when, or nothing; never another time."""

import pytest
from support.log_locales import LOCALES

from memos_graph.formats import Message, Parsed, parse


def turns(parsed: Parsed) -> list[tuple[str | None, str | None, str]]:
    assert all(isinstance(entry, Message) for entry in parsed.entries), parsed.kind
    return [
        (f"{entry.at:%Y-%m-%d %H:%M}" if entry.at else None, entry.speaker, entry.text)
        for entry in parsed.entries
        if isinstance(entry, Message)
    ]


@pytest.mark.parametrize(("locale", "morning", "afternoon"), LOCALES, ids=[" ".join(each[:2]) for each in LOCALES])
def test_a_stamp_is_read_in_every_locale(locale: str, morning: str, afternoon: str) -> None:
    log = f"{morning} - Marta: I live in Bremen.\n{afternoon} - Jonas: Since when?\n"
    assert turns(parse(log, name="chat.txt")) == [
        ("2025-10-14 09:36", "Marta", "I live in Bremen."),
        ("2025-10-14 15:34", "Jonas", "Since when?"),
    ], locale


def test_a_name_that_is_a_word_for_half_a_day_elsewhere_stays_a_name() -> None:
    log = "14/10/2025, 03:34 - Pop: Hello.\n14/10/2025, 03:36 - Ngo: Hi.\n14/10/2025, 03:37 - Pop: I moved.\n"
    assert turns(parse(log, name="chat.txt")) == [
        ("2025-10-14 03:34", "Pop", "Hello."),
        ("2025-10-14 03:36", "Ngo", "Hi."),
        ("2025-10-14 03:37", "Pop", "I moved."),
    ]


def test_the_end_of_a_year_of_thailand_is_no_year_to_come() -> None:
    read = parse("14/10/68 15:34 - Marta: I live in Bremen.\n15/10/68 09:05 - Jonas: Good.\n", name="chat.txt")
    assert [at for at, _, _ in turns(read)] == [None, None]
    assert "another calendar" in read.remarks[0].reason


KAKAOTALK = """Marta 님과 카카오톡 대화
저장한 날짜 : 2025-10-15 09:00:00

--------------- 2025년 10월 14일 화요일 ---------------
[Marta] [오전 9:36] I live in Bremen.
[Jonas] [오후 3:34] Since when?
--------------- 2025년 10월 15일 수요일 ---------------
[Marta] [오후 3:36] May.
By the river.
"""
ZOOM = """09:36:07 From Marta Holm to Everyone:
\tI live in Bremen.
15:34:10 From Jonas Beck to Marta Holm(Direct Message):
\tSince when?
15:36:10 From Marta Holm to Everyone:
\tMay.
"""


def test_kakaotalk_on_a_computer() -> None:
    assert turns(parse(KAKAOTALK, name="KakaoTalk.txt")) == [
        ("2025-10-14 09:36", "Marta", "I live in Bremen."),
        ("2025-10-14 15:34", "Jonas", "Since when?"),
        ("2025-10-15 15:36", "Marta", "May.\nBy the river."),
    ]


@pytest.mark.parametrize(
    ("log", "name", "day"),
    [
        (ZOOM, "meeting_saved_chat.txt", None),
        (ZOOM, "2025-10-14 chat.txt", "2025-10-14"),
        (
            "\n".join(f"2025-10-14 {line}" if line[:1].isdigit() else line for line in ZOOM.split("\n")),
            "chat.txt",
            "2025-10-14",
        ),
        (ZOOM.replace(" From ", "\t From  ").replace(":\n\t", " : "), "2025-10-14 chat.txt", "2025-10-14"),
    ],
    ids=["times alone", "day in its name", "with days", "older"],
)
def test_a_chat_that_zoom_saved(log: str, name: str, day: str | None) -> None:
    times = [f"{day} {clock}" if day else None for clock in ("09:36", "15:34", "15:36")]
    assert turns(parse(log, name=name)) == [
        (times[0], "Marta Holm", "I live in Bremen."),
        (times[1], "Jonas Beck", "Since when?"),
        (times[2], "Marta Holm", "May."),
    ]


def test_words_before_a_name_said_are_its_speaker() -> None:
    log = "You said:\nI live in Bremen.\nChatGPT said:\nNice.\nYou said:\nMy boat is called Wren.\n"
    assert turns(parse(log, name="copied.txt")) == [
        (None, "You", "I live in Bremen."),
        (None, "ChatGPT", "Nice."),
        (None, "You", "My boat is called Wren."),
    ]
