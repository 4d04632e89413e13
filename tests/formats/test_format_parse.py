import json
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from memos_graph.errors import FormatError
from memos_graph.formats import Message, parse, parse_file


@pytest.mark.parametrize(
    ("name", "media_type", "data", "kind"),
    [
        ("a.json", None, '[{"content": "hi"}]', "conversation"),
        ("a", None, '[{"content": "hi"}]', "conversation"),
        ("a", None, '{"messages": [{"content": "hi"}]}', "conversation"),
        ("stdin", None, '[\n  {\n    "content": "hi"\n  }\n]\n', "conversation"),
        ("a.jsonl", None, '[{"content": "hi"}]\n[{"content": "ho"}]\n', "conversation"),
        ("a.txt", None, "Ann: hi\nBo: hello\nAnn: bye", "conversation"),
        ("a.txt", "text/plain; charset=utf-8", "Just a note: buy milk.\n\nAnd eggs.", "document"),
        ("a", None, "# Title\n\nText.", "document"),
        ("a", None, "<!doctype html><p>Text.", "document"),
        ("a.txt", "text/markdown", "Text.", "document"),
    ],
)
def test_picks_the_reader(name: str, media_type: str | None, data: str, kind: str):
    for given_data in (data, data.encode()):
        parsed = parse(given_data, name=name, media_type=media_type)
        assert (parsed.kind, parsed.source, parsed.rejected) == (kind, name, ())


@pytest.mark.parametrize(
    ("name", "media_type", "data", "reason"),
    [
        ("a.png", "image/png", b"\x89PNG", "no reader for image/png"),
        ("a", None, bytes(range(256)) * 20, "looks like no text"),
        ("a.docx", None, b"PK\x03\x04" + bytes(200), "looks like no text"),
        ("a.txt", None, b"", "empty"),
        ("a.txt", None, " \n ", "empty"),
        ("a.json", None, "", "empty"),
        ("a.pdf", None, "%PDF-1.7", "bytes, not text"),
    ],
)
def test_refuses_what_has_no_reader(name: str, media_type: str | None, data: bytes | str, reason: str):
    with pytest.raises(FormatError, match=reason) as caught:
        parse(data, name=name, media_type=media_type)
    assert name in str(caught.value)


def test_utf16_with_its_mark_is_read():
    (message,) = parse("Ann: caf\u00e9".encode("utf-16"), name="a.log").entries
    assert message.text == "caf\u00e9"


def test_utf16_cut_short_is_refused():
    with pytest.raises(FormatError, match="not UTF-16"):
        parse("Ann: hi".encode("utf-16")[:-1], name="a.log")


def test_a_message_of_50_mb_is_kept_in_parts_and_soon():
    text = "x" * 50_000_000
    started = time.process_time()
    for name, data in (
        ("a.jsonl", f'{{"id": "m1", "content": "{text}"}}\n{{"content": "small"}}'),
        ("a.log", f"[2026-05-08 13:56] Ann: {text}\n[2026-05-08 13:57] Bo: small"),
    ):
        parsed = parse(data, name=name)
        assert (len(parsed.entries), parsed.entries[-1].text, parsed.rejected) == (501, "small", ())
        assert sum(len(entry.text) for entry in parsed.entries[:-1]) == len(text)
        assert "50,000,000 characters, and is kept in 500 parts" in parsed.remarks[0].reason
    assert time.process_time() - started < 20


def test_the_parts_of_a_long_message_are_its_speakers_in_order():
    sentence = "The boat leaves the old harbour at nine and is back by noon. "
    long = {"id": "m7", "name": "Ann", "content": sentence * 9, "at": "2026-05-08T13:56:00+02:00", "role": "user"}
    parsed = parse(json.dumps([long, {"id": "m8", "content": "Fine."}]), name="a.json", max_chars=200)
    parts = parsed.entries[:-1]
    assert [entry.id for entry in parsed.entries] == ["m7/1", "m7/2", "m7/3", "m8"]
    assert [entry.attributes["part"] for entry in parts] == ["1 of 3", "2 of 3", "3 of 3"]
    assert {(entry.speaker, entry.at, entry.attributes["role"]) for entry in parts} == {("Ann", parts[0].at, "user")}
    assert " ".join(entry.text for entry in parts) == (sentence * 9).strip()
    assert all(entry.text.endswith("noon.") for entry in parts)
    again = parse(json.dumps([long, {"id": "m8", "content": "Fine."}]), name="a.json", max_chars=200)
    assert again.entries == parsed.entries


@pytest.mark.parametrize("bad", ["\0", "\ud800"])
def test_a_long_message_that_can_not_be_kept_is_refused_as_a_whole(bad: str):
    parsed = parse(json.dumps([{"content": "word " * 100 + bad}, {"content": "Fine."}]), name="a.json", max_chars=200)
    assert [entry.text for entry in parsed.entries] == ["Fine."]
    assert len(parsed.rejected) == 1


@given(st.text(alphabet="ab. \n", max_size=900), st.integers(min_value=100, max_value=300))
def test_the_parts_of_a_message_hold_all_of_its_words(text: str, limit: int):
    try:
        parsed = parse(json.dumps([{"id": "m", "content": text}]), name="a.json", max_chars=limit)
    except FormatError:
        return
    assert all(len(entry.text) <= limit for entry in parsed.entries)
    kept = "".join(entry.text for entry in parsed.entries)
    assert [kept.count(letter) for letter in "ab."] == [text.count(letter) for letter in "ab."]


def test_a_file_is_read_under_its_name(tmp_path: Path):
    (tmp_path / "talk.log").write_text("Ann: hi\n")
    parsed = parse_file(tmp_path / "talk.log", at=datetime(2026, 5, 8, tzinfo=UTC))
    assert (parsed.source, parsed.entries[0].at) == ("talk.log", datetime(2026, 5, 8, tzinfo=UTC))


def test_a_file_that_is_not_there(tmp_path: Path):
    with pytest.raises(FormatError, match=r"gone\.log can't be read: No such file"):
        parse_file(tmp_path / "gone.log")


def test_a_naive_time_is_utc():
    assert Message(text="hi", at=datetime(2026, 5, 8)).at == datetime(2026, 5, 8, tzinfo=UTC)  # noqa: DTZ001


@given(
    st.one_of(st.binary(max_size=400), st.text(max_size=400)),
    st.sampled_from(["a", "a.json", "a.jsonl", "a.log", "a.md", "a.txt", "a.html", "a.pdf"]),
)
def test_any_source_is_read_or_refused(data: bytes | str, name: str):
    try:
        parsed = parse(data, name=name)
    except FormatError:
        return
    assert parsed.entries or parsed.rejected
    for entry in parsed.entries:
        entry.text.encode("utf-8")
        assert "\0" not in entry.text


@given(st.lists(st.text(alphabet="abc :[]-", max_size=30), max_size=8))
@example(["[::a]a:"])
@example(["[::a]a: b", "c"])
def test_a_log_keeps_or_reports_every_letter(lines: list[str]):
    text = "Ann: a\n" + "\n".join(lines)
    parsed = parse(text, name="a.log")
    found = "".join(f"{entry.speaker}{entry.text}" for entry in parsed.entries)
    reported = "".join(bad.excerpt for bad in parsed.rejected)
    for letter in "abc":
        assert (found + reported).count(letter) == text.count(letter)
