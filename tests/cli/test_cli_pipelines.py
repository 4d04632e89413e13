"""Pipelines on the command line: checked, run, shown, resumed."""

import json
from pathlib import Path

import pytest
from support.cli_runner import Run

EXAMPLES = Path(__file__).parents[2] / "examples" / "pipelines"
POLICY = Path(__file__).parents[2] / "examples" / "policy-2026.md"

BROKEN = """\
pipeline: broken
inputs:
  cube: {type: cube}
steps:
  - {id: keep, act: add, arguments: {text: The heron nests by the weir.}}
  - {id: read, act: get, needs: [keep], arguments: {cube: "${inputs.cube}"}}
"""


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    file = tmp_path / "broken.yaml"
    file.write_text(BROKEN, encoding="utf-8")
    return file


def test_a_declaration_is_explained_in_a_table(mine: Run) -> None:
    explained = mine("pipeline", "check", str(EXAMPLES / "warm.yaml"))
    assert explained.code == 0, explained.err
    assert "outside the database" in explained.out
    assert "${ask.first}" in explained.out
    rows = mine("pipeline", "check", str(EXAMPLES / "correct.yaml"), "--json").json()
    assert [row["step"] for row in rows] == ["query", "found", "update", "ground", "note"]
    assert {row["unit"] for row in rows} == {"correction"}


def test_every_fault_of_a_declaration_is_named(mine: Run, broken: Path) -> None:
    broken.write_text(BROKEN.replace("act: get", "act: gett").replace("text:", "txt:"), encoding="utf-8")
    refused = mine("pipeline", "check", str(broken))
    assert refused.code == 1
    assert "broken.yaml:5:38: act 'add' has no argument 'txt'" in refused.err
    assert "broken.yaml:6:21: there is no act 'gett'" in refused.err
    as_json = mine("pipeline", "check", str(broken), "--json")
    assert json.loads(as_json.err.strip().splitlines()[-1])["code"] == "pipeline-invalid"


def test_a_pipeline_is_run_and_listed_and_shown(mine: Run) -> None:
    given = ("-i", f"document={POLICY}", "-i", "reader=somebody", "-i", "question=How many days of leave?")
    done = mine("pipeline", "run", str(EXAMPLES / "publish.yaml"), *given, "--json").json()
    assert (done["state"], done["name"]) == ("done", "publish")
    assert done["outputs"]["ask"]["count"] > 0
    listed = mine("pipeline", "list", "--json").json()
    assert [each["id"] for each in listed] == [done["id"]]
    assert done["id"] in mine("pipeline", "list").out
    shown = mine("pipeline", "show", done["id"])
    assert all(step in shown.out for step in ("ingest", "anything", "publish", "ask"))
    assert mine("pipeline", "show", "nothing").code == 1


def test_a_run_that_failed_is_resumed(mine: Run, broken: Path) -> None:
    failed = mine("pipeline", "run", str(broken), "-i", "cube=nothing", "--json")
    assert (failed.code, json.loads(failed.err)["code"]) == (1, "pipeline-failed")
    (run,) = mine("pipeline", "list", "--json").json()
    assert (run["state"], run["error_step"], run["error_code"]) == ("failed", "read", "not-found")
    again = mine("pipeline", "resume", run["id"])
    assert again.code == 1
    assert "Step 'read'" in again.err
    shown = mine("pipeline", "show", run["id"], "--json").json()
    assert [(step["id"], step["attempt"]) for step in shown["steps"]] == [("keep", 1), ("read", 2)]


def test_inputs_are_named(mine: Run, broken: Path) -> None:
    assert mine("pipeline", "run", str(broken), "-i", "cube").code == 2
    missing = mine("pipeline", "run", str(broken))
    assert "The input 'cube' of pipeline 'broken' is missing (broken.yaml:3:3)" in missing.err
