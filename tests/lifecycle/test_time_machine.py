"""The time machine: named moments, what changed between two, and going back to one and forth again."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from memos_graph import Action, Filters, Memory, MemOS, Message, State
from memos_graph.errors import DuplicateError, ForbiddenError, FrozenError, InputError, NotFoundError
from memos_graph.lifecycle.changes import Kind

BOAT, CAR, TRAIN = "The boat lies in Genoa.", "The car stands in Turin.", "The train leaves from Milan."


@pytest.fixture
def mount(mount_by_face: Callable[..., Memory]) -> Callable[..., Memory]:
    return mount_by_face


@pytest.fixture
def cubes(space: Memory) -> tuple[str, str]:
    return tuple(space.add([Message(id="m1", text=BOAT), Message(id="m2", text=CAR)], source="log").added)


def wholes(space: Memory, as_of: datetime | None = None) -> dict[str, tuple[str, str]]:
    return {cube.id: (cube.text, cube.state.value) for cube in space.page(level="whole", as_of=as_of)}


def seen(space: Memory, question: str, as_of: datetime | None = None) -> set[str]:
    return {hit.cube.id for hit in space.search(question, filters=Filters(as_of=as_of)).hits}


def shaken(space: Memory, boat: str, car: str) -> str:
    """Update one, archive another, add a third; returns its id."""
    space.update(boat, text="The boat lies in Naples.")
    space.archive(car)
    return space.add([Message(id="m3", text=TRAIN)], source="log").added[0]


def test_a_search_as_of_then_finds_what_is_archived_since(space: Memory, cubes: tuple[str, str]) -> None:
    boat, car = cubes
    then = datetime.now(UTC)
    space.archive(car)
    later = datetime.now(UTC)
    space.restore(car)
    assert car in seen(space, "Where is the car?", then)
    assert car not in seen(space, "Where is the car?", later)
    assert car in seen(space, "Where is the car?")
    hit = next(hit for hit in space.search("Where is the car?", filters=Filters(as_of=then)).hits if hit.cube.id == car)
    assert (hit.cube.state, hit.fact.text if hit.fact else None) == (State.ACTIVATED, CAR)
    assert (space.get(car, as_of=later).state, space.get(boat, as_of=later).state) == (State.ARCHIVED, State.ACTIVATED)


def test_history_and_lineage_are_those_of_then(space: Memory, cubes: tuple[str, str]) -> None:
    boat, car = cubes
    then = datetime.now(UTC)
    merged = space.merge([boat, car], text="The boat lies in Genoa, the car stands in Turin.").cubes[0]
    space.update(merged, text="Boat and car are in Genoa.")
    assert space.lineage(boat, as_of=then).downstream()[0].text == BOAT
    assert merged not in {node.id for node in space.lineage(boat, as_of=then).nodes}
    assert {merged} <= {node.id for node in space.lineage(boat).nodes}
    assert [version.number for version in space.history(merged, as_of=datetime.now(UTC))] == [1, 2]
    with pytest.raises(NotFoundError):
        space.history(merged, as_of=then)
    with pytest.raises(NotFoundError):
        space.lineage(merged, as_of=then)


def test_a_space_goes_back_and_forth_again(space: Memory, cubes: tuple[str, str]) -> None:
    before = wholes(space)
    space.snapshot("calm", reason="before the storm")
    train = shaken(space, *cubes)
    after = wholes(space)
    done = space.roll_back_to("calm", reason="a mistake")
    assert set(done.cubes) >= {*cubes, train}
    assert wholes(space) == before | {train: (TRAIN, "archived")}
    assert seen(space, "Where are the boat, the car and the train?") == set(cubes)
    assert space.history(cubes[0])[-1].rollback_of == 1
    facts = {hit.fact.text for hit in space.search("Where is the boat?").hits if hit.fact}
    assert facts == {BOAT, CAR}
    event = next(entry for entry in space.log() if entry.action == "rollback")
    assert event.reason == "a mistake"
    space.roll_back_to(done.undo)
    assert wholes(space) == after
    assert seen(space, "Where are the boat, the car and the train?") == {cubes[0], train}


def test_only_a_memory_or_a_topic_goes_back(space: Memory, cubes: tuple[str, str]) -> None:
    boat, car = cubes
    topics = {hit.path.topic for hit in space.search("boat in Genoa").hits if hit.path and hit.cube.id == boat}
    then = datetime.now(UTC)
    shaken(space, boat, car)
    assert {change.cube for change in space.changes(then, topic=topics.pop())} >= {boat}
    space.roll_back_to(then, cube=boat)
    assert space.get(boat).text == BOAT
    assert space.get(car).state is State.ARCHIVED
    with pytest.raises(NotFoundError):
        space.roll_back_to(then, cube="no-such-memory")


def test_a_topic_goes_back_where_it_is_no_longer_named(space: Memory, cubes: tuple[str, str]) -> None:
    boat, car = cubes
    (topic,) = {hit.path.topic for hit in space.search("Genoa").hits if hit.path and hit.path.concept == "genoa"} or {
        "genoa"
    }
    then = datetime.now(UTC)
    space.update(boat, text="Nothing is known of the vessel.")
    space.update(car, text="The car was sold.")
    space.roll_back_to(then, topic=topic)
    assert space.get(boat).text == BOAT


def test_a_difference_names_what_came_changed_moved_and_was_erased(space: Memory, cubes: tuple[str, str]) -> None:
    boat, car = cubes
    (gone,) = space.add([Message(id="m9", text="The safe is behind the picture.")], source="log").added
    space.snapshot("calm")
    train = shaken(space, boat, car)
    space.delete(gone)
    changes = {change.cube: change for change in space.changes("calm")}
    assert {cube: changes[cube].kind for cube in (boat, car, train, gone)} == {
        boat: Kind.CHANGED,
        car: Kind.STATE,
        train: Kind.ADDED,
        gone: Kind.ERASED,
    }
    assert "+The boat lies in Naples." in (changes[boat].diff or "")
    assert (changes[car].state_before, changes[car].state_after) == (State.ACTIVATED, State.ARCHIVED)
    assert changes[gone].text is None
    assert space.changes("calm", "calm") == []
    with pytest.raises(InputError):
        space.changes(datetime.now(UTC), "calm")


def test_what_was_erased_stays_erased(space: Memory, cubes: tuple[str, str]) -> None:
    boat, car = cubes
    then = datetime.now(UTC)
    gone = space.delete(car)
    space.update(boat, text="The boat was sold.")
    done = space.roll_back_to(then)
    assert set(done.erased) == set(gone.cubes)
    assert space.get(boat).text == BOAT
    for as_of in (None, then):
        with pytest.raises(NotFoundError):
            space.get(car, as_of=as_of)
    assert car not in wholes(space, then)


def test_a_frozen_memory_holds_a_rollback_back_whole(space: Memory, cubes: tuple[str, str]) -> None:
    boat, car = cubes
    then = datetime.now(UTC)
    space.update(boat, text="The boat was sold.")
    space.archive(car)
    space.freeze(boat)
    with pytest.raises(FrozenError, match=boat):
        space.roll_back_to(then)
    assert space.get(car).state is State.ARCHIVED


def test_superseded_facts_hold_again_after_a_rollback(space: Memory) -> None:
    said = [Message(id="a", text="Dana lives in Lisbon."), Message(id="b", text="Dana lives in Porto.")]
    old, new = (space.lineage(cube).downstream()[0].id for cube in space.add(said).added)
    then = datetime.now(UTC)
    space.supersede(new, old)
    between = datetime.now(UTC)
    assert space.get(old, as_of=then).descriptive.valid_to is None
    done = space.roll_back_to(then)
    assert space.get(old).descriptive.valid_to is None
    assert not [edge for edge in space.lineage(old).edges if edge.type == "SUPERSEDES"]
    assert [edge.type for edge in space.lineage(old, as_of=between).edges if edge.start == new] == ["SUPERSEDES"]
    space.roll_back_to(done.undo)
    assert space.get(old).descriptive.valid_to is not None
    assert [edge for edge in space.lineage(old).edges if edge.type == "SUPERSEDES"]


def test_snapshots_are_named_once_and_listed(memos: MemOS, space: Memory) -> None:
    first, second = space.snapshot("first"), space.snapshot("second", reason="again")
    assert [each.name for each in space.snapshots()] == ["second", "first"]
    assert first.at < second.at
    with pytest.raises(DuplicateError):
        space.snapshot("first")
    for name in ("", " ", "2026-05-04", "x" * 101, "a\nb"):
        with pytest.raises(InputError):
            space.snapshot(name)
    with pytest.raises(NotFoundError, match="neither a snapshot"):
        space.changes("third")
    with pytest.raises(InputError, match="passed"):
        space.roll_back_to(datetime.now(UTC) + timedelta(days=1))
    reader = f"{space.principal}.reader"
    space.grant(reader, [Action.READ])
    theirs = memos.mount(space.space, principal=reader)
    assert len(theirs.snapshots()) == 2
    for act in (lambda: theirs.snapshot("mine"), lambda: theirs.roll_back_to("first")):
        with pytest.raises(ForbiddenError):
            act()


def facts(space: Memory) -> set[str]:
    return {fact.text for fact in space.page(level="fact") if fact.state == State.ACTIVATED}


def test_what_a_rollback_archived_comes_back_with_its_facts(space: Memory, cubes: tuple[str, str]) -> None:
    then = datetime.now(UTC)
    (train,) = space.add([Message(id="m3", text=TRAIN)], source="log").added
    space.roll_back_to(then)
    assert facts(space) == {BOAT, CAR}
    space.restore(train)
    assert facts(space) == {BOAT, CAR, TRAIN}


def test_a_fact_comes_back_with_the_memory_that_still_says_it(space: Memory, cubes: tuple[str, str]) -> None:
    boat, _ = cubes
    then = datetime.now(UTC)
    space.update(boat, text=TRAIN)
    (train,) = space.add([Message(id="m3", text=TRAIN)], source="log").added
    space.roll_back_to(then)
    space.archive(boat)
    space.restore(boat)
    assert facts(space) == {BOAT, CAR}
    space.restore(train)
    assert facts(space) == {BOAT, CAR, TRAIN}
