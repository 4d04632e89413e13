"""Lives of memories and the time machine on the command line."""

import json
from pathlib import Path

import pytest
from support.cli_runner import Run

LISBON, PORTO = "Dana lives in Lisbon.", "Dana lives in Porto."


@pytest.fixture
def cubes(mine: Run, tmp_path: Path) -> list[str]:
    file = tmp_path / "talk.jsonl"
    file.write_text("".join(json.dumps({"id": text, "text": text}) + "\n" for text in (LISBON, PORTO)))
    return list(mine("add", str(file), "--json").json()[0]["added"])


def texts(mine: Run, *options: str) -> set[str]:
    hits = mine("search", "Where does Dana live?", "--json", *options).json()["hits"]
    return {hit["cube"]["text"] for hit in hits}


def test_a_memory_is_archived_restored_frozen_and_thawed(mine: Run, cubes: list[str]) -> None:
    done = mine("archive", cubes[0], "--reason", "old")
    assert f"{cubes[0]} is archived, with 1 more" in done.err
    assert texts(mine) == {PORTO}
    again = mine("archive", cubes[0], "--json")
    assert (again.code, json.loads(again.err)["code"]) == (1, "state-conflict")
    assert mine("restore", cubes[0], "--json").json()["state"] == "activated"
    assert mine("freeze", cubes[0]).code == 0
    assert json.loads(mine("update", cubes[0], "x y", "--json").err)["code"] == "cube-frozen"
    assert mine("thaw", cubes[0]).code == 2
    assert mine("thaw", cubes[0], "--reason", "closed").code == 0


def test_duplicates_are_shown_and_merged(mine: Run, cubes: list[str]) -> None:
    shown = mine("duplicates", "--threshold", "0.3")
    assert all(cube in shown.out for cube in cubes)
    assert "No two" in mine("duplicates", "--threshold", "0.999").out
    merged = mine("merge", *cubes, "--text", "Dana lives in Lisbon and Porto.", "--json").json()["cubes"][0]
    assert texts(mine) == {"Dana lives in Lisbon and Porto."}
    assert "merged: " in mine("lineage", merged).out


def test_a_fact_supersedes_another_and_is_taken_back(mine: Run, cubes: list[str]) -> None:
    old, new = (
        next(n["id"] for n in mine("lineage", cube, "--json").json()["nodes"] if n["id"] != cube) for cube in cubes
    )
    assert mine("supersede", new, old, "--reason", "moved").code == 0
    assert mine("show", old, "--json").json()["descriptive"]["valid_to"] is not None
    assert LISBON not in texts(mine, "--valid-at", "2100-01-01")
    assert mine("reinstate", old).code == 0
    assert mine("contradict", new, old, "--json").json()["act"] == "contradict"


def test_successors_are_shown_and_settled(mine: Run, tmp_path: Path) -> None:
    file = tmp_path / "moves.jsonl"
    said = ((LISBON, "2026-03-01"), (PORTO, "2026-05-01"), ("Dana has moved to Faro.", "2026-07-01"))
    file.write_text("".join(json.dumps({"id": text, "text": text, "at": at}) + "\n" for text, at in said))
    assert mine("add", str(file)).code == 0
    shown = mine("review").out
    assert shown.index("now     2026-07-01  Dana has moved to Faro.") < shown.index(
        "before  2026-03-01  Dana lives in Lisbon."
    )
    assert shown.count("likely  memos supersede ") == shown.count("certain memos supersede ") == 1
    settled = mine("review", "--settle", "--reason", "checked")
    assert "Settled 1; `memos reinstate ID` takes one back." in settled.err
    (left,) = mine("review", "--json").json()
    assert (left["old_text"], left["new_text"], left["certain"]) == (PORTO, "Dana has moved to Faro.", False)
    assert "No newer fact" in mine("review", "--certain").out
    command = next(line for line in mine("review").out.splitlines() if "memos supersede" in line).split()[2:]
    assert mine("dismiss", *command[1:], "--reason", "two homes").code == 0
    assert "No newer fact" in mine("review").out
    assert f"memos reconsider {' '.join(command[1:])}" in mine("review", "--dismissed").out
    assert mine("reconsider", *command[1:]).code == 0
    assert "Nothing was dismissed." in mine("review", "--dismissed").out
    assert mine(*command).code == 0
    assert mine("review", "--json").json() == []
    assert mine("review", "--settle", "--json").json() == []


def test_a_space_is_compared_with_a_snapshot_and_taken_back(mine: Run, cubes: list[str]) -> None:
    assert "calm is 20" in mine("snapshot", "calm").err
    assert mine("snapshot", "calm", "--json").code == 1
    assert [each["name"] for each in mine("snapshots", "--json").json()] == ["calm"]
    assert "calm" in mine("snapshots").out
    assert mine("diff", "calm").out.strip() == "Nothing differs."
    mine("update", cubes[0], "Dana lives in Faro.")
    mine("archive", cubes[1])
    shown = mine("diff", "calm").out
    assert "+Dana lives in Faro." in shown
    assert "activated → archived" in shown
    assert {change["kind"] for change in mine("diff", "calm", "--json").json()} >= {"changed", "state", "added"}
    assert mine("rollback", cubes[0], "--to", "1", "--json").json()["rollback_of"] == 1
    assert mine("rollback", "--to", "1", "--yes").code == 1
    done = mine("rollback", "--to", "calm", "--yes", "--json").json()
    assert texts(mine) == {LISBON, PORTO}
    assert mine("rollback", "--to", done["undo"], "--yes").code == 0
    assert texts(mine) == {LISBON}
    back = mine("rollback", cubes[1], "--to", "calm")
    assert "takes it back" in back.err
    assert texts(mine) == {LISBON, PORTO}
