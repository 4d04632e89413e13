"""Acts as spans of OpenTelemetry: named by its conventions, with ids and counts, and with texts only where that is set."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from support.faces import Faces

from memos_graph import Memory, MemOS, Message
from memos_graph.errors import NotFoundError
from memos_graph.kit.traces import Traces
from memos_graph.scheduler.worker import JobWorker

trace = pytest.importorskip(
    "opentelemetry.trace", reason="OpenTelemetry is not installed: pip install 'memos-graph[traces]'"
)
sdk = pytest.importorskip(
    "opentelemetry.sdk.trace", reason="OpenTelemetry's SDK is not installed: it is in the group dev"
)
export = pytest.importorskip("opentelemetry.sdk.trace.export")
memory_exporter = pytest.importorskip("opentelemetry.sdk.trace.export.in_memory_span_exporter")


class Told:
    """What was told of."""

    def __init__(self, exporter: Any) -> None:
        self._exporter = exporter

    def clear(self) -> None:
        self._exporter.clear()

    def acts(self) -> list[Any]:
        return [each for each in self._exporter.get_finished_spans() if not each.name.startswith("cypher ")]

    def statements(self) -> list[Any]:
        return [each for each in self._exporter.get_finished_spans() if each.name.startswith("cypher ")]

    def one(self, name: str) -> Any:
        (found,) = [each for each in self.acts() if each.name == name]
        return found

    def words(self) -> str:
        return "".join(each.to_json() for each in self._exporter.get_finished_spans())


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Iterator[Told]:
    exporter = memory_exporter.InMemorySpanExporter()
    provider = sdk.TracerProvider()
    provider.add_span_processor(export.SimpleSpanProcessor(exporter))
    monkeypatch.setattr("opentelemetry.trace._TRACER_PROVIDER", provider)
    yield Told(exporter)
    provider.shutdown()


def test_acts_are_spans_by_the_names_of_the_conventions(space: Memory, told: Told) -> None:
    (cube,) = space.add([Message(id="m1", speaker="Alice", text="The walrus sleeps in the attic.")]).added
    added = told.one("create_memory")
    assert added.kind is trace.SpanKind.INTERNAL
    assert dict(added.attributes) == {
        "gen_ai.operation.name": "create_memory",
        "gen_ai.memory.store.id": space.space,
        "gen_ai.memory.record.count": 1,
        "gen_ai.memory.record.id": cube,
    }
    told.clear()
    space.search("Where does the walrus sleep?")
    found = told.one("search_memory")
    assert found.attributes["gen_ai.memory.record.count"] == 1
    assert {each.parent.span_id for each in told.statements()} == {found.context.span_id}
    assert "cypher search/search" in {each.name for each in told.statements()}
    statement = told.statements()[0]
    assert statement.kind is trace.SpanKind.CLIENT
    assert found.start_time <= statement.start_time <= statement.end_time <= found.end_time
    told.clear()
    space.update(cube, text="The walrus sleeps in the cellar.")
    assert told.one("update_memory").attributes["gen_ai.memory.record.id"] == cube
    told.clear()
    space.documents.put((), "prefs", {"drinks": "walrus milk"})
    space.delete(cube)
    assert [each.name for each in told.acts()] == ["upsert_memory", "delete_memory"]
    told.clear()
    space.archive(space.add("The walrus is gone.").added[0])
    assert told.one("memos.archive").attributes["gen_ai.memory.store.id"] == space.space


def test_no_text_is_told_and_no_name_of_a_person(space: Memory, told: Told) -> None:
    (cube,) = space.add([Message(id="m1", speaker="Zebedee", text="The walrus sleeps in the attic.")]).added
    space.search("Where does the walrus sleep?")
    space.update(cube, text="The walrus left.", reason="walrus business")
    with pytest.raises(NotFoundError):
        space.documents.get((), "walrus")
    space.documents.put(("walrus",), "walrus", {"walrus": "walrus"})
    space.forget("Zebedee")
    words = told.words().lower()
    assert "search_memory" in words
    assert "walrus" not in words
    assert "zebedee" not in words


def test_texts_are_told_where_that_is_set(
    space: Memory, memos: MemOS, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    (cube,) = space.add("The walrus sleeps in the attic.").added
    monkeypatch.setattr(memos._services.runner, "traces", Traces("text"))
    space.search("Where does the walrus sleep?")
    found = told.one("search_memory").attributes
    assert found["gen_ai.memory.query.text"] == "Where does the walrus sleep?"
    (record,) = json.loads(found["gen_ai.memory.records"])
    assert (record["id"], record["content"]) == (cube, "The walrus sleeps in the attic.")
    told.clear()
    monkeypatch.setattr(memos._services.runner, "traces", Traces("off"))
    space.search("Where does the walrus sleep?")
    assert not told.acts()


def test_a_failure_is_told_by_its_kind(space: Memory, told: Told) -> None:
    with pytest.raises(NotFoundError):
        space.get("nothing-of-the-kind")
    failed = told.one("memos.get")
    assert failed.attributes["error.type"] == "not-found"
    assert (failed.status.status_code, failed.status.description, failed.events) == (trace.StatusCode.ERROR, None, ())


def test_what_is_streamed_is_one_span_to_its_end_and_a_search_of_a_chat_is_part_of_it(
    space: Memory, told: Told
) -> None:
    space.add([Message(id=f"m{n}", text=f"Shelf {n} holds plates.") for n in range(3)])
    told.clear()
    lines = space.export()
    next(lines)
    assert not told.acts()
    list(lines)
    assert told.one("memos.export").end_time
    told.clear()
    space.chat("What does shelf 1 hold?", form="quote")
    chat, search = told.one("memos.chat"), told.one("search_memory")
    assert search.parent.span_id == chat.context.span_id
    told.clear()
    broken = space.chat_stream("What does shelf 1 hold?", form="quote")
    next(broken)
    broken.close()  # type: ignore[attr-defined]
    assert told.one("memos.chat_stream").status.status_code is trace.StatusCode.UNSET


def test_a_program_s_own_span_is_the_parent_also_over_rest(
    mount: Callable[..., Memory], principal: str, faces: Faces, told: Told
) -> None:
    tracer = trace.get_tracer("a program")
    notes = faces.client(principal).mount()
    notes.add("The pump is red.")
    told.clear()
    with tracer.start_as_current_span("answering") as span:
        notes.search("What colour is the pump?")
        mount().search("What colour is the pump?")
    found = [each for each in told.acts() if each.name == "search_memory"]
    assert len(found) == 2
    assert {each.context.trace_id for each in found} == {span.get_span_context().trace_id}
    assert found[1].parent.span_id == span.get_span_context().span_id


def test_a_job_is_linked_to_what_asked_for_it(space: Memory, memos: MemOS, told: Told) -> None:
    with trace.get_tracer("a program").start_as_current_span("asking") as span:
        job = space.jobs.submit("sweep")
    asked = told.one("memos.submit")
    claim = memos._services.jobs.claim("tester", ["sweep"])
    while claim is not None and claim.id != job.id:
        claim = memos._services.jobs.claim("tester", ["sweep"])
    assert claim is not None
    told.clear()
    JobWorker(memos._services, memos._services.jobs).run(claim)
    done = told.one("memos.job sweep")
    assert [each.context.span_id for each in done.links] == [asked.context.span_id]
    assert asked.parent.span_id == span.get_span_context().span_id
    assert done.parent is None
    assert done.attributes["memos.job.id"] == job.id
    assert told.statements()


def test_a_tool_of_mcp_is_part_of_what_its_agent_does(space: Memory, memos: MemOS, told: Told) -> None:
    agents = pytest.importorskip("support.mcp_agent")
    space.add("The pump is red.")
    told.clear()

    async def ask(client: Any) -> Any:
        with trace.get_tracer("an agent").start_as_current_span("thinking") as span:
            answer = await client.call_tool(
                "search_memories", {"query": "What colour is the pump?", "space": space.space}
            )
        assert not answer.is_error, answer
        return span

    span = agents.Agent(memos, space.principal).connected(ask)
    assert told.one("search_memory").context.trace_id == span.get_span_context().trace_id


@pytest.mark.parametrize(
    "given", ["", "00", "00-" + "0" * 32 + "-" + "1" * 16 + "-01", "00-" + "1" * 32 + "-" + "0" * 16 + "-01", "x" * 55]
)
def test_what_is_no_traceparent_is_left_aside(given: str) -> None:
    traces = Traces()
    with traces.arriving(given):
        assert traces.carried() is None
    assert traces.arriving(None)


def test_nothing_of_opentelemetry_is_imported_for_a_program_that_does_not_trace() -> None:
    code = (
        "import sys\n"
        "from memos_graph import MemOS\n"
        "from memos_graph.kit.traces import Traces\n"
        "traces = Traces()\n"
        "assert traces.begin('x', {}) is None and traces.carried() is None and not traces.told\n"
        "traces.statement('x', 1.0)\n"
        "print(any(name.startswith('opentelemetry') for name in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
