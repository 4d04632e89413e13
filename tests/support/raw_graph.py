"""What the tests read straight from the graph, past the package, and the parts of the package on another connection."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from neo4j import Driver

from memos_graph import Memory, MemOS
from memos_graph.audit import AuditLog
from memos_graph.governance import MemGovernance
from memos_graph.graph.runner import Observer, Runner
from memos_graph.ingest.ingest import Ingest
from memos_graph.integrity import Integrity
from memos_graph.integrity.vouching import pages
from memos_graph.lifecycle.lifecycle import MemLifecycle
from memos_graph.search.operator import MemOperator
from memos_graph.services import Services
from memos_graph.vault.vault import MemVault

# What two stores of the same messages differ in.
_PASSING: Final = {
    "id",
    "space",
    "space_key",
    "identity",
    "created_at",
    "updated_at",
    "known_from",
    "cube",
    "at",
    "by",
    "created_by",
    "last",
    "embedding",
    "last_vector",
    "digest",
    "past_digest",
}

_NODES: Final = "MATCH (n) WHERE n.space = $space RETURN elementId(n) AS key, labels(n) AS labels, properties(n) AS p"
_EDGES: Final = """
MATCH (a)-[r]->(b) WHERE a.space = $space AND b.space = $space AND NOT a:AuditEvent
RETURN elementId(a) AS start, type(r) AS type, properties(r) AS p, elementId(b) AS end
"""


def rows(memos: MemOS, statement: str, /, **params: object) -> list[dict[str, Any]]:
    """Run any statement; one dictionary a row."""
    found = memos.driver.execute_query(statement, dict(params), database_=memos.endpoint.database)
    return [record.data() for record in found.records]


def value(memos: MemOS, statement: str, /, **params: object) -> Any:
    """Return the one value of a statement's one row."""
    (row,) = rows(memos, statement, **params)
    (only,) = row.values()
    return only


def derive(memos: MemOS, made: str, origin: str) -> None:
    """Link a memory to what it was made from, as the product links what it makes of several."""
    statement = """
    MATCH (made:MemCube {id: $made}), (origin:MemCube {id: $origin})
    CREATE (made)-[:DERIVED_FROM {transform: 'merged', at: datetime(), by: 'test'}]->(origin)
    RETURN 1
    """
    assert value(memos, statement, made=made, origin=origin) == 1
    integrity = memos._services.runner.vouching
    assert isinstance(integrity, Integrity)
    integrity.vouch_anew(memos._services.runner, [made])


def leave_engines(memos: MemOS, principal: str) -> None:
    """Let nothing of a principal's spaces wait for an engine that ended with the test."""
    waiting = "MATCH (j:Job {state: 'waiting'}) WHERE j.space STARTS WITH $name DETACH DELETE j"
    rows(memos, waiting, name=f"{principal}/")


def nodes_of(memos: MemOS, space: str) -> int:
    """Count all that a space holds but its log and its bill."""
    counted = "MATCH (n) WHERE n.space = $space AND NOT n:AuditEvent AND NOT n:CostEntry RETURN count(n)"
    return int(value(memos, counted, space=space))


def shape(memos: MemOS, space: str) -> Counter[str]:
    """Return everything a space holds but its log and its bill, without what differs from run to run: ids, keys and clocks."""
    named: dict[str, str] = {}
    for row in rows(memos, _NODES, space=space):
        if not {"AuditEvent", "CostEntry"} & set(row["labels"]):
            kept = sorted((k, str(v)) for k, v in row["p"].items() if k not in _PASSING)
            own = row["p"]["id"] if "Source" in row["labels"] else ""
            named[row["key"]] = f"{sorted(row['labels'])} {own} {kept}"
    found = Counter(named.values())
    for row in rows(memos, _EDGES, space=space):
        kept = sorted((k, str(v)) for k, v in row["p"].items() if k not in _PASSING)
        found[f"{named[row['start']]} -{row['type']} {kept}-> {named[row['end']]}"] += 1
    return found


def holders(memos: MemOS, *words: str) -> list[str]:
    """Return ``labels.property`` of every node and relationship of the database with one of ``words`` in any property."""
    wanted = [word.lower() for word in words]
    found = rows(
        memos,
        """
        CALL () {
          MATCH (n) RETURN labels(n) AS labels, properties(n) AS p
          UNION ALL
          MATCH ()-[r]->() RETURN [type(r)] AS labels, properties(r) AS p
        }
        UNWIND keys(p) AS key
        WITH labels, key, p[key] AS value
        WHERE NOT key IN ['embedding', 'last_vector']
        WITH labels, key, toLower(reduce(all = '', each IN CASE WHEN value IS :: LIST<ANY> THEN value
             ELSE [value] END | all + ' ' + coalesce(toStringOrNull(each), ''))) AS text
        WHERE any(word IN $words WHERE text CONTAINS word)
        RETURN DISTINCT labels, key
        """,
        words=wanted,
    )
    return sorted(f"{'+'.join(row['labels'])}.{row['key']}" for row in found)


def services_like(
    memos: MemOS, *, driver: Driver | None = None, observe: Observer | None = None, **settings: object
) -> Services:
    """Return parts like those of ``memos``, on another connection, watched, or set otherwise; the model is shared."""
    ours = memos._services
    chosen = ours.settings.model_copy(update=settings)
    runner = Runner(driver or memos.driver, memos.endpoint.database, observe=observe, vouching=ours.runner.vouching)
    governance, audit = MemGovernance(runner), AuditLog(runner, chosen, ours.audit.chain)
    operator = MemOperator(runner, ours.embedder, audit, chosen)
    runner.when_changed += [operator.follow, *ours.runner.when_changed[1:]]
    vault = MemVault(runner, governance, audit)
    return replace(
        ours,
        settings=chosen,
        runner=runner,
        governance=governance,
        audit=audit,
        vault=vault,
        ingest=Ingest(
            runner, governance, vault, ours.embedder, ours.extractor, ours.detector, batch=chosen.ingest_batch
        ),
        operator=operator,
        lifecycle=MemLifecycle(runner, governance, audit, ours.embedder, ours.extractor),
    )


def mounted(services: Services, space: Memory, principal: str | None = None) -> Memory:
    """Mount a space on other parts, by default as who mounted it before."""
    who = principal or space.principal
    return Memory(services, services.governance.open_space(space.space, who), who)


_VOUCHED: Final = "MATCH (c:MemCube) WHERE c.id > $since RETURN c.id AS id ORDER BY id"


def unvouched(memos: MemOS, *, since: str = "") -> list[str]:
    """Return the memories, of those made after ``since``, that are not as their digests say."""
    ours, integrity = memos._services.runner, memos._services.runner.vouching
    assert isinstance(integrity, Integrity)
    ids = [row["id"] for row in rows(memos, _VOUCHED, since=since)]
    said = [
        row
        for page in pages(ids)
        for row in ours.read("integrity/said", cubes=list(page), probe=integrity.digests.probe)
    ]
    return [row["present"]["id"] for row in said if integrity.broken(row)]


_GOVERNED: Final = """
CALL () {
  MATCH (n:Space) WHERE n.created_at >= $since RETURN n.id AS id
  UNION
  MATCH (n:Principal) WHERE n.created_at >= $since RETURN n.id AS id
}
RETURN id ORDER BY id
"""


def ungoverned(memos: MemOS, *, since: datetime) -> list[str]:
    """Return what is not as the digests say of the spaces and principals made after ``since``."""
    integrity = memos._services.runner.vouching
    assert isinstance(integrity, Integrity)
    ids = [row["id"] for row in rows(memos, _GOVERNED, since=since)]
    said = [row for page in pages(ids) for row in memos._services.runner.read("integrity/governing", ids=list(page))]
    return [f"{row['id']}: {part}" for row in said for part in integrity.changed_parts(row)]


def revouch(memos: MemOS) -> None:
    """Vouch for all memories as they stand: for tests that set up by hand what they are not about."""
    integrity = memos._services.runner.vouching
    assert isinstance(integrity, Integrity)
    for page in pages(unvouched(memos)):
        integrity.vouch_anew(memos._services.runner, page)
    left = {each.rsplit(": ", 1)[0] for each in ungoverned(memos, since=datetime.min.replace(tzinfo=UTC))}
    for page in pages(sorted(left)):
        integrity.govern_anew(memos._services.runner, page)


_INSIDE: Final = "MATCH (n) WHERE n.space = $space OR (n:Space AND n.id = $space)"


def copy_of(memos: MemOS, space: str) -> dict[str, Any]:
    """Return all there is of a space, as a backup of the database holds it."""
    memos._services.audit.flush()  # an event that came in between would be in the copy, and not at the end of its log
    nodes = f"{_INSIDE} RETURN elementId(n) AS key, labels(n) AS labels, properties(n) AS p"
    edges = f"""{_INSIDE} MATCH (n)-[r]-() WITH DISTINCT r
        RETURN elementId(startNode(r)) AS start, type(r) AS type, properties(r) AS p, elementId(endNode(r)) AS end"""
    others = f"{_INSIDE} MATCH (n)<--(p:Principal) RETURN DISTINCT properties(p) AS p"
    return {
        "space": space,
        "nodes": rows(memos, nodes, space=space),
        "edges": rows(memos, edges, space=space),
        "others": rows(memos, others, space=space),
    }


def put_back(memos: MemOS, copy: dict[str, Any]) -> None:
    """Put a space back as ``copy_of`` found it, past the package: an older copy of the database, as far as it goes."""
    memos._services.audit.flush()  # nothing is recorded while the space is not there
    rows(memos, f"{_INSIDE} DETACH DELETE n", space=copy["space"])
    rows(
        memos,
        "UNWIND $nodes AS each CREATE (n:$(each.labels)) SET n = each.p, n.copied = each.key",
        nodes=copy["nodes"],
    )
    rows(
        memos,
        """
        UNWIND $edges AS each
        CALL (each) {
          MATCH (a) WHERE CASE WHEN each.start IN $keys THEN a.copied = each.start ELSE elementId(a) = each.start END
          MATCH (b) WHERE CASE WHEN each.end IN $keys THEN b.copied = each.end ELSE elementId(b) = each.end END
          CREATE (a)-[r:$(each.type)]->(b) SET r = each.p
        }
        """,
        edges=copy["edges"],
        keys=[each["key"] for each in copy["nodes"]],  # an id of a node that is gone may be another's by now
    )
    rows(memos, "MATCH (n) WHERE n.copied IS NOT NULL REMOVE n.copied")
    others = "UNWIND $others AS each MATCH (p:Principal {id: each.p.id}) SET p = each.p"
    rows(memos, others, others=copy["others"])
    revouch(
        memos
    )  # what is read and written again through the driver is not the same to the last bit, as a whole store is
