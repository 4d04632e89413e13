"""What somebody may not read reaches it through no KV-cache, neither another's nor its own."""

from datetime import UTC, datetime

import pytest

from memos_graph import Action, Memory, MemOS, Message
from memos_graph.errors import NotFoundError
from memos_graph.forms.chat import Form
from memos_graph.search.selection import Selection

AT = datetime(2026, 5, 4, 9, tzinfo=UTC)


@pytest.fixture
def denied(space: Memory) -> str:
    """A memory among three, all of them in the owner's KV-cache."""
    added = space.add(
        [
            Message(id="m1", speaker="Ravi", text="I work for Harbour Labs.", at=AT),
            Message(id="m2", speaker="Ingrid", text="I play the cello.", at=AT),
            Message(id="m3", speaker="Dana", text="I moved to Lisbon.", at=AT),
        ],
        source="talk",
    ).added
    return added[2]


def test_a_cache_of_a_denied_memory_is_not_there_for_who_is_denied_it(
    memos: MemOS, space: Memory, denied: str, principal: str
) -> None:
    guest, whole = f"{principal}.guest", space.kv.build()
    space.grant(guest, [Action.WRITE, Action.TRANSFORM])
    theirs = memos.mount(space.space, principal=guest)
    assert [cache.id for cache in theirs.kv.list()] == [whole.cube.id]
    space.permissions.deny(guest, [Action.READ], cube=denied)
    assert theirs.kv.list() == theirs.lora.list() == []
    for act in (theirs.get, theirs.kv.drop, theirs.kv.externalize, theirs.lora.load, theirs.lora.evaluate):
        with pytest.raises(NotFoundError) as hidden:
            act(whole.cube.id)
        with pytest.raises(NotFoundError) as missing:
            act("nowhere")
        assert str(hidden.value).replace(whole.cube.id, "nowhere") == str(missing.value)
    with pytest.raises(NotFoundError):
        theirs.kv.build(Selection(cubes=(denied,)))


def test_what_who_is_denied_builds_and_asks_holds_nothing_of_it(
    memos: MemOS, space: Memory, denied: str, principal: str
) -> None:
    guest, whole = f"{principal}.guest", space.kv.build()
    space.grant(guest, [Action.TRANSFORM])
    space.permissions.deny(guest, [Action.READ], cube=denied)
    theirs = memos.mount(space.space, principal=guest)
    own = theirs.kv.build()
    assert own.cube.key != whole.cube.key
    lines = memos._services.materializer.read(own.cube.id, space=space.space, principal=guest)
    assert "cello" in str(lines)
    assert "Lisbon" not in str(lines)
    for form in (Form.ACTIVATION, Form.PLAINTEXT):
        answer = theirs.chat("Where does Dana live?", form=form)
        assert "Lisbon" not in str(answer)
        assert "Lisbon" in space.chat("Where does Dana live?", form=form).text
