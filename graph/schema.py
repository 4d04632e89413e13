"""Applies the schema: constraints and indexes, idempotently, with a version kept in the store.

``VERSION`` grows by one with each change that an older release could not read; ``_MIGRATIONS`` then holds the named
statements that lead there. A store of a newer version, or made with another embedder, is refused before anything is
touched.
"""

import logging
from dataclasses import dataclass

from memos_graph.cypher import names, query
from memos_graph.errors import DimensionError, SchemaError, StoreVersionError
from memos_graph.graph.rows import Row
from memos_graph.graph.runner import Runner

VERSION = 9

_log = logging.getLogger(__name__)

# An older store's log has other hashes, and its vectors hold what is sensitive.
_OLDEST = 4
# From a version to the statements that lead to the next one; indexes and constraints come by themselves.
_MIGRATIONS: dict[int, tuple[str, ...]] = {
    4: ("migrations/drop_cube_vector", "migrations/drop_concept_vector", "migrations/drop_version_vector"),
    5: ("migrations/drop_cube_text", "migrations/own_words"),
    6: ("migrations/annotations",),  # and memories are vouched for when the store is opened (integrity)
    7: (),  # an index of memories that came in bundles; and an older release takes heat for a change past it
    8: (),  # sums of costs
}
# Indexes of a large store are built anew for minutes; those of an empty one are there at once.
_REBUILT_WITHIN_S = 3600


@dataclass(frozen=True)
class IndexState:
    """One index as the server reports it; ``state`` is ONLINE when it can be used."""

    name: str
    kind: str
    state: str
    populated_percent: float


def statements() -> list[str]:
    """Names of every schema statement, constraints before indexes of the same label by file name."""
    return [name for name in names() if name.startswith("schema/") and query(name).mode == "schema"]


def _refuse_foreign(store: Row, embedder: str, dimensions: int) -> None:
    if store["version"] > VERSION:
        raise StoreVersionError(
            f"The store has schema version {store['version']}; this release reads up to {VERSION}.",
            hint="Install the release that wrote it, or a later one.",
        )
    if store["version"] < _OLDEST:
        raise StoreVersionError(
            f"The store has schema version {store['version']}; this release reads {_OLDEST} to {VERSION}: "
            "before that, what is sensitive was not kept apart, and the log was chained otherwise.",
            hint="Ingest the sources into a new store (MEMOS_HOME), or go on with the release that wrote this one.",
        )
    if store["dimensions"] != dimensions:
        raise DimensionError(
            f"The store holds embeddings of {store['dimensions']} numbers by '{store['embedder']}'; "
            f"'{embedder}' makes {dimensions}.",
            hint="Set MEMOS_EMBEDDER back, or ingest into a new store.",
        )
    if store["embedder"] != embedder:
        raise SchemaError(
            f"The store's embeddings were made by '{store['embedder']}', not by '{embedder}': distances would mean nothing.",
            hint="Set MEMOS_EMBEDDER back, or ingest into a new store.",
        )


def apply(runner: Runner, *, embedder: str, dimensions: int, timeout_s: int = 120) -> None:
    """Bring the store to ``VERSION`` and wait until every index is online.

    * Does nothing but one read when the store is already there.
    * Raises ``StoreVersionError``, ``DimensionError`` or ``SchemaError`` when the store is not ours to change.
    """
    store = runner.read_one("schema/read_store") if "Store" in _labels(runner) else None
    if store is not None:
        _refuse_foreign(store, embedder, dimensions)
        if store["version"] == VERSION:
            return
        _log.warning(
            "The store is brought from schema version %s to %s; a large one takes minutes.", store["version"], VERSION
        )
        for name in (name for version in range(store["version"], VERSION) for name in _MIGRATIONS[version]):
            (runner.schema if query(name).mode == "schema" else runner.write)(name)
    runner.write("schema/name_tokens")
    for name in statements():
        runner.schema(name, **({"dimensions": dimensions} if query(name).params else {}))
    within_s = timeout_s if store is None else _REBUILT_WITHIN_S
    runner.read("schema/await_indexes", timeout=within_s)
    broken = [index.name for index in indexes(runner) if index.state != "ONLINE"]
    if broken:
        raise SchemaError(
            f"These indexes did not come online in {within_s} s: {', '.join(broken)}.", hint="See `memos doctor`."
        )
    runner.write("schema/write_store", version=VERSION, embedder=embedder, dimensions=dimensions)


def _labels(runner: Runner) -> set[str]:
    return {row["label"] for row in runner.read("schema/labels")}


def indexes(runner: Runner) -> list[IndexState]:
    """Every index of the database, as ``memos doctor`` shows them."""
    return [
        IndexState(row["name"], row["kind"], row["state"], row["populated_percent"])
        for row in runner.read("schema/indexes")
    ]


def missing(runner: Runner) -> list[str]:
    """Names of the indexes and constraints that should be there and are not."""
    present = {index.name for index in indexes(runner)}
    return [name for name in (s.rsplit("/", 1)[-1] for s in statements()) if name not in present]
