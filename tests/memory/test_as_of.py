"""Reading as of then: a search and a read give what was known at the moment asked for."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from memos_graph import Filters, Memory, Message
from memos_graph.errors import NotFoundError


@pytest.fixture
def mount(mount_by_face: Callable[..., Memory]) -> Callable[..., Memory]:
    return mount_by_face


def now() -> datetime:
    return datetime.now(UTC)


def test_a_replaced_version_answers_as_of_then(space: Memory):
    before = now()
    space.add([Message(id="m1", speaker="Ann", text="Dana keeps two parrots in the kitchen.")])
    first = now()
    cube = space.search("parrots in the kitchen").hits[0].cube.id
    space.update(cube, text="Dana keeps a tortoise on the balcony.", reason="swapped")

    now_found = space.search("parrots in the kitchen").hits[0].cube
    then = space.search("parrots in the kitchen", filters=Filters(as_of=first)).hits[0].cube
    assert now_found.text == "Dana keeps a tortoise on the balcony."
    assert (then.id, then.text, then.behavioural.version) == (cube, "Dana keeps two parrots in the kitchen.", 1)
    assert space.search("parrots in the kitchen", filters=Filters(as_of=before)).hits == ()


def test_what_came_later_is_not_found_as_of_then(space: Memory):
    space.add([Message(id="m1", text="The boiler was serviced in spring.")], source="house")
    first = now()
    space.add([Message(id="m2", text="The boiler broke in autumn.")], source="house")
    found = space.search("boiler", filters=Filters(as_of=first))
    assert [hit.cube.text for hit in found.hits] == ["The boiler was serviced in spring."]


def test_a_cube_reads_as_it_was(space: Memory):
    before = now()
    cube = space.add([Message(id="m1", text="The meeting is at nine.")]).added[0]
    first = now()
    space.update(cube, text="The meeting is at ten.")
    assert space.get(cube, as_of=first).text == "The meeting is at nine."
    assert space.get(cube).text == "The meeting is at ten."
    with pytest.raises(NotFoundError):
        space.get(cube, as_of=before)


def test_an_erased_memory_is_not_found_as_of_any_moment(space: Memory):
    cube = space.add([Message(id="m1", text="The safe's code is under the clock.")]).added[0]
    first = now()
    space.delete(cube)
    assert space.search("safe code", filters=Filters(as_of=first)).hits == ()
    with pytest.raises(NotFoundError):
        space.get(cube, as_of=first)
