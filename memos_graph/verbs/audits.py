"""The verbs of the log as evidence: check it, seal it, prove what is in it."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from memos_graph.audit.archiving import Archived
from memos_graph.audit.seals import Proof, Seal
from memos_graph.audit.verify import Verification
from memos_graph.memory.memory import MemoryApi
from memos_graph.verbs.declaring import Command, On, Rest, verb
from memos_graph.verbs.fields import Arguments, Nothing, Short

_JSON = "It is JSON with and without --json."


class Thoroughness(Arguments):
    """How much of the log is read."""

    full: Annotated[
        bool,
        Field(
            description="Read all of the log, and not only what came since the last seal under which it was found as written."
        ),
    ] = False


class OneEvent(Arguments):
    """An event of the log."""

    event: Annotated[Short, Field(description="Its id, or its place in the log.")]


class OlderThan(Arguments):
    """What leaves the graph."""

    days: Annotated[int, Field(ge=0, le=36_500, description="Only what is older; 0: all that is sealed.")] = 90


def _rest(
    method: str, what: str, *, problems: tuple[int, ...] = (403, 404), status: int = 200, slow: bool = False
) -> Rest:
    return Rest(method, f"/spaces/{{owner}}/{{name}}/audit/{what}", problems=problems, status=status, slow=slow)


@verb(On.SPACE, rest=_rest("GET", "verification", slow=True))
def verify_log(space: MemoryApi, given: Thoroughness) -> Verification:
    """Check a space's log and every version of its memories; `broken` is empty when nothing was changed."""
    return space.audit.verify(full=given.full)


@verb(
    On.SPACE,
    rest=_rest("POST", "seals", status=201),
    command=Command("memos audit seal --space alice/notes > seal.json", name="audit seal", more=_JSON),
)
def seal_log(space: MemoryApi, _given: Nothing) -> Seal:
    """Sign what the log holds now; a copy kept elsewhere shows any later change."""
    return space.audit.seal()


@verb(On.SPACE, rest=_rest("GET", "seals"), command=Command(name="audit seals"))
def list_seals(space: MemoryApi, _given: Nothing) -> Sequence[Seal]:
    """List the seals of the log, smallest first."""
    return space.audit.seals()


@verb(
    On.SPACE,
    rest=_rest("GET", "proofs/{event}", problems=(403, 404, 409)),
    command=Command(
        "memos audit prove 17 --space alice/notes > proof.json",
        name="audit prove",
        positional=("event",),
        more=f"{_JSON} examples/verify_proof.py checks it offline.",
    ),
)
def prove_event(space: MemoryApi, given: OneEvent) -> Proof:
    """Return the proof that an event, given by id or place, was in the log when it was sealed."""
    return space.audit.prove(given.event)


@verb(
    On.SPACE,
    rest=Rest(
        "POST",
        "/spaces/{owner}/{name}/audit/archive",
        body="OlderThan",
        problems=(403, 404, 409),
        repeatable=True,
        slow=True,
    ),
    command=Command("memos audit archive --space alice/notes --days 365", name="audit archive"),
)
def archive_log(space: MemoryApi, given: OlderThan) -> Archived:
    """Move reads that are sealed and old out of the graph, to files beside the database; they still verify, prove and answer."""
    return space.audit.archive(days=given.days)


VERBS = (verify_log, seal_log, list_seals, prove_event, archive_log)
