"""`memos forget`, `memos receipt`, `memos export`, `memos mark`."""

import json
from pathlib import Path

import pytest
from support.cli_runner import Run

TALK = [
    {"id": "m1", "speaker": "Quillon", "text": "I keep bees in Lisbon."},
    {"id": "m2", "speaker": "Bob", "text": "The ferry leaves at nine."},
    {"id": "m3", "speaker": "Bob", "text": "My sister knows Quillon."},
]


@pytest.fixture
def told(mine: Run, tmp_path: Path) -> Run:
    """A command line whose principal remembers a talk."""
    file = tmp_path / "talk.json"
    file.write_text(json.dumps(TALK), encoding="utf-8")
    assert mine("add", str(file)).code == 0
    return mine


def test_a_subject_is_foreseen_forgotten_and_proved(told: Run, memos_cli: Run, tmp_path: Path) -> None:
    dry = told("forget", "--subject", "Quillon", "--dry-run")
    assert "2 memories go" in dry.err or "memories go, 0 that mention" in dry.err
    assert "said by them" in dry.out
    kept = told("forget", "--subject", "Quillon", "--dry-run", "--mentions", "keep", "--json").json()[0]
    assert {each["role"] for each in kept["found"] if not each["goes"]} == {"mentions"}
    done = told("forget", "--subject", "Quillon", "-m", "request 17", "--yes", "--json")
    (receipt,) = done.json()
    assert (receipt["complete"], "Quillon" in done.out) == (True, False)
    file, key = tmp_path / "receipt.json", tmp_path / "owner.pem"
    file.write_text(done.out, encoding="utf-8")
    key.write_text(memos_cli("mark", "key").out, encoding="utf-8")
    assert memos_cli("receipt", "verify", str(file), "--key", str(key)).code == 0
    assert "about this subject" in told("receipt", "verify", str(file), "--subject", "quillon").err
    assert told("receipt", "verify", str(file), "--subject", "Bob").code == 1
    file.write_text(done.out.replace('"request_id": "', '"request_id": "x'), encoding="utf-8")
    assert memos_cli("receipt", "verify", str(file), "--key", str(key)).code == 1
    assert receipt["id"] in told("receipt", "list").out
    assert "request 17" not in told("receipt", "show", receipt["id"]).out
    assert told("search", "Who keeps bees?", "--json").json()["hits"][0]["cube"]["text"] == TALK[1]["text"]


def test_an_export_carries_marks_that_tell_what_was_changed(told: Run, memos_cli: Run, tmp_path: Path) -> None:
    file = tmp_path / "notes.jsonl"
    assert "3 memories" in told("export", "-o", str(file)).err
    assert file.stat().st_mode & 0o777 == 0o600
    lines = file.read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["text"] for line in lines] == [each["text"] for each in TALK]
    assert told("export").out.splitlines() == lines
    assert memos_cli("mark", "verify", str(file)).code == 0
    changed = [lines[0].replace("bees", "wasps"), lines[1], json.dumps({"text": "unmarked"})]
    file.write_text("\n".join(changed), encoding="utf-8")
    checked = memos_cli("mark", "verify", str(file), "--json")
    assert checked.code == 1
    assert [each["standing"] for each in json.loads(checked.out)] == ["altered", "genuine", "not ours"]
