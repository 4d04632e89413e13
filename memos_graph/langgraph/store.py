"""The documents of a mounted space as a store of LangGraph: each item is a memory, under the grants of who mounted the space."""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import chain, islice
from typing import Any

from langgraph.store.base import (
    BaseStore,
    GetOp,
    Item,
    ListNamespacesOp,
    Op,
    PutOp,
    Result,
    SearchItem,
    SearchOp,
    TTLConfig,
    validate_op_namespace,
)

from memos_graph.acting import Memory
from memos_graph.errors import InputError, NotFoundError
from memos_graph.langgraph.matching import check_filter, matches, passes
from memos_graph.lifecycle.documents import DocumentWrite
from memos_graph.memcube.documents import DocumentPlace
from memos_graph.memory.documents import Document
from memos_graph.search.reader import MOST_HITS

_MOST = 10**9


class MemosStore(BaseStore):
    """Long-term memory of LangGraph's agents, kept in one space.

    ``ttl`` is how long items live unless ``put`` says it, in minutes, and whether reading one lets that begin anew: where the
    principal may write. What has ended is not found any more at that moment; ``sweep_interval_minutes`` has no effect, since
    ``memos up`` sweeps by itself.
    """

    supports_ttl = True

    def __init__(self, space: Memory, *, ttl: TTLConfig | None = None) -> None:
        self._documents = space.documents
        self.ttl_config = ttl

    def batch(self, ops: Iterable[Op]) -> list[Result]:
        """Do several operations; returns their results in order.

        Reading sees what stood before the batch. Then all that is put is written in one transaction, or nothing of it; of several
        puts in one place the last counts.
        """
        given = list(ops)
        for op in given:
            _check(op)
        results = [self._read(op) for op in given]
        writes = [_write(op) for op in given if isinstance(op, PutOp)]
        if writes:
            self._documents.write(writes)
        return results

    async def abatch(self, ops: Iterable[Op]) -> list[Result]:
        """Do several operations, as ``batch`` does, on a thread of their own."""
        return await asyncio.to_thread(self.batch, list(ops))

    def _read(self, op: Op) -> Result:
        if isinstance(op, GetOp):
            return self._get(op)
        if isinstance(op, SearchOp):
            return self._search(op)
        if isinstance(op, ListNamespacesOp):
            return self._namespaces(op)
        return None

    def _get(self, op: GetOp) -> Item | None:
        try:
            found = self._documents.get(op.namespace, op.key, refresh_ttl=op.refresh_ttl)
        except NotFoundError:
            return None
        return Item(**_fields(found))

    def _search(self, op: SearchOp) -> list[SearchItem]:
        if not op.limit:
            return []
        passing = partial(filter, lambda each: passes(each.value, op.filter))
        if op.query and op.query.strip():
            most = MOST_HITS if op.filter else min(MOST_HITS, op.offset + op.limit)
            best = self._documents.search(op.query, op.namespace_prefix, limit=most)
            rest = self._others(op.namespace_prefix, {each.cube for each in best})
            found = islice(passing(chain(best, rest)), op.offset, op.offset + op.limit)
        elif op.filter:
            found = islice(passing(self._documents.every(op.namespace_prefix)), op.offset, op.offset + op.limit)
        else:
            found = islice(self._documents.every(op.namespace_prefix, skip=op.offset), op.limit)
        items = list(found)
        if op.refresh_ttl:
            self._documents.refresh(items)
        return [SearchItem(**_fields(each), score=each.score) for each in items]

    def _others(self, namespace: Sequence[str], found: set[str]) -> Iterator[Document]:
        """Yield what a question did not find, which follows what it did."""
        for each in self._documents.every(namespace):
            if each.cube not in found:
                yield each

    def _namespaces(self, op: ListNamespacesOp) -> list[tuple[str, ...]]:
        found = [each for each in self._documents.namespaces() if matches(each, op.match_conditions or ())]
        if op.max_depth is not None:
            found = sorted({each[: op.max_depth] for each in found})
        return found[op.offset : op.offset + op.limit]


def _check(op: Op) -> None:
    """Raise for an operation that can't be done, before the first one of its batch is."""
    if not isinstance(op, GetOp | SearchOp | ListNamespacesOp | PutOp):
        raise InputError(
            f"A store can't do a {type(op).__name__}.", hint="Give the operations of langgraph.store.base."
        )
    validate_op_namespace(op)
    if isinstance(op, SearchOp):
        check_filter(op.filter)
    if isinstance(op, PutOp) and not (op.index is None or op.index is False or isinstance(op.index, list | tuple)):
        raise InputError(f"An item can't be found by {op.index!r}.", hint="Give a list of paths; False: by nothing.")
    if isinstance(op, SearchOp | ListNamespacesOp) and not (0 <= op.limit <= _MOST and 0 <= op.offset <= _MOST):
        raise InputError(
            f"There are no {op.limit} results from number {op.offset} on.", hint=f"Give numbers from 0 to {_MOST:,}."
        )


def _write(op: PutOp) -> DocumentWrite:
    indexed = () if op.index is False else None if op.index is None else tuple(op.index)
    return DocumentWrite(DocumentPlace(tuple(op.namespace), op.key), op.value, indexed, op.ttl)


def _fields(found: Document) -> dict[str, Any]:
    return {
        "value": found.value,
        "key": found.key,
        "namespace": found.namespace,
        "created_at": found.created_at,
        "updated_at": found.updated_at,
    }
