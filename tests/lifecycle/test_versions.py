"""Update, rollback, history and diff: nothing is overwritten, and what is searched follows the text that stands."""

import pytest
from support.raw_graph import rows, value

from memos_graph import Memory, MemOS, Message
from memos_graph.errors import ForbiddenError, InputError, NotFoundError, VersionConflictError
from memos_graph.governance import Action
from memos_graph.lifecycle.lifecycle import MemLifecycle

OLD = "The workshop is in Valparaiso. Ines keeps the spare key."
NEW = "The workshop is in Montevideo. Ruben keeps the spare key."

CHAIN = """
MATCH (c:MemCube {id: $cube})-[:CURRENT]->(v:MemVersion)
MATCH path = (v)-[:PREVIOUS*0..]->(first:MemVersion)
WHERE NOT EXISTS { (first)-[:PREVIOUS]->() }
RETURN [n IN nodes(path) | n.number] AS numbers, [n IN nodes(path) | 'PastVersion' IN labels(n)] AS past
"""


def talk() -> list[Message]:
    return [
        Message(id="m1", speaker="Alice", text=OLD),
        Message(id="m2", speaker="Bob", text="Good to know."),
        Message(id="m3", speaker="Alice", text="Come by in the evening."),
        Message(id="m4", speaker="Bob", text="Shall I bring dinner?"),
    ]


def found_by_words(space: Memory, question: str) -> set[str]:
    """Ids of the messages that a word of ``question`` finds."""
    return {hit.sources[0] for hit in space.search(question).hits if hit.why["words"] > 0}


@pytest.fixture
def cube(space: Memory) -> str:
    return space.add(talk(), source="chat").added[0]


def test_an_update_adds_a_version_and_keeps_the_old_one(memos: MemOS, space: Memory, cube: str) -> None:
    version = space.update(cube, text=NEW, reason="they moved")
    assert (version.number, version.text, version.by, version.reason) == (2, NEW, space.principal, "they moved")
    old, new = space.history(cube)
    assert (old.number, old.text, old.rollback_of) == (1, OLD, None)
    assert old.known_to == new.known_from
    assert new.known_to is None
    found = space.get(cube)
    assert (found.text, found.behavioural.version) == (NEW, 2)
    assert space.get(cube, as_of=old.known_from).text == OLD
    (chain,) = rows(memos, CHAIN, cube=cube)
    assert (chain["numbers"], chain["past"]) == ([2, 1], [False, True])


def test_for_who_may_not_write_nothing_is_read(
    memos: MemOS, space: Memory, cube: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reading a text may take a language model, which a reader could have work for nothing."""
    drafted: list[str] = []
    draft = MemLifecycle.draft
    monkeypatch.setattr(MemLifecycle, "draft", lambda self, row, text: drafted.append(text) or draft(self, row, text))
    reader = f"r{space.principal}"
    space.grant(reader, [Action.READ])
    with pytest.raises(ForbiddenError):
        memos.mount(space.space, principal=reader).update(cube, text=NEW)
    assert drafted == []
    space.update(cube, text=NEW)
    assert drafted == [NEW]


def test_facts_of_the_old_text_leave_the_search_and_those_of_the_new_come(space: Memory, cube: str) -> None:
    assert {hit.fact.text for hit in space.search("Who keeps the spare key?").hits if hit.fact} == {
        "Ines keeps the spare key."
    }
    space.update(cube, text=NEW)
    facts = {hit.fact.text for hit in space.search("Who keeps the spare key?").hits if hit.fact}
    assert facts == {"Ruben keeps the spare key."}
    assert found_by_words(space, "Valparaiso Ines") == set()
    assert "m1" in found_by_words(space, "Montevideo Ruben")


def test_concepts_follow_the_text(memos: MemOS, space: Memory, cube: str) -> None:
    statement = "MATCH (:MemCube {id: $c})-[:MENTIONS]->(k) RETURN collect(k.name)"
    assert "valparaiso" in value(memos, statement, c=cube)
    space.update(cube, text=NEW)
    named = value(memos, statement, c=cube)
    assert "montevideo" in named
    assert "valparaiso" not in named


def test_the_context_of_the_two_following_messages_is_renewed(space: Memory, cube: str) -> None:
    assert found_by_words(space, "Valparaiso") == {"m1", "m2", "m3"}
    space.update(cube, text=NEW)
    assert found_by_words(space, "Valparaiso") == set()
    assert found_by_words(space, "Montevideo") == {"m1", "m2", "m3"}


def test_what_is_added_after_an_update_stands_in_the_new_context(space: Memory) -> None:
    cube = space.add(talk()[:1], source="chat").added[0]
    space.update(cube, text=NEW)
    space.add(talk()[1:2], source="chat")
    assert found_by_words(space, "Montevideo") == {"m1", "m2"}
    assert found_by_words(space, "Valparaiso") == set()


def test_a_fact_two_messages_say_survives_the_update_of_one(space: Memory, cube: str) -> None:
    space.add([Message(id="m9", speaker="Alice", text="Ines keeps the spare key.")], source="mail")
    space.update(cube, text=NEW)
    hits = {hit.sources[0]: hit.fact.text for hit in space.search("Who keeps the spare key?").hits if hit.fact}
    assert hits["m9"] == "Ines keeps the spare key."
    assert hits["m1"] == "Ruben keeps the spare key."


def test_a_rollback_is_a_new_version_with_the_old_text(space: Memory, cube: str) -> None:
    space.update(cube, text=NEW)
    version = space.rollback(cube, to=1, reason="a mistake")
    assert (version.number, version.text, version.rollback_of, version.reason) == (3, OLD, 1, "a mistake")
    assert [v.number for v in space.history(cube)] == [1, 2, 3]
    assert found_by_words(space, "Valparaiso") == {"m1", "m2", "m3"}
    assert found_by_words(space, "Montevideo") == set()
    for number in (0, 4, -1):
        with pytest.raises(InputError, match="has versions 1 to 3"):
            space.rollback(cube, to=number)


def test_a_diff_names_both_versions_and_what_changed(space: Memory, cube: str) -> None:
    space.update(cube, text=NEW)
    lines = space.diff(cube, old=1, new=2).splitlines()
    assert lines == ["--- version 1", "+++ version 2", "@@ -1 +1 @@", f"-{OLD}", f"+{NEW}"]
    with pytest.raises(InputError, match="has versions 1 to 2"):
        space.diff(cube, old=1, new=3)


def test_an_update_against_an_old_version_is_told_what_stands(space: Memory, cube: str) -> None:
    space.update(cube, text=NEW)
    with pytest.raises(VersionConflictError) as caught:
        space.update(cube, text="A third text.", expected_version=1)
    assert caught.value.current == 2
    assert [v.number for v in space.history(cube)] == [1, 2]


@pytest.mark.parametrize("text", ["", "  \n", "a\0b", "half \ud83d of a sign", "x" * 100_001])
def test_an_update_to_text_that_can_not_be_kept_is_refused(space: Memory, cube: str, text: str) -> None:
    with pytest.raises(InputError):
        space.update(cube, text=text)
    assert space.get(cube).text == OLD


def test_a_fact_can_be_corrected_by_itself(space: Memory, cube: str) -> None:
    fact = next(node for node in space.lineage(cube).downstream() if "Ines" in node.text)
    space.update(fact.id, text="Ines lost the spare key.")
    assert space.get(cube).text == OLD
    assert "Ines lost the spare key." in {hit.cube.text for hit in space.search("Who lost the spare key?").hits}


def test_history_of_nothing(space: Memory) -> None:
    with pytest.raises(NotFoundError):
        space.history("no-such-memory")
