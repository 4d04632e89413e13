"""WebVTT and SubRip become turns: who spoke, when in the recording, and nothing of how it is shown."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memos_graph.errors import FormatError
from memos_graph.formats import parse

TEAMS = """WEBVTT

4f1c/12-0
00:00:05.790 --> 00:00:09.514
<v Rosa Lind>The kiln is <b>fired</b>
on Thursday</v>

4f1c/12-1
00:00:09.600 --> 00:00:11.000
<v Rosa Lind>at nine &amp; not before.</v>

4f1c/13-0
00:00:12.000 --> 00:00:13.000
<v.first Émile Okoro>I bring</v> <v Rosa Lind>Thanks.</v>

00:00:13.500 --> 00:00:14.000
(laughter)
"""
ZOOM = """WEBVTT

1
00:00:01.000 --> 00:00:03.000
Rosa Lind: The kiln is fired on Thursday.

2
00:00:03.500 --> 00:00:05.000
Rosa Lind: Note: bring gloves.

3
00:00:06.000 --> 00:00:07.000
+49 170 5550123: I bring mine.
Rosa Lind: Good.

4
00:00:08.000 --> 00:00:09.000
+49 170 5550123: And an apron.
"""
FILM = """1
00:00:01,000 --> 00:00:02,500
<i>Who has the key?</i>

2
00:00:02,600 --> 00:00:04,000
{\\an8}- I do.
- Nobody.

3
00:01:10,000 --> 00:01:12,000
The door was never locked.
"""


def turns(text: str, name: str = "talk.vtt") -> list[tuple[str | None, str]]:
    return [(entry.speaker, entry.text) for entry in parse(text, name=name).entries]


def test_voices_are_speakers_and_cues_that_go_on_are_one_turn():
    parsed = parse(TEAMS, name="standup.vtt")
    assert [(entry.id, entry.speaker, entry.at, entry.text) for entry in parsed.entries] == [
        ("00:00:05.790", "Rosa Lind", None, "The kiln is fired on Thursday at nine & not before."),
        ("00:00:12.000", "Émile Okoro", None, "I bring"),
        ("00:00:12.000/2", "Rosa Lind", None, "Thanks."),
        ("00:00:13.500", None, None, "(laughter)"),
    ]
    assert (parsed.kind, parsed.rejected) == ("conversation", ())


def test_names_before_a_colon_are_speakers_where_they_come_back():
    assert turns(ZOOM) == [
        ("Rosa Lind", "The kiln is fired on Thursday. Note: bring gloves."),
        ("+49 170 5550123", "I bring mine."),
        ("Rosa Lind", "Good."),
        ("+49 170 5550123", "And an apron."),
    ]


def test_subrip_without_names_breaks_where_nobody_speaks():
    assert turns(FILM, "film.srt") == [
        (None, "Who has the key?\n- I do.\n- Nobody."),
        (None, "The door was never locked."),
    ]


@pytest.mark.parametrize(
    ("text", "name"),
    [(TEAMS, "upload"), (TEAMS.replace("\n", "\r\n"), "a.txt"), ("\ufeff" + FILM, "a.txt"), (FILM, "upload")],
)
def test_they_are_known_by_their_content(text: str, name: str):
    parsed = parse(text.encode(), name=name)
    assert parsed.kind == "conversation"
    assert not any("-->" in entry.text or "<" in entry.text for entry in parsed.entries)


def test_turns_are_dated_where_the_start_is_known():
    at = datetime(2026, 5, 4, 9, tzinfo=UTC)
    assert parse(ZOOM, name="a.vtt", at=at).entries[1].at == datetime(2026, 5, 4, 9, 0, 6, tzinfo=UTC)
    by_name = parse(ZOOM, name="GMT20260504-090000_Recording.transcript.vtt")
    assert by_name.entries[0].at == datetime(2026, 5, 4, 9, 0, 1, tzinfo=UTC)


def test_captions_that_roll_are_taken_once():
    rolling = (
        "WEBVTT\n\n00:00:00.000 --> 00:00:02.000\nthe kiln<00:00:01.000><c> is fired</c>\n\n"
        "00:00:02.000 --> 00:00:02.010\nthe kiln is fired\n\n"
        "00:00:02.010 --> 00:00:04.000\nthe kiln is fired\non<00:00:03.000><c> Thursday</c>\n"
    )
    assert turns(rolling) == [(None, "the kiln is fired on Thursday")]
    assert turns("WEBVTT\n\n00:01.000 --> 00:02.000\nNo.\n\n00:02.000 --> 00:03.000\nNo.\n") == [(None, "No. No.")]


def test_what_stands_under_no_time_is_reported_with_its_line():
    broken = "WEBVTT\n\nNOTE ours\n\n00:01.000 --> 00:02.000\nGood.\n\nbad --> 00:03.000\nLost words.\n"
    parsed = parse(broken, name="a.vtt")
    assert [entry.text for entry in parsed.entries] == ["Good."]
    assert [(bad.line, bad.excerpt) for bad in parsed.rejected] == [(8, "bad --> 00:03.000 Lost words.")]


def test_a_file_that_is_none_is_refused():
    for name, text in (("a.srt", "1\nno time here"), ("a.vtt", "WEBVTT\n")):
        with pytest.raises(FormatError, match=name):
            parse(text, name=name)


@given(
    st.lists(
        st.tuples(st.sampled_from([None, "Rosa", "Bo Chen"]), st.text(alphabet="abc d", min_size=1, max_size=12)),
        min_size=1,
        max_size=12,
    )
)
def test_every_word_is_kept_under_who_said_it(said: list[tuple[str | None, str]]):
    cues = [
        f"{n}\n00:{n:02}:00.000 --> 00:{n:02}:59.900\n" + (f"<v {name}>{text}</v>" if name else text)
        for n, (name, text) in enumerate(said)
        if text.strip()
    ]
    if not cues:
        return
    found = turns("WEBVTT\n\n" + "\n\n".join(cues) + "\n")
    for name in (None, "Rosa", "Bo Chen"):
        assert (
            " ".join(text for who, text in found if who == name).split()
            == " ".join(text for who, text in said if who == name).split()
        )
