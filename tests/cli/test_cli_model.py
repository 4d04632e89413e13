"""Chat, KV-caches and adapters on the command line."""

import json
from pathlib import Path

import pytest
from support.cli_runner import Run

TALK = "[2026-05-04 09:00] Dana: I moved to Lisbon.\n[2026-05-04 09:01] Ravi: I work for Harbour Labs.\n"


@pytest.fixture
def told(mine: Run, tmp_path: Path) -> Run:
    file = tmp_path / "talk.log"
    file.write_text(TALK, encoding="utf-8")
    assert mine("add", str(file)).code == 0
    return mine


def test_an_answer_stands_alone_on_standard_output(told: Run) -> None:
    answer = told("chat", "Where does Dana live?")
    assert (answer.code, answer.out) == (0, "Lisbon\n")
    assert "I moved to Lisbon." in answer.err
    assert "plaintext; " in answer.err
    found = told("chat", "What does Olga like to eat?", "--json").json()
    assert (found["text"], found["form"]) == ("Nothing here answers that.", "quote")


def test_a_quote_stands_alone_with_its_source_and_what_it_is(told: Run) -> None:
    answer = told("chat", "At which company is Ravi working?")
    assert answer.out == "\u201cI work for Harbour Labs.\u201d (Ravi, 2026-05-04, talk.log)\n"
    assert "no language model answered" in answer.err
    assert answer.err.count("\n") <= 5  # the answer stays in sight


def test_a_kv_cache_is_built_used_listed_and_dropped(told: Run) -> None:
    built = told("kv", "build", "--json").json()
    assert (built["built"], built["cube"]["sources"]) == (True, 2)
    again = told("kv", "build", "--source", "talk.log")
    assert "there already" in again.err
    assert again.out.strip() == built["cube"]["id"]
    answer = told("chat", "Where does Dana live?", "--form", "activation")
    assert answer.out == "Lisbon\n"
    assert f"activation by cube {built['cube']['id']}" in answer.err
    listed = told("kv", "list")
    assert built["cube"]["id"] in listed.out
    assert "activated, in service" in " ".join(listed.out.split())
    assert told("kv", "drop", built["cube"]["id"]).code == 0
    assert told("kv", "list", "--json").json() == []
    missing = told("kv", "drop", built["cube"]["id"])
    assert missing.code == 1
    assert "no KV-cache" in missing.err


def test_what_can_not_be_done_says_what_to_do(told: Run) -> None:
    for arguments, hint in (
        (("chat", "Where?", "--form", "parametric"), "lora distill"),
        (("chat", "Where?", "--form", "activation"), "kv build"),
        (("lora", "load", "none"), "lora list"),
        (("lora", "distill", "--topic", "no such topic"), "memos search"),
        (("chat",), "Ask one"),
    ):
        ended = told(*arguments)
        assert ended.code == 1
        assert hint in ended.err, (arguments, ended.err)
    assert told("lora", "list", "--json").json() == []
    assert told("lora", "redistill", "--json").json() == []
    assert json.loads(told("chat", "Where?", "--form", "activation", "--json").err)["code"] == "state-conflict"
