"""Two devices that keep a space in step: what was done on either while they were apart is on both, and what is gone stays gone."""

from collections.abc import Callable
from contextlib import suppress
from uuid import uuid4

import pytest
from support.devices import Cut, gone, stands
from support.faces import Faces
from support.raw_graph import holders

from memos_graph import Memory, MemOS, Message
from memos_graph.errors import ForbiddenError, NotFoundError, ServiceError, StateError
from memos_graph.governance import Action
from memos_graph.lifecycle.erasure import MemErasure
from memos_graph.memcube.documents import DocumentPlace

SAID = [
    Message(id="m1", speaker="Dana", text="I moved to Lisbon in May 2026. I work as a potter."),
    Message(id="m2", speaker="Bo", text="The ferry to Porto leaves at nine."),
    Message(id="m3", speaker="Dana", text="I keep bees on the roof."),
]


@pytest.fixture
def laptop(mount: Callable[..., Memory]) -> Memory:
    return mount("laptop")


@pytest.fixture
def phone(mount: Callable[..., Memory]) -> Memory:
    return mount("phone")


@pytest.fixture(params=["in process", "over REST"])
def line(request: pytest.FixtureRequest, faces: Faces, phone: Memory, principal: str) -> Memory:
    """The phone, as the laptop reaches it."""
    return faces.mounts(request.param, principal)("phone")


def cube(memory: Memory, origin: str) -> str:
    (found,) = [each.id for each in memory.page(level="whole") if each.descriptive.origin_id == origin]
    return found


def test_each_device_gets_what_the_other_has(laptop: Memory, phone: Memory, line: Memory) -> None:
    laptop.add(SAID[:2], source="talk")
    phone.add(SAID[2:], source="talk")
    phone.documents.put(("prefs",), "tea", {"kind": "green"})
    done = laptop.sync(line)
    assert (done.in_step, done.left, done.conflicts) == (True, 0, ())
    assert (done.here.added, done.there.added) == (2, 2)
    assert stands(laptop) == stands(phone)
    assert len(stands(laptop)) == 4
    assert phone.search("Where did Dana move?", limit=1).hits[0].cube.text == SAID[0].text
    again = laptop.sync(line)
    assert (again.in_step, again.here, again.there) == (True, type(again.here)(), type(again.here)())
    assert laptop.audit.verify().broken == phone.audit.verify().broken == ()
    assert {"compare", "load", "dump"} <= {each.action for each in phone.log(limit=200)}


def test_what_was_changed_on_one_is_changed_on_both(laptop: Memory, phone: Memory, line: Memory) -> None:
    laptop.add(SAID, source="talk")
    laptop.documents.put((), "old", {"a": 1})
    laptop.sync(line)
    laptop.update(cube(laptop, "m1"), text="I moved to Porto in June 2026.", reason="she moved on")
    laptop.archive(cube(laptop, "m2"))
    phone.freeze(cube(phone, "m3"))
    phone.set(cube(phone, "m1"), tags=["home"], priority=4, half_life_days=30.5)
    phone.documents.move([(DocumentPlace((), "old"), DocumentPlace((), "new"))])
    phone.documents.put((), "old", {"b": 2})
    done = laptop.sync(line)
    assert done.in_step, done
    assert not done.conflicts
    assert stands(laptop) == stands(phone)
    assert {state for _, _, state, _, _ in stands(laptop).values()} == {"activated", "archived", "frozen"}
    assert laptop.documents.get((), "new").value == {"a": 1}
    assert laptop.documents.get((), "old").value == {"b": 2}
    assert [each.cube.text for each in phone.search("Where does Dana live?", limit=1).hits] == [
        "I moved to Porto in June 2026."
    ]
    # Taken back, and so on both.
    phone.restore(cube(phone, "m2"))
    laptop.thaw(cube(laptop, "m3"), reason="again")
    phone.rollback(cube(phone, "m1"), to=1)
    assert laptop.sync(line).in_step
    assert stands(laptop) == stands(phone)
    assert {state for _, _, state, _, _ in stands(laptop).values()} == {"activated"}
    assert stands(laptop)[cube(laptop, "m1")][0] == SAID[0].text


def test_what_was_changed_on_both_is_in_the_history_of_both(laptop: Memory, phone: Memory, line: Memory) -> None:
    laptop.add(SAID[:2], source="talk")
    laptop.sync(line)
    laptop.update(cube(laptop, "m1"), text="Dana lives in Rome.")
    phone.update(cube(phone, "m1"), text="Dana lives in Oslo.")
    phone.update(cube(phone, "m2"), text="The ferry leaves at ten.")
    laptop.archive(cube(laptop, "m2"))
    done = laptop.sync(line)
    assert done.in_step, done
    (told,) = done.conflicts
    assert "both" in told.did
    assert stands(laptop) == stands(phone)
    assert stands(laptop)[cube(laptop, "m1")][:2] == (
        "Dana lives in Oslo.",
        {SAID[0].text, "Dana lives in Rome.", "Dana lives in Oslo."},
    )
    for device in (laptop, phone):
        assert {each.cube.text for each in device.search("Where does Dana live?", limit=5).hits} == {
            "Dana lives in Oslo."
        }
        assert device.audit.verify().broken == ()


def test_what_was_added_on_both_is_there_once(laptop: Memory, phone: Memory, line: Memory) -> None:
    laptop.add(SAID, source="talk")
    phone.add(SAID, source="talk")
    for device, word in ((laptop, "nine"), (phone, "ten")):
        device.documents.put((), "ferry", {"leaves": word})
    assert laptop.sync(line).in_step
    assert stands(laptop) == stands(phone)
    assert len(stands(laptop)) == 4
    assert laptop.documents.get((), "ferry").value == {"leaves": "ten"}
    phone.delete(cube(phone, "m2"))
    assert laptop.sync(line).here.deleted == 1
    assert stands(laptop) == stands(phone)
    assert len(stands(laptop)) == 3


def test_what_was_deleted_on_one_is_gone_on_both(laptop: Memory, phone: Memory, line: Memory) -> None:
    laptop.add(SAID, source="talk")
    laptop.documents.put((), "tea", {"kind": "green"})
    laptop.sync(line)
    laptop.delete(cube(laptop, "m1"), reason="over")
    phone.update(cube(phone, "m1"), text="Dana lives in Oslo.")
    phone.delete(cube(phone, "m3"))
    laptop.documents.delete((), "tea")
    laptop.documents.put((), "tea", {"kind": "black"})
    done = laptop.sync(line)
    assert done.in_step, done
    assert (done.here.deleted, done.there.deleted) == (1, 2)
    assert stands(laptop) == stands(phone)
    assert len(stands(laptop)) == 2
    assert phone.documents.get((), "tea").value == {"kind": "black"}
    assert gone(laptop) == gone(phone)
    # Sent again, it does not come back.
    phone.add(SAID, source="talk")
    assert laptop.sync(line).in_step
    assert len(stands(laptop)) == len(stands(phone)) == 2


def test_a_dry_run_tells_and_writes_nothing(laptop: Memory, phone: Memory, line: Memory) -> None:
    laptop.add(SAID, source="talk")
    laptop.sync(line)
    laptop.add("Another.", source="notes")
    laptop.update(cube(laptop, "m2"), text="The ferry leaves at ten.")
    phone.archive(cube(phone, "m3"))
    phone.delete(cube(phone, "m1"))
    before = stands(laptop), stands(phone)
    told = laptop.sync(line, dry_run=True)
    assert (told.dry_run, told.differ, told.here.deleted, told.here.settled, told.there.added) == (True, 1, 1, 1, 1)
    assert (stands(laptop), stands(phone)) == before
    assert laptop.sync(line).in_step


def test_without_the_rights_nothing_is_done(
    laptop: Memory, phone: Memory, faces: Faces, principal: str, mount: Callable[..., Memory]
) -> None:
    laptop.add(SAID, source="talk")
    other = f"{principal}-guest"
    with pytest.raises(NotFoundError):
        faces.mounts("over REST", principal)("phone", as_=other)
    phone.permissions.grant(other, [Action.READ])
    with pytest.raises(ForbiddenError):
        laptop.sync(faces.mounts("over REST", principal)("phone", as_=other))
    assert stands(phone) == {}
    # Who may write, too, but not administer, is held to it.
    phone.permissions.grant(other, [Action.READ, Action.WRITE])
    theirs = faces.mounts("over REST", principal)("phone", as_=other)
    laptop.freeze(cube(laptop, "m3"))
    done = laptop.sync(theirs)
    assert (done.in_step, done.left, done.there.added) == (False, 1, 3)
    assert "administer" in done.conflicts[0].did
    laptop.permissions.grant(other, [Action.READ])
    with pytest.raises(ForbiddenError):
        mount("laptop", as_=other).sync(theirs)
    phone.policy.apply(f"policy: 1\nname: closed\ntransfer: {{who: [{principal}]}}\n")
    with pytest.raises(ForbiddenError):
        laptop.sync(theirs)


def test_what_a_reader_does_not_see_whole_does_not_travel(
    laptop: Memory, phone: Memory, faces: Faces, principal: str
) -> None:
    phone.add([Message(id="m1", text="My card is 4111 1111 1111 1111."), *SAID[1:]], source="talk")
    other = f"{principal}-guest"
    phone.permissions.grant(other, [Action.READ, Action.WRITE], sees="public")
    phone.permissions.deny(other, [Action.READ], cube=cube(phone, "m2"))
    done = laptop.sync(faces.mounts("over REST", principal)("phone", as_=other))
    assert (done.in_step, done.here.added) == (True, 1)
    assert [text for text, *_ in stands(laptop).values()] == [SAID[2].text]


@pytest.mark.parametrize("answered", [True, False])
def test_a_line_that_is_cut_anywhere_is_taken_up_again(
    laptop: Memory, phone: Memory, faces: Faces, principal: str, answered: bool
) -> None:
    line = faces.mounts("over REST", principal)("phone")
    laptop.add(SAID, source="talk")
    laptop.sync(line)
    for after in range(12):
        laptop.add(Message(id=f"a{after}", text=f"Shelf {after} holds plates."), source="shelves")
        phone.add(Message(id=f"b{after}", text=f"Drawer {after} holds forks."), source="drawers")
        laptop.update(cube(laptop, "m1"), text=f"Dana lives at number {after}.")
        phone.update(cube(phone, "m1"), text=f"Dana lives in street {after}.")
        phone.archive(cube(phone, f"b{after}"))
        with suppress(ServiceError):
            laptop.sync(Cut(line, after, answered=answered))
    assert laptop.sync(line).in_step
    assert stands(laptop) == stands(phone)
    assert len(stands(laptop)) == 3 + 2 * 12
    assert laptop.audit.verify().broken == phone.audit.verify().broken == ()


@pytest.fixture
def value() -> str:
    """A word that nothing else in the database has."""
    return "Tzar" + uuid4().hex[:10].translate(str.maketrans("0123456789", "ghijklmnop"))


def test_what_is_forgotten_on_one_is_in_no_peer(
    memos: MemOS, laptop: Memory, phone: Memory, line: Memory, value: str
) -> None:
    lives = Message(id="v1", speaker="Dana", text=f"I live in {value}. I keep bees.")
    laptop.add([*SAID, lives], source="talk")
    laptop.documents.put(("people",), "dana", {"town": value})
    laptop.sync(line)
    # Known on the phone alone, changed there meanwhile, said in another one's words, made of it, and frozen.
    phone.add(Message(id="p1", speaker="Bo", text=f"We went to {value} in June."), source="mail")
    phone.update(cube(phone, "v1"), text=f"I live near {value}.")
    phone.merge([cube(phone, "v1"), cube(phone, "m1")])
    phone.kv.build()
    phone.freeze(cube(phone, "m2"))
    phone.search(f"Where is {value}?")
    memos.flush()
    assert holders(memos, value)
    laptop.forget(value)
    done = laptop.sync(line)
    assert done.in_step, done
    assert done.there.erased >= 3
    memos.flush()
    assert holders(memos, value) == []
    assert stands(laptop) == stands(phone)
    receipts = [device.forgetting.receipts_of(device.space)[0] for device in (laptop, phone)]
    assert all(device.forgetting.verify(each).ours for device, each in zip((laptop, phone), receipts, strict=True))
    assert [each.complete for each in receipts] == [True, True]
    assert value not in receipts[1].model_dump_json()
    assert laptop.audit.verify().broken == phone.audit.verify().broken == ()
    # What was said of it before it was forgotten does not come in later, from wherever.
    third = memos.mount(f"{phone.principal}/third", principal=phone.principal)
    assert laptop.sync(third).in_step
    assert holders(memos, value) == []
    # What is said of it from now on is.
    phone.add(Message(id="p2", speaker="Bo", text=f"They built a bridge in {value}."), source="mail")
    assert laptop.sync(line).in_step
    assert any(value in text for text, *_ in stands(laptop).values())


def test_what_was_forgotten_does_not_come_back_from_a_device_that_was_away(
    memos: MemOS, laptop: Memory, phone: Memory, line: Memory, value: str
) -> None:
    away = memos.mount(f"{phone.principal}/away", principal=phone.principal)
    lives = Message(id="v1", speaker="Dana", text=f"I live in {value}.")
    laptop.add([*SAID, lives], source="talk")
    laptop.sync(line)
    laptop.sync(away)
    away.update(cube(away, "v1"), text=f"I live by {value}.")
    away.freeze(cube(away, "v1"))
    laptop.forget(value)
    laptop.sync(line)
    assert phone.sync(away).in_step
    memos.flush()
    assert holders(memos, value) == []
    assert stands(away) == stands(phone) == stands(laptop)


@pytest.mark.parametrize("refusal", ["a frozen memory was made of it", "the erasure fails at its end"])
def test_an_erasure_that_is_refused_leaves_frozen_memories_frozen(
    laptop: Memory, phone: Memory, line: Memory, value: str, monkeypatch: pytest.MonkeyPatch, refusal: str
) -> None:
    said = [Message(id=f"v{number}", speaker="Dana", text=f"I live in {value} {number}.") for number in (1, 2)]
    laptop.add([*SAID, *said], source="talk")
    laptop.sync(line)
    laptop.forget(value)
    frozen = cube(phone, "v1")
    if refusal == "a frozen memory was made of it":
        (made,) = [each.id for each in phone.page(level="fact") if f"{value} 1" in each.text]
        phone.freeze(made)
    else:

        def refused(*_: object) -> None:
            raise StateError("It can't be kept.")

        monkeypatch.setattr(MemErasure, "_keep", refused)
    phone.freeze(frozen)
    done = laptop.sync(line)
    monkeypatch.undo()
    assert not done.in_step
    assert phone.get(frozen).state == "frozen"
    assert [each for each in phone.log(limit=500) if each.action == "thaw"] == []
    # One that is refused keeps no other from being erased.
    assert done.there.erased == (1 if refusal == "a frozen memory was made of it" else 0)
    assert phone.audit.verify().broken == ()
    for each in phone.page(level="fact"):
        if each.state == "frozen":
            phone.thaw(each.id, reason="it goes")
    assert laptop.sync(line).in_step
    assert value not in str(stands(phone))
    assert [each.action for each in phone.log(limit=500)].count("thaw") >= 1


def test_who_may_not_administer_deletes_what_others_erased(
    laptop: Memory, phone: Memory, faces: Faces, principal: str, value: str
) -> None:
    laptop.add([*SAID, Message(id="v1", speaker="Dana", text=f"I live in {value}.")], source="talk")
    other = f"{principal}-guest"
    phone.permissions.grant(other, [Action.READ, Action.WRITE])
    theirs = faces.mounts("over REST", principal)("phone", as_=other)
    laptop.sync(theirs)
    laptop.forget(value)
    done = laptop.sync(theirs)
    assert done.there.deleted == 1
    assert stands(laptop) == stands(phone)
    assert value not in str(stands(phone))


def test_a_memory_that_may_not_be_changed_there_stays_as_it_is(
    laptop: Memory, phone: Memory, faces: Faces, principal: str
) -> None:
    laptop.add(SAID, source="talk")
    laptop.sync(phone)
    other = f"{principal}-guest"
    phone.permissions.grant(other, [Action.READ, Action.WRITE])
    for origin in ("m1", "m2", "m3"):
        phone.permissions.deny(other, [Action.WRITE], cube=cube(phone, origin))
    before = stands(phone)
    laptop.set(cube(laptop, "m1"), tags=["home"], priority=4)
    laptop.update(cube(laptop, "m2"), text="The ferry leaves at ten.")
    laptop.delete(cube(laptop, "m3"))
    done = laptop.sync(faces.mounts("over REST", principal)("phone", as_=other))
    assert (done.in_step, done.left) == (False, 3)
    assert len(done.conflicts) == 3
    assert stands(phone) == before


def test_a_name_that_was_forgotten_where_nobody_knew_it_does_not_come_in(
    laptop: Memory, phone: Memory, line: Memory, value: str
) -> None:
    phone.add([Message(id="v1", speaker="Dana", text=f"I live in {value}, by the sea."), *SAID[1:]], source="talk")
    phone.add([Message(id="v2", speaker="Mara Quill", text="The kiln is hot.")], source="other")
    laptop.forget(value)
    laptop.forget("Mara Quill", mentions="keep")
    done = laptop.sync(line)
    assert (done.in_step, done.there.erased, done.here.added) == (True, 2, 2)
    assert stands(laptop) == stands(phone)
    assert value not in str(stands(phone))
