"""Whoever may write anything to the database changes no memory unseen: the check of the log names it, and no reader is given it."""

import os
import random
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from support.raw_graph import rows, unvouched

from memos_graph import IntegrityError, Memory, MemOS, Message, NotFoundError
from memos_graph.audit.adoption import adopt
from memos_graph.audit.verify import inspect
from memos_graph.graph.runner import Transaction
from memos_graph.graph.unit import current
from memos_graph.integrity import Integrity

# Edits of memory `c` by raw Cypher; `o` is another of the same space. Each is undone: its transaction never commits.
EDITS = {
    "text": "SET c.text = 'forged'",
    "text with its words": "SET c.text = 'forged', c.words = 'forged', c.context = 'forged'",
    "speaker": "SET c.speaker = 'Mallory'",
    "author": "SET c.created_by = 'mallory'",
    "source": "SET c.source = 'elsewhere'",
    "root": "SET c.root = 'elsewhere'",
    "id at its origin": "SET c.origin_id = 'another'",
    "tags": "SET c.tags = ['forged']",
    "a tag more": "SET c.tags = coalesce(c.tags, []) + 'x'",
    "when it was said": "SET c.said_at = datetime('2020-01-01T00:00:00Z')",
    "the offset it was said at": "SET c.said_at = datetime({datetime: c.said_at, timezone: '+05:00'})",
    "when it was written": "SET c.created_at = c.created_at - duration({days: 9})",
    "when it was changed": "SET c.updated_at = c.updated_at - duration({seconds: 1})",
    "valid_from": "SET c.valid_from = c.valid_from - duration({days: 400})",
    "valid_to": "SET c.valid_to = datetime('2024-01-01T00:00:00Z')",
    "expiry": "SET c.expires_at = c.expires_at - duration({days: 1})",
    "expiry asked for": "SET c.expires_set = datetime('2031-01-01T00:00:00Z')",
    "half-life": "SET c.half_life_days = 0.5",
    "state": "SET c.state = 'archived'",
    "frozen": "SET c.state = 'frozen'",
    "live": "SET c.live = false",
    "clearance": "SET c.clearance = c.clearance + 1",
    "sensitivity": "SET c.sensitivity = ['card']",
    "views": "SET c.views = ['a', 'b', 'c']",
    "secrets": "SET c.secrets = 'forged'",
    "priority": "SET c.priority = 9",
    "semantic type": "SET c.semantic_type = 'procedure'",
    "level": "SET c.level = 'session'",
    "origin": "SET c.origin = 'merged'",
    "memory type": "SET c.memory_type = 'parametric'",
    "version number": "SET c.version = 7",
    "a number as text": "SET c.priority = toString(c.priority)",
    "words": "SET c.words = 'forged'",
    "context": "SET c.context = coalesce(c.context, '') + ' forged'",
    "fingerprint": "SET c.fingerprint = 'forged'",
    "number of facts": "SET c.fact_count = 99",
    "vector": "SET c.embedding = [i IN range(0, 383) | 0.051]",
    "vector, one number": "SET c.embedding = [i IN range(0, 383) | c.embedding[i] + CASE i WHEN 7 THEN 0.01 ELSE 0.0 END]",
    "vector taken": "REMOVE c.embedding",
    "vector of other width": "SET c.embedding = [0.1, 0.2]",
    "vector of texts": "SET c.embedding = ['a', 'b']",
    "another's vector": "SET c.embedding = [x IN o.embedding | -x]",
    "space key": "SET c.space_key = 'forged'",
    "an added property": "SET c.extra = 'forged'",
    "a property of a strange type": "SET c.extra = point({x: 1, y: 2})",
    "digest": "SET c.digest = reverse(c.digest)",
    "digest taken": "REMOVE c.digest",
    "another's digest": "SET c.digest = o.digest, c.past_digest = o.past_digest",
    "a label taken": "REMOVE c:Plaintext",
    "a label given": "SET c:Parametric",
    "a label for another": "REMOVE c:Plaintext SET c:Activation",
    "a lineage edge taken": "WITH c MATCH (c)-[d:DERIVED_FROM|FROM]->() DELETE d",
    "a lineage edge made": "CREATE (c)-[:DERIVED_FROM {transform: 'extracted', at: datetime(), by: 'mallory'}]->(o)",
    "who derived it": "WITH c MATCH (c)-[d:DERIVED_FROM|FROM]->() SET d.by = 'mallory'",
    "its place in its source": "WITH c MATCH (c)-[f:FROM|DERIVED_FROM]->() SET f.position = 99",
    "a supersession made": "CREATE (c)-[:SUPERSEDES {at: datetime(), by: 'mallory'}]->(o)",
    "two facts said to be true": "CREATE (c)-[:STANDS_BESIDE {at: datetime(), by: 'mallory'}]->(o)",
    "a contradiction made": "CREATE (c)-[:CONTRADICTS {at: datetime(), by: 'mallory'}]->(o)",
    "a merge made": "CREATE (c)-[:MERGED_INTO {at: datetime(), by: 'mallory'}]->(o)",
    "a past derivation made": "CREATE (c)-[:WAS_DERIVED_FROM {at: datetime(), until: datetime()}]->(o)",
    "current version cut": "WITH c MATCH (c)-[v:CURRENT]->() DELETE v",
    "a concept more": "WITH c MATCH (k:Concept {space: c.space}) WHERE NOT EXISTS { (c)-[:MENTIONS]->(k) } "
    "WITH c, k LIMIT 1 CREATE (c)-[:MENTIONS {weight: 1.0}]->(k)",
    "concepts taken": "WITH c MATCH (c)-[m:MENTIONS]->() DELETE m",
    "a denial made": "MERGE (p:Principal {id: 'mallory'}) CREATE (p)-[:DENIED {actions: ['read']}]->(c)",
    "a grant on it made": "MERGE (p:Principal {id: 'mallory'}) CREATE (p)-[:GRANTED {actions: ['read']}]->(c)",
    "a view of a version": "WITH c MATCH (c)-[:CURRENT]->(v) SET v.views = ['a', 'b', 'c']",
    "a version's clearance": "WITH c MATCH (c)-[:CURRENT]->(v) SET v.clearance = 0 - 1",
    "a version's end": "WITH c MATCH (c)-[:CURRENT]->(v) SET v.known_to = datetime()",
    "a version out of the present": "WITH c MATCH (c)-[:CURRENT]->(v) SET v:PastVersion",
    "a past state made": "CREATE (c)-[:WAS]->(:PastState {cube: c.id, space: c.space, state: 'activated', live: true, "
    "known_from: datetime('2020-01-01T00:00:00Z'), known_to: datetime()})",
}
# These change what a memory was, not what it is: who reads the present is given that.
OF_THE_PAST = {
    "a view of a version", "a version's clearance", "a version's end", "a version out of the present", "a past state made",
}  # fmt: skip
# With these no search of the space answers at all: the database can't compare such vectors.
NO_ANSWER = {"vector of other width", "vector of texts"}
TRIALS = int(os.environ.get("MEMOS_TAMPER_TRIALS", str(len(EDITS))))
AT = datetime(2024, 5, 10, 9, tzinfo=UTC)


@pytest.fixture
def held(space: Memory) -> Memory:
    """A space with memories that have everything an edit could touch."""
    space.add(
        [
            Message(id="m1", speaker="Alice", text="Dana lives in Lisbon. Her card is 4111 1111 1111 1111.", at=AT),
            Message(id="m2", speaker="Bob", text="Dana keeps seven bees near the old chapel.", at=AT),
            Message(id="m3", speaker="Alice", text="The kiln in Porto is fired on Mondays.", at=AT),
        ],
        source="chat",
        tags=["home"],
    )
    return space


class _Undone(Exception):  # noqa: N818 - no failure
    """Ends a unit without a trace of it."""


def tampered(memos: MemOS, edit: str, cube: str, other: str, then: Callable[[Any], None]) -> None:
    """Have ``then`` look at the store as ``edit`` would leave it."""

    def work() -> None:
        unit = current.get()
        assert unit is not None
        found = unit.inner.run(
            f"CYPHER 25 MATCH (c:MemCube {{id: $cube}}), (o:MemCube {{id: $other}}) {edit}", cube=cube, other=other
        )
        assert found.consume().counters.contains_updates, edit
        then(Transaction(unit.inner).run)
        raise _Undone

    with pytest.raises(_Undone):
        memos._services.runner.unit(work)


def seen(space: Memory, cube: str) -> set[str]:
    """Return the ways of reading by which a principal is given a memory."""
    found = set()
    if any(each.id == cube for each in space.page(limit=200)):
        found.add("page")
    for question in ("Where does Dana live?", "Who keeps bees?", "When is the kiln fired?"):
        hits = space.search(question, limit=20).hits
        if any(cube in {hit.cube.id, hit.fact.id if hit.fact else ""} for hit in hits):
            found.add("search")
    for name, read in {"get": space.get, "history": space.history, "lineage": space.lineage}.items():
        try:
            read(cube)
            found.add(name)
        except (IntegrityError, NotFoundError):
            unit = current.get()
            assert unit is not None
            unit._doom = None
    if cube in "".join(space.export()):
        found.add("export")
    return found


@pytest.mark.timeout(300 + 3 * TRIALS)
def test_every_edit_of_a_memory_is_found_by_the_check_and_by_who_reads_it(
    memos: MemOS, held: Memory, capsys: pytest.CaptureFixture[str]
) -> None:
    seed = int(os.environ.get("MEMOS_TAMPER_SEED") or random.SystemRandom().randrange(2**32))
    chosen, unseen, given = random.Random(seed), [], []
    ids = [each.id for each in held.page(limit=200)]
    assert len(ids) >= 6
    for trial in range(TRIALS):
        kind = list(EDITS)[trial % len(EDITS)]
        cube, other = chosen.sample(ids, 2)

        def look(read: Any, kind: str = kind, cube: str = cube) -> None:
            services = memos._services
            if inspect(read, services.audit.chain, services.seals, held.space).whole:
                unseen.append((kind, cube))
            if kind in NO_ANSWER:
                return
            ways = seen(held, cube) - ({"page", "search", "get", "export", "lineage"} if kind in OF_THE_PAST else set())
            if ways:
                given.append((kind, sorted(ways)))

        tampered(memos, EDITS[kind], cube, other, look)
    with capsys.disabled():
        sys.stdout.write(f"\n{TRIALS} edits of {len(EDITS)} kinds, seed {seed}: {TRIALS - len(unseen)} found\n")
    assert unseen == []
    assert given == []
    memos._services.audit.flush()
    assert held.audit.verify().whole


@pytest.mark.tampers
def test_what_is_held_back_is_told_once_in_the_log_and_counted_in_the_answer(memos: MemOS, held: Memory) -> None:
    victim = next(each.id for each in held.page(level="whole") if "kiln" in each.text)
    rows(memos, "MATCH (c:MemCube {id: $c}) SET c.speaker = 'Mallory'", c=victim)
    for _ in range(3):
        found = held.search("When is the kiln fired?")
        assert found.withheld >= 1
        assert victim not in {hit.cube.id for hit in found.hits}
    with pytest.raises(IntegrityError, match=f"'{victim}' was changed outside memos-graph"):
        held.get(victim)
    memos._services.audit.flush()
    told = [entry for entry in held.log(limit=200) if entry.action == "withheld"]
    assert len(told) == 1
    assert victim in {broken.cube for broken in held.audit.verify().broken}


@pytest.mark.tampers
def test_an_act_does_not_vouch_for_an_edit_and_a_delete_ends_it(memos: MemOS, held: Memory) -> None:
    victim = next(each.id for each in held.page(level="whole") if "kiln" in each.text)
    rows(memos, "MATCH (c:MemCube {id: $c}) SET c.created_by = 'mallory'", c=victim)
    with pytest.raises(IntegrityError):
        held.update(victim, text="The kiln in Porto is fired on Tuesdays.", reason="moved")
    held.set(victim, priority=3)
    held.archive(victim)
    assert victim in unvouched(memos)
    with pytest.raises(IntegrityError):
        held.get(victim)
    held.delete(victim, reason="not ours")
    assert victim not in unvouched(memos)
    assert held.audit.verify().whole


@pytest.mark.tampers
def test_a_search_that_was_kept_is_checked_too(memos: MemOS, held: Memory) -> None:
    first = held.search("When is the kiln fired?").hits[0].cube.id
    assert held.search("When is the kiln fired?").cached
    rows(memos, "MATCH (c:MemCube {id: $c}) SET c.text = 'forged'", c=first)
    again = held.search("When is the kiln fired?")
    assert first not in {hit.cube.id for hit in again.hits}
    assert again.withheld


@pytest.mark.tampers
def test_a_page_is_filled_past_what_is_held_back(memos: MemOS, held: Memory) -> None:
    ids = [each.id for each in held.page(limit=200)]
    rows(memos, "UNWIND $ids AS id MATCH (c:MemCube {id: id}) SET c.live = NOT c.live", ids=ids[:2])
    assert [each.id for each in held.page(limit=3)] == ids[2:5]


@pytest.mark.tampers
def test_memories_of_an_earlier_release_are_vouched_for_once(
    memos: MemOS, held: Memory, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    services, seen_here = memos._services, tmp_path / "audit" / "vouched"
    integrity = services.runner.vouching
    assert isinstance(integrity, Integrity)

    def opened() -> int:
        rows(memos, "MATCH (c:MemCube {space: $s}) REMOVE c.digest, c.past_digest", s=held.space)
        rows(memos, "MATCH (s:Store) REMOVE s.vouched")
        adopt(services.runner, integrity, services.audit.chain, services.keyring, seen_here)
        return len(held.page())

    assert opened() >= 6
    assert [entry.detail for entry in held.log() if entry.action == "vouch"]
    assert held.audit.verify().whole
    # Whoever takes the sign away has nothing vouched for a second time, on a machine that has seen it.
    assert opened() == 0
    assert "changed outside memos-graph" in caplog.text
    seen_here.unlink()
    assert opened() >= 6


@pytest.mark.tampers
def test_an_older_state_of_one_memory_put_back_whole_is_found(memos: MemOS, held: Memory) -> None:
    victim = held.page(level="whole")[0].id
    rows(memos, "MATCH (c:MemCube {id: $c}) CREATE (kept:Kept) SET kept = properties(c)", c=victim)
    held.set(victim, tags=["private"], priority=3)
    assert held.audit.verify().whole
    rows(memos, "MATCH (c:MemCube {id: $c}), (kept:Kept {id: $c}) SET c = properties(kept) DELETE kept", c=victim)
    assert held.get(victim).descriptive.tags == ("home",)  # it carries a digest of its own: what is read can't tell
    told = [broken.what for broken in held.audit.verify().broken]
    assert told == ["A memory was put back to an older state, taken away or brought back."]
    held.add("Another memory.")
    assert not held.audit.verify().whole
