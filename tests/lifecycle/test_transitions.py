"""The table of states: what each state allows, what it refuses, and that every act can be taken back."""

from collections.abc import Callable

import pytest
from support.raw_graph import rows, value
from uuid_utils import uuid4

from memos_graph import Action, Filters, Memory, MemOS, Message, State
from memos_graph.errors import ForbiddenError, FrozenError, InputError, NotFoundError, StateError
from memos_graph.lifecycle.transitions import LIVE, TRANSITIONS, Act, allowed

TEXT = "The workshop is in Valparaiso. Ines keeps the spare key."
ACTS: dict[Act, Callable[[Memory, str], object]] = {
    Act.UPDATE: lambda space, cube: space.update(cube, text="The workshop is in Montevideo."),
    Act.ROLLBACK: lambda space, cube: space.rollback(cube, to=1),
    Act.ARCHIVE: lambda space, cube: space.archive(cube),
    Act.RESTORE: lambda space, cube: space.restore(cube),
    Act.FREEZE: lambda space, cube: space.freeze(cube),
    Act.THAW: lambda space, cube: space.thaw(cube, reason="closed"),
    Act.MERGE: lambda space, cube: space.merge([cube, other(space, cube)]),
    Act.DELETE: lambda space, cube: space.delete(cube),
}
REACHED: dict[State, Callable[[Memory, str], object]] = {
    State.ACTIVATED: lambda space, cube: None,
    State.ARCHIVED: ACTS[Act.ARCHIVE],
    State.FROZEN: ACTS[Act.FREEZE],
    State.MERGED: ACTS[Act.MERGE],
    State.DELETED: ACTS[Act.DELETE],
}


@pytest.fixture
def cube(space: Memory) -> str:
    return space.add([Message(id="m1", speaker="Ann", text=TEXT)], source="chat").added[0]


def other(space: Memory, cube: str) -> str:
    return space.add([Message(id=f"x{uuid4()}", text="The workshop lies in Valparaiso.")], source="mail").added[0]


def found(space: Memory, **filters: object) -> set[str]:
    return {hit.cube.id for hit in space.search("Where is the workshop?", filters=Filters(**filters)).hits}


@pytest.mark.parametrize("state", REACHED)
def test_each_state_allows_what_the_table_says_and_nothing_else(space: Memory, state: State) -> None:
    for number, (act, do) in enumerate(ACTS.items()):
        (cube,) = space.add([Message(id=f"m{number}", text=TEXT)], source="chat").added
        REACHED[state](space, cube)
        if act in allowed(state):
            do(space, cube)
        elif state is State.DELETED:
            with pytest.raises(NotFoundError):
                do(space, cube)
        else:
            with pytest.raises(FrozenError if state is State.FROZEN else StateError) as caught:
                do(space, cube)
            assert all(each in str(caught.value) for each in allowed(state))
            assert space.get(cube).state is state


def test_an_archived_memory_is_found_by_nothing_and_read_by_its_id(memos: MemOS, space: Memory, cube: str) -> None:
    fact = space.lineage(cube).downstream()[0].id
    done = space.archive(cube, reason="an old plan")
    assert (done.state, done.cubes[0]) == (State.ARCHIVED, cube)
    assert found(space) == set()
    assert [space.get(each).state for each in done.cubes] == [State.ARCHIVED] * len(done.cubes)
    assert fact in done.cubes
    assert space.get(cube).text == TEXT
    assert len(space.history(cube)) == 1
    assert value(memos, "MATCH (s:Space {id: $s}) RETURN s.cubes", s=space.space) == 0
    event = next(entry for entry in space.log(cube=cube) if entry.action == "archive")
    assert event.reason == "an old plan"


def test_a_restore_takes_an_archive_back(memos: MemOS, space: Memory, cube: str) -> None:
    left = space.archive(cube)
    back = space.restore(cube)
    assert set(back.cubes) == set(left.cubes)
    assert found(space) == {cube}
    assert "Ines keeps the spare key." in {hit.fact.text for hit in space.search("Who keeps the key?").hits if hit.fact}
    assert rows(memos, "MATCH (v:PastVersion {space: $s}) RETURN v", s=space.space) == []
    assert value(memos, "MATCH (s:Space {id: $s}) RETURN s.cubes", s=space.space) == 1


def test_a_fact_said_elsewhere_stays_until_its_last_source_leaves(space: Memory, cube: str) -> None:
    said = [Message(id="m2", speaker="Ann", text="Ines keeps the spare key.")]
    (again,) = space.add(said, source="mail").added
    (fact,) = space.lineage(again).downstream()
    space.archive(cube)
    assert space.get(fact.id).state is State.ACTIVATED
    space.archive(again)
    assert space.get(fact.id).state is State.ARCHIVED
    space.restore(cube)
    assert space.get(fact.id).state is State.ACTIVATED


def test_a_frozen_memory_is_found_and_changes_for_nobody(space: Memory, cube: str) -> None:
    fact = space.lineage(cube).downstream()[0].id
    space.freeze(fact, reason="evidence")
    assert found(space) == {cube}
    for act in (Act.UPDATE, Act.ARCHIVE, Act.DELETE):
        # What would reach it from the memory that says it is refused as well.
        with pytest.raises(FrozenError, match=fact):
            ACTS[act](space, cube)
    with pytest.raises(InputError, match="reason"):
        space.thaw(fact, reason=" ")
    assert space.thaw(fact, reason="closed").state is State.ACTIVATED
    space.archive(cube)


def test_freezing_needs_the_right_to_administer(memos: MemOS, space: Memory, cube: str) -> None:
    writer = f"{space.principal}.writer"
    space.grant(writer, [Action.WRITE])
    theirs = memos.mount(space.space, principal=writer)
    with pytest.raises(ForbiddenError):
        theirs.freeze(cube)
    space.freeze(cube)
    with pytest.raises(ForbiddenError):
        theirs.thaw(cube, reason="mine")
    with pytest.raises(FrozenError):
        theirs.archive(cube)


def test_without_a_grant_every_act_sees_a_missing_memory(memos: MemOS, space: Memory, cube: str) -> None:
    stranger = memos.mount(f"{space.principal}.x/own", principal=f"{space.principal}.x")
    acts = [stranger.archive, stranger.restore, stranger.freeze, stranger.reinstate]
    acts += [lambda id_: stranger.thaw(id_, reason="r"), lambda id_: stranger.merge([id_, "y"])]
    acts += [lambda id_: stranger.supersede(id_, id_), lambda id_: stranger.contradict("y", id_)]
    acts += [lambda id_: stranger.dismiss("y", id_), lambda id_: stranger.reconsider("y", id_)]
    for act in acts:
        told = []
        for id_ in (cube, "0199aaaa-0000-7000-8000-000000000000"):
            with pytest.raises(NotFoundError) as caught:
                act(id_)
            told.append(str(caught.value).replace(id_, "X"))
        assert told[0] == told[1]


def test_the_table_is_whole() -> None:
    assert set(TRANSITIONS) == set(Act)
    for act, row in TRANSITIONS.items():
        assert row.before, act
        assert State.DELETED not in row.before
        if row.inverse and row.after:
            assert row.after in TRANSITIONS[row.inverse].before
    assert {State.ARCHIVED, State.MERGED, State.EXPIRED, State.DELETED}.isdisjoint(LIVE)
