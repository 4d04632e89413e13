"""What is done with a space gives the same by each of its faces: in process, over REST, and, where steps differ, awaited."""

import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from support.faces import FACES, Faces

from memos_graph import ChatAnswer, Filters, Memory, Message, Pipeline, Selection, Terms, Turn
from memos_graph.errors import (
    DeclarationError,
    DuplicateError,
    ForbiddenError,
    FormatError,
    FrozenError,
    InputError,
    MemosError,
    NotFoundError,
    PipelineError,
    PolicyFileError,
    StateError,
    VersionConflictError,
)
from memos_graph.governance import Action
from memos_graph.memcube.documents import DocumentPlace
from memos_graph.memory.costs import CostBy

TALK = [
    Message(id="m1", speaker="Alice", text="Dana moved to Lisbon in May.", at=datetime(2026, 5, 4, 9, tzinfo=UTC)),
    {"id": "m2", "speaker": "Bob", "content": "What does she do there?"},
    {"id": "m3"},
]


on_all_faces = pytest.mark.parametrize("mount", FACES, indirect=True)


@pytest.fixture(params=FACES[:2])
def mount(request: pytest.FixtureRequest, faces: Faces, principal: str) -> Callable[..., Memory]:
    return faces.mounts(request.param, principal)


def test_what_is_added_is_found_with_all_that_belongs_to_it(space: Memory, mount: Callable[..., Memory]) -> None:
    report = space.add(TALK, source="chat", tags=["home"], expires_at=datetime(2040, 1, 1, tzinfo=UTC))
    assert (report.source, len(report.added), len(report.rejected)) == ("chat", 2, 1)
    assert space.add(TALK, source="chat").unchanged == 2
    found = space.search("Where does Dana live?", filters=Filters(tags=("home",)), limit=3)
    hit = next(each for each in found.hits if each.cube.descriptive.speaker == "Alice")
    assert hit.cube.text == "Dana moved to Lisbon in May."
    assert hit.cube.descriptive.said_at == TALK[0].at  # type: ignore[union-attr]
    assert hit.cube.governance.expires_at == datetime(2040, 1, 1, tzinfo=UTC)
    assert found.call.question == "Where does Dana live?"
    assert hit.sources == ("m1",)
    day = space.search("What happened today?", at=datetime(2026, 5, 4, 20, tzinfo=UTC)).call
    assert day.begins == datetime(2026, 5, 4, tzinfo=UTC)
    with pytest.raises(InputError, match="year 1"):
        space.search("What happened yesterday?", at=datetime(1, 1, 1, tzinfo=UTC))
    assert [each.text for each in space.page(level="whole")] == [hit.cube.text, "What does she do there?"]
    assert space.get(hit.cube.id).text == hit.cube.text
    beside = mount("other")
    beside.add("Dana's cat is called Fado.")
    both = space.search("Dana", spaces=[beside.space], limit=5)
    assert {each.cube.governance.space for each in both.hits} == {space.space, beside.space}
    assert space.beside(beside.space).space == beside.space


def test_one_text_is_a_note_and_a_message_alone_is_said_now(space: Memory) -> None:
    assert space.add("The fuse is in the tin.").source == "notes"
    assert space.add("The fuse is in the tin.").unchanged == 1
    said = Message(speaker="Ana", text="Good morning, the pump hums.")
    assert [len(space.add(said).added), len(space.add(said).added)] == [1, 1]
    assert space.add([said, said]).unchanged == 2


@pytest.mark.parametrize("entries", [[], [{"id": "x"}], [Message(text=" ")]])
def test_nothing_to_add_is_an_error(space: Memory, entries: Any) -> None:
    with pytest.raises(FormatError):
        space.add(entries)


def test_files_are_read_where_the_service_is(space: Memory, tmp_path: Path) -> None:
    path = tmp_path / "rules.md"
    path.write_text("# House\n\n## Bins\n\nThe bins go out on Tuesday.\n")
    assert len(space.add_file(path, tags=["house"]).added) == 1
    assert space.add_file(path).unchanged == 1
    data = '{"id": "a", "text": "The well is deep."}\n{"id": \n'
    ends = datetime(2040, 1, 1, tzinfo=UTC)
    report = space.add_data(data, name="log.jsonl", expires_at=ends)
    assert [bad.line for bad in report.rejected] == [2]
    assert space.get(report.added[0]).governance.expires_at == ends
    with pytest.raises(FormatError):
        space.add_file(tmp_path / "nothing.md")
    with pytest.raises(FormatError):
        space.add_data(b"", name="empty.jsonl")


@on_all_faces
def test_a_memory_is_corrected_put_back_and_erased(space: Memory) -> None:
    (cube,) = space.add([Message(id="m1", text="The meeting is at nine.")]).added
    assert space.update(cube, text="The meeting is at ten.", reason="she said so", expected_version=1).number == 2
    with pytest.raises(VersionConflictError) as refused:
        space.update(cube, text="The meeting is at eleven.", expected_version=1)
    assert refused.value.current == 2
    assert "nine" in space.diff(cube, old=1, new=2)
    assert space.rollback(cube, to=1).rollback_of == 1
    assert [each.number for each in space.history(cube)] == [1, 2, 3]
    assert isinstance(space.history(cube), list)
    assert space.set(cube, priority=3, tags=("work",)).priority == 3
    assert space.set(cube, Terms(tags=None)).tags == ()
    assert space.lineage(cube).nodes[0].id == cube
    assert {each.action for each in space.log(cube=cube)} >= {"update", "rollback", "add"}
    assert cube in space.delete(cube, reason="over").cubes
    with pytest.raises(NotFoundError) as gone:
        space.get(cube)
    assert (gone.value.code, bool(gone.value.hint)) == ("not-found", True)


def test_states_and_the_time_machine(space: Memory) -> None:
    (cube,) = space.add([Message(id="m1", text="The safe is behind the clock.")]).added
    named = space.snapshot("before", reason="try")
    with pytest.raises(DuplicateError):
        space.snapshot("before")
    space.archive(cube, reason="old")
    assert not space.search("Where is the safe?").hits
    changed = {each.cube for each in space.changes("before")}
    assert cube in changed == {each.cube for each in space.changes(named.at, datetime.now(UTC))}
    space.roll_back_to("before")
    space.freeze(cube)
    with pytest.raises(FrozenError):
        space.update(cube, text="Elsewhere.")
    with pytest.raises(InputError):
        space.thaw(cube, reason="")
    space.thaw(cube, reason="done")
    with pytest.raises(StateError):
        space.restore(cube)
    assert [each.name for each in space.snapshots()][-1] == "before"


@on_all_faces
def test_documents_come_back_exactly(space: Memory) -> None:
    value = {"drinks": "green tea", "n": 1.5, "deep": [{"x": None}], "long": 2**60}
    cube = space.documents.put(("users", "ada"), "prefs", value, indexed=["drinks"], ttl_minutes=60)
    found = space.documents.get(("users", "ada"), "prefs")
    assert (found.cube, found.value, found.namespace) == (cube, value, ("users", "ada"))
    assert found.ttl_minutes == 60
    assert space.documents.find(("users",), "nobody") is None
    space.documents.put((), "root", {"a": 1})
    assert space.documents.namespaces() == [(), ("users", "ada")]
    assert {each.key for each in space.documents.every()} == {"prefs", "root"}
    assert space.documents.page(limit=1).next == 1
    assert space.documents.search("green tea", ("users",))[0].key == "prefs"
    space.documents.move([(DocumentPlace((), "root"), DocumentPlace(("x",), "leaf"))])
    assert space.documents.get(("x",), "leaf").value == {"a": 1}
    with pytest.raises(NotFoundError):
        space.documents.get((), "root")
    assert space.documents.delete(("x",), "leaf").cubes
    assert not space.documents.delete(("x",), "leaf").cubes


def test_rights_are_given_taken_and_asked_for(space: Memory, mount: Callable[..., Memory], principal: str) -> None:
    (cube,) = space.add([Message(id="m1", text="The key is under the mat.")]).added
    other = f"{principal}-bob"
    with pytest.raises(NotFoundError):
        mount(owner=principal, as_=other)
    space.grant(other, {Action.READ}, expires_at=datetime.now(UTC) + timedelta(days=1))
    theirs = mount(owner=principal, as_=other)
    assert (theirs.owner, theirs.principal) == (principal, other)
    assert theirs.get(cube).text == "The key is under the mat."
    with pytest.raises(ForbiddenError) as refused:
        theirs.update(cube, text="Elsewhere.")
    assert refused.value.hint
    assert space.can(other, Action.READ).allowed
    assert not space.can(other, Action.WRITE, cube).allowed
    space.permissions.deny(other, [Action.READ], cube=cube, reason="not hers")
    assert {(each.principal, each.denied) for each in space.grants()} >= {(other, False), (other, True)}
    with pytest.raises(NotFoundError):
        theirs.get(cube)
    space.permissions.allow(other, cube=cube)
    assert theirs.get(cube)
    space.revoke(other)
    with pytest.raises(NotFoundError):
        theirs.get(cube)


def test_a_subject_is_forgotten_and_proven(space: Memory) -> None:
    space.add([Message(id="m1", speaker="Alice", text="Zebedee Kranz lives in Porto.")])
    foreseen = space.forgetting.foresee("Zebedee Kranz", [space.space])[0]
    receipt = space.forget("Zebedee Kranz", reason="asked to")
    assert foreseen.space == receipt.space == space.space
    assert not space.search("Where does Zebedee Kranz live?").hits
    assert space.forgetting.verify(receipt).ours
    assert [each.id for each in space.forgetting.receipts_of(space.space)] == [receipt.id]
    assert space.forgetting.receipt(receipt.id).id == receipt.id
    assert space.space in space.forgetting.administered()


def test_a_policy_says_where_each_of_its_problems_is(space: Memory) -> None:
    with pytest.raises(PolicyFileError) as refused:
        space.policy.apply("policy: 1\nname: desk\nkeep:\n  default: soon\nnothing: 1\n")
    assert len(refused.value.problems) == 2
    assert {each.line for each in refused.value.problems} == {4, 5}
    good = "policy: 1\nname: desk\nkeep:\n  default: 2 years\n"
    assert space.policy.apply(good, dry_run=True).dry_run
    space.policy.apply(good)
    assert space.policy.show().name == "desk"
    assert len(space.policy.history()) == 1


@on_all_faces
def test_the_log_is_read_sealed_and_proven(space: Memory) -> None:
    space.add("The well is deep.")
    sealed = space.audit.seal()
    assert [each.size for each in space.audit.seals()] == [sealed.size]
    assert space.audit.prove("1").seal.size >= 1
    assert not space.audit.verify().broken
    entries = space.logs.query(action="add")
    assert (entries[0].principal, entries[0].action) == (space.principal, "add")
    assert all(each.seq > 1 for each in space.logs.query(after=1))
    followed = space.logs.follow(every_s=0.05, action="snapshot")
    threading.Timer(0.5, space.snapshot, ("seen",)).start()
    assert next(followed).action == "snapshot"


@on_all_faces
def test_chats_are_answered_whole_and_piece_by_piece(space: Memory) -> None:
    space.add([Message(id="m1", speaker="Alice", text="The ferry leaves at noon.")])
    answer = space.chat("When does the ferry leave?", form="quote", explain=True)
    assert isinstance(answer, ChatAnswer)
    assert "noon" in answer.text
    *pieces, whole = space.chat_stream([Turn(role="user", text="When does the ferry leave?")], form="quote")
    assert isinstance(whole, ChatAnswer)
    assert "".join(str(piece) for piece in pieces) == whole.text == answer.text
    with pytest.raises(InputError):
        space.chat([Turn(role="assistant", text="Noon.")])


@on_all_faces
def test_exports_and_bundles_leave_and_come_back(space: Memory, mount: Callable[..., Memory]) -> None:
    first, _ = space.add([Message(id=f"m{n}", text=f"Shelf {n} holds plates.") for n in range(2)]).added
    lines = [json.loads(line) for line in space.export(Selection(cubes=(first,)))]
    assert len(lines) == 1
    assert len(list(space.export(level=None))) > 2
    bundle = b"".join(space.dump())
    other = mount("copy")
    foreseen = other.load(bundle, dry_run=True)
    loaded = other.load(bundle, conflicts="keep")
    assert foreseen.memories == loaded.memories == len(other.page(level="whole"))
    with pytest.raises(FormatError):
        other.load(b"no bundle")


def test_pipelines_run_and_are_shown(space: Memory) -> None:
    space.add("Dana lives in Lisbon.")
    look = Pipeline("look").input("question", "text").step("found", "search", {"question": "${inputs.question}"})
    run = space.run(look, {"question": "Where does Dana live?"})
    assert space.pipelines.show(run.id).state == run.state == "done"
    assert [each.id for each in space.pipelines.list()] == [run.id]
    with pytest.raises(DeclarationError):
        space.run(Pipeline("odd").step("a", "nothing", {}))
    with pytest.raises(PipelineError) as failed:
        space.run(Pipeline("fails").step("a", "get", {"cube": "019f8a3c-0000-7000-8000-000000000000"}))
    assert space.pipelines.show(failed.value.run or "").state == "failed"


def test_jobs_are_queued_and_cancelled(space: Memory) -> None:
    space.add("The well is deep.")
    job = space.jobs.submit("sweep")
    assert [each.id for each in space.jobs.list()] == [job.id]
    assert space.jobs.cancel(job.id).state == "cancelled"
    with pytest.raises(StateError):
        space.jobs.cancel(job.id)
    with pytest.raises(NotFoundError):
        space.jobs.get("nothing")
    assert space.kv.list() == space.lora.list() == []
    assert space.schedule.history() == []
    bill = space.costs.report(by=(CostBy.ACT,))
    assert {"submit", "cancel"} & {each.act for each in bill.costs}
    assert bill.total.acts == sum(each.acts for each in bill.costs)


@pytest.mark.parametrize("wrong", ["", "..", "a/b", "?x=1#y", "x" * 101])
def test_an_id_that_is_none_is_an_error_and_nothing_else(space: Memory, wrong: str) -> None:
    for act in (space.get, space.delete, space.history, space.archive):
        with pytest.raises(MemosError):
            act(wrong)
