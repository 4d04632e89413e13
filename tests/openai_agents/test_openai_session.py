"""The session of OpenAI's Agents SDK: item for item as the SDK's own over SQLite, and governed as every memory."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test
from openai.types.responses import ResponseOutputMessage, ResponseOutputText
from support.raw_graph import value
from uuid_utils import uuid4

from memos_graph import Memory, MemOS
from memos_graph.errors import ForbiddenError, InputError
from memos_graph.governance import Action
from memos_graph.openai_agents import MemosSession

CALL = {
    "type": "function_call",
    "call_id": "call_1",
    "name": "look_up",
    "arguments": '{"who": "Dana", "n": 1.0}',
    "status": None,
}
OUTPUT = {
    "type": "function_call_output",
    "call_id": "call_1",
    "output": [{"type": "input_text", "text": "Lisbon\n\t\u2028"}],
}
WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
ITEMS = st.sampled_from([CALL, OUTPUT, {}]) | st.builds(
    lambda role, text: {"role": role, "content": text}, st.just("user"), WORDS
)


def test_items_come_back_exactly_and_in_order(space: Memory) -> None:
    session = MemosSession("s", space, session_settings={"limit": 2})
    said = {"role": "user", "content": "Where does Dana live?"}

    async def talk() -> None:
        assert await session.get_items() == []
        assert await session.pop_item() is None
        await session.add_items([said, CALL, OUTPUT])
        await session.add_items([])
        assert await session.get_items() == [CALL, OUTPUT]
        assert await session.get_items(-1) == [said, CALL, OUTPUT]
        assert await session.get_items(0) == []
        assert await session.pop_item() == OUTPUT
        await session.add_items([OUTPUT])
        assert await MemosSession("s", space).get_items() == [said, CALL, OUTPUT]
        assert await MemosSession("other", space).get_items() == []

    asyncio.run(talk())


def test_the_latest_are_the_last_added_whatever_was_changed_since(space: Memory) -> None:
    session = MemosSession("s", space)
    for number in range(4):
        asyncio.run(session.add_items([{"n": number}, {"n": number + 0.5}]))
    first = min(space.documents.every(("sessions", "s")), key=lambda each: (each.created_at, each.key))
    space.documents.edit(first.namespace, first.key, lambda item: {**item, "seen": True})
    assert [each["n"] for each in asyncio.run(session.get_items(3))] == [2.5, 3, 3.5]
    assert asyncio.run(session.get_items())[0] == {"n": 0, "seen": True}
    assert asyncio.run(session.pop_item()) == {"n": 3.5}
    asyncio.run(session.add_items([{"n": 4}]))
    assert [each["n"] for each in asyncio.run(session.get_items(2))] == [3, 4]


def test_what_is_popped_or_cleared_is_erased_and_the_log_tells(space: Memory, memos: MemOS) -> None:
    session = MemosSession("s", space)
    asyncio.run(
        session.add_items([{"content": "My door code is Xylophone."}, {"content": "Forget it."}, {"content": "Bye."}])
    )
    asyncio.run(session.pop_item())
    asyncio.run(session.clear_session())
    assert asyncio.run(session.get_items()) == []
    assert not space.search("door code Xylophone").hits
    kept = (
        "MATCH (n {space: $s}) WHERE any(k IN keys(n) WHERE toStringOrNull(n[k]) CONTAINS 'Xylophone') RETURN count(n)"
    )
    assert value(memos, kept, s=space.space) == 0
    assert [each.action for each in space.logs.query(action="delete")]


def test_rights_hold_and_nothing_is_added_by_halves(
    space: Memory, mount: Callable[..., Memory], principal: str
) -> None:
    reader = f"{principal}-reader"
    space.grant(reader, [Action.READ])
    session = MemosSession("s", mount(owner=principal, as_=reader))
    asyncio.run(MemosSession("s", space).add_items([CALL]))
    assert asyncio.run(session.get_items()) == [CALL]
    with pytest.raises(ForbiddenError):
        asyncio.run(session.add_items([OUTPUT]))
    with pytest.raises(InputError):
        asyncio.run(MemosSession("s", space).add_items([OUTPUT, "no object"]))
    assert asyncio.run(session.get_items()) == [CALL]


def test_two_who_pop_at_once_get_two_items(space: Memory) -> None:
    asyncio.run(MemosSession("s", space).add_items([{"n": number} for number in range(6)]))
    with ThreadPoolExecutor(3) as threads:
        popped = list(threads.map(lambda _: asyncio.run(MemosSession("s", space).pop_item()), range(6)))
    assert sorted(each["n"] for each in popped) == list(range(6))


class Twins(RuleBasedStateMachine):
    """One session in SQLite, the other in the graph; what one is asked, so is the other."""

    space: ClassVar[Memory]
    theirs: ClassVar[Any]

    def __init__(self) -> None:
        super().__init__()
        name = str(uuid4())
        self.sessions = [self.theirs(name), MemosSession(name, self.space)]

    def both(self, act: Callable[[Any], Any]) -> None:
        ours, theirs = [asyncio.run(act(session)) for session in reversed(self.sessions)]
        assert ours == theirs

    @rule(items=st.lists(ITEMS, max_size=3))
    def add(self, items: list[Any]) -> None:
        self.both(lambda session: session.add_items(items))

    @rule(limit=st.none() | st.integers(-1, 4))
    def get(self, limit: int | None) -> None:
        self.both(lambda session: session.get_items(limit))

    @rule()
    def pop(self) -> None:
        self.both(lambda session: session.pop_item())

    @rule()
    def clear(self) -> None:
        self.both(lambda session: session.clear_session())

    def teardown(self) -> None:
        self.get(None)


def test_it_answers_as_the_session_over_sqlite_does(space: Memory) -> None:
    agents = pytest.importorskip(
        "agents", reason="OpenAI's Agents SDK is not installed: pip install 'memos-graph[openai-agents]'"
    )
    assert isinstance(MemosSession("s", space), agents.Session)

    class Machine(Twins):
        pass

    Machine.space, Machine.theirs = space, agents.SQLiteSession
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=12,
            stateful_step_count=12,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate],
        ),
    )


def test_an_agent_goes_on_with_its_conversation(space: Memory) -> None:
    agents = pytest.importorskip(
        "agents", reason="OpenAI's Agents SDK is not installed: pip install 'memos-graph[openai-agents]'"
    )
    heard: list[Any] = []

    class Echo(agents.Model):  # type: ignore[misc, name-defined]
        async def get_response(self, system_instructions: Any, input: Any, *_: Any, **__: Any) -> Any:  # noqa: A002
            heard.append(input)
            text = ResponseOutputText(text=f"Turn {len(heard)}", type="output_text", annotations=[])
            said = ResponseOutputMessage(id="m", content=[text], role="assistant", status="completed", type="message")
            return agents.ModelResponse(output=[said], usage=agents.Usage(), response_id=None)

        def stream_response(self, *_: Any, **__: Any) -> Any:
            raise NotImplementedError

    agents.set_tracing_disabled(True)
    agent = agents.Agent(name="Ada", model=Echo())

    async def talk() -> None:
        session = MemosSession("s", space)
        await agents.Runner.run(agent, "First.", session=session)
        await agents.Runner.run(agent, "Second.", session=session)
        assert len(await session.get_items()) == 4

    asyncio.run(talk())
    assert [item.get("content") for item in heard[1] if item.get("role") == "user"] == ["First.", "Second."]
