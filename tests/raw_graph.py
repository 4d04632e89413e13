"""What the tests read straight from the graph, past the package, and the parts of the package on another connection."""

from collections import Counter
from dataclasses import replace
from typing import Any, Final

from neo4j import Driver

from memos_graph import Memory, MemOS
from memos_graph.graph.runner import Observer, Runner
from memos_graph.infrastructure.audit import AuditLog
from memos_graph.infrastructure.governance import MemGovernance
from memos_graph.infrastructure.vault import MemVault
from memos_graph.operation.lifecycle import MemLifecycle
from memos_graph.operation.operator import MemOperator
from memos_graph.operation.services import Services

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


def nodes_of(memos: MemOS, space: str) -> int:
    """Count all that a space holds but its log."""
    return int(value(memos, "MATCH (n) WHERE n.space = $space AND NOT n:AuditEvent RETURN count(n)", space=space))


def shape(memos: MemOS, space: str) -> Counter[str]:
    """Return everything a space holds but its log, without what differs from run to run: ids, keys and clocks."""
    named: dict[str, str] = {}
    for row in rows(memos, _NODES, space=space):
        if "AuditEvent" not in row["labels"]:
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
    ours = memos.services
    chosen = ours.settings.model_copy(update=settings)
    runner = Runner(driver or memos.driver, memos.endpoint.database, observe=observe)
    governance, audit = MemGovernance(runner), AuditLog(runner, chosen, ours.audit.chain)
    return replace(
        ours,
        settings=chosen,
        runner=runner,
        governance=governance,
        audit=audit,
        vault=MemVault(runner, governance, audit),
        operator=MemOperator(runner, ours.embedder, audit, chosen),
        lifecycle=MemLifecycle(runner, governance, audit, ours.embedder, ours.extractor),
    )


def mounted(services: Services, space: Memory, principal: str | None = None) -> Memory:
    """Mount a space on other parts, by default as who mounted it before."""
    who = principal or space.principal
    return Memory(services, services.governance.open_space(space.space, who), who)
