"""`memos schedule`, `memos jobs`, `memos work` and `memos chat --explain`."""

import json
from pathlib import Path

import pytest
from support.cli_runner import Run

pytestmark = pytest.mark.alone  # workers take whatever is due


def remember(mine: Run, folder: Path, *texts: str) -> None:
    """Add a file of these paragraphs."""
    file = folder / "notes.md"
    file.write_text("\n\n".join(texts), encoding="utf-8")
    assert mine("add", str(file)).code == 0


def test_what_is_used_is_planned_queued_done_and_told(memos_cli: Run, mine: Run, tmp_path: Path):
    remember(mine, tmp_path, "Dana sails a boat.", "Dana lives in Lisbon.", "The boat has a red sail.")
    assert "Nothing to do" in mine("schedule", "plan").out
    for _ in range(40):
        mine("search", "Who sails a boat?")
    planned = mine("schedule", "plan", "--json").json()
    assert "build" in {step["step"] for step in planned["steps"]}
    assert "512 MiB allowed" in mine("schedule", "plan").out
    (queued,) = mine("schedule", "run", "--json").json()
    assert mine("jobs", "show", queued["id"], "--json").json()["state"] == "queued"
    worked = [
        json.loads(line)
        for line in memos_cli("work", "--until-empty", "--json").out.splitlines()
        if line.startswith("{")
    ]
    assert {"job": queued["id"], "kind": "build", "space": queued["space"], "state": "done"} in worked
    (done,) = mine("schedule", "history", "--json").json()
    assert (done["id"], done["state"]) == (queued["id"], "done")
    assert "uses a day" in mine("schedule", "history").out
    refused = mine("jobs", "cancel", queued["id"])
    assert (refused.code, refused.out) == (1, "")
    assert "has ended" in refused.err


def test_a_chat_explains_its_form(mine: Run, tmp_path: Path):
    remember(mine, tmp_path, "Dana lives in Lisbon.")
    told = mine("chat", "Where does Dana live?", "--form", "plaintext", "--explain")
    assert "No KV-cache in service holds any of it." in " ".join(told.err.split())
    as_json = mine("chat", "Where does Dana live?", "--explain", "--json").json()
    assert [each["form"] for each in as_json["considered"] if each["chosen"]] == [as_json["form"]]
