"""MemDumper: what its reader may read, as it sees it, with versions, provenance and states; in the log; the same bytes again."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from support.bundles import lines, parts

from memos_graph import Memory, Message
from memos_graph.errors import ForbiddenError, NotFoundError
from memos_graph.exchange.bundle.reading import BundleReader
from memos_graph.exchange.bundle.records import checked
from memos_graph.governance import Action
from memos_graph.language.sensitivity import LevelName
from memos_graph.search.selection import Selection

SAID = [
    Message(id="m1", speaker="Dana", text="I moved to Lisbon in May 2026. I work as a potter."),
    Message(id="m2", speaker="Bo", text="The ferry to Porto leaves at nine."),
    Message(id="m3", speaker="Dana", text="My mail is dana@example.org, and my card 4111 1111 1111 1111."),
]


def dumped(memory: Memory, selection: Selection | None = None, *, content_only: bool = False) -> bytes:
    data = b"".join(memory.dump(selection, content_only=content_only))
    with BundleReader(data) as found:
        checked(found)
    return data


def test_a_space_is_dumped_with_all_that_belongs_to_its_memories_and_the_same_bytes_again(space: Memory) -> None:
    first, second, third = space.add(SAID, source="talk").added
    space.update(first, text="I moved to Porto in June 2026.", reason="she moved on")
    space.set(second, tags=["travel"], priority=3, half_life_days=30.5)
    space.archive(second)
    space.delete(third)
    data = dumped(space)
    assert dumped(space) == data
    one, two = lines(data, "memories")
    assert (one["id"], one["origin_id"], one["root"], one["speaker"]) == (first, "m1", "talk", "Dana")
    texts = [(each["text"], each.get("reason")) for each in one["versions"]]
    assert texts == [(SAID[0].text, None), ("I moved to Porto in June 2026.", "she moved on")]
    assert (two["state"], two["tags"], two["priority"], two["half_life_days"]) == ("archived", ["travel"], 3, "30.5")
    facts = {each["versions"][0]["text"]: each for each in lines(data, "facts")}
    assert {each["state"] for each in facts.values()} == {"activated", "archived"}
    assert facts["I moved to Porto in June 2026."]["said_by"] == [first]
    assert [each["action"] for each in lines(data, "log") if each["cube"] == first][:2] == ["add", "update"]
    assert {each["principal"] for each in lines(data, "grants")} <= {space.principal}
    assert "dana@example.org" not in data.decode(errors="replace")
    assert {entry.action for entry in space.log(limit=4)} == {"dump"}


def test_what_a_reader_may_not_see_is_masked_or_left_out(space: Memory, mount: Callable[..., Memory]) -> None:
    first, second, third = space.add(SAID, source="talk").added
    space.permissions.grant("guest-of-" + space.principal, [Action.READ], sees=LevelName.PUBLIC)
    space.permissions.deny("guest-of-" + space.principal, [Action.READ], cube=second)
    guest = mount("notes", as_="guest-of-" + space.principal)
    data = dumped(guest)
    assert [each["id"] for each in lines(data, "memories")] == [first, third]
    assert json.loads(parts(data)["manifest.json"])["redacted"] is True
    text = data.decode(errors="replace")
    assert "4111" not in text
    assert "dana@example.org" not in text
    assert "ferry" not in text
    assert second not in text
    assert "grants" not in json.loads(parts(data)["manifest.json"])["capabilities"]
    assert {each["by"] for each in lines(data, "log")} <= {guest.principal}
    assert lines(data, "memories")[1]["versions"][0]["redacted"] is True


def test_what_was_made_of_memories_is_listed_and_not_carried(space: Memory, mount: Callable[..., Memory]) -> None:
    space.add(SAID[:2], source="talk")
    kept = space.kv.build().cube
    data = dumped(space)
    (form,) = lines(data, "forms")
    assert (form["id"], form["form"], form["sha256"]) == (kept.id, "kv", kept.sha256)
    assert {*form["made_of"]} <= {each["id"] for each in lines(data, "facts")}
    copy = mount("copy")
    copy.load(data)
    assert copy.kv.list() == []
    space.permissions.grant("guest-of-" + space.principal, [Action.READ])
    space.permissions.deny("guest-of-" + space.principal, [Action.READ], cube=form["made_of"][0])
    assert lines(dumped(mount("notes", as_="guest-of-" + space.principal)), "forms") == []


def test_a_selection_is_dumped_with_its_facts(space: Memory) -> None:
    first, second, _ = space.add(SAID, source="talk").added
    space.add([Message(id="x1", text="The oven is new.")], source="mail")
    one = dumped(space, Selection(cubes=(first,)), content_only=True)
    assert [each["id"] for each in lines(one, "memories")] == [first]
    assert {tuple(each["said_by"]) for each in lines(one, "facts")} == {(first,)}
    assert "log" not in json.loads(parts(one)["manifest.json"])["capabilities"]
    mail = dumped(space, Selection(sources=("mail",)))
    assert [each["origin_id"] for each in lines(mail, "memories")] == ["x1"]
    assert json.loads(parts(mail)["manifest.json"])["selection"] == {"sources": ["mail"]}
    nothing = dumped(space, Selection(topics=("no such topic",)))
    assert lines(nothing, "memories") == []
    assert second not in mail.decode(errors="replace")


def test_a_policy_can_keep_memories_here_and_a_stranger_learns_nothing(
    space: Memory, mount: Callable[..., Memory]
) -> None:
    space.add(SAID, source="talk")
    space.permissions.grant("guest-of-" + space.principal, [Action.READ])
    space.policy.apply_text("policy: 1\nname: stays\ntransfer: {who: owner}\n")
    guest = mount("notes", as_="guest-of-" + space.principal)
    for leaving in (guest.dump, guest.export):
        with pytest.raises(ForbiddenError, match=r"does not let this principal take memories of '.*' away") as refused:
            list(leaving())
        assert refused.value.target == space.space
    assert len(lines(dumped(space), "memories")) == 3
    space.policy.apply_text("policy: 1\nname: stays\ntransfer: {who: nobody}\n")
    with pytest.raises(ForbiddenError):
        space.dump()
    with pytest.raises(NotFoundError):
        mount("notes", as_="stranger-" + space.principal).dump()


def test_a_dump_breaks_off_once_the_space_may_not_be_read_any_more(space: Memory, mount: Callable[..., Memory]) -> None:
    space.add(SAID, source="talk")
    name = "guest-of-" + space.principal
    space.permissions.grant(name, [Action.READ])
    pieces = mount("notes", as_=name).dump()
    next(pieces)
    space.permissions.revoke(name)
    with pytest.raises(NotFoundError, match="its bundle is not whole"):
        list(pieces)


def test_the_receipt_of_an_erasure_names_who_dumped_what(space: Memory, tmp_path: Path) -> None:
    space.add(SAID[:1], source="talk")
    dumped(space, content_only=True)
    receipt = space.forget("Dana")
    assert {each.principal for each in receipt.exports} == {space.principal}
    since = dumped(space)
    assert lines(since, "memories") == []
    assert not any(word in since for word in (b"Dana", b"Lisbon", b"potter"))
