"""Forgetting a subject: nothing of them is left anywhere, what is not about them stays, and a signed receipt says so."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from support.raw_graph import derive, holders, nodes_of, rows, value
from uuid_utils import uuid4

from memos_graph import Filters, Memory, MemOS, Message, Pipeline
from memos_graph.errors import ForbiddenError, FrozenError, InputError, NotFoundError, PipelineError, StateError
from memos_graph.governance import Action
from memos_graph.lifecycle.receipts import read_receipt
from memos_graph.search.selection import Selection

AT = datetime(2026, 5, 4, 9, tzinfo=UTC)
_LETTERS = str.maketrans("0123456789", "ghijklmnop")


@pytest.fixture
def name() -> str:
    """A name that stands nowhere else in the database."""
    return uuid4().hex.translate(_LETTERS)[:12].capitalize()


def said(name: str) -> list[Message]:
    texts = [
        ("Alice", "The regatta was moved to Saturday."),
        (name, "I moved to Lisbon and keep bees."),
        ("Bob", f"{name} sold the blue house in Ghent. The ferry leaves at nine."),
        ("Alice", "That surprises me."),
        ("Bob", f"My sister once walked from the harbour to the museum with {name.upper()}'s dog."),
        ("Alice", "The oven arrives next week."),
    ]
    return [
        Message(id=f"m{i}", speaker=who, text=text, at=AT + timedelta(minutes=i)) for i, (who, text) in enumerate(texts)
    ]


@pytest.fixture
def told(space: Memory, name: str) -> Memory:
    space.add(said(name), source="talk")
    return space


def whole(memory: Memory) -> set[str | None]:
    return {cube.descriptive.origin_id for cube in memory.page(level="whole", limit=200)}


def test_nothing_that_names_the_subject_is_left_in_the_graph(told: Memory, memos: MemOS, name: str) -> None:
    told.add([Message(id="x1", speaker="Bob", text="The tent is dry.")], source=f"camp with {name}", tags=["outdoors"])
    told.add([Message(id="x2", speaker="Bob", text="The stove is lit.")], source="camp", tags=[name.lower()])
    kept = told.add([Message(id="x3", speaker="Bob", text="The lamp is out.")], source="camp").added[0]
    told.update(kept, text="The lamp is on.", reason=f"{name} said so")
    was = told.add([Message(id="x4", speaker="Bob", text=f"The boat belongs to {name}.")], source="camp").added[0]
    told.update(was, text="The boat belongs to a friend.")
    gone = told.add([Message(id="x5", speaker="Bob", text="The rope is long.")], source="camp").added[0]
    told.delete(gone, reason=f"{name} asked for it")
    told.search(f"Where does {name} live?")
    told.kv.build(Selection(sources=("talk", f"camp with {name}")))
    assert {place.rpartition(".")[2] for place in holders(memos, name)} >= {
        "text", "context", "speaker", "speakers", "name", "tags", "source", "reason", "deleted_reason", "detail", "heading"
    }  # fmt: skip
    receipt = told.forget(name)
    assert holders(memos, name) == []
    assert receipt.left == {}
    assert receipt.complete
    assert whole(told) == {"m0", "m3", "m5", "x3"}
    assert told.get(kept).text == "The lamp is on."
    assert name.lower() not in json.dumps(receipt.model_dump(mode="json")).lower()
    assert receipt.counts["activation"] == 1
    found = told.audit.verify()
    assert found.whole, found.broken


def test_words_taken_out_of_the_log_are_told_from_words_lost(told: Memory, memos: MemOS, name: str) -> None:
    gone = told.add([Message(id="x5", speaker="Bob", text="The rope is long.")], source="camp").added[0]
    told.delete(gone, reason=f"{name} asked for it")
    told.snapshot("before", reason="harmless")
    told.forget(name)
    log = {entry.action: entry for entry in told.log(limit=100)}
    assert log["delete"].reason is None
    assert log["snapshot"].reason == "harmless"
    assert told.audit.verify().whole
    emptied = (
        "MATCH (e:AuditEvent {space: $s, action: 'snapshot'}) REMOVE e.reason, e.detail, e.salt RETURN e.seq AS seq"
    )
    (row,) = rows(memos, emptied, s=told.space)
    (broken,) = told.audit.verify().broken
    assert (broken.seq, "no event took it away" in broken.what) == (row["seq"], True)


def test_a_frozen_memory_keeps_anything_from_being_erased(told: Memory, name: str) -> None:
    frozen = next(cube.id for cube in told.page(level="whole") if cube.descriptive.origin_id == "m4")
    told.freeze(frozen, reason="a legal hold")
    with pytest.raises(FrozenError, match=frozen):
        told.forget(name)
    assert whole(told) == {f"m{i}" for i in range(6)}
    told.thaw(frozen, reason="the hold is lifted")
    told.forget(name)
    assert whole(told) == {"m0", "m3", "m5"}


def test_a_run_that_failed_gives_up_what_it_was_given(told: Memory, name: str) -> None:
    failing = Pipeline("failing").input("cube", "cube").step("get", "get", {"cube": "${inputs.cube}"})
    with pytest.raises(PipelineError) as caught:
        told.run(failing, {"cube": "nothing"})
    told.forget(name)
    with pytest.raises(StateError, match="was erased"):
        told.pipelines.resume(caught.value.run or "")


def test_what_is_not_about_them_is_found_as_before(told: Memory, name: str) -> None:
    told.forget(name)
    found = told.search("When is the regatta?")
    assert found.hits[0].sources == ("m0",)
    later = Filters(as_of=datetime.now(UTC))
    assert all("Lisbon" not in hit.cube.text for hit in told.search("Who moved to Lisbon?", filters=later).hits)
    assert {hit.sources[0] for hit in told.search("ferry bees house dog").hits} <= {"m0", "m3", "m5"}


def test_the_talk_goes_on_without_the_gaps(told: Memory, memos: MemOS, name: str) -> None:
    told.forget(name)
    chain = "MATCH (a:MemCube {space: $s})-[:NEXT]->(b) RETURN a.origin_id AS a, b.origin_id AS b ORDER BY a"
    assert [tuple(row.values()) for row in rows(memos, chain, s=told.space)] == [("m0", "m3"), ("m3", "m5")]
    context = "MATCH (c:MemCube {space: $s, origin_id: 'm5', level: 'whole'}) RETURN c.context"
    assert value(memos, context, s=told.space) == "\n".join(said(name)[i].text for i in (0, 3, 5))
    assert value(memos, "MATCH (s:Space {id: $s}) RETURN s.speakers", s=told.space) == ["Alice"]
    assert value(memos, "MATCH (s:Space {id: $s}) RETURN s.cubes", s=told.space) == 3


def test_memories_that_merely_mention_them_can_be_kept(told: Memory, name: str) -> None:
    foreseen = told.forgetting.foresee(name, [told.space], mentions="keep")[0]
    roles = {each.text: (each.role, each.goes) for each in foreseen.found if each.kind == "message"}
    texts = [message.text for message in said(name)]
    assert roles[texts[1]] == ("said", True)
    assert roles[texts[2]] == ("about", True)
    assert roles[texts[4]] == ("mentions", False)
    receipt = told.forget(name, mentions="keep")
    assert whole(told) == {"m0", "m3", "m4", "m5"}
    assert receipt.left["MemCube.text"] == len(receipt.kept)
    assert set(receipt.kept) == {each.id for each in foreseen.found if not each.goes}


def test_foreseeing_changes_nothing_and_needs_the_same_right(
    told: Memory, memos: MemOS, mount: Callable[..., Memory], name: str
) -> None:
    before = nodes_of(memos, told.space)
    assert told.forgetting.foresee(name, [told.space])[0].counts["said"] >= 1
    assert nodes_of(memos, told.space) == before
    told.grant("writer", [Action.READ, Action.WRITE])
    writer = mount(owner=told.owner, as_="writer")
    with pytest.raises(ForbiddenError):
        writer.forget(name)
    with pytest.raises(ForbiddenError):
        writer.forgetting.foresee(name, [told.space])
    with pytest.raises(NotFoundError) as hidden:
        mount("other", owner=writer.principal, as_="writer").forgetting.forget(name, [f"{told.owner}/secret"])
    assert "that this principal may use" in str(hidden.value)
    assert whole(told) == {f"m{i}" for i in range(6)}


def test_a_name_is_whole_words_in_any_case_and_several_names_are_one_subject(space: Memory, memos: MemOS) -> None:
    texts = ["Danae sails.", "DANA sails.", "We met Dana   Lopez.", "Ask D. L. (the vet).", "Danás sail."]
    space.add([Message(id=str(i), speaker="Bo", text=text) for i, text in enumerate(texts)], source="talk")
    space.forget(["dana", "D. L."])
    assert whole(space) == {"0", "4"}
    for wrong in ("", "  ", "D", "?", "x" * 201):
        with pytest.raises(InputError):
            space.forget(wrong)
    with pytest.raises(InputError, match="names the subject"):
        space.forget("Danae", reason="danae asked")


def test_forgetting_somebody_nobody_knows_leaves_a_receipt_too(told: Memory) -> None:
    receipt = told.forget("Nobody Inparticular")
    assert receipt.cubes == ()
    assert told.forgetting.verify(receipt).ours
    assert len(whole(told)) == 6


def test_a_receipt_is_signed_stored_and_can_be_checked(told: Memory, memos: MemOS, name: str) -> None:
    receipt = told.forget(name, reason="a request of 4 May")
    stored = told.forgetting.receipt(receipt.id)
    assert stored == receipt
    assert told.forgetting.receipts(told.space) == [receipt]
    again = read_receipt(receipt.model_dump_json())
    verdict = told.forgetting.verify(again, subject=f"  {name.upper()} ")
    assert (verdict.genuine, verdict.ours, verdict.about) == (True, True, True)
    assert told.forgetting.verify(again, subject="Alice").about is False
    changed = again.model_copy(update={"counts": again.counts | {"message": 99}})
    assert not told.forgetting.verify(changed).genuine
    (entry,) = told.logs.query(request_id=receipt.request_id)
    assert (entry.action, entry.detail, entry.reason) == ("forget", receipt.id, "a request of 4 May")
    assert {cube.id for cube in entry.cubes} == {cube.id for cube in receipt.cubes}
    with pytest.raises(NotFoundError):
        memos.mount("stranger/notes", principal="stranger").forgetting.receipt(receipt.id)
    with pytest.raises(InputError):
        read_receipt("{}")


def test_what_was_forgotten_is_not_brought_back_by_sending_it_again(told: Memory, memos: MemOS, name: str) -> None:
    told.forget(name)
    report = told.add(said(name), source="talk")
    assert report.added == ()
    assert {conflict.origin_id for conflict in report.conflicts} == {"m1", "m2", "m4"}
    assert holders(memos, name) == []


def test_every_space_one_administers_can_be_gone_through_at_once(
    told: Memory, mount: Callable[..., Memory], name: str
) -> None:
    diary = mount("diary")
    diary.add(f"{name} rang.")
    spaces = told.forgetting.administered()
    assert spaces == [diary.space, told.space]
    receipts = told.forgetting.forget(name, spaces)
    assert [each.space for each in receipts] == spaces
    assert all(each.cubes for each in receipts)
    assert len({each.id for each in receipts}) == 2


def test_a_concepts_topic_takes_another_name(space: Memory, memos: MemOS, name: str) -> None:
    space.add(f"{name} grows plums.", source="a")
    rows(
        memos,
        """MATCH (t:Topic {space: $s}) WITH t ORDER BY t.name <> $name, t.name LIMIT 1 SET t.name = $name WITH t
        CREATE (k:Concept {space: $s, name: 'violins', embedding: t.embedding})-[:WITHIN]->(t)
        WITH k MATCH (c:MemCube {space: $s, level: 'whole'}) LIMIT 1 RETURN c.id""",
        s=space.space,
        name=name.lower(),
    )
    keep = space.add("The violins are old.", source="b").added[0]
    space.forget(name)
    assert holders(memos, name) == []
    topics = rows(
        memos, "MATCH (:Concept {space: $s, name: 'violins'})-[:WITHIN]->(t) RETURN t.name AS name", s=space.space
    )
    assert topics == [{"name": "violins"}]
    assert space.get(keep).text == "The violins are old."


def test_what_was_made_of_a_memory_goes_with_it_whatever_that_was_made_from(
    memos: MemOS, space: Memory, name: str
) -> None:
    (letter,) = space.add("The ferry leaves at nine.", source="letter").added
    (summary,) = space.add(f"{name} takes the ferry.", source="summary").added
    (title,) = space.add("A traveller at sea.", source="title").added
    derive(memos, summary, letter)
    derive(memos, title, summary)
    space.forget(name)
    for gone in (summary, title):
        with pytest.raises(NotFoundError):
            space.get(gone)
    assert space.get(letter).text == "The ferry leaves at nine."
