"""Tools of declared verbs: made from what ``memos_graph.verbs`` says of each, under the names that agents know."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from inspect import Parameter, Signature
from typing import Annotated, Any

from mcp_types import ToolAnnotations
from pydantic import Field

from memos_graph.mcp.calls import Caller, Calls
from memos_graph.mcp.describing import MEMORY_ID, READS, SPACE, SpaceName
from memos_graph.types import Model, Version
from memos_graph.verbs import cubes, provenance, spaces
from memos_graph.verbs.declaring import On, Verb
from memos_graph.verbs.fields import annotated


class MemoryHistory(Model):
    """Every version of a memory."""

    versions: tuple[Version, ...] = Field(description="Oldest first; the last one is current.")


@dataclass(frozen=True)
class Spelling:
    """How a declared verb is told to agents.

    * ``more`` what a model has to know beside the verb's own sentence.
    * ``gives`` the model that ``wrap`` makes of its result, where that is a list: old clients take objects only.
    """

    verb: Verb[Any, Any]
    name: str
    title: str
    more: str
    hints: ToolAnnotations
    gives: type[Model] | None = None
    wrap: Callable[[Any], Model] = field(default=lambda found: found)


def _versions(found: Sequence[Version]) -> MemoryHistory:
    return MemoryHistory(versions=tuple(found))


_CORRECTS = ToolAnnotations(read_only_hint=False, destructive_hint=False, idempotent_hint=False, open_world_hint=False)
_ERASES = ToolAnnotations(read_only_hint=False, destructive_hint=True, idempotent_hint=True, open_world_hint=False)
SPELLINGS = (
    Spelling(
        cubes.get,
        "get_memory",
        "Read one memory",
        "Use it for a memory whose id you have.",
        READS,
    ),
    Spelling(
        spaces.list_cubes,
        "get_memories",
        "List memories",
        "It pages through everything: to answer a question, search_memories is better.",
        READS,
    ),
    Spelling(
        cubes.update,
        "update_memory",
        "Correct a memory",
        "Prefer it to adding when something remembered has changed: the text is the whole new content, and memory_history "
        "keeps the old one.",
        _CORRECTS,
    ),
    Spelling(
        cubes.delete,
        "delete_memory",
        "Erase a memory",
        "It can't be undone: ask the person first. For what is merely out of date use update_memory.",
        _ERASES,
    ),
    Spelling(
        cubes.history,
        "memory_history",
        "Versions of a memory",
        "It tells when each was known, who wrote it, and why.",
        READS,
        gives=MemoryHistory,
        wrap=_versions,
    ),
    Spelling(
        provenance.lineage,
        "memory_lineage",
        "Where a memory came from",
        "Use it to tell what a statement rests on.",
        READS,
    ),
    Spelling(
        spaces.list_spaces,
        "list_spaces",
        "List spaces",
        "A space is a set of memories with an owner; other tools take its name as `space`.",
        READS,
    ),
)
"""The verbs that are tools as they are."""
_CALLED = {"cube": ("memory_id", MEMORY_ID)}


def made(spelling: Spelling, calls: Calls) -> Callable[..., Any]:
    """Return the function that the SDK makes the tool of."""
    verb = spelling.verb
    fields = {_CALLED.get(name, (name, ""))[0]: name for name in verb.takes.model_fields}

    def run(**given: Any) -> Any:
        space = given.pop(SPACE, None)

        def act(caller: Caller) -> Model:
            on = caller.space(space) if verb.on is On.SPACE else caller.acting
            return spelling.wrap(verb.run(on, verb.takes(**{fields[name]: value for name, value in given.items()})))

        return calls.done(spelling.name, act)

    parameters = [_parameter(verb, called, name) for called, name in fields.items()]
    if verb.on is On.SPACE:
        parameters.append(Parameter(SPACE, Parameter.KEYWORD_ONLY, annotation=SpaceName, default=None))
    gives = spelling.gives or verb.gives
    run.__signature__ = Signature(parameters, return_annotation=gives)  # type: ignore[attr-defined]
    run.__annotations__ = {**{each.name: each.annotation for each in parameters}, "return": gives}
    run.__name__ = spelling.name
    return run


def _parameter(verb: Verb[Any, Any], called: str, name: str) -> Parameter:
    found = verb.takes.model_fields[name]
    told: Mapping[str, Any] = {
        "description": _CALLED[name][1] if name in _CALLED else found.description,
        "examples": found.examples,
    }
    default = Parameter.empty if found.is_required() else found.default
    return Parameter(
        called, Parameter.KEYWORD_ONLY, annotation=Annotated[annotated(found), Field(**told)], default=default
    )
