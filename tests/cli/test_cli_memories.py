"""From a file to a found memory, and through its life, on the command line."""

import io
import json
from pathlib import Path

import pytest
from support.cli_runner import Run

TALK = (
    '{"id": "m1", "speaker": "Alice", "text": "Dana moved to Lisbon in May.", "at": "2026-05-04T09:00:00Z"}\n'
    '{"id": "m2", "speaker": "Bob", "text": \n'
    '{"id": "m3", "speaker": "Bob", "text": "She teaches [bold]piano[/bold] \\u001b[31mthere."}\n'
)


@pytest.fixture
def talk(tmp_path: Path) -> Path:
    file = tmp_path / "talk.jsonl"
    file.write_text(TALK, encoding="utf-8")
    return file


def test_the_order_of_day_and_month_is_asked_for_and_can_be_given(mine: Run, tmp_path: Path) -> None:
    log = tmp_path / "chat.txt"
    log.write_text("03/08/2025, 12:31 - Marta: The key is with Olaf.\n", encoding="utf-8")
    unclear = mine("add", str(log))
    assert (unclear.code, "--date-order" in unclear.err) == (0, True)
    (report,) = mine("add", str(log), "--date-order", "dmy", "--source", "again", "--json").json()
    assert report["remarks"] == []
    assert mine("show", report["added"][0], "--json").json()["descriptive"]["said_at"].startswith("2025-08-03T12:31")


def test_a_file_is_added_once_and_its_bad_lines_are_named(mine: Run, talk: Path, tmp_path: Path) -> None:
    added = mine("add", str(talk))
    assert added.code == 0, added.err
    assert "talk.jsonl" in added.out
    assert "line 2" in added.err
    again = mine("add", str(talk), "--json").json()
    assert (again[0]["added"], again[0]["unchanged"]) == ([], 2)

    plain = mine("search", "Where does Dana live?", "--explain")
    assert "Dana moved to Lisbon in May." in plain.out
    assert "intent" in plain.out
    assert "meaning 1.00" in plain.out
    assert "[bold]piano[/bold]" in plain.out
    assert "\x1b" not in plain.out
    found = mine("search", "Where does Dana live?", "--json", "-n", "1", "--speaker", "alice").json()
    assert [hit["sources"] for hit in found["hits"]] == [["m1"]]
    assert mine("search", "Dana", "--until", "2020-01-01").out.strip() == "Nothing found."


def test_standard_input_is_a_file_too(mine: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    text = io.TextIOWrapper(io.BytesIO(b"The key of the cabinet is with Rosa."), encoding="utf-8")
    monkeypatch.setattr("sys.stdin", text)
    assert len(mine("add", "-", "--source", "clipboard", "--tag", "office", "--json").json()[0]["added"]) == 1
    hit = mine("search", "Who has the key?", "--json", "--tag", "office").json()["hits"][0]
    assert hit["cube"]["descriptive"]["source"] == "clipboard"


def test_a_memory_is_shown_corrected_traced_and_erased(mine: Run, talk: Path) -> None:
    cube = mine("add", str(talk), "--json").json()[0]["added"][0]
    assert "Dana moved to Lisbon" in mine("show", cube).out
    assert mine("update", cube, "Dana moved to Porto.", "--reason", "she said so", "--json").json()["number"] == 2
    late = mine("update", cube, "Dana moved to Faro.", "--expected-version", "1", "--json")
    assert (late.code, json.loads(late.err)["code"], late.out) == (1, "version-conflict", "")
    assert "+Dana moved to Porto." in mine("history", cube, "--diff", "1:2").out
    assert mine("rollback", cube, "--to", "1", "--json").json()["rollback_of"] == 1
    history = mine("history", cube)
    assert "she said so" in history.out
    assert "(back to 1)" in history.out
    tree = mine("lineage", cube).out
    assert "came from" in tree
    assert "extracted: " in tree
    assert {"add", "update", "rollback"} <= {entry["action"] for entry in mine("log", cube, "--json").json()}
    assert mine("delete", cube, "--yes").code == 0
    gone = mine("show", cube)
    assert (gone.code, gone.out) == (1, "")
    assert gone.err.startswith("memos: There is no memory")
    assert len(gone.err.strip().splitlines()) == 1
    assert "--space" in mine("log", cube).err
    assert mine("log").out.count("delete") == 1


def test_what_can_not_be_added_is_told_in_one_line(mine: Run, tmp_path: Path) -> None:
    missing = mine("add", str(tmp_path / "nothing.md"))
    assert (missing.code, missing.out) == (1, "")
    assert "No such file" in missing.err
    picture = tmp_path / "picture.bin"
    picture.write_bytes(bytes(range(256)) * 10)
    assert mine("add", str(picture)).code == 1
    assert mine("add", "a.md", "b.md", "--source", "x").code == 1


def test_a_bad_file_stops_no_other_and_every_message_names_its_file(mine: Run, tmp_path: Path) -> None:
    valve, boiler, empty, noise = (tmp_path / name for name in ("valve.md", "boiler.md", "empty.txt", "noise.bin"))
    valve.write_text("# Valve\n\nThe valve is on the left.\n")
    boiler.write_text("---\ndate: TBD\n---\nThe boiler is serviced by Kranz.\n")
    empty.write_text("")
    noise.write_bytes(bytes(range(256)) * 10)
    locked = tmp_path / "locked.md"
    locked.symlink_to(locked)  # nobody can open it, root neither
    bad = [empty, noise, locked, tmp_path, tmp_path / "gone.md"]
    done = mine("add", str(empty), str(valve), *map(str, bad[1:]), str(boiler))
    assert done.code == 1
    assert "valve.md" in done.out
    assert "boiler.md" in done.out
    failures = [line for line in done.err.splitlines() if line.startswith("memos: ")]
    assert len(failures) == len(bad)
    assert all(str(file) in line for file, line in zip(bad, failures, strict=True))
    assert "is a directory" in failures[3]
    assert "boiler.md: The date can't be read: 'TBD'" in done.err
    assert "Kranz" in mine("search", "Who services the boiler?").out
    reports = mine("add", str(valve), str(boiler), "--json").json()
    assert [report["unchanged"] for report in reports] == [1, 1]
    assert [remark["excerpt"] for remark in reports[1]["remarks"]] == ["TBD"]


def test_failures_among_several_files_are_json_too(mine: Run, tmp_path: Path) -> None:
    good, bad = tmp_path / "good.md", tmp_path / "bad.md"
    good.write_text("The valve is on the left.")
    bad.write_text("")
    done = mine("add", str(bad), str(good), "--json")
    assert (done.code, json.loads(done.err)["code"]) == (1, "format-invalid")
    assert [report["source"] for report in json.loads(done.out)] == ["good.md"]


def test_a_source_of_which_nothing_comes_in_fails(mine: Run, tmp_path: Path) -> None:
    file = tmp_path / "talk.jsonl"
    file.write_text('{"id": "m1"}\n')
    done = mine("add", str(file))
    assert done.code == 1
    assert "talk.jsonl" in done.out
    assert "left out: talk.jsonl line 1" in done.err


def test_an_export_goes_in_and_what_nobody_said_is_counted(mine: Run, tmp_path: Path) -> None:
    export, users = tmp_path / "2026-05-04.json", tmp_path / "users.json"
    said = {"type": "message", "user": "U1", "user_profile": {"real_name": "Ida Moor"}}
    joined = {"type": "message", "subtype": "channel_join", "user": "U1", "text": "<@U1> has joined"}
    day = [said | {"ts": "1777888800.000100", "text": "The crane is back."}]
    day += [joined | {"ts": f"17778888{number:02}.000200"} for number in range(3)]
    day += [{"type": "message", "ts": "1777888900.000300", "text": "Who wrote this?"}]
    export.write_text(json.dumps(day))
    users.write_text('[{"id": "U1", "team_id": "T", "name": "ida", "profile": {}}]')
    done = mine("add", str(users), str(export))
    assert done.code == 1
    assert "users.json: this is Slack's list of users; it holds no conversation, and is not read." in done.err
    assert "left out 3 times: 2026-05-04.json: It was written by the service" in done.err
    assert "2026-05-04.json: 1 message without a speaker." in done.err
    assert "without a time" not in done.err
    report = mine("add", str(export), "--json")
    assert (report.code, report.json()[0]["unchanged"], report.json()[0]["without_speaker"]) == (0, 2, 1)
    hit = mine("search", "Is the crane back?", "--json", "-n", "1").json()["hits"][0]
    assert hit["cube"]["descriptive"]["speaker"] == "Ida Moor"


def test_a_policy_that_refuses_one_file_lets_the_next_in(mine: Run, tmp_path: Path) -> None:
    policy, long, short = (tmp_path / name for name in ("policy.yaml", "long.md", "short.md"))
    policy.write_text("policy: 1\nname: small\nquotas: {characters: 100}\n")
    long.write_text("The boiler is serviced by Kranz. " * 8)
    short.write_text("The valve is on the left.")
    assert mine("policy", "apply", str(policy)).code == 0
    done = mine("add", str(long), str(short))
    assert done.code == 1
    assert str(long) in done.err
    assert "short.md" in done.out


def test_a_file_over_the_limit_is_refused(mine: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEMOS_MAX_UPLOAD_MB", "1")
    large = tmp_path / "large.txt"
    large.write_bytes(b"x" * ((1 << 20) + 1))
    refused = mine("add", str(large), "--json")
    assert (refused.code, json.loads(refused.err)["code"]) == (1, "input-invalid")
