"""Items of the store are memories: grants, redaction, erasure, ends of life, versions and the log hold for them; bad input writes nothing."""

import asyncio
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from langgraph.store.base import GetOp, InvalidNamespaceError, PutOp, SearchOp

from memos_graph import Memory, MemOS, Message
from memos_graph.errors import ForbiddenError, InputError, MemosError, NotFoundError, PolicyError
from memos_graph.governance import Action
from memos_graph.langgraph import MemosStore
from memos_graph.language.sensitivity import LevelName

ADA = ("users", "ada")


@pytest.fixture
def store(space: Memory) -> MemosStore:
    return MemosStore(space)


def cube_of(space: Memory, key: str = "prefs") -> str:
    return space.documents.get(ADA, key, refresh_ttl=False).cube


def test_a_question_finds_the_items_that_answer_it_best_first(store: MemosStore) -> None:
    store.put(ADA, "tea", {"text": "Ada drinks green tea in the morning."})
    store.put(ADA, "bike", {"text": "Her bicycle is red."})
    store.put(("users", "bob"), "tea", {"text": "Bob drinks black tea."})
    first, second = store.search(ADA, query="What does Ada drink?")
    assert (first.key, second.key) == ("tea", "bike")
    assert first.score is not None
    assert store.search(ADA, query="What does Ada drink?", limit=1, offset=1)[0].key == "bike"
    assert [
        item.key for item in store.search((), query="tea", filter={"text": {"$ne": first.value["text"]}}, limit=1)
    ] == ["tea"]


def test_only_what_is_indexed_is_found_by_its_words(space: Memory, store: MemosStore) -> None:
    store.put(ADA, "tea", {"text": "Ada drinks tea.", "steps": [{"do": "Warm the teapot."}]}, index=["steps[*].do"])
    store.put(ADA, "hidden", {"text": "The teapot is blue."}, index=False)
    assert [hit.cube.descriptive.origin_id for hit in space.search("teapot").hits] == ["tea"]
    scores = {item.key: item.score for item in store.search(ADA, query="teapot")}
    assert scores["tea"] is not None
    assert scores["hidden"] is None
    store.put(ADA, "hidden", {"text": "The teapot is green."})
    assert {hit.cube.descriptive.origin_id for hit in space.search("teapot").hits} == {"tea", "hidden"}


def test_batches_read_before_they_write_and_the_last_put_counts(store: MemosStore) -> None:
    done = store.batch([PutOp(ADA, "a", {"n": 1}), GetOp(ADA, "a"), PutOp(ADA, "a", {"n": 2}), PutOp(ADA, "b", None)])
    assert done == [None, None, None, None]
    item = asyncio.run(store.aget(ADA, "a"))
    assert item is not None
    assert item.value == {"n": 2}


def test_a_put_is_a_new_version_and_a_delete_takes_all_of_them(space: Memory, store: MemosStore) -> None:
    store.put(ADA, "prefs", {"city": "Porto"})
    store.put(ADA, "prefs", {"city": "Lisbon"})
    cube = cube_of(space)
    assert [version.text for version in space.history(cube)] == ['{"city": "Porto"}', '{"city": "Lisbon"}']
    space.rollback(cube, to=1)
    item = store.get(ADA, "prefs")
    assert item is not None
    assert item.value == {"city": "Porto"}
    assert item.created_at < item.updated_at
    store.delete(ADA, "prefs")
    assert store.get(ADA, "prefs") is None
    store.put(ADA, "prefs", {"city": "Faro"})
    assert cube_of(space) != cube
    assert space.audit.verify().whole


def test_a_document_is_corrected_by_its_json_and_by_nothing_else(space: Memory, store: MemosStore) -> None:
    store.put(ADA, "prefs", {"city": "Porto"})
    with pytest.raises(InputError, match="JSON object"):
        space.update(cube_of(space), text="Ada lives in Lisbon.")
    space.update(cube_of(space), text='{"city": "Lis\\nbon"}')
    assert space.documents.get(ADA, "prefs").value == {"city": "Lis\nbon"}
    store.put(ADA, "other", {"city": "Porto"})
    with pytest.raises(InputError, match="can't be merged"):
        space.merge([cube_of(space), cube_of(space, "other")])


def test_who_may_not_read_finds_nothing_and_can_write_nothing(memos: MemOS, space: Memory, store: MemosStore) -> None:
    store.put(ADA, "prefs", {"text": "Ada drinks tea."})
    space.grant("reader", [Action.READ])
    reading = MemosStore(memos.mount(space.space, principal="reader"))
    assert len(reading.search((), query="tea")) == 1
    with pytest.raises(ForbiddenError):
        reading.put(ADA, "prefs", {})
    with pytest.raises(ForbiddenError):
        reading.delete(ADA, "prefs")
    space.permissions.deny("reader", [Action.READ], cube=cube_of(space))
    assert reading.get(ADA, "prefs") is None
    assert reading.search((), query="tea") == reading.search(()) == reading.list_namespaces() == []
    space.permissions.allow("reader", cube=cube_of(space))
    space.revoke("reader")
    assert reading.get(ADA, "prefs") is None
    assert reading.search((), query="tea") == reading.search(()) == reading.list_namespaces() == []
    with pytest.raises(NotFoundError):
        reading.put(ADA, "prefs", {})
    with pytest.raises(NotFoundError):
        memos.mount(space.space, principal="somebody")


def refused(store: MemosStore, key: str) -> NotFoundError:
    with pytest.raises(NotFoundError) as told:
        store._documents.get(ADA, key)
    return told.value


def test_a_name_taken_by_what_one_may_not_read_is_not_written_over(
    memos: MemOS, space: Memory, store: MemosStore
) -> None:
    store.put(ADA, "prefs", {"text": "Ada drinks tea."})
    space.grant("writer", [Action.READ, Action.WRITE])
    space.permissions.deny("writer", [Action.READ], cube=cube_of(space))
    writing = MemosStore(memos.mount(space.space, principal="writer"))
    with pytest.raises(ForbiddenError, match="taken"):
        writing.batch([PutOp(ADA, "mine", {"a": 1}), PutOp(ADA, "prefs", {"text": "mine"})])
    assert writing.search(()) == []
    writing.delete(ADA, "prefs")  # as what is not there
    hidden, missing = (refused(writing, key) for key in ("prefs", "nothing"))
    assert (str(hidden), hidden.target) == (str(missing).replace("nothing", "prefs"), "store:users/ada/prefs")
    asked = [each.detail for each in space.logs.query(action="refused", actor="writer", limit=10)]
    assert sorted(map(str, asked)) == ["get", "write"]
    item = store.get(ADA, "prefs")
    assert item is not None
    assert item.value == {"text": "Ada drinks tea."}


def test_what_a_reader_may_not_see_is_its_kind_in_brackets(memos: MemOS, space: Memory, store: MemosStore) -> None:
    value = {
        "mail": 'write to "ada@example.com"\nsoon',
        "card": 4111111111111111,
        "login": {"password": "hunter2!x"},
        "n": 3,
    }
    store.put(ADA, "prefs", value)
    item = store.get(ADA, "prefs")
    assert item is not None
    assert item.value == value
    space.permissions.grant("reader", [Action.READ], sees=LevelName.PUBLIC)
    reading = MemosStore(memos.mount(space.space, principal="reader"))
    shown = {
        "mail": 'write to "[e-mail]"\nsoon',
        "card": "[payment card]",
        "login": {"password": "[password]"},
        "n": 3,
    }
    (found,) = reading.search(ADA, query="soon")
    assert found.value == shown
    (listed,) = reading.search(ADA, filter={"n": {"$gte": 3}})
    assert listed.value == shown
    assert reading.search(ADA, filter={"login": {"password": "hunter2!x"}}) == []


def test_what_a_rollback_brings_back_is_hidden_as_it_was(memos: MemOS, space: Memory, store: MemosStore) -> None:
    store.put(ADA, "prefs", {"login": {"password": "hunter2!x"}, "card": 4111111111111111})
    then = space.snapshot("before").at
    store.put(ADA, "prefs", {"n": 1})
    store.put(ADA, "later", {"n": 1})
    space.roll_back_to(then)
    item = store.get(ADA, "prefs")
    assert item is not None
    assert item.value == {"login": {"password": "hunter2!x"}, "card": 4111111111111111}
    space.permissions.grant("reader", [Action.READ], sees=LevelName.PUBLIC)
    shown = MemosStore(memos.mount(space.space, principal="reader")).get(ADA, "prefs")
    assert shown is not None
    assert shown.value == {"login": {"password": "[password]"}, "card": "[payment card]"}


def test_a_message_under_the_name_of_a_document_is_neither_read_nor_written_over(
    space: Memory, store: MemosStore
) -> None:
    space.add([Message(id="prefs", text="Ada drinks tea.")], source="store:users/ada/")
    assert store.get(ADA, "prefs") is None
    for value in ({"n": 1}, None):
        with pytest.raises(ForbiddenError, match="taken"):
            store.batch([PutOp(ADA, "prefs", value)])
    assert store.search(()) == []
    assert space.search("tea").hits[0].cube.text == "Ada drinks tea."


def test_what_is_forgotten_is_in_no_search_and_in_no_log(space: Memory, store: MemosStore) -> None:
    store.put(ADA, "prefs", {"text": "first line\nDagmar keeps bees."})
    store.put(ADA, "prefs", {"text": "Keeps goats."})
    store.put(("Dagmar",), "x", {"n": 1})
    store.put(ADA, "else", {"text": "Somebody keeps goats."})
    cube = cube_of(space)
    receipt = space.forget("Dagmar")
    assert cube in {each.id for each in receipt.cubes}
    assert receipt.complete
    assert store.get(ADA, "prefs") is None
    assert [item.key for item in store.search((), query="goats bees")] == ["else"]
    assert store.list_namespaces() == [ADA]
    assert "Dagmar" not in str([entry.model_dump() for entry in space.log(limit=200)])
    assert space.audit.verify().whole


def test_items_end_when_their_time_is_over_and_reading_lets_it_begin_anew(
    memos: MemOS, space: Memory, pass_time: Callable[[timedelta], None]
) -> None:
    store = MemosStore(space, ttl={"default_ttl": 10, "refresh_on_read": True})
    store.put(ADA, "prefs", {"n": 1})
    store.put(ADA, "kept", {"n": 1}, ttl=None)
    space.grant("reader", [Action.READ])
    reading = MemosStore(memos.mount(space.space, principal="reader"))
    pass_time(timedelta(minutes=7))
    assert store.get(ADA, "prefs") is not None
    pass_time(timedelta(minutes=7))
    assert len(store.search(ADA)) == 2  # which lets it begin anew, too
    pass_time(timedelta(minutes=7))
    assert store.get(ADA, "prefs", refresh_ttl=False) is not None
    assert reading.get(ADA, "prefs") is not None  # who may not write prolongs nothing
    pass_time(timedelta(minutes=7))
    assert store.get(ADA, "prefs") is None
    assert [item.key for item in store.search((), query="n")] == ["kept"]
    store.put(ADA, "prefs", {"n": 2})
    item = store.get(ADA, "prefs")
    assert item is not None
    assert item.value == {"n": 2}
    store.put(ADA, "prefs", {"n": 3}, ttl=None)
    pass_time(timedelta(days=1))
    assert store.get(ADA, "prefs") is not None


RECURSIVE: dict[str, Any] = {}
RECURSIVE["self"] = RECURSIVE
NESTED: Any = []
for _ in range(100_000):
    NESTED = [NESTED]
BAD = [
    (PutOp(("a.b",), "k", {}), InvalidNamespaceError, "period"),
    (PutOp((1,), "k", {}), InvalidNamespaceError, "must be strings"),  # type: ignore[arg-type]
    (PutOp(("",), "k", {}), InvalidNamespaceError, "empty"),
    (PutOp(("a\0",), "k", {}), InvalidNamespaceError, "NUL"),
    (PutOp(("\ud800",), "k", {}), InputError, "lone surrogate"),
    (PutOp(("a",), "k\0", {}), InputError, "NUL"),
    (PutOp(("a",), 1, {}), InputError, "is a int"),  # type: ignore[arg-type]
    (PutOp(("a",), "k" * 2000, {}), InputError, "more than the 1,000"),
    (PutOp(("a",), "k", ["x"]), InputError, "not a list"),  # type: ignore[arg-type]
    (PutOp(("a",), "k", {"a": {1}}), InputError, r"\$\.a is a set"),
    (PutOp(("a",), "k", {"a": [(1,)]}), InputError, r"\$\.a\[0\] is a tuple"),
    (PutOp(("a",), "k", {"a": {1: 2}}), InputError, "a name in"),
    (PutOp(("a",), "k", {"a": float("nan")}), InputError, "is nan"),
    (PutOp(("a",), "k", {"a": "\ud800"}), InputError, "lone surrogate"),
    (PutOp(("a",), "k", {"a": "x" * 100_001}), InputError, "more than the 100,000"),
    (PutOp(("a",), "k", RECURSIVE), InputError, "nested too deeply"),
    (PutOp(("a",), "k", {"a": NESTED}), InputError, "nested too deeply"),
    (PutOp(("a",), "k", {}, ttl=0), InputError, "no time"),
    (PutOp(("a",), "k", {}, ttl=float("nan")), InputError, "no time"),
    (PutOp(("a",), "k", {}, ttl="soon"), InputError, "no time"),  # type: ignore[arg-type]
    (PutOp(("a",), "k", {}, index="text"), InputError, "found by 'text'"),  # type: ignore[arg-type]
    (PutOp(("a",), "k", {}, index=["a\0"]), InputError, "no path"),
    (PutOp(("a",), "k", {}, index=["a"] * 51), InputError, "51 paths"),
    (SearchOp(("\ud800",)), InputError, "lone surrogate"),
    (SearchOp(("a.b",)), InvalidNamespaceError, "period"),
    (SearchOp(("a",), {"n": {"$in": [1]}}), InputError, "not an operator"),
    (SearchOp(("a",), limit=-1), InputError, "no -1 results"),
    (SearchOp(("a",), offset=2**63), InputError, "Give numbers"),
    ("get", InputError, "can't do a str"),
]


def test_bad_input_is_refused_and_nothing_of_its_batch_is_written(store: MemosStore) -> None:
    for op, error, told in BAD:
        with pytest.raises(error, match=told) as refused:
            store.batch([PutOp(ADA, "good", {"n": 1}), op])
        assert not isinstance(refused.value, MemosError) or refused.value.hint
    assert store.search(()) == []
    assert store.list_namespaces() == []


def test_a_question_may_hold_anything(store: MemosStore) -> None:
    store.put(ADA, "prefs", {"text": "tea"})
    for query in ("\ud800\0tea", "tea AND (", " ", "?" * 20_000):
        assert [item.key for item in store.search((), query=query)] == ["prefs"]


def test_writers_at_once_leave_one_item_with_every_version(space: Memory, store: MemosStore) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: store.put(ADA, "prefs", {"n": n}), range(8)))
    assert len(store.search(())) == 1
    versions = space.history(cube_of(space))
    assert sorted(json.loads(version.text)["n"] for version in versions) == list(range(8))


def test_a_long_document_can_be_changed_as_it_can_be_put(memos: MemOS, principal: str) -> None:
    longer = memos.settings.model_copy(update={"max_text_chars": 150_000})
    with MemOS.open(longer) as opened:
        space = opened.mount(f"{principal}/long", principal=principal)
        for letter in "ab":
            space.documents.put(ADA, "prefs", {"text": letter * 120_000})
        assert space.documents.get(ADA, "prefs").value == {"text": "b" * 120_000}
        with pytest.raises(InputError, match="more than the 150,000"):
            space.update(cube_of(space), text="c" * 150_001)


def test_what_a_policy_refuses_takes_its_whole_batch_with_it(space: Memory, store: MemosStore) -> None:
    store.put(ADA, "there", {"n": 1})
    space.policy.apply("policy: 1\nname: strict\nsensitivity:\n  refuse: [password]\n")
    for key in ("new", "there"):
        with pytest.raises(PolicyError, match="password"):
            store.batch([PutOp(ADA, "good", {"n": 1}), PutOp(ADA, key, {"password": "hunter2!x"})])
    assert [item.value for item in store.search(())] == [{"n": 1}]
