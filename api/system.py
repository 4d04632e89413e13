"""Health and metrics."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST

from memos_graph.api.auth import CallerDep
from memos_graph.api.problems import Problem, documented, response
from memos_graph.api.pulse import DATABASE, WITHIN_S, Pulse
from memos_graph.api.schemas import Health
from memos_graph.errors import DatabaseUnavailableError

router = APIRouter(tags=["system"])


@router.get(
    "/health",
    response_model=Health,
    response_model_exclude_defaults=True,
    responses={503: {"model": Problem, "description": "The database does not answer"}},
)
async def health(request: Request) -> Any:
    """Tell, within 2 seconds, whether the service and its database answer, and whether a model host hangs; needs no key."""
    # A coroutine, so that it waits in no queue: what hangs elsewhere does not hang here.
    pulse: Pulse = request.app.state.pulse
    hangs = await pulse.hanging()
    if DATABASE in hangs:
        told = f"No answer within {WITHIN_S} s from the {' and the '.join(hangs)}."
        return response(DatabaseUnavailableError.code, told, request.state.request_id)
    return Health(status="degraded" if hangs else "ok", hangs=hangs)


@router.get("/metrics", response_class=PlainTextResponse, responses=documented())
def metrics(caller: CallerDep, request: Request) -> PlainTextResponse:  # noqa: ARG001 - any valid key will do
    """Show counts and times for Prometheus, of this process, and the jobs of the database; holds no name of a space or a principal."""
    state = request.app.state
    installation = state.memos.installation
    state.metrics.standing(installation.jobs(), installation.unwritten)
    state.metrics.rollbacks.set(len(installation.rollbacks()))
    state.metrics.altered_rights.set(installation.altered_rights)
    state.metrics.withheld.set(installation.withheld)
    return PlainTextResponse(state.metrics.text(), media_type=CONTENT_TYPE_LATEST)
