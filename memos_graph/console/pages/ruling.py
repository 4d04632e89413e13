"""Who may do what in a space and why, the policy that governs it, and what another would do."""

from typing import Any

from starlette.responses import HTMLResponse

from memos_graph.acting import Memory
from memos_graph.console.page import pages
from memos_graph.console.visit import SPACE, Submitted, Visit, Visiting, read
from memos_graph.errors import ForbiddenError, NotFoundError, PolicyFileError
from memos_graph.governance import Action
from memos_graph.policies import read as parsed
from memos_graph.policies import sentences, template, templates
from memos_graph.verbs import grants, policies
from memos_graph.verbs.fields import Arguments, Nothing, Short

router = pages()


class AskedRight(Arguments):
    """Whether somebody may do something."""

    principal: Short
    action: Action = Action.READ
    target: Short | None = None


@router.get(f"{SPACE}/permissions")
def permissions(visit: Visiting) -> HTMLResponse:
    """Show grants and denials, and answer whether somebody may do something, with why."""
    space, decision = visit.space(), None
    if visit.request.query_params.get("principal", "").strip():
        asked = visit.asked(AskedRight)
        decision = visit.acting.decide(asked.principal, asked.action, asked.target or space.space)
    try:
        given = grants.list_grants.run(space, Nothing())
    except ForbiddenError:
        given = None  # to who may not share
    typed = visit.request.query_params
    return visit.page(
        "permissions.html", space=space.space, grants=given, decision=decision, typed=typed, actions=list(Action)
    )


@router.get(f"{SPACE}/policy")
def policy(visit: Visiting) -> HTMLResponse:
    """Show the policy in force in plain words, and a form to try another."""
    begun = visit.request.query_params.get("begin", "")
    return _policy(visit, visit.space(), text=template(begun) if begun in templates() else None)


@router.post(f"{SPACE}/policy")
def try_policy(visit: Visiting, fields: Submitted) -> HTMLResponse:
    """Say what a policy means, and what it would do here; change nothing."""
    space = visit.space()
    asked = read(policies.NewPolicy, {"text": fields.get("text", "")}, dry_run=True)
    try:
        meant = sentences(parsed(asked.text))
    except PolicyFileError as error:
        return _policy(visit, space, text=asked.text, problem=error, status=422)
    return _policy(visit, space, text=asked.text, meant=meant, applied=policies.apply_policy.run(space, asked))


def _policy(visit: Visit, space: Memory, *, text: str | None = None, status: int = 200, **given: Any) -> HTMLResponse:
    try:
        history = list(policies.list_policies.run(space, Nothing()))
    except NotFoundError:
        history = []
    force = history[0] if history else None
    shown: dict[str, Any] = {"problem": None, "meant": None, "applied": None, "templates": list(templates())}
    return visit.page(
        "policy.html",
        status=status,
        space=space.space,
        history=history,
        force=force,
        in_words=sentences(parsed(force.text)) if force else (),
        text=text if text is not None else force.text if force else "",
        **{**shown, **given},
    )
