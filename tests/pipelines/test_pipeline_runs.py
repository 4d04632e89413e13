"""Runs of pipelines: units all or nothing, failures undone and recorded, each run's history in the graph."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from support.raw_graph import rows, value

from memos_graph import Memory, MemOS, Message, Pipeline
from memos_graph.errors import DeclarationError, ForbiddenError, InputError, NotFoundError, PipelineError, StateError
from memos_graph.governance import Action
from memos_graph.pipelines import Run, RunState

EXAMPLES = Path(__file__).parents[2] / "examples" / "pipelines"
AT = datetime(2026, 5, 4, 9, tzinfo=UTC)

PAIR = (
    Pipeline("pair")
    .input("cube", "cube")
    .step("first", "update", {"cube": "${inputs.cube}", "text": "I moved to Porto."})
    .step(
        "second",
        "update",
        {"cube": "${first.cube}", "text": "I moved to Faro.", "expected_version": 2},
        needs=["first"],
    )
)


@pytest.fixture
def told(space: Memory) -> Memory:
    """A space in which Dana has said where she lives."""
    space.add([Message(id="m1", speaker="Dana", text="I moved to Lisbon.", at=AT)], source="talk")
    return space


def cube_of(memory: Memory) -> str:
    return next(cube.id for cube in memory.page(level="whole"))


def states(run: Run) -> dict[str, str]:
    return {step.id: step.state.value for step in run.steps}


def test_a_chain_runs_in_order_and_passes_memories_on(told: Memory, memos: MemOS) -> None:
    seen: list[tuple[str, str]] = []
    done = told.run(PAIR, {"cube": cube_of(told)}, progress=lambda step: seen.append((step.id, step.state.value)))
    assert (done.state, states(done)) == (RunState.DONE, {"first": "done", "second": "done"})
    assert done.outputs["second"]["cube"].text == "I moved to Faro."
    assert done.outputs["first"]["cube"].text == "I moved to Porto."
    assert seen == [("first", "running"), ("first", "done"), ("second", "running"), ("second", "done")]
    linked = rows(
        memos,
        "MATCH (:Run {id: $id})-[:STEP]->(s:Step)-[m:MADE]->(c:MemCube) RETURN s.id AS step, c.id AS cube, m.version AS v",
        id=done.id,
    )
    assert sorted((row["step"], row["cube"], row["v"]) for row in linked) == [
        ("first", cube_of(told), 2),
        ("second", cube_of(told), 3),
    ]


def test_a_unit_is_all_or_nothing(told: Memory) -> None:
    both = PAIR.step("third", "delete", {"cube": "nothing"}, needs=["second"]).unit("all", "first", "second", "third")
    with pytest.raises(PipelineError, match="'third'") as caught:
        told.run(both, {"cube": cube_of(told)})
    assert told.get(cube_of(told)).text == "I moved to Lisbon."
    run = told.pipelines.show(caught.value.run or "")
    assert (run.state, run.error_step, run.error_code) == (RunState.FAILED, "third", "not-found")
    assert states(run) == {"first": "waiting", "second": "waiting", "third": "failed"}


def test_without_a_unit_each_step_stands_by_itself_and_resume_goes_on_after_it(told: Memory) -> None:
    cube = cube_of(told)
    late = PAIR.input("extra", "text", default="x").step(
        "third",
        "update",
        {"cube": "${second.cube}", "text": "I moved to Cork.", "expected_version": 9},
        needs=["second"],
    )
    with pytest.raises(PipelineError) as caught:
        told.run(late, {"cube": cube})
    run = caught.value.run or ""
    assert told.get(cube).text == "I moved to Faro."
    with pytest.raises(PipelineError):
        told.pipelines.resume(run)
    shown = told.pipelines.show(run)
    assert [step.attempt for step in shown.steps] == [1, 1, 2]
    for number in range(4, 9):
        told.update(cube, text=f"I moved to place {number}.")
    told.update(cube, text="I moved to place 9.")
    resumed = told.pipelines.resume(run)
    assert (resumed.state, told.get(cube).text) == (RunState.DONE, "I moved to Cork.")
    assert resumed.outputs["first"]["cube"].text == "I moved to Porto."
    assert len(told.history(cube)) == 10
    with pytest.raises(StateError, match="nothing to resume"):
        told.pipelines.resume(run)


def test_documents_are_put_read_found_and_erased_in_one_unit(space: Memory) -> None:
    named = {"namespace": ["users", "ada"], "key": "prefs"}
    kept = (
        Pipeline("kept")
        .input("prefs", "object")
        .step("put", "put_document", {**named, "value": "${inputs.prefs}"})
        .step("got", "get_document", named, needs=["put"])
        .step("found", "search_documents", {"question": "Who drinks tea?", "namespace": ["users"]}, needs=["got"])
        .step("noted", "add", {"text": "${got.cube.text}", "source": "noted"}, needs=["found"])
        .unit("all", "put", "got", "noted", "found")
    )
    done = space.run(kept, {"prefs": {"drinks": "tea"}})
    assert (done.state, done.outputs["found"]["count"]) == (RunState.DONE, 1)
    assert done.outputs["got"]["cube"].id == done.outputs["put"]["cube"].id == done.outputs["found"]["first"].id
    assert done.outputs["noted"]["cubes"][0].text == '{"drinks": "tea"}'
    gone = space.run(Pipeline("gone").step("end", "delete_document", named))
    assert gone.outputs["end"]["count"] == 1
    with pytest.raises(InputError, match="not of type object"):
        space.run(kept, {"prefs": "tea"})
    failing = kept.step("bad", "delete", {"cube": "nothing"}, needs=["found"]).unit(
        "all", "put", "got", "found", "noted", "bad"
    )
    with pytest.raises(PipelineError, match="'bad'"):
        space.run(failing, {"prefs": {"drinks": "tea"}})
    assert list(space.documents.every()) == []


def test_a_condition_chooses_a_branch(told: Memory) -> None:
    branching = (
        Pipeline("branch")
        .input("question", "text")
        .input("least", "number", default=0.0)
        .step("query", "search", {"question": "${inputs.question}", "limit": 1})
        .step(
            "sure",
            "condition",
            {"value": "${query.score}", "operator": "greater", "than": "${inputs.least}"},
            needs=["query"],
        )
        .step("read", "get", {"cube": "${query.first}"}, needs=["sure"], when="${sure.holds}")
        .step("ask", "add", {"text": "Nobody knows where Dana lives."}, needs=["sure"], when="${sure.fails}")
        .step("after", "get", {"cube": "${read.cube}"}, needs=["read"])
    )
    sure = told.run(branching, {"question": "Where did Dana move?"})
    assert states(sure) == {"query": "done", "sure": "done", "read": "done", "ask": "skipped", "after": "done"}
    unsure = told.run(branching, {"question": "Where did Dana move?", "least": 1.0})
    assert states(unsure) == {"query": "done", "sure": "done", "read": "skipped", "ask": "done", "after": "skipped"}


def test_each_acts_on_every_cube_of_a_list(told: Memory) -> None:
    told.add([Message(id="m2", speaker="Dana", text="I live in Lisbon by the sea.", at=AT)], source="talk")
    clean = (
        Pipeline("clean")
        .step("query", "search", {"question": "Where does Dana live?"})
        .step("erase", "delete", {"cube": "${item}", "reason": "asked to"}, needs=["query"], each="${query.cubes}")
        .unit("both", "query", "erase")
    )
    done = told.run(clean)
    assert done.outputs["erase"]["count"] == 2
    assert told.page(level="whole") == []


def test_everything_a_run_did_has_one_request_id(told: Memory) -> None:
    done = told.run(PAIR, {"cube": cube_of(told)})
    entries = told.logs.query(request_id=done.request_id)
    assert [entry.action for entry in reversed(entries)] == ["run", "update", "read", "update", "read", "run-done"]


def test_what_a_run_was_given_is_sealed_and_gone_when_it_is_done(told: Memory, memos: MemOS) -> None:
    add = Pipeline("add").input("text", "text").step("add", "add", {"text": "${inputs.text}"})
    failing = add.step("fail", "get", {"cube": "nothing"}, needs=["add"])
    done = told.run(add, {"text": "The zebra sleeps in Uppsala."})
    with pytest.raises(PipelineError) as caught:
        told.run(failing, {"text": "The walrus sleeps in Umea."})
    sealed = "MATCH (r:Run {id: $id}) RETURN r.sealed"
    assert value(memos, sealed, id=done.id) is None
    assert "walrus" not in value(memos, sealed, id=caught.value.run)
    stored = rows(
        memos,
        "MATCH (r:Run {space: $space})-[:STEP]->(s:Step) RETURN properties(r) AS r, properties(s) AS s",
        space=told.space,
    )
    assert "zebra" not in str(stored)
    assert "walrus" not in str(stored)


def test_a_run_is_seen_by_readers_and_resumed_by_its_principal_only(told: Memory, mount: Callable[..., Memory]) -> None:
    with pytest.raises(PipelineError) as caught:
        told.run(Pipeline("fails").step("get", "get", {"cube": "nothing"}))
    run = caught.value.run or ""
    reader, stranger = f"{told.principal}.r", f"{told.principal}.s"
    told.grant(reader, [Action.READ])
    theirs = mount(owner=told.owner, as_=reader)
    assert theirs.pipelines.show(run).id == run
    assert [each.id for each in theirs.pipelines.list()] == [run]
    with pytest.raises(ForbiddenError):
        theirs.pipelines.resume(run)
    own = mount(owner=stranger, as_=stranger)
    for act in (own.pipelines.show, own.pipelines.resume):
        with pytest.raises(NotFoundError, match="no run"):
            act(run)
    told.revoke(reader)
    with pytest.raises(NotFoundError, match="no run"):
        theirs.pipelines.show(run)


def test_a_reader_runs_what_reads_and_nothing_that_writes(told: Memory, mount: Callable[..., Memory]) -> None:
    reader = f"{told.principal}.r"
    told.grant(reader, [Action.READ])
    theirs = mount(owner=told.owner, as_=reader)
    assert theirs.run(Pipeline("look").step("q", "search", {"question": "Where did Dana move?"})).state is RunState.DONE
    with pytest.raises(PipelineError) as caught:
        theirs.run(PAIR, {"cube": cube_of(told)})
    assert theirs.pipelines.show(caught.value.run or "").error_code == "forbidden"
    assert told.get(cube_of(told)).text == "I moved to Lisbon."


def test_inputs_are_checked_before_anything_is_begun(told: Memory) -> None:
    for given, said in (
        ({}, "missing"),
        ({"cube": "x", "cub": 1}, "no input 'cub'"),
        ({"cube": 7}, "is not of type cube"),
    ):
        with pytest.raises(InputError, match=said):
            told.run(PAIR, given)
    with pytest.raises(DeclarationError, match="no space 'nobody/nothing'"):
        told.run(Pipeline("there").step("q", "search", {"question": "x"}, space="nobody/nothing"))
    assert told.pipelines.list() == []


def test_a_step_may_act_in_another_space_of_its_principal(told: Memory, mount: Callable[..., Memory]) -> None:
    other = mount("archive")
    copy = (
        Pipeline("copy")
        .input("cube", "cube")
        .step("read", "get", {"cube": "${inputs.cube}"})
        .step("copy", "add", {"text": "${read.cube.text}"}, needs=["read"], space=other.space)
        .unit("both", "read", "copy")
    )
    told.run(copy, {"cube": cube_of(told)})
    assert [cube.text for cube in other.page(level="whole")] == ["I moved to Lisbon."]


def test_the_example_that_corrects(told: Memory) -> None:
    correct = Pipeline.from_yaml(EXAMPLES / "correct.yaml")
    given = {
        "question": "Where did Dana move?",
        "correction": "I moved to Porto.",
        "ground": "Dana wrote a letter from Porto.",
    }
    done = told.run(correct, given)
    cube = cube_of(told)
    assert told.get(cube).text == "I moved to Porto."
    assert told.history(cube)[-1].reason == given["ground"]
    (ground,) = done.outputs["ground"]["cubes"]
    assert ground.id in {node.id for node in told.lineage(cube).upstream()}


def test_the_example_that_publishes(space: Memory, mount: Callable[..., Memory]) -> None:
    publish = Pipeline.from_yaml(EXAMPLES / "publish.yaml")
    document = {"name": "policy.md", "text": (EXAMPLES.parent / "policy-2026.md").read_text(encoding="utf-8")}
    reader = f"{space.principal}.r"
    done = space.run(publish, {"document": document, "reader": reader, "question": "How many days of leave?"})
    assert done.outputs["ingest"]["count"] > 0
    assert done.outputs["ask"]["count"] > 0
    assert mount(owner=space.owner, as_=reader).page(limit=1)
    again = space.run(publish, {"document": document, "reader": reader})
    assert states(again)["publish"] == "skipped"


def test_the_example_that_retires(told: Memory) -> None:
    retire = Pipeline.from_yaml(EXAMPLES / "retire.yaml")
    (old,) = told.add(
        [Message(id="m2", speaker="Ravi", text="Dana is somewhere in Spain.", at=AT)], source="talk"
    ).added
    given = {"question": "I moved to Lisbon.", "correction": "I moved to Porto.", "outdated": [old]}
    done = told.run(retire, given)
    assert told.get(old).state == "archived"
    assert [hit.cube.text for hit in told.search("Where is Dana in Spain?").hits if "Spain" in hit.cube.text] == []
    assert done.outputs["update"]["cube"].text == "I moved to Porto."
    # A frozen memory can't be archived: nothing of the unit happens.
    told.restore(old)
    told.freeze(old)
    with pytest.raises(PipelineError, match="'archive'"):
        told.run(retire, {**given, "question": "I moved to Porto.", "correction": "I moved to Faro."})
    assert {cube.text for cube in told.page(level="whole")} == {"I moved to Porto.", "Dana is somewhere in Spain."}


def test_near_duplicates_are_merged_in_a_step(told: Memory) -> None:
    told.add([Message(id="m2", speaker="Dana", text="I moved to Lisbon", at=AT)], source="other")
    done = told.run(Pipeline("tidy").step("merge", "merge_duplicates", {"threshold": 0.9}))
    (merged,) = done.outputs["merge"]["cubes"]
    assert [cube.id for cube in told.page(level="whole") if cube.state == "activated"] == [merged.id]
    assert done.steps[0].made == (merged.id,)


def test_the_example_that_warms(space: Memory) -> None:
    warm = Pipeline.from_yaml(EXAMPLES / "warm.yaml")
    said = [{"id": "m1", "speaker": "Dana", "text": "I moved to Lisbon.", "at": AT}]
    done = space.run(warm, {"messages": said, "source": "talk", "question": "Where did Dana move?"})
    assert done.outputs["build"]["built"] is True
    assert [cube.usable for cube in space.kv.list()] == [True]


def test_what_was_done_outside_the_database_is_undone_when_a_later_unit_fails(told: Memory) -> None:
    failing = (
        Pipeline("failing")
        .input("cube", "cube")
        .step("build", "kv.build")
        .step("read", "get", {"cube": "${inputs.cube}"}, needs=["build"])
    )
    with pytest.raises(PipelineError) as caught:
        told.run(failing, {"cube": "nothing"})
    run = told.pipelines.show(caught.value.run or "")
    assert states(run) == {"build": "undone", "read": "failed"}
    assert run.steps[0].undone_at is not None
    assert told.kv.list() == []
    # What it found there already is not its own to undo.
    standing = told.kv.build()
    with pytest.raises(PipelineError):
        told.run(failing, {"cube": "nothing"})
    assert [cube.id for cube in told.kv.list()] == [standing.cube.id]
