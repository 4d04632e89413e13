"""The log of a space as evidence: check it, seal it, prove what is in it."""

from collections.abc import Sequence

from fastapi import APIRouter

from memos_graph.api.auth import CallerDep
from memos_graph.api.problems import documented
from memos_graph.api.schemas import Space
from memos_graph.audit.seals import Proof, Seal
from memos_graph.audit.verify import Verification
from memos_graph.verbs.fields import Short

router = APIRouter(prefix="/v1/spaces/{owner}/{name}/audit", tags=["audit"])


@router.get("/verification", responses=documented(403, 404))
def verify_log(space: Space, caller: CallerDep) -> Verification:
    """Check a space's log and every version of its memories; `broken` is empty when nothing was changed."""
    return caller.space(space).audit.verify()


@router.post("/seals", status_code=201, responses=documented(403, 404))
def seal_log(space: Space, caller: CallerDep) -> Seal:
    """Sign what the log holds now; a copy kept elsewhere shows any later change."""
    return caller.space(space).audit.seal()


@router.get("/seals", responses=documented(403, 404))
def list_seals(space: Space, caller: CallerDep) -> Sequence[Seal]:
    """List the seals of the log, smallest first."""
    return caller.space(space).audit.seals()


@router.get("/proofs/{event}", responses=documented(403, 404))
def prove_event(space: Space, event: Short, caller: CallerDep) -> Proof:
    """Return the proof that an event, given by id or place, was in the log when it was sealed."""
    return caller.space(space).audit.prove(event)
