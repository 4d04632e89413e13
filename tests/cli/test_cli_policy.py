"""`memos policy`, `memos set`, `memos sweep`."""

import json
from pathlib import Path

import pytest
from support.cli_runner import Run

WRONG = "policy: 1\nname: desk\nkepe: {}\nquotas: {memories: many}\n"


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    file = tmp_path / "desk.yaml"
    file.write_text(
        "policy: 1\nname: desk\nkeep:\n  rules:\n    - for: {tag: temporary}\n      keep: 1 hour\n", encoding="utf-8"
    )
    return file


def test_a_template_is_printed_and_explains_itself(memos_cli: Run, tmp_path: Path) -> None:
    assert memos_cli("policy", "template").out.split() == ["health-care", "personal-assistant", "support-desk"]
    file = tmp_path / "care.yaml"
    file.write_text(memos_cli("policy", "template", "health-care").out, encoding="utf-8")
    told = memos_cli("policy", "explain", str(file))
    assert told.code == 0
    assert "- Memories tagged 'legal hold' are kept forever." in told.out
    assert json.loads(memos_cli("policy", "explain", str(file), "--json").out)


def test_each_problem_of_a_file_has_a_line_of_its_own(memos_cli: Run, tmp_path: Path) -> None:
    file = tmp_path / "wrong.yaml"
    file.write_text(WRONG, encoding="utf-8")
    told = memos_cli("policy", "explain", str(file))
    assert told.code == 1
    assert told.err.splitlines()[:2] == [
        "line 3, column 1: 'kepe' is not a setting here; did you mean 'keep'?",
        "line 4, column 10: 'memories' is a whole number, not 'many'",
    ]
    assert "2 problems; nothing was changed" in told.err
    assert json.loads(memos_cli("policy", "apply", str(file), "--json").err)["code"] == "policy-invalid"
    missing = memos_cli("policy", "explain", str(tmp_path / "none.yaml"))
    assert (missing.code, "can't be read" in missing.err) == (1, True)


def test_a_policy_is_tried_applied_shown_and_listed(mine: Run, desk: Path, tmp_path: Path) -> None:
    note = tmp_path / "note.txt"
    note.write_text("The ladder leans on the pear tree.", encoding="utf-8")
    assert mine("add", str(note), "--tag", "temporary").code == 0
    tried = mine("policy", "apply", str(desk), "--dry-run", "--json").json()
    assert (tried["dry_run"], tried["rules"][0]["memories"], tried["ending"]) == (True, 1, 0)
    done = mine("policy", "apply", str(desk))
    assert "Memories tagged 'temporary' end 1 hour after" in done.out
    assert "version 1" in done.err
    assert "nothing changed" in mine("policy", "apply", str(desk)).err
    assert mine("policy", "show").out == desk.read_text(encoding="utf-8")
    assert [each["version"] for each in mine("policy", "history", "--json").json()] == [1]
    assert "desk" in mine("policy", "history").out


def test_terms_are_set_and_what_ended_is_swept(mine: Run, tmp_path: Path) -> None:
    note = tmp_path / "note.txt"
    note.write_text("The ladder leans on the pear tree.", encoding="utf-8")
    cube = mine("add", str(note), "--json").json()[0]["added"][0]
    stands = mine("set", cube, "--half-life", "30", "--priority", "2", "--tag", "a", "--tag", "b", "--json").json()
    assert (stands["half_life_days"], stands["priority"], stands["tags"]) == (30.0, 2, ["a", "b"])
    shown = mine("set", cube, "--half-life", "never", "--tag", "none", "--expires", "2020-01-01")
    assert "2020-01-01" in shown.out
    assert mine("show", cube).code == 1
    assert mine("sweep", "--json").json()["expired"] >= 1
    assert "0 memories expired" in mine("sweep").err


@pytest.mark.parametrize(
    "option", [("--expires", "soon"), ("--half-life", "0"), ("--half-life", "x"), ("--priority", "11")]
)
def test_what_can_t_be_set_is_told(mine: Run, option: tuple[str, str]) -> None:
    assert mine("set", "someid", *option).code == 2
