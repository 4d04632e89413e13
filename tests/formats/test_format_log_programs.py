"""Logs as programs other than WhatsApp write them: who, when, what, and what is nobody's."""

from datetime import datetime, timedelta, timezone

import pytest

from memos_graph.formats import Parsed, parse

IRSSI = """--- Log opened Tue Oct 14 12:00:00 2025
12:00 -!- lea [~lea@example.org] has joined #kiln
12:01 <@bo> the kiln is fired
12:02 < lea> fine
12:03  * lea waves
23:59 < lea> late
--- Day changed Wed Oct 15 2025
00:01 <@bo> morning
--- Log closed Wed Oct 15 01:00:00 2025
"""
WEECHAT = """2025-10-14 12:00:00\t-->\tlea (~lea@example.org) has joined #kiln
2025-10-14 12:01:00\t@bo\tthe kiln is fired
2025-10-14 12:02:00\tlea\tfine
2025-10-14 12:03:00\t *\tlea waves
2025-10-14 23:59:00\tlea\tlate
2025-10-15 00:01:00\t@bo\tmorning
2025-10-15 00:02:00\t<--\tlea (~lea@example.org) has quit (bye)
2025-10-15 00:02:00\t--\tMode #kiln [+o bo] by lea
"""
HEXCHAT = """**** BEGIN LOGGING AT Tue Oct 14 12:00:00 2025

Oct 14 12:00:01 *\tNow talking on #kiln
Oct 14 12:01:00 <bo>\tthe kiln is fired
Oct 14 12:02:00 <lea>\tfine
Oct 14 12:03:00 *\tlea waves
Oct 14 23:59:00 <lea>\tlate
Oct 15 00:01:00 <bo>\tmorning
Oct 15 00:02:00 *\tlea has quit (bye)
**** ENDING LOGGING AT Wed Oct 15 01:00:00 2025
"""
MIRC = """Session Start: Tue Oct 14 12:00:00 2025
Session Ident: #kiln
03[12:00] * Now talking in #kiln
[12:00] * Topic is 'clay: all of it'
[12:01] <@bo> the kiln is \x0304fired\x03
[12:02] <lea> \x02fine\x02
[12:03] * lea waves
[23:59] <lea> late
[00:01] <@bo> morning
[00:02] * lea (~l@example.org) Quit (bye)
Session Close: Wed Oct 15 01:00:00 2025
""".replace("03[", "\x0303[")
ENERGYMECH = """[12:00:01] *** Joins: lea (lea@example.org)
[12:01:00] <bo> the kiln is fired
[12:02:00] <lea> fine
[12:03:00] * lea waves
[23:59:00] <lea> late
[00:01:00] <bo> morning
[00:02:00] *** Quits: lea (lea@example.org) (bye)
"""
SUPYBOT = """2025-10-14T12:00:00  *** lea <~lea@example.org> has joined #kiln
2025-10-14T12:01:00  <bo> the kiln is fired
2025-10-14T12:02:00  <lea> fine
2025-10-14T12:03:00  * lea waves
2025-10-14T23:59:00  <lea> late
2025-10-15T00:01:00  <bo> morning
"""


def _turns(parsed: Parsed) -> list[tuple[str | None, str | None, str]]:
    return [(entry.at and f"{entry.at:%m-%d %H:%M}", entry.speaker, entry.text) for entry in parsed.entries]


@pytest.mark.parametrize(
    ("name", "log", "notices"),
    [
        ("irssi.txt", IRSSI, 1),
        ("kiln.weechatlog", WEECHAT, 3),
        ("hexchat.log", HEXCHAT, 2),
        ("mirc.txt", MIRC, 3),
        ("#kiln_2025-10-14.log", ENERGYMECH, 2),
        ("logs/2025-01-01/20251014.txt", ENERGYMECH, 2),
        ("supybot.txt", SUPYBOT, 1),
    ],
)
def test_irc(name: str, log: str, notices: int):
    parsed = parse(log, name=name)
    assert _turns(parsed) == [
        ("10-14 12:01", "bo", "the kiln is fired"),
        ("10-14 12:02", "lea", "fine"),
        ("10-14 12:03", "lea", "lea waves"),
        ("10-14 23:59", "lea", "late"),
        ("10-15 00:01", "bo", "morning"),
    ]
    assert {entry.at.year for entry in parsed.entries} == {2025}
    assert len(parsed.rejected) == notices
    assert parsed.remarks == ()


def test_a_year_that_turns_in_a_log_whose_stamps_name_none():
    log = "**** BEGIN LOGGING AT Wed Dec 31 23:00:00 2025\nDec 31 23:59:00 <bo>\tlate\nJan 01 00:01:00 <lea>\tmorning\n"
    assert [entry.at.date().isoformat() for entry in parse(log, name="a.log").entries] == ["2025-12-31", "2026-01-01"]


def test_times_without_a_day_cost_the_date_and_say_how_to_give_it():
    parsed = parse(ENERGYMECH, name="kiln.log")
    assert [entry.at for entry in parsed.entries] == [None] * 5
    assert "--at" in parsed.remarks[0].reason
    zone = timezone(timedelta(hours=2))
    first = parse(ENERGYMECH, name="kiln.log", at=datetime(2025, 10, 14, tzinfo=zone)).entries[0]
    assert first.at == datetime(2025, 10, 14, 12, 1, tzinfo=zone)


def test_telegram():
    parsed = parse(
        "Ann Lee, [14.10.2025 15:34]\nThe kiln is fired.\nBring clay.\n\n"
        "Bo, [14.10.2025 15:36]\n[Forwarded from Cy]\nI am allergic to dust.\n\n"
        "Ann Lee, [14.10.2025 15:37]\n[ Photo ]\n",
        name="copied.txt",
    )
    assert _turns(parsed) == [
        ("10-14 15:34", "Ann Lee", "The kiln is fired.\nBring clay."),
        ("10-14 15:36", "Bo", "I am allergic to dust."),
    ]
    assert parsed.entries[1].attributes == {"forwarded_from": "Cy"}
    assert [bad.reason for bad in parsed.rejected] == ["Media that the log does not hold."]


def test_signal_export():
    parsed = parse(
        "[2025-10-14 15:34:12] Me: The key is with Ana.  \n[2025-10-14 15:35:00] Bo: ok\n(- Me: \U0001f44d -)\n"
        "[2025-10-14 15:36:00] Bo: (This message was deleted)\n",
        name="chat.md",
    )
    assert _turns(parsed) == [("10-14 15:34", "Me", "The key is with Ana."), ("10-14 15:35", "Bo", "ok")]
    assert parsed.entries[1].attributes == {"reactions": "Me: \U0001f44d"}
    assert len(parsed.rejected) == 1


SIGTOP = """Conversation: Bo Chen (+46 70 123 45 67)

From: Bo Chen (+46 70 123 45 67)
Type: incoming
Sent: Tue, 14 Oct 2025 15:34:12 +0200
Received: Tue, 14 Oct 2025 15:34:14 +0200

The kiln is fired.

Note: bring clay.

From: You
Type: outgoing
Sent: Tue, 14 Oct 2025 15:36:00 +0200

> From: Bo Chen (+46 70 123 45 67)
> Sent: Tue, 14 Oct 2025 15:34:12 +0200
>
> The kiln is fired.
Fine, I come.

From: Bo Chen (+46 70 123 45 67)
Type: incoming
Sent: Tue, 14 Oct 2025 15:37:00 +0200
Received: Tue, 14 Oct 2025 15:37:00 +0200
Attachment: photo.jpg (image/jpeg, 12 bytes)

Type: keychange
Sent: Tue, 14 Oct 2025 15:38:00 +0200

From: You
Type: outgoing
Sent: Tue, 14 Oct 2025 15:40:00 +0200
Edited: 2 versions

| Version: 2
| Sent: Tue, 14 Oct 2025 15:41:00 +0200
|
| I come at ten.
|
| Version: 1
| Sent: Tue, 14 Oct 2025 15:40:00 +0200
|
| I come at nine.

"""


def test_sigtop():
    parsed = parse(SIGTOP, name="Bo Chen.txt")
    assert parsed.kind == "conversation"
    assert _turns(parsed) == [
        ("10-14 15:34", "Bo Chen", "The kiln is fired.\n\nNote: bring clay."),
        ("10-14 15:36", "You", "Fine, I come."),
        ("10-14 15:40", "You", "I come at ten."),
    ]
    assert parsed.entries[0].at.utcoffset() == timedelta(hours=2)
    assert [bad.line for bad in parsed.rejected] == [22, 28]


DISCORD_CHAT_EXPORTER = """Guild: Kiln
Channel: general

[10/14/2025 3:34 PM] ann
The kiln is fired.
Note: hot

[10/14/2025 3:35 PM] bo
Fine.

[10/14/2025 3:36 PM] ann
Bring clay.
"""
LINE = """[LINE] Chat history with Mika
Saved on: 2025/10/20 10:00

2025/10/14(Tue)
15:34\tMika\tthe key
15:35\tJun\tok

2025/10/15(Wed)
09:00\tMika\tmorning
"""
PIDGIN = """Conversation with bo@example.org at Tue 14 Oct 2025 02:14:30 PM CEST on ann@example.org (xmpp)
(02:15:04 PM) Ann: the key
(02:15:30 PM) bo: ok
(02:16:00 PM) bo: thanks
"""


def test_discord_chat_exporter():
    assert _turns(parse(DISCORD_CHAT_EXPORTER, name="general.txt")) == [
        ("10-14 15:34", "ann", "The kiln is fired.\nNote: hot"),
        ("10-14 15:35", "bo", "Fine."),
        ("10-14 15:36", "ann", "Bring clay."),
    ]


def test_line():
    assert _turns(parse(LINE, name="line.txt")) == [
        ("10-14 15:34", "Mika", "the key"),
        ("10-14 15:35", "Jun", "ok"),
        ("10-15 09:00", "Mika", "morning"),
    ]


def test_pidgin():
    assert _turns(parse(PIDGIN, name="bo.txt")) == [
        ("10-14 14:15", "Ann", "the key"),
        ("10-14 14:15", "bo", "ok"),
        ("10-14 14:16", "bo", "thanks"),
    ]
