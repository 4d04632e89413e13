"""The calls: those of mem0's platform end with a slash, those of its open-source server do not."""

import json
from ast import literal_eval
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi import Query as InQuery

from memos_graph.api.auth import CallerDep
from memos_graph.api.mem0.acts import Item, Mem0
from memos_graph.api.mem0.bodies import Add, Change, Listed, Named, Query
from memos_graph.api.mem0.errors import PREFIX
from memos_graph.errors import InputError
from memos_graph.verbs.fields import AnyId, Short

router = APIRouter(prefix=PREFIX, include_in_schema=False)
_MOST_CHARS = 10_000
_PAGES = {"page", "page_size", "top_k"}
Page = Annotated[int, InQuery(ge=1, le=10**9)]
Most = Annotated[int, InQuery(ge=1, le=1000)]


def _mem0(caller: CallerDep) -> Mem0:
    return Mem0(caller)


def _wanted(request: Request) -> dict[str, Any]:
    """Return the filters that stand in the address: ids by name, or `filters`, which mem0's client writes as Python does."""
    given: dict[str, Any] = {name: value for name, value in request.query_params.items() if name not in _PAGES}
    if "filters" in given:
        given["filters"] = _read(given["filters"])
    try:
        named = Named.model_validate(given)
    except ValueError:
        raise InputError(
            "The ids in the address can't be used.", hint="Send texts of at most 500 characters."
        ) from None
    named.checked()
    return named.wanted()


def _read(written: str) -> dict[str, Any]:
    for reading in (json.loads, literal_eval):
        try:
            found = reading(written[:_MOST_CHARS])
        except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
            continue
        if isinstance(found, dict):
            return found
    raise InputError("`filters` can't be read.", hint="Send them as JSON, or ids by name.")


Mem0Dep = Annotated[Mem0, Depends(_mem0)]
Wanted = Annotated[dict[str, Any], Depends(_wanted)]


@router.get("/v1/ping/")
def ping(caller: CallerDep) -> Item:
    """Tell whose key it is."""
    return {"status": "ok", "org_id": caller.principal, "project_id": "mem0", "user_email": None}


@router.post("/v3/memories/add/")
def add(body: Add, mem0: Mem0Dep, request: Request) -> Item:
    """Remember messages; they are memories when it answers."""
    body.checked()
    added = [{**item, "event": "ADD", "data": {"memory": item["memory"]}} for item in mem0.add(body)]
    return {
        "message": "Memories added successfully",
        "status": "SUCCEEDED",
        "event_id": request.state.request_id,
        "results": added,
    }


@router.post("/v3/memories/search/")
def search(body: Query, mem0: Mem0Dep) -> Item:
    """Find memories."""
    body.checked()
    return {"results": mem0.search(body)}


@router.post("/v3/memories/")
def list_memories(body: Listed, mem0: Mem0Dep, page: Page = 1, page_size: Most = 100) -> Item:
    """List memories, the newest first."""
    body.checked()
    found = mem0.every(body.within())
    first = (page - 1) * page_size
    shown = found[first : first + page_size]
    address = f"{PREFIX}/v3/memories/?page_size={page_size}&page="
    return {
        "count": len(found),
        "next": f"{address}{page + 1}" if first + page_size < len(found) else None,
        "previous": f"{address}{page - 1}" if page > 1 else None,
        "results": [{**item, "session_id": item["run_id"]} for item in shown],
    }


@router.delete("/v1/memories/")
def delete_memories(wanted: Wanted, mem0: Mem0Dep) -> Item:
    """Erase the memories with these ids."""
    mem0.delete_all(wanted)
    return {"message": "Memories deleted successfully!"}


@router.get("/v1/entities/")
def list_entities(mem0: Mem0Dep) -> Item:
    """List users, agents, apps and runs."""
    found = mem0.entities()
    return {"count": len(found), "next": None, "previous": None, "results": found}


@router.delete("/v2/entities/{kind}/{name:path}/")
def delete_entity(kind: Short, name: Short, mem0: Mem0Dep) -> Item:
    """Erase all memories of one of them."""
    mem0.delete_entity(kind, name)
    return {"message": "Entity deleted successfully!"}


@router.get("/v1/memories/{memory}/")
@router.get("/memories/{memory}")
def get_memory(memory: AnyId, mem0: Mem0Dep) -> Item:
    """Read a memory."""
    return mem0.get(memory)


@router.put("/v1/memories/{memory}/")
@router.put("/memories/{memory}")
def update_memory(memory: AnyId, body: Change, mem0: Mem0Dep) -> Item:
    """Correct a memory."""
    body.checked()
    return mem0.update(memory, body)


@router.delete("/v1/memories/{memory}/")
@router.delete("/memories/{memory}")
def delete_memory(memory: AnyId, mem0: Mem0Dep, delete_linked: bool = False) -> Item:
    """Erase a memory."""
    if delete_linked:
        raise InputError(
            "`delete_linked` is not supported here.", hint="Leave it out; versions go with their memory anyway."
        )
    mem0.delete(memory)
    return {"message": "Memory deleted successfully!"}


@router.get("/v1/memories/{memory}/history/")
@router.get("/memories/{memory}/history")
def show_history(memory: AnyId, mem0: Mem0Dep) -> list[Item]:
    """Show the versions of a memory."""
    return mem0.history(memory)


@router.post("/memories")
def add_here(body: Add, mem0: Mem0Dep) -> Item:
    """Remember messages."""
    body.checked()
    return {"results": [{"id": each["id"], "memory": each["memory"], "event": "ADD"} for each in mem0.add(body)]}


@router.get("/memories")
def list_here(wanted: Wanted, mem0: Mem0Dep, top_k: Most = 100) -> Item:
    """List memories, the newest first."""
    return {"results": mem0.every(wanted)[:top_k]}


@router.delete("/memories")
def delete_here(wanted: Wanted, mem0: Mem0Dep) -> Item:
    """Erase the memories with these ids."""
    mem0.delete_all(wanted)
    return {"message": "All relevant memories deleted"}


@router.post("/search")
def search_here(body: Query, mem0: Mem0Dep) -> Item:
    """Find memories."""
    body.checked()
    return {"results": mem0.search(body)}


@router.post("/reset")
def reset(mem0: Mem0Dep) -> Item:
    """Erase the memories of all users, agents, apps and runs."""
    mem0.reset()
    return {"message": "All memories reset"}
