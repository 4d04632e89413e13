"""MemLoader: what was dumped comes in by the ways every memory is written, once, and never wider than it may."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from support.bundles import AT, bundle, content, fact, lines, memory

from memos_graph import Memory, Message
from memos_graph.errors import ForbiddenError, FormatError, InputError
from memos_graph.exchange.loading.report import OnConflict
from memos_graph.governance import Action

SAID = [
    Message(id="m1", speaker="Dana", text="I moved to Lisbon in May 2026. I work as a potter."),
    Message(id="m2", speaker="Bo", text="The ferry to Porto leaves at nine."),
    Message(id="m3", speaker="Dana", text="I keep bees on the roof."),
]


def dumped(memory: Memory) -> bytes:
    return b"".join(memory.dump(content_only=True))


def test_what_was_dumped_is_loaded_and_dumped_again_with_the_same_content(
    space: Memory, mount: Callable[..., Memory]
) -> None:
    first, second, third = space.add(SAID, source="talk").added
    space.update(first, text="I moved to Porto in June 2026.", reason="she moved on")
    space.set(second, tags=["travel"], priority=3, half_life_days=30.5)
    space.archive(second)
    space.freeze(third)
    data = dumped(space)
    copy = mount("copy")
    told = copy.load(data)
    assert (told.memories, told.links, told.conflicts, told.rejected, told.alone) == (3, 0, (), (), 0)
    assert told.facts == len(lines(data, "facts"))
    assert content(dumped(copy)) == content(data)
    assert {cube.state for cube in copy.page(level="whole")} == {"activated", "archived", "frozen"}
    assert [each.cube.text for each in copy.search("Where did Dana move?", limit=1).hits] == [
        "I moved to Porto in June 2026."
    ]
    (moved,) = [cube for cube in copy.page(level="whole") if cube.descriptive.origin_id == "m1"]
    assert [(each.text, each.by, each.reason) for each in copy.history(moved.id)] == [
        (SAID[0].text, copy.principal, None),
        ("I moved to Porto in June 2026.", copy.principal, "she moved on"),
    ]
    assert copy.audit.verify().broken == ()
    assert {entry.action for entry in copy.log()} >= {"add", "load"}


def test_the_same_bundle_again_changes_nothing(space: Memory, mount: Callable[..., Memory]) -> None:
    space.add(SAID, source="talk")
    data, copy = dumped(space), mount("copy")
    copy.load(data)
    before = [entry.seq for entry in copy.logs.query(action="load")]
    again = copy.load(data)
    assert (again.memories, again.facts, again.links, again.gone) == (0, 0, 0, 0)
    assert again.unchanged == len(lines(data, "memories")) + len(lines(data, "facts"))
    assert [entry.seq for entry in copy.logs.query(action="load")] == before
    home = space.load(data)
    assert (home.memories, home.facts, home.unchanged) == (0, 0, again.unchanged)


def test_what_was_deleted_here_does_not_come_back(space: Memory, mount: Callable[..., Memory]) -> None:
    space.add(SAID, source="talk")
    data, copy = dumped(space), mount("copy")
    copy.load(data)
    copy.forget("Dana")
    told = copy.load(data)
    assert (told.memories, told.facts, told.gone >= 2) == (0, 0, True)
    assert [cube.text for cube in copy.page(level="whole")] == [SAID[1].text]
    deleted = next(cube.id for cube in space.page(level="whole"))
    space.delete(deleted)
    assert space.load(data).gone >= 1
    assert deleted not in {cube.id for cube in space.page()}
    assert next(entry.action for entry in space.log() if entry.action != "list") == "delete"


def test_who_wrote_it_elsewhere_is_forgotten_too(space: Memory) -> None:
    by = {"text": "The ferry leaves at nine.", "at": AT, "by": "Wilhelmina"}
    space.load(bundle({"memories": [memory("m1", "The ferry leaves at nine.", versions=[by])]}))
    assert [each["versions"][0]["by"] for each in lines(dumped(space), "memories")] == ["Wilhelmina"]
    receipt = space.forget("Wilhelmina")
    assert (receipt.complete, receipt.left) == (True, {})
    assert [each["versions"][0]["by"] for each in lines(dumped(space), "memories")] == [space.principal]


@pytest.mark.parametrize("rule", [each for each in OnConflict if each is not OnConflict.MERGE])
def test_a_memory_that_says_something_else_here_goes_by_the_rule(space: Memory, rule: OnConflict) -> None:
    (cube,) = space.add([Message(id="m1", speaker="Dana", text="The ferry leaves at nine.")], source="talk").added
    lately = memory("x1", "The ferry leaves at ten.", origin_id="m1", priority=4, tags=["new"])
    told = space.load(
        bundle({"memories": [lately], "facts": [fact("x2", "The ferry leaves at ten.", "x1")]}), conflicts=rule
    )
    stands = space.get(cube)
    changed = rule in {OnConflict.VERSION, OnConflict.REPLACE}
    assert (told.changed, told.kept, told.alone) == (int(changed), int(not changed), 1)
    assert stands.text == ("The ferry leaves at ten." if changed else "The ferry leaves at nine.")
    assert stands.governance.priority == (4 if rule is OnConflict.REPLACE else 0)
    assert [(each.id, each.cube) for each in told.conflicts] == [("x1", cube)]
    assert len(space.history(cube)) == 1 + changed
    assert space.load(bundle({"memories": [memory("x1", "The ferry leaves at nine.", origin_id="m1")]})).unchanged == 1


def test_two_loads_of_one_bundle_at_once_load_it_once(space: Memory, mount: Callable[..., Memory]) -> None:
    space.add(SAID, source="talk")
    data, copies = dumped(space), [mount("copy") for _ in range(3)]
    with ThreadPoolExecutor(3) as pool:
        told = list(pool.map(lambda each: each.load(data), copies))
    assert (sum(each.memories for each in told), sum(each.facts for each in told)) == (3, len(lines(data, "facts")))
    assert sorted(lines(dumped(copies[0]), "facts"), key=str) == sorted(lines(data, "facts"), key=str)


def test_what_has_ended_is_not_loaded_and_facts_said_elsewhere_are_not_doubled(space: Memory) -> None:
    over = memory("m1", "The ferry leaves at nine.", expires_at="2020-01-01T00:00:00.000000Z")
    assert space.load(bundle({"memories": [over], "facts": [fact("f1", "The ferry leaves at nine.", "m1")]})).gone == 1
    assert space.page() == []
    space.add([Message(id="x", speaker="Dana", text="Dana lives in Lisbon.")], source="other")
    (known,) = space.page(level="fact")
    said = {"memories": [memory("m2", "Dana lives in Lisbon.")], "facts": [fact("f2", "Dana lives in Lisbon.", "m2")]}
    told = space.load(bundle(said))
    assert (told.memories, told.facts, told.unchanged) == (1, 0, 1)
    assert [each.id for each in space.page(level="fact")] == [known.id]
    assert len(space.lineage(known.id).upstream()) == 2


def test_a_bundle_is_not_added_as_a_conversation(space: Memory) -> None:
    with pytest.raises(FormatError, match="memos load"):
        space.add_data(bundle({"memories": [memory("m1", "a")]}), name="notes.memcube")


def test_a_dry_run_tells_and_writes_nothing(space: Memory, mount: Callable[..., Memory]) -> None:
    space.add(SAID, source="talk")
    copy = mount("copy")
    copy.policy.apply_text("policy: 1\nname: small\nquotas: {memories: 2}\nsensitivity: {refuse: [password]}\n")
    data = dumped(space)
    told = copy.load(data, dry_run=True)
    assert (told.dry_run, told.memories, told.facts) == (True, 3, len(lines(data, "facts")))
    assert told.refusal is not None
    assert "2 memories" in told.refusal
    assert copy.page() == []
    told = copy.load(bundle({"memories": [memory("m9", "My password is hunter2-hunter2.")]}), dry_run=True)
    assert (told.memories, len(told.rejected)) == (0, 1)
    assert copy.load(bundle({"memories": [memory("m9", "My password is hunter2-hunter2.")]})).memories == 0


def test_what_is_no_bundle_is_refused_before_anything_is_written(space: Memory) -> None:
    good = bundle({"memories": [memory("m1", "The ferry leaves at nine.")]})
    for broken in (good[:-1], good.replace(b"nine", b"nine"[::-1]), b"", b"PK\x03\x04"):
        with pytest.raises(FormatError, match="Nothing was written"):
            space.load(broken)
    with pytest.raises(FormatError, match="can't be read"):
        space.load("/no/such/file")
    with pytest.raises(InputError, match="not a rule for conflicts"):
        space.load(good, conflicts="overwrite")
    with pytest.raises(InputError, match="is signed with the key"):
        space.load(good, key=space._services.keyring.public_pem)
    late = {"memories": [memory("m1", "a ferry"), memory("m2", "b" * 10)], "facts": [{"id": "f1"}]}
    with pytest.raises(FormatError, match="facts, line 1"):
        space.load(bundle(late))
    assert space.page() == []


def test_who_may_not_write_loads_nothing(space: Memory, mount: Callable[..., Memory]) -> None:
    space.add(SAID[:1], source="talk")
    space.permissions.grant("guest-of-" + space.principal, [Action.READ])
    guest = mount("notes", as_="guest-of-" + space.principal)
    with pytest.raises(ForbiddenError) as refused:
        guest.load(bundle({"memories": [memory("m1", "The ferry leaves at nine.")]}))
    assert refused.value.target == space.space


def test_rights_in_a_bundle_are_told_and_applied_on_request_only(space: Memory, mount: Callable[..., Memory]) -> None:
    (cube,) = space.add(SAID[:1], source="talk").added
    guest, other = "guest-of-" + space.principal, "other-of-" + space.principal
    space.permissions.grant(guest, [Action.WRITE])
    space.permissions.grant(other, [Action.READ])
    space.permissions.deny(guest, [Action.READ], cube=cube, reason="not theirs")
    data = b"".join(space.dump())
    copy = mount("copy")
    told = copy.load(data)
    assert (told.grants >= 3, told.granted) == (True, 0)
    assert {each.principal for each in copy.permissions.every()} == {space.principal}
    told = copy.load(data, names={guest: other}, grant=True)
    assert told.granted == 2
    rights = {(each.principal, each.denied, each.cube is None) for each in copy.permissions.every()}
    assert rights >= {(other, False, True), (other, True, False)}
    copy.permissions.grant(guest, [Action.WRITE])
    with pytest.raises(ForbiddenError):
        mount("copy", as_=guest).load(data, names={guest: guest}, grant=True)


def test_links_and_merges_travel(space: Memory, mount: Callable[..., Memory]) -> None:
    a, b = space.add(
        [Message(id="a", text="Dana lives in Lisbon."), Message(id="b", text="Dana lives in Lisbon now.")],
        source="talk",
    ).added
    space.merge([a, b])
    for text in ("Bo lives in Rome.", "Bo lives in Oslo since June 2026."):
        space.add(text, source="mail")
    pairs = space.review()
    if pairs:
        space.supersede(pairs[0].new, pairs[0].old)
    data, copy = dumped(space), mount("copy")
    told = copy.load(data)
    assert told.links == len(lines(data, "links")) >= 3
    assert content(dumped(copy)) == content(data)
