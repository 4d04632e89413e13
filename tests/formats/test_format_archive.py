"""The zip files that exports come in."""

import io
import json
import zipfile
from typing import Any

import pytest

from memos_graph.errors import FormatError
from memos_graph.formats import archive, parse
from memos_graph.formats.parse import read_source

PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)


def packed(**files: Any) -> bytes:
    """A zip of files by path, ``__`` for a slash; what is no bytes is written as JSON."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in files.items():
            path = name.replace("__", "/").replace("_json", ".json").replace("_png", ".png").replace("_txt", ".txt")
            made.writestr(path, content if isinstance(content, bytes) else json.dumps(content))
    return held.getvalue()


def claude(id_: str, text: str) -> dict[str, Any]:
    return {"uuid": id_, "name": id_.upper(), "chat_messages": [{"uuid": f"{id_}1", "sender": "human", "text": text}]}


def test_an_export_is_read_as_its_one_file_would_be():
    talks = [claude("a", "I splice ropes."), claude("b", "I bake bread.")]
    users = [{"uuid": "u", "full_name": "Ida", "email_address": "i@b.example"}]
    parsed = parse(packed(conversations_json=talks, users_json=users, pictures__x_png=PNG), name="data-2026.zip")
    alone = parse(json.dumps(talks), name="conversations.json")
    assert (parsed.source, parsed.entries) == ("conversations.json", alone.entries)
    assert [(bad.excerpt, "Claude's account data" in bad.reason) for bad in parsed.rejected] == [
        ("x.png", False),
        ("users.json", True),
    ]


def test_what_is_left_out_of_many_files_for_one_reason_is_told_once():
    pictures = {f"p{number}_png": PNG for number in range(300)}
    parsed = parse(packed(conversations_json=[claude("a", "I splice ropes.")], **pictures), name="data.zip")
    assert [(bad.count, bad.excerpt) for bad in parsed.rejected] == [(300, "p0.png")]


def test_a_workspace_of_slack():
    def message(user: str, second: int, text: str) -> dict[str, Any]:
        return {"type": "message", "user": user, "ts": f"17604432{second:02}.000100", "text": text}

    users = [
        {"id": "U1", "team_id": "T", "name": "ida", "profile": {"real_name": "Ida Moor", "display_name": "ida"}},
        {"id": "U2", "team_id": "T", "name": "olaf", "profile": {"real_name": "", "display_name": ""}},
    ]
    data = packed(
        **{
            "users_json": users,
            "channels_json": [{"id": "C1", "name": "dock", "created": 1, "creator": "U1", "members": []}],
            "dock__2025-10-15_json": [message("U2", 30, "On it, <@U1>.")],
            "dock__2025-10-14_json": [message("U1", 10, "The crane is back."), "odd"],
            "yard__2025-10-14_json": [message("U1", 20, "Sweep, <@U2>.")],
        }
    )
    parsed = parse(data, name="Harbour Slack export.zip")
    assert [(e.attributes["session"], e.speaker, e.text) for e in parsed.entries] == [
        ("dock", "Ida Moor", "The crane is back."),
        ("dock", "olaf", "On it, @Ida Moor."),
        ("yard", "Ida Moor", "Sweep, @olaf."),
    ]
    assert (parsed.source, {e.attributes["title"] for e in parsed.entries}) == ("slack", {"dock", "yard"})
    assert {bad.excerpt for bad in parsed.rejected} >= {"odd", "users.json", "channels.json"}


def test_a_chat_of_whatsapp_beside_its_pictures():
    log = "14.10.25, 12:00 - Ida: The crane is back.\n14.10.25, 12:01 - Olaf: Good.\n"
    parsed = parse(packed(_chat_txt=log.encode(), a_png=PNG), name="WhatsApp Chat.zip")
    assert [(e.speaker, e.text) for e in parsed.entries] == [("Ida", "The crane is back."), ("Olaf", "Good.")]
    assert parsed.source == "_chat.txt"


def test_several_kinds_are_sessions_of_the_archive():
    one = {
        "participants": [{"name": "Ida"}],
        "thread_path": "inbox/ida",
        "messages": [{"sender_name": "Ida", "timestamp_ms": 1, "content": "Ahoy."}],
    }
    two = [{"role": "user", "content": "Aye.", "at": "some day"}]
    parsed = parse(packed(inbox__ida__message_1_json=one, notes__chat_json=two), name="all.zip")
    assert (parsed.source, [e.attributes["session"] for e in parsed.entries]) == (
        "all.zip",
        ["inbox/ida", "notes/chat"],
    )
    assert parsed.remarks[0].excerpt == "some day"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (packed(users_json=[{"full_name": "Ida", "email_address": "i"}]), "holds no conversation.*Claude's account"),
        (packed(a_png=PNG), "holds no conversation"),
        (packed(a_txt=b"Only a note."), "holds no conversation"),
        (packed(a_json=b"{"), "holds no conversation.*not valid JSON"),
        (packed(mimetype=b"application/epub+zip", a_json=[]), "office program"),
        (packed(b_json=packed(a_json=[{"content": "hi"}])), "archive within an archive"),
        (packed(**{"dock__2025-10-14_json": b"{"}), "not valid JSON"),
        (packed(conversations_json=[claude("a", "Hi.")])[:-30], "looks like no text"),
    ],
)
def test_other_archives_are_refused_with_the_reason(data: bytes, reason: str):
    with pytest.raises(FormatError, match=rf"(?s)(all\.zip|2025-10-14\.json).*{reason}"):
        parse(data, name="all.zip")


def test_what_swells_beyond_the_bound_is_refused(monkeypatch: pytest.MonkeyPatch):
    bomb = packed(a_json=[{"content": "hi"}], b_json=b" " * (17 << 20))
    assert len(bomb) < 1 << 16
    with pytest.raises(FormatError, match="larger than 16 MiB"):
        parse(bomb, name="bomb.zip")
    monkeypatch.setattr(archive, "_MOST_FILES", 1)
    with pytest.raises(FormatError, match="holds 2 files"):
        read_source(bomb, name="bomb.zip")


def test_a_damaged_file_in_it_is_told():
    data = bytearray(packed(conversations_json=[claude("a", "I splice ropes and more ropes and still more ropes.")]))
    place = data.index(b"conversations.json") + 40
    data[place] ^= 0xFF
    with pytest.raises(FormatError, match="can't be unpacked"):
        parse(bytes(data), name="broken.zip")


def test_whatever_is_damaged_of_an_archive_it_is_read_or_refused():
    whole = packed(conversations_json=[claude("a", "I splice ropes.")], notes_txt=b"Ann: hi\nBob: ho\nAnn: hm\n")
    refused = 0
    for place in range(len(whole)):
        for value in (0, 1, 127, 128, 255):
            data = bytearray(whole)
            data[place] = value
            try:
                archive.read_archive(bytes(data), source="a.zip", max_chars=1000, read=_read)
            except FormatError:
                refused += 1
    assert refused > len(whole)


def _read(data: bytes, name: str) -> Any:
    return read_source(data, name=name, max_chars=1000)
