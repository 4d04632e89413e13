"""What has come to its end is found nowhere from that moment; a sweep then expires or erases it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from support.raw_graph import holders, revouch, rows, value
from uuid_utils import uuid4

from memos_graph import Filters, Memory, MemOS, Message
from memos_graph.errors import InputError, NotFoundError
from memos_graph.search.routing import Weights
from memos_graph.search.selection import Selection, select

ERASE = "policy: 1\nname: tidy\nkeep: {afterwards: erase}\n"
ASKED = "Where is the quillwort seedling?"
PAST = datetime(2020, 1, 1, tzinfo=UTC)
FUTURE = datetime(2090, 1, 1, tzinfo=UTC)


@pytest.fixture
def garden(space: Memory) -> Memory:
    """A memory that will end, and one that follows it and stays."""
    space.add(
        [
            Message(id="m1", speaker="Alice", text="The quillwort seedling grows in the greenhouse."),
            Message(id="m2", speaker="Bob", text="I painted the old fence green."),
        ]
    )
    return space


def first(space: Memory) -> str:
    return space.page(level="whole")[0].id


def pass_its_end(memos: MemOS, cube: str) -> None:
    """Let the memory's end, and its facts', have come meanwhile: nothing is written by the package."""
    rows(
        memos,
        "MATCH (:MemCube {id: $cube})<-[:DERIVED_FROM*0..1]-(c) SET c.expires_at = datetime() - duration({seconds: 1})",
        cube=cube,
    )
    revouch(memos)


def test_an_end_that_came_is_seen_by_every_read_at_once(memos: MemOS, garden: Memory) -> None:
    cube = first(garden)
    known = datetime.now(UTC)
    garden.update(cube, text="The quillwort seedling grows on the sill.")
    facts = {each.id for each in garden.page(level="fact") if "quillwort" in each.text}
    assert facts
    pass_its_end(memos, cube)
    assert all("quillwort" not in hit.cube.text for hit in garden.search(ASKED).hits)
    assert all("quillwort" not in hit.fact.text for hit in garden.search(ASKED).hits if hit.fact)
    assert all("quillwort" not in hit.cube.text for hit in garden.search(ASKED, filters=Filters(as_of=known)).hits)
    assert all("quillwort" not in each.text for each in garden.page())
    for read in (garden.get, garden.lineage, lambda it: garden.get(it, as_of=known)):
        with pytest.raises(NotFoundError):
            read(cube)
    lines = select(memos._services.runner, Selection(), space=garden.space, principal=garden.principal)
    assert all("quillwort" not in line.text for line in lines)
    with pytest.raises(NotFoundError):
        garden.updates.update(cube, text="It moved.")


def test_a_cached_search_does_not_serve_what_ended_since(memos: MemOS, space: Memory) -> None:
    soon = datetime.now(UTC) + timedelta(seconds=2)
    space.add([Message(id="m1", text="The quillwort seedling grows in the greenhouse.")], expires_at=soon)
    while (found := space.search(ASKED)).hits:
        assert datetime.now(UTC) < soon + timedelta(seconds=30)
        assert found.hits[0].cube.governance.expires_at == soon
    assert datetime.now(UTC) >= soon
    assert not found.cached


def test_an_ended_fact_is_not_shown_with_a_memory_that_stands(garden: Memory) -> None:
    fact = next(each.id for each in garden.page(level="fact") if "quillwort" in each.text)
    (hit, *_) = garden.search(ASKED).hits
    assert hit.fact is not None
    assert hit.fact.id == fact
    garden.set(fact, expires_at=PAST)
    (hit, *_) = garden.search(ASKED).hits
    assert "quillwort" in hit.cube.text
    assert hit.fact is None


def test_a_fact_lives_as_long_as_the_last_memory_that_says_it(space: Memory) -> None:
    text = "The quillwort seedling grows in the greenhouse."
    (one,) = space.add([Message(id="m1", speaker="Alice", text=text)], expires_at=FUTURE).added
    (fact,) = space.page(level="fact")
    assert fact.governance.expires_at == FUTURE
    report = space.add([Message(id="m2", speaker="Alice", text=text)])
    assert report.repeated_facts == 1
    assert space.get(fact.id).governance.expires_at is None
    space.set(report.added[0], expires_at=PAST)
    assert space.get(fact.id).governance.expires_at == FUTURE
    space.set(one, expires_at=PAST)
    with pytest.raises(NotFoundError):
        space.get(fact.id)


def test_a_corrected_memory_s_new_facts_end_with_it(space: Memory) -> None:
    (cube,) = space.add([Message(id="m1", speaker="Alice", text="My aunt lives in Bergen.")], expires_at=FUTURE).added
    space.update(cube, text="My aunt lives in Ghent.")
    facts = [each for each in space.page(level="fact") if "Ghent" in each.text]
    assert [each.governance.expires_at for each in facts] == [FUTURE]


def test_a_sweep_expires_and_keeps_the_text_for_administrators(
    memos: MemOS, garden: Memory, mount: Callable[..., Memory]
) -> None:
    cube = first(garden)
    reader = f"{garden.principal}.reader"
    garden.grant(reader, ["write"])
    theirs = mount(owner=garden.owner, as_=reader)
    garden.set(cube, expires_at=PAST)
    swept = garden.sweep()
    assert (swept.expired, swept.erased) == (2, 0)
    assert value(memos, "MATCH (c:MemCube {id: $cube}) RETURN [c.state, c.live] AS s", cube=cube) == ["expired", False]
    assert garden.history(cube)[0].text.startswith("The quillwort")
    with pytest.raises(NotFoundError):
        theirs.history(cube)
    with pytest.raises(NotFoundError):
        theirs.set(cube, expires_at=None)
    assert garden.sweep().transactions == 0
    assert garden._services.governance.require(garden.space, garden.principal, "read").cubes == 1
    (entry,) = garden.logs.query(action="sweep")
    assert (entry.detail, entry.count) == ("expired", 2)


def test_after_a_sweep_its_words_no_longer_find_its_neighbours(memos: MemOS, garden: Memory) -> None:
    follower = garden.page(level="whole")[1].id
    context = "MATCH (c:MemCube {id: $cube}) RETURN c.context AS context"
    assert "quillwort" in value(memos, context, cube=follower)
    garden.set(first(garden), expires_at=PAST)
    garden.sweep()
    assert "quillwort" not in value(memos, context, cube=follower)


def test_what_follows_an_ended_memory_does_not_take_its_words(memos: MemOS, garden: Memory) -> None:
    garden.set(garden.page(level="whole")[1].id, expires_at=PAST)
    (new,) = garden.add([Message(id="m3", speaker="Bob", text="The gate squeaks.")]).added
    assert "fence" not in value(memos, "MATCH (c:MemCube {id: $cube}) RETURN c.context AS context", cube=new)


def test_an_administrator_brings_back_what_was_swept(memos: MemOS, garden: Memory) -> None:
    cube = first(garden)
    garden.set(cube, expires_at=PAST)
    garden.sweep()
    garden.set(cube, expires_at=None)
    hit = garden.search(ASKED).hits[0]
    assert hit.cube.id == cube
    assert hit.fact is not None
    follower = garden.page(level="whole")[1].id
    assert "quillwort" in value(memos, "MATCH (c:MemCube {id: $cube}) RETURN c.context AS context", cube=follower)
    assert garden._services.governance.require(garden.space, garden.principal, "read").cubes == 2


def test_a_policy_that_erases_leaves_no_word_of_it(memos: MemOS, garden: Memory) -> None:
    garden.policy.apply(ERASE)
    word = f"quillwort{uuid4().hex}"
    garden.update(first(garden), text=f"The {word} grows in the greenhouse.")
    garden.set(first(garden), expires_at=PAST)
    assert holders(memos, word)
    swept = garden.sweep()
    assert (swept.expired, swept.erased > 1) == (0, True)
    assert holders(memos, word) == []
    assert [each.text for each in garden.page(level="whole")] == ["I painted the old fence green."]


def test_a_policy_that_erases_also_takes_what_was_swept_before(memos: MemOS, garden: Memory) -> None:
    word = f"quillwort{uuid4().hex}"
    garden.update(first(garden), text=f"The {word} grows in the greenhouse.")
    garden.set(first(garden), expires_at=PAST)
    garden.sweep()
    assert holders(memos, word)
    garden.policy.apply(ERASE)
    assert garden.sweep().erased > 1
    assert holders(memos, word) == []
    assert garden._services.governance.require(garden.space, garden.principal, "read").cubes == 1


def test_a_sweep_takes_as_many_transactions_as_it_needs(memos: MemOS, space: Memory) -> None:
    messages = [Message(id=f"m{n}", speaker="Alice", text=f"The shelf number {n} is of oak.") for n in range(5)]
    space.add(messages, expires_at=PAST)
    ended = value(memos, "MATCH (c:MemCube {space: $space}) RETURN count(c) AS all", space=space.space)
    swept = memos._services.sweeper.sweep(space.space, space.principal, batch=3)
    assert (swept.expired, swept.transactions) == (ended, -(-ended // 3))


def test_what_ended_is_not_brought_back_by_sending_it_again(garden: Memory) -> None:
    message = Message(id="m1", speaker="Alice", text="The quillwort seedling grows in the greenhouse.")
    garden.set(first(garden), expires_at=PAST)
    for _ in range(2):
        report = garden.add([message])
        assert report.added == ()
        assert "came to its end" in report.conflicts[0].reason
        garden.sweep()


def test_terms_are_set_one_by_one_and_recorded_by_name(garden: Memory) -> None:
    cube = first(garden)
    garden.set(cube, priority=3, tags=("plants", "plants"))
    garden.set(cube, half_life_days=30, expires_at=FUTURE)
    kept = garden.get(cube)
    assert (kept.governance.priority, kept.governance.half_life_days) == (3, 30)
    assert (kept.governance.expires_at, kept.descriptive.tags) == (FUTURE, ("plants",))
    stands = garden.set(cube, half_life_days=None, expires_at=None, tags=None)
    assert (stands.half_life_days, stands.expires_at, stands.tags, stands.priority) == (None, None, (), 3)
    details = [entry.detail for entry in garden.logs.query(action="set")]
    assert details == ["expires_at, half_life_days, tags", "expires_at, half_life_days", "priority, tags"]
    with pytest.raises(InputError, match="Nothing was given"):
        garden.set(cube)
    with pytest.raises(InputError, match=r"priority: .*; colour: "):
        garden.set(cube, priority=11, colour="red")


def test_by_hand_a_memory_ends_sooner_than_the_policy_says_never_later(garden: Memory) -> None:
    cube = first(garden)
    garden.policy.apply("policy: 1\nname: short\nkeep: {default: 30 days}\n")
    limit = garden.get(cube).governance.expires_at
    assert limit is not None
    assert garden.set(cube, expires_at=FUTURE).expires_at == limit
    sooner = limit - timedelta(days=3)
    assert garden.set(cube, expires_at=sooner).expires_at == sooner
    garden.policy.apply("policy: 1\nname: none\n")
    assert garden.get(cube).governance.expires_at == sooner


def test_a_label_moves_a_memory_and_its_facts_under_another_rule(garden: Memory) -> None:
    garden.policy.apply(
        "policy: 1\nname: hold\nkeep:\n  default: 30 days\n  rules:\n    - for: {tag: legal hold}\n      keep: forever\n"
    )
    cube = first(garden)
    fact = next(each.id for each in garden.page(level="fact") if "quillwort" in each.text)
    assert garden.get(fact).governance.expires_at == garden.get(cube).governance.expires_at is not None
    assert garden.set(cube, tags=("legal hold",)).expires_at is None
    assert garden.get(fact).governance.expires_at is None


@pytest.mark.alone
def test_age_lowers_the_rank_of_what_has_a_half_life_and_of_nothing_else(space: Memory) -> None:
    now = datetime.now(UTC)
    text = "The quillwort seedling grows in the greenhouse."
    days = (0, 10, 40)
    messages = [
        Message(id=f"m{n}", speaker="Alice", text=text, at=now - timedelta(days=n), attributes={"session": str(n)})
        for n in days
    ]
    added = space.add(messages).added
    before = {hit.cube.id: hit for hit in space.search(ASKED).hits}
    assert {hit.why["decay"] for hit in before.values()} == {1.0}
    space.set(added[1], half_life_days=10)
    space.set(added[2], half_life_days=10)
    after = {hit.cube.id: hit for hit in space.search(ASKED).hits}
    assert after[added[0]].score == before[added[0]].score
    for cube, share in ((added[1], 0.5), (added[2], 1 / 16)):
        assert after[cube].why["decay"] == pytest.approx(share, abs=1e-3)
        assert after[cube].score == pytest.approx(before[cube].score * share, rel=1e-3)
    unweighted = space._services.operator
    flat = type(unweighted)(
        space._services.runner,
        space._services.embedder,
        space._services.audit,
        space._services.settings,
        Weights(decay=0),
    )
    call = space.read_question(ASKED)
    found = flat.search(call, principal=space.principal, spaces=[space.space], limit=10, filters=Filters())
    assert {hit.cube.id: hit.score for hit in found.hits} == {cube: hit.score for cube, hit in before.items()}


def test_a_policy_sets_half_lives_and_what_was_set_by_hand_wins(garden: Memory) -> None:
    fade = "policy: 1\nname: fade\nfade:\n  rules:\n    - for: {type: message}\n      half_life: 30 days\n"
    one, two = (each.id for each in garden.page(level="whole"))
    garden.set(one, half_life_days=7)
    garden.policy.apply(fade)
    assert (garden.get(one).governance.half_life_days, garden.get(two).governance.half_life_days) == (7, 30)
    (three,) = garden.add([Message(id="m3", text="The gate squeaks.")]).added
    assert garden.get(three).governance.half_life_days == 30
    garden.policy.apply("policy: 1\nname: none\n")
    assert (garden.get(one).governance.half_life_days, garden.get(two).governance.half_life_days) == (7, None)
