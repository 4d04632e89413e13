"""Memory as KV-caches: built from what may be read, used in chats, out of service before a change returns, and erased."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from memos_graph import Memory, MemOS, Message
from memos_graph.errors import ForbiddenError, InputError, NotFoundError, StateError
from memos_graph.forms.answering.quoting import NOTHING
from memos_graph.forms.chat import ChatAnswer, Form
from memos_graph.governance import Action
from memos_graph.host.protocol import Turn
from memos_graph.search.selection import Selection
from memos_graph.types import MemoryType, State

AT = datetime(2026, 5, 4, 9, tzinfo=UTC)
SAID = [("Dana", "I moved to Lisbon."), ("Ravi", "I work for Harbour Labs."), ("Ingrid", "I play the cello.")]


@pytest.fixture
def told(space: Memory) -> Memory:
    """A space in which three people have said something."""
    messages = [
        Message(id=f"m{i}", speaker=speaker, text=text, at=AT + timedelta(minutes=i))
        for i, (speaker, text) in enumerate(SAID)
    ]
    space.add(messages, source="talk")
    return space


def whole(memory: Memory, text: str) -> str:
    """Id of the message that says ``text``."""
    return next(cube.id for cube in memory.page(level="whole") if cube.text == text)


def test_a_chat_gives_the_same_answer_from_a_cache_as_from_text(told: Memory) -> None:
    plain = told.chat("Where does Dana live?", form=Form.PLAINTEXT)
    built = told.kv.build()
    cached = told.chat("Where does Dana live?", form=Form.ACTIVATION)
    assert plain.text == cached.text == "Lisbon"
    assert (plain.form, plain.usage.cached_tokens, plain.payload) == (Form.PLAINTEXT, 0, None)
    assert (cached.form, cached.usage.cached_tokens, cached.payload) == (
        Form.ACTIVATION,
        built.cube.tokens,
        built.cube.id,
    )
    assert [each.text for each in cached.used] == ["[2026-05-04] Dana: I moved to Lisbon."]
    assert {each.text for each in cached.given} == {
        "[2026-05-04] Dana: I moved to Lisbon.",
        "[2026-05-04] Ravi: I work for Harbour Labs.",
        "[2026-05-04] Ingrid: I play the cello.",
    }
    assert told.chat("Where does Dana live?").form is Form.ACTIVATION


def test_a_cache_is_a_cube_with_its_sources(told: Memory) -> None:
    built = told.kv.build(Selection(sources=("talk",)))
    cube = told.get(built.cube.id)
    assert (cube.descriptive.memory_type, cube.text, cube.state) == (MemoryType.ACTIVATION, "", State.ACTIVATED)
    assert cube.payload_sha256 == built.cube.sha256
    assert cube.base_model == told.kv.list()[0].base_model
    assert len(told.lineage(built.cube.id).upstream()) == 3
    assert [entry.action for entry in told.log(cube=built.cube.id) if entry.action == "materialize"] == ["materialize"]


def test_equal_selections_are_built_once_and_longer_ones_share(told: Memory) -> None:
    first, second = told.kv.build(), told.kv.build(Selection(sources=("talk",)))
    assert (first.built, second.built) == (True, False)
    assert first.cube.id == second.cube.id
    told.add(
        [Message(id="m9", speaker="Olga", text="I am allergic to hazelnuts.", at=AT + timedelta(hours=1))],
        source="talk",
    )
    longer = told.kv.build()
    assert longer.cube.id != first.cube.id
    assert longer.reused_tokens >= (first.cube.tokens or 0) - 2


def test_what_a_cache_holds_can_be_written_down_again(told: Memory) -> None:
    built = told.kv.build()
    written = told.kv.externalize(built.cube.id)
    assert written.statements == tuple(f"[2026-05-04] {speaker}: {text}" for speaker, text in SAID)
    cubes = [told.get(each) for each in written.cubes]
    assert [(cube.descriptive.speaker, cube.text) for cube in cubes] == SAID
    assert all(cube.descriptive.said_at == datetime(2026, 5, 4, tzinfo=UTC) for cube in cubes)
    assert all(built.cube.id in {node.id for node in told.lineage(cube.id).upstream()} for cube in cubes)
    assert told.kv.externalize(built.cube.id).cubes == written.cubes
    told.delete(whole(told, SAID[0][1]))
    assert all(SAID[0][1] not in cube.text for cube in told.page(limit=100))
    with pytest.raises(NotFoundError, match="no KV-cache"):
        told.kv.externalize(built.cube.id)


def test_an_update_takes_it_out_of_service_and_erases_it(told: Memory, memos: MemOS) -> None:
    built = told.kv.build()
    folder = memos._services.host.process.home.caches
    files = memos._services.host.build_cache  # the host knows it still
    assert files
    assert any(built.cube.key and path.name.startswith(built.cube.key[:8]) for path in folder.iterdir())
    told.update(whole(told, "I moved to Lisbon."), text="I moved to Porto.")
    (cube,) = told.kv.list()
    assert (cube.state, cube.usable) == (State.EXPIRED, False)
    assert not any(path.name.startswith(str(built.cube.key)[:8]) for path in folder.iterdir())
    assert memos._services.payloads.waiting(told.space) == []
    answer = told.chat("Where does Dana live?")
    assert (answer.form, answer.text) == (Form.PLAINTEXT, "Porto")
    with pytest.raises(StateError, match="KV-cache"):
        told.chat("Where does Dana live?", form=Form.ACTIVATION)


def _listed(space: Memory, count: int) -> list[str]:
    """Say ``count`` things, each long enough for some of a block; returns the ids of the messages."""
    return list(
        space.add(
            [
                Message(
                    id=f"m{i}",
                    speaker="Ravi",
                    text=f"I keep tool number {i} in drawer {i} of the shed.",
                    at=AT + timedelta(minutes=i),
                )
                for i in range(count)
            ],
            source="list",
        ).added
    )


def _held(memos: MemOS, space: Memory, cube: str) -> tuple[str, ...]:
    return memos._services.materializer.read(cube, space=space.space, principal=space.principal)


def test_a_corrected_line_leaves_true_what_stands_before_it(space: Memory, memos: MemOS) -> None:
    ids = _listed(space, 20)
    built = space.kv.build()
    space.update(ids[-1], text="I keep tool number 19 in the kitchen.")
    beginning, old = space.kv.list()
    assert (old.id, old.usable) == (built.cube.id, False)
    assert (beginning.usable, beginning.sources) == (True, 19)
    lines = _held(memos, space, beginning.id)
    assert len(lines) == 19
    assert not any("number 19" in line for line in lines)
    assert memos._services.payloads.waiting(space.space) == []
    # What is built anew computes the corrected line, and what of a block stood before it.
    again = space.kv.build()
    assert again.reused_tokens > 0.8 * built.cube.tokens
    assert any("in the kitchen" in line for line in _held(memos, space, again.cube.id))
    assert not any("drawer 19" in line for line in _held(memos, space, again.cube.id))


def test_a_corrected_beginning_leaves_nothing_and_a_deleted_line_neither(space: Memory) -> None:
    ids = _listed(space, 6)
    space.kv.build()
    space.update(ids[0], text="I keep tool number 0 in the kitchen.")
    assert [cube.usable for cube in space.kv.list()] == [False]
    space.kv.build()
    space.delete(ids[-1])
    assert not any(cube.usable for cube in space.kv.list())


def test_a_delete_takes_it_out_of_service(told: Memory) -> None:
    told.kv.build()
    told.delete(whole(told, "I moved to Lisbon."))
    assert [cube.usable for cube in told.kv.list()] == [False]
    answer = told.chat("Where does Dana live?")
    assert answer.text == NOTHING
    assert told.chat("Where does Dana live?", form=Form.PLAINTEXT).text == "unknown"
    assert all("Lisbon" not in each.text for each in answer.used)


def test_it_ends_when_a_source_of_it_expires(space: Memory) -> None:
    soon = datetime.now(UTC) + timedelta(seconds=20)
    space.add([Message(id="m1", speaker="Dana", text="I moved to Lisbon.", at=AT)], source="talk", expires_at=soon)
    space.add([Message(id="m2", speaker="Ravi", text="I work for Harbour Labs.", at=AT)], source="talk")
    built = space.kv.build()
    assert built.cube.usable
    cube = space.get(built.cube.id)
    assert cube.governance.expires_at is not None
    assert abs((cube.governance.expires_at - soon).total_seconds()) < 0.01


def test_who_may_not_write_builds_none_and_who_may_not_read_sees_none(
    told: Memory, mount: Callable[..., Memory]
) -> None:
    told.grant("reader", [Action.READ])
    reader = mount(owner=told.owner, as_="reader")
    built = told.kv.build()
    assert [cube.id for cube in reader.kv.list()] == [built.cube.id]
    assert reader.chat("Where does Dana live?").form is Form.ACTIVATION
    with pytest.raises(ForbiddenError):
        reader.kv.build(Selection(sources=("talk",)))
    with pytest.raises(ForbiddenError):
        reader.kv.drop(built.cube.id)
    told.revoke("reader")
    assert reader.kv.list() == []
    answer = reader.chat("Where does Dana live?")
    assert (answer.text, answer.used) == (NOTHING, ())


def test_dropping_it_leaves_the_memories(told: Memory, memos: MemOS) -> None:
    built = told.kv.build()
    told.kv.drop(built.cube.id)
    assert told.kv.list() == []
    assert memos._services.payloads.waiting(told.space) == []
    assert told.chat("Who does Ravi work for?").form is Form.PLAINTEXT
    with pytest.raises(NotFoundError):
        told.kv.drop(built.cube.id)


def test_memory_that_holds_nothing_says_so_without_a_model(space: Memory) -> None:
    for form, text in ((Form.AUTO, NOTHING), (Form.PLAINTEXT, "unknown")):
        answer = space.chat("Where does Dana live?", form=form)
        assert (answer.text, answer.used, answer.given, answer.model) == (text, (), (), "none")
    with pytest.raises(NotFoundError, match="selection"):
        space.kv.build()


def test_a_chat_is_in_the_log_with_what_it_rested_on(told: Memory, memos: MemOS) -> None:
    answer = told.chat("Where does Dana live?")
    memos._services.audit.flush()
    entries = told.logs.query(request_id=answer.request_id)
    assert {entry.action for entry in entries} == {"search", "chat"}
    chat = next(entry for entry in entries if entry.action == "chat")
    assert {cube.id for cube in chat.cubes} == {each.cube for each in answer.given}
    assert {each.cube for each in answer.used} < {each.cube for each in answer.given}


def test_a_conversation_goes_on_and_streams(told: Memory) -> None:
    turns = [
        Turn(role="user", text="Where does Dana live?"),
        Turn(role="assistant", text="Lisbon"),
        Turn(role="user", text="Which instrument does Ingrid play?"),
    ]
    *pieces, last = list(told.chat_stream(turns))
    assert isinstance(last, ChatAnswer)
    assert "".join(str(piece) for piece in pieces).strip() == last.text == "cello"
    with pytest.raises(InputError, match="turn of the user"):
        told.chat(turns[:2])
    with pytest.raises(InputError, match="not a form"):
        told.chat("Where?", form="by heart")
