"""Owners' marks and signatures: what was changed, stripped or made by somebody else is told apart, with the public key alone."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from memos_graph import Memory, Message, Settings
from memos_graph.errors import InputError, NotFoundError
from memos_graph.exchange.marks import Standing, check, marked
from memos_graph.kit.crypto.keyring import Keyring
from memos_graph.search.selection import Selection


@pytest.fixture
def keyring(tmp_path: Path) -> Keyring:
    return Keyring(Settings.load(keys=tmp_path / "ours").keys_folder)


def line(keyring: Keyring, **changed: object) -> str:
    memory = {"space": "a/b", "cube": "c1", "version": 2, "text": "Dana moved to Zürich.", "tags": ["x"]}
    return json.dumps(marked(memory, keyring) | changed)


def test_a_line_is_genuine_until_any_part_of_it_is_changed(keyring: Keyring, tmp_path: Path) -> None:
    other = Keyring(Settings.load(keys=tmp_path / "theirs").keys_folder)
    stripped = {key: value for key, value in json.loads(line(keyring)).items() if key != "watermark"}
    lines = [
        line(keyring),
        line(keyring, text="Dana moved to Porto."),
        line(keyring, version=3),
        line(keyring, space="b/b"),
        line(keyring, added=1),
        line(keyring, watermark=json.loads(line(keyring))["watermark"][:-4] + "AAA="),
        line(other),
        json.dumps(stripped),
        "no JSON",
        "[]",
        "",
        json.dumps(json.loads(line(keyring)), indent=None, sort_keys=True, separators=(",", ":")),
    ]
    found = list(check(lines, keyring.public_pem))
    assert [each.standing for each in found] == [
        Standing.GENUINE,
        *[Standing.ALTERED] * 5,
        *[Standing.NOT_OURS] * 4,
        Standing.GENUINE,
    ]
    assert [each.line for each in found] == [*range(1, 11), 12]
    assert (found[0].cube, found[0].version) == ("c1", 2)
    with pytest.raises(InputError, match="not a public key"):
        list(check(lines, "-----BEGIN"))


def test_an_export_carries_what_may_be_read_each_line_marked_and_is_in_the_log(
    space: Memory, mount: Callable[..., Memory]
) -> None:
    texts = ["Dana moved to Lisbon.", "The ferry leaves at nine.", "The oven is new."]
    messages = [Message(id=f"m{i}", speaker="Bo", text=text) for i, text in enumerate(texts)]
    cubes = space.add(messages[:2], source="talk").added
    gone = space.add(messages[2:], source="mail").added[0]
    space.delete(gone)
    lines = list(space.export())
    assert [json.loads(each)["text"] for each in lines] == texts[:2]
    assert [json.loads(each)["cube"] for each in lines] == list(cubes)
    pem = space._services.keyring.public_pem
    assert {each.standing for each in check(lines, pem)} == {Standing.GENUINE}
    assert [json.loads(each)["id"] for each in space.export(Selection(cubes=(cubes[1],)))] == ["m1"]
    entries = [entry for entry in space.log() if entry.action == "export"]
    assert {cube.id for entry in entries for cube in entry.cubes} == set(cubes)
    receipt = space.forget("Dana")
    assert [(each.principal, each.cubes) for each in receipt.exports] == [(space.principal, 1)]
    with pytest.raises(NotFoundError):
        mount("other", as_="stranger", owner="stranger")._services.exporter.lines(
            Selection(), space=space.space, principal="stranger"
        )


def test_an_export_can_be_read_in_again(space: Memory, mount: Callable[..., Memory], tmp_path: Path) -> None:
    space.add([Message(id="m1", speaker="Dana", text="I moved to Lisbon.")], source="talk")
    file = tmp_path / "export.jsonl"
    file.write_text("".join(space.export()), encoding="utf-8")
    copy = mount("copy")
    copy.add_file(file)
    (cube,) = copy.page(level="whole")
    assert (cube.descriptive.speaker, cube.descriptive.origin_id, cube.text) == ("Dana", "m1", "I moved to Lisbon.")
