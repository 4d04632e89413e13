"""What other programs remember is read with its ids and times; a broken list costs its broken entries and no more."""

import json
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langgraph.store.memory import InMemoryStore
from support.exports import read

from memos_graph import Memory
from memos_graph.errors import FormatError
from memos_graph.formats import parse
from memos_graph.formats.exports.memories import of_graph, remembered
from memos_graph.formats.listed import looks_listed
from memos_graph.formats.logs import looks_like_log
from memos_graph.formats.types import Message, Parsed

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda held: st.lists(held, max_size=3) | st.dictionaries(st.text(max_size=4), held, max_size=3),
    max_leaves=6,
)
FIELDS = "id memory metadata payload namespace key value conversations_memory project_memories created_at status type name observations from to relationType memory_type"
ITEMS = st.dictionaries(st.sampled_from(FIELDS.split()), ANYTHING, max_size=6)


def texts(parsed: Parsed) -> dict[str | None, str]:
    return {each.id: each.text for each in parsed.entries if isinstance(each, Message)}


@pytest.mark.parametrize("held", ["results", "memories", "data", None])
def test_mem0_s_lists_are_read_under_each_of_their_names(held: str | None) -> None:
    items = [
        {"id": f"m{i}", "memory": f"Likes tea {i}", "score": 0.1, "created_at": "2025-10-14T12:00:00-07:00"}
        for i in range(3)
    ]
    parsed = read(items if held is None else {held: items})
    assert texts(parsed) == {f"m{i}": f"Likes tea {i}" for i in range(3)}
    assert {each.at for each in parsed.entries if isinstance(each, Message)} == {datetime(2025, 10, 14, 19, tzinfo=UTC)}


def test_a_memory_without_a_time_has_none_from_the_one_before_it() -> None:
    parsed = read(
        [{"id": "a", "memory": "Likes tea", "created_at": "2025-10-14T12:00:00Z"}, {"id": "b", "memory": "Likes rum"}]
    )
    assert [each.at is None for each in parsed.entries if isinstance(each, Message)] == [False, True]


def test_rows_of_a_real_store_of_langgraph_are_read() -> None:
    store = InMemoryStore()
    store.put(("dana", "facts"), "k1", {"text": "Dana keeps bees."})
    store.put(("dana", "likes"), "k2", {"wind": "bora", "since": 2019})
    rows = [each.dict() for namespace in store.list_namespaces() for each in store.search(namespace)]
    for row in rows:
        row.pop("score", None)
    found = texts(read(json.loads(json.dumps(rows, default=str))))
    assert found == {"dana/facts/k1": "Dana keeps bees.", "dana/likes/k2": '{"wind": "bora", "since": 2019}'}


def test_an_agent_file_s_secrets_are_not_read() -> None:
    agent = {
        "agents": [
            {"secrets": {"KEY": "hunter2"}, "tool_exec_environment_variables": {"TOKEN": "hunter3"}, "messages": []}
        ]
    }
    parsed = read(
        {**agent, "blocks": [{"label": "human", "value": "Dana"}, {"label": "empty", "value": ""}], "tools": []}, "a.af"
    )
    assert list(texts(parsed).values()) == ["Dana"]
    assert "hunter" not in parsed.model_dump_json()


def test_an_entry_of_another_kind_costs_itself_alone() -> None:
    rows = [
        {"namespace": ["a"], "key": "k", "value": {"text": "Dana keeps bees."}},
        {"namespace": ["a"]},
        {"memory": 7},
        5,
    ]
    parsed = read(rows)
    assert [each.text for each in parsed.entries] == ["Dana keeps bees."]
    assert [(each.reason, each.count) for each in parsed.rejected] == [("It holds no text.", 3)]


@given(
    st.lists(ITEMS, min_size=1, max_size=4)
    | st.dictionaries(
        st.sampled_from(["results", "nodes", "agents", "blocks", "edges"]),
        st.lists(ITEMS, max_size=3) | ANYTHING,
        max_size=4,
    )
)
def test_nothing_that_looks_like_one_breaks_the_reader(document: Any) -> None:
    remembered(document)
    if isinstance(document, list):
        of_graph(document)
    with suppress(FormatError):
        read(document)


def test_what_is_added_again_is_there_once_and_what_changed_there_is_new_here(
    space: Memory, mount: Callable[..., Memory]
) -> None:
    items = [{"id": "m1", "memory": "Dana lives in Lisbon."}, {"id": "m2", "memory": "Dana sails."}]
    data = json.dumps(items)
    assert len(space.add_data(data, name="mem0.json").added) == 2
    assert space.add_data(data, name="mem0.json").added == ()
    items[0]["memory"] = "Dana lives in Porto."
    again = space.add_data(json.dumps(items), name="mem0.json")
    assert again.unchanged == 1


@pytest.mark.parametrize("name", ["known.txt", "known.md"])
@pytest.mark.parametrize("fence", ["```\n", ""])
def test_a_pasted_list_is_read_with_its_dates_and_headings(name: str, fence: str) -> None:
    parsed = parse(
        f"{fence}**Identity**\n[2026-03-01] - Dana is a potter.\n- [unknown] - Likes rum.\n{fence}", name=name
    )
    assert [(each.text, each.at and each.at.date().isoformat(), each.attributes) for each in parsed.entries] == [
        ("Dana is a potter.", "2026-03-01", {"heading": "Identity"}),
        ("Likes rum.", None, {"heading": "Identity"}),
    ]
    longer = parse("[2026-03-01] - Dana is a potter.\n[2026-05-01] - Has a boat.\n", name=name)
    assert longer.entries[0].id == parsed.entries[0].id


@pytest.mark.parametrize(
    "text",
    [
        "[x] - buy bread\n[ ] - mend the boat\n",  # things to do
        "See [2026] - a year of storms - for more.\n",
        "[link] - a site\n[other] - another\n",
        "[2026-03-01] - Dana is a potter.\n",  # one line may be anything
        "[12.03.2026, 10:11] - Anna: Hi\n[12.03.2026, 10:12] - Bo: Hello\n[12.03.2026, 10:14] - Anna: Well\n",
        "Notes\n\nThe kiln is fired on Mondays, and the glaze is mixed on the day before.\nIt is of ash.\n[2026-03-01] - a\n[2026-03-02] - b\n",
    ],
)
def test_what_is_not_such_a_list_is_not_taken_for_one(text: str) -> None:
    assert not looks_listed(text.split("\n")) or looks_like_log(text.split("\n"))
