"""Acts as spans: those that OpenTelemetry's conventions for generative AI have a name for by that name, the others by their own.

The conventions (gen_ai.memory.client, semconv-genai 0.1.0) are in development, so the names stand here and not in a library.
"""

import inspect
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from pydantic_core import to_json

from memos_graph.kit.traces import STORE, Traces, TraceSpan
from memos_graph.lifecycle.lifecycle import Deleted
from memos_graph.memory.adding import AddReport
from memos_graph.search.calls import SearchResult
from memos_graph.types import MemCube, Version

OPERATION = "gen_ai.operation.name"
RECORD = "gen_ai.memory.record.id"
COUNT = "gen_ai.memory.record.count"
QUERY = "gen_ai.memory.query.text"
RECORDS = "gen_ai.memory.records"

OPERATIONS: Mapping[str, str] = {
    "add": "create_memory",
    "add_file": "create_memory",
    "add_data": "create_memory",
    "put": "upsert_memory",
    "write": "upsert_memory",
    "edit": "update_memory",
    "move": "update_memory",
    "update": "update_memory",
    "rollback": "update_memory",
    "set": "update_memory",
    "delete": "delete_memory",
    "forget": "delete_memory",
    "search": "search_memory",
}
"""What the conventions call an act."""


def begun(traces: Traces, of: Any, act: Callable[..., Any], outer: str, given: Mapping[str, Any]) -> TraceSpan | None:
    """Begin the span of an act; ``None`` where nobody traces, or where it is only how ``outer``, which is traced, is done.

    ``of`` what it is a method of. ``given`` its arguments by name.
    """
    name = act.__name__
    operation = OPERATIONS.get(name)
    if outer and (operation is None or operation == OPERATIONS.get(outer)):
        return None
    told: dict[str, Any] = {OPERATION: operation} if operation else {}
    if isinstance(space := getattr(of, "space", None) or getattr(of, "_space", None), str):
        told[STORE] = space
    if isinstance(cube := given.get("cube"), str):
        told[RECORD] = cube
    span = traces.begin(operation or f"memos.{name}", told)
    asked = given.get("question") or given.get("query")
    if span is not None and span.texts and isinstance(asked, str):
        span.tell({QUERY: asked})
    return span


def named(act: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of an act by their names; what does not fit is left out."""
    return dict(zip(_parameters(act), args, strict=False)) | dict(kwargs)


def ended(span: TraceSpan | None, result: Any) -> None:
    """Tell what came of an act, and end its span."""
    if span is None:
        return
    span.tell(dict(_told(result)))
    if span.texts and isinstance(result, SearchResult):
        found = [{"id": hit.cube.id, "score": hit.score, "content": hit.cube.text} for hit in result.hits]
        span.tell({RECORDS: to_json(found).decode()})
    span.end()


@contextmanager
def within(span: TraceSpan | None) -> Iterator[None]:
    """Do something as part of a span, where there is one."""
    if span is None:
        yield
        return
    with span.going():
        yield


def _told(result: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(result, SearchResult):
        yield COUNT, len(result.hits)
    elif isinstance(result, AddReport):
        yield COUNT, len(result.added)
        if len(result.added) == 1:
            yield RECORD, result.added[0]
    elif isinstance(result, Deleted):
        yield COUNT, len(result.cubes)
    elif isinstance(result, Version):
        yield RECORD, result.cube
    elif isinstance(result, MemCube):
        yield RECORD, result.id
        yield STORE, result.governance.space
    elif isinstance(result, list | tuple):
        yield COUNT, len(result)


@lru_cache(maxsize=1024)
def _parameters(act: Callable[..., Any]) -> tuple[str, ...]:
    return tuple(inspect.signature(act).parameters)[1:]
