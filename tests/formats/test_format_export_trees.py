"""Trees of messages of any shape: one path is kept, from a root to the end that was kept, and nothing is said twice."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from memos_graph.errors import FormatError
from memos_graph.formats import parse
from memos_graph.formats.exports.trees import kept_branch


@st.composite
def trees(draw: st.DrawFn) -> tuple[dict[str, str | None], str]:
    """Parents by id, each drawn among the nodes before it, and one of the ids."""
    count = draw(st.integers(1, 25))
    parents: dict[str, str | None] = {"n0": None}
    for number in range(1, count):
        parents[f"n{number}"] = f"n{draw(st.integers(0, number - 1))}"
    return parents, f"n{draw(st.integers(0, count - 1))}"


def path_to(parents: dict[str, str | None], end: str) -> list[str]:
    step: str | None = end
    path = []
    while step is not None:
        path.append(step)
        step = parents[step]
    return path[::-1]


def chatgpt(parents: dict[str, str | None], order: list[str], current: Any, *, by_children: bool) -> str:
    mapping = {}
    for id_ in order:
        message = {
            "id": id_,
            "author": {"role": "user"},
            "content": {"content_type": "text", "parts": [f"I am {id_}."]},
        }
        link = {"children": [c for c in order if parents[c] == id_]} if by_children else {"parent": parents[id_]}
        mapping[id_] = {"id": id_, "message": message, **link}
    return json.dumps([{"id": "c", "title": "t", "mapping": mapping, "current_node": current}])


@given(trees(), st.randoms(use_true_random=False), st.booleans())
def test_the_kept_branch_is_the_path_to_its_end(
    tree: tuple[dict[str, str | None], str], random: Any, by_children: bool
):
    parents, end = tree
    order = list(parents)
    random.shuffle(order)
    parsed = parse(chatgpt(parents, order, end, by_children=by_children), name="conversations.json")
    path = path_to(parents, end)
    if len(parents) > 1:
        assert [entry.id for entry in parsed.entries] == path
        assert sum(bad.count for bad in parsed.rejected) == len(parents) - len(path)
    assert {entry.id for entry in parsed.entries} <= set(parents)


@given(trees())
def test_without_a_named_end_it_is_the_one_written_last(tree: tuple[dict[str, str | None], str]):
    parents, _ = tree
    nodes = {id_: {"parent": parent} for id_, parent in parents.items()}
    ends = [id_ for id_ in parents if id_ not in set(parents.values())]
    for latest in ends:
        times = dict.fromkeys(parents, 1.0) | {latest: 2.0}
        if len(parents) > 1:
            assert kept_branch(nodes, None, times) == path_to(parents, latest)


@given(
    st.dictionaries(
        st.sampled_from("abcdef"),
        st.fixed_dictionaries(
            {},
            optional={
                "parent": st.one_of(st.none(), st.sampled_from("abcdefg"), st.integers()),
                "children": st.one_of(
                    st.none(), st.lists(st.one_of(st.sampled_from("abcdefg"), st.none()), max_size=4)
                ),
            },
        ),
        min_size=1,
    ),
    st.one_of(st.none(), st.sampled_from("abcdefg"), st.integers()),
)
def test_links_that_lead_in_circles_or_nowhere_end(nodes: dict[str, dict[str, Any]], current: Any):
    path = kept_branch(nodes, current, {})
    assert len(set(path)) == len(path)
    assert set(path) <= set(nodes)
    assert path


KEYS = st.sampled_from(
    [
        "mapping",
        "message",
        "messages",
        "content",
        "parts",
        "text",
        "role",
        "author",
        "name",
        "sender",
        "from",
        "value",
        "conversations",
        "chat",
        "history",
        "currentId",
        "current_node",
        "parent",
        "children",
        "id",
        "uuid",
        "ts",
        "type",
        "user",
        "user_profile",
        "timestamp",
        "at",
        "date",
        "channel",
        "participants",
        "chat_messages",
        "data",
        "kwargs",
        "chunkedPrompt",
        "chunks",
        "choices",
        "output",
        "input",
        "prompt",
        "completion",
        "header",
        "title",
        "time",
        "products",
        "details",
        "sessions",
        "versions",
        "currentlySelected",
        "responses",
        "conversation",
        "fragments",
        "attachments",
        "extracted_content",
        "date_unixtime",
        "subtype",
    ]
)
json_values = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(-(10**20), 10**20), st.floats(allow_nan=False), st.text(max_size=8)
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=4)),
    max_leaves=25,
)


@given(json_values, st.sampled_from(["a.json", "a.jsonl"]))
def test_json_of_any_shape_is_read_or_refused(document: Any, name: str):
    try:
        parsed = parse(json.dumps(document), name=name)
    except FormatError:
        return
    assert parsed.entries or parsed.rejected
