"""Documents on the command line."""

import json

from support.cli_runner import Run

ADA = ("--namespace", "users", "--namespace", "ada")


def test_documents_are_put_read_found_and_erased(mine: Run) -> None:
    put = mine("document", "put", "prefs", '{"drinks": "green tea"}', *ADA, "--json").json()
    assert (put["namespace"], put["key"]) == (["users", "ada"], "prefs")
    assert f"Put users/ada/prefs: {put['cube']}" in mine("document", "put", "prefs", '{"drinks": "tea"}', *ADA).err
    assert json.loads(mine("document", "get", "prefs", *ADA).out) == {"drinks": "tea"}
    assert "users/ada/prefs" in mine("document", "list").out
    assert "Score" in mine("document", "search", "Who drinks tea?", "-N", "users").out
    assert mine("document", "namespaces").out == "users/ada\n"
    moved = mine("document", "move", "prefs", "habits", *ADA, "--new-namespace", "people", "--json").json()
    assert moved == {"cube": put["cube"], "namespace": ["people"], "key": "habits"}
    mine("document", "move", "habits", "prefs", "-N", "people", "--new-namespace", "users", "--new-namespace", "ada")
    asked = mine("document", "delete", "prefs", *ADA)
    assert asked.code == 1
    assert "Erase the document 'prefs' in every version? [y/N]" in asked.err
    assert mine("document", "get", "prefs", *ADA).code == 0
    assert "Erased it" in mine("document", "delete", "prefs", *ADA, "--yes").err
    assert "no such document" in mine("document", "delete", "prefs", *ADA, "--yes").err
    assert "Nothing." in mine("document", "list").out


def test_a_page_says_how_to_go_on(mine: Run) -> None:
    for number in range(3):
        mine("document", "put", f"n{number}", f'{{"n": {number}}}')
    assert "There are more: --skip 2." in mine("document", "list", "--limit", "2").err
    assert [each["key"] for each in mine("document", "list", "--skip", "2", "--json").json()["items"]] == ["n0"]


def test_what_is_no_document_is_said(mine: Run) -> None:
    for given, said in (
        ("{", "is not JSON"),
        ("[1]", "is not a JSON object"),
        ('{"a": NaN}', "which JSON does not have"),
    ):
        refused = mine("document", "put", "prefs", given)
        assert (refused.code, said in refused.err) == (1, True), refused.err
    assert mine("document", "get", "prefs").code == 1
