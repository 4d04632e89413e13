"""The schema: applied once, found complete or not, and a store that is not ours left as it is."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from support.raw_graph import revouch, rows

from memos_graph import Memory, MemOS, Message
from memos_graph.cypher import names, query
from memos_graph.errors import DimensionError, MemosError, SchemaError, StoreVersionError
from memos_graph.graph import schema
from memos_graph.graph.runner import Runner

OURS = {"embedder": "all-MiniLM-L6-v2", "dimensions": 384}
VECTORS = {"cube_vector": "MemCube", "concept_vector": "Concept", "version_vector": "PastVersion"}
OLD_OPTIONS = "OPTIONS {indexConfig: {`vector.dimensions`: 384, `vector.similarity_function`: 'cosine'}}"
OWN_INDEXES = (
    "activation_space",
    "event_request",
    "event_at",
    "job_space",
    "job_state",
    "run_space",
    "parametric_space",
    "cube_expires",
)
INDEXES = "SHOW INDEXES YIELD id, name, type, state, labelsOrTypes, properties RETURN * ORDER BY name"

pytestmark = pytest.mark.alone  # it takes indexes away, and the mark of the store


@pytest.fixture
def marker(memos: MemOS) -> Iterator[dict[str, object]]:
    """The store's mark, put back as it was when the test ends."""
    (kept,) = rows(memos, "MATCH (s:Store {id: 'memos-graph'}) RETURN s {.*} AS mark")
    yield dict(kept["mark"])
    rows(memos, "MERGE (s:Store {id: 'memos-graph'}) SET s = $mark", mark=kept["mark"])


@pytest.fixture
def seen() -> list[str]:
    """Names of the statements that were run."""
    return []


@pytest.fixture
def runner(memos: MemOS, seen: list[str]) -> Runner:
    return Runner(memos.driver, memos.endpoint.database, observe=lambda name, _: seen.append(name))


def test_the_store_is_complete_and_marked(runner: Runner, marker: dict[str, object]) -> None:
    assert schema.missing(runner) == []
    assert marker.pop("keys")
    assert marker.pop("serial")
    assert marker.pop("vouched")
    assert marker.pop("signer")
    assert marker == {"id": "memos-graph", "version": schema.VERSION, **OURS}
    found = {index.name: index for index in schema.indexes(runner)}
    assert {"cube_vector", "cube_text", "cube_id", "concept_vector", "event_key"} <= set(found)
    assert {index.state for index in found.values()} == {"ONLINE"}
    assert found["cube_vector"].kind == "VECTOR"
    assert all(index.populated_percent == 100 for index in found.values())


def test_applying_it_again_only_reads(runner: Runner, seen: list[str], memos: MemOS) -> None:
    before = rows(memos, INDEXES)
    schema.apply(runner, embedder="all-MiniLM-L6-v2", dimensions=384)
    assert seen == ["schema/labels", "schema/read_store"]
    assert rows(memos, INDEXES) == before


def test_an_unmarked_store_is_brought_to_the_same_schema(
    runner: Runner, marker: dict[str, object], memos: MemOS
) -> None:
    before = rows(memos, INDEXES)
    rows(memos, "MATCH (s:Store) DELETE s")
    schema.apply(runner, embedder="all-MiniLM-L6-v2", dimensions=384)
    assert rows(memos, INDEXES) == before
    del marker["keys"], marker["serial"], marker["vouched"], marker["signer"]  # which opening MemOS binds
    assert rows(memos, "MATCH (s:Store) RETURN s {.*} AS mark") == [{"mark": marker}]


def test_a_lost_index_is_named_and_made_again(runner: Runner, marker: dict[str, object], memos: MemOS) -> None:
    rows(memos, "DROP INDEX event_request")
    assert schema.missing(runner) == ["event_request"]
    rows(memos, "MATCH (s:Store) DELETE s")
    schema.apply(runner, embedder="all-MiniLM-L6-v2", dimensions=384)
    assert schema.missing(runner) == []


def test_several_processes_may_bring_a_new_store_to_the_schema_at_once(
    runner: Runner, marker: dict[str, object], memos: MemOS
) -> None:
    for _ in range(3):
        for name in OWN_INDEXES:
            rows(memos, f"DROP INDEX {name}")
        rows(memos, "MATCH (s:Store) DELETE s")
        with ThreadPoolExecutor(4) as pool:
            begun = [pool.submit(schema.apply, runner, embedder="all-MiniLM-L6-v2", dimensions=384) for _ in range(4)]
        assert [each.exception() for each in begun] == [None] * 4
        assert schema.missing(runner) == []
    assert rows(memos, "MATCH (s:Store) RETURN s.version AS version") == [{"version": schema.VERSION}]


def test_a_store_of_version_4_gets_its_vector_indexes_anew_and_keeps_its_memories(
    runner: Runner, marker: dict[str, object], memos: MemOS, space: Memory
) -> None:
    (kept,) = space.add("Ada keeps bees behind the chapel.").added
    for name, label in VECTORS.items():
        rows(memos, f"DROP INDEX {name}")
        rows(memos, f"CREATE VECTOR INDEX {name} FOR (n:{label}) ON (n.embedding) {OLD_OPTIONS}")
    rows(memos, "MATCH (s:Store) SET s.version = 4")
    schema.apply(runner, embedder="all-MiniLM-L6-v2", dimensions=384)
    assert rows(memos, "MATCH (s:Store) RETURN s.version AS version") == [{"version": schema.VERSION}]
    found = rows(memos, "SHOW VECTOR INDEXES YIELD name, state, options, properties")
    assert {row["name"] for row in found} == set(VECTORS)
    for row in found:
        assert row["state"] == "ONLINE"
        assert "space" in row["properties"]
        assert row["options"]["indexConfig"]["vector.default_search_expansion_factor"] == 1.0
    assert [hit.cube.id for hit in space.search("Who keeps bees?").hits] == [kept]


def test_a_store_of_version_5_gets_own_words_beside_those_before_them(
    runner: Runner, marker: dict[str, object], memos: MemOS, space: Memory
) -> None:
    kept = space.add([Message(text="Ada keeps bees."), Message(text="The of\ufb01ce closes at four on Fridays.")]).added
    rows(memos, "DROP INDEX cube_text")
    rows(memos, "CREATE FULLTEXT INDEX cube_text FOR (n:MemCube) ON EACH [n.context, n.secrets, n.space_key]")
    rows(memos, "MATCH (c:MemCube) REMOVE c.words, c.fact_count")
    rows(memos, "MATCH (s:Store) SET s.version = 5")
    schema.apply(runner, embedder="all-MiniLM-L6-v2", dimensions=384)
    assert rows(memos, "MATCH (s:Store) RETURN s.version AS version") == [{"version": schema.VERSION}]
    (index,) = rows(memos, "SHOW FULLTEXT INDEXES YIELD name, properties WHERE name = 'cube_text' RETURN properties")
    assert set(index["properties"]) == {"words", "context", "secrets", "space_key"}
    found = rows(
        memos,
        "UNWIND $ids AS id MATCH (c:MemCube {id: id}) RETURN c.words AS words, c.fact_count AS facts",
        ids=list(kept),
    )
    assert found == [
        {"words": "Ada keeps bees.", "facts": 1},
        {"words": "The office closes at four on Fridays.", "facts": 1},
    ]
    revouch(memos)
    assert space.search("office").hits[0].cube.id == kept[1]


@pytest.mark.parametrize(
    ("store", "embedder", "dimensions", "error"),
    [
        ({"version": schema.VERSION + 1}, "all-MiniLM-L6-v2", 384, StoreVersionError),
        ({"version": 2}, "all-MiniLM-L6-v2", 384, StoreVersionError),
        ({}, "all-MiniLM-L6-v2", 768, DimensionError),
        ({}, "another-model", 384, SchemaError),
        ({"embedder": "another-model", "dimensions": 1024}, "all-MiniLM-L6-v2", 384, DimensionError),
    ],
    ids=["newer store", "older store", "other dimension", "other embedder", "store of another embedder"],
)
def test_a_store_that_is_not_ours_is_refused_and_left_alone(
    runner: Runner,
    seen: list[str],
    marker: dict[str, object],
    memos: MemOS,
    store: dict[str, object],
    embedder: str,
    dimensions: int,
    error: type[MemosError],
) -> None:
    rows(memos, "MATCH (s:Store) SET s += $store", store=store)
    before = rows(memos, INDEXES)
    with pytest.raises(error) as caught:
        schema.apply(runner, embedder=embedder, dimensions=dimensions)
    assert type(caught.value) is error
    assert caught.value.hint
    assert seen == ["schema/labels", "schema/read_store"]
    assert rows(memos, INDEXES) == before
    assert rows(memos, "MATCH (s:Store) RETURN s {.*} AS mark") == [{"mark": marker | store}]


def test_a_new_store_knows_every_name_that_statements_use(memos: MemOS) -> None:
    """A statement planned without knowing one is planned again once it is there, which takes longer than most statements do."""
    text = query("schema/name_tokens").text
    labels, types, properties = (set(re.findall(r"'(\w+)'", part)) for part in text.split("CALL")[:3])
    used_labels, used_types = set(), set()
    for name in names():
        statement = re.sub(r"//.*", "", query(name).text)
        used_labels |= set(re.findall(r":([A-Z][a-z]\w*)", statement))
        used_types |= {each for found in re.findall(r"\[\w*:([A-Z_|]+)\b", statement) for each in found.split("|")}
    assert used_labels - {"Listing", "Contract"} == labels
    assert used_types == types
    # Labels and types are listed once something has them, property keys once they are known.
    assert properties <= {row["propertyKey"] for row in rows(memos, "CALL db.propertyKeys()")}
