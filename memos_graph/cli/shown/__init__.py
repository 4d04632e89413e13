"""How results of declared verbs look to people, by their type; each room below has the looks of one group of verbs."""

from collections.abc import Mapping
from typing import Any

from memos_graph.cli import output
from memos_graph.cli.shown import (
    audits,
    costs,
    cubes,
    documents,
    grants,
    jobs,
    lifecycle,
    payloads,
    policies,
    roles,
    schedule,
    spaces,
    timemachine,
)
from memos_graph.cli.shown.looking import Call, CallLook, Form, Look

_LOOKS: Mapping[Any, Look] = {
    **spaces.LOOKS,
    **cubes.LOOKS,
    **documents.LOOKS,
    **audits.LOOKS,
    **lifecycle.LOOKS,
    **timemachine.LOOKS,
    **payloads.LOOKS,
    **jobs.LOOKS,
    **costs.LOOKS,
    **schedule.LOOKS,
    **policies.LOOKS,
    **grants.LOOKS,
    **roles.LOOKS,
}
_CALL_LOOKS: Mapping[Any, CallLook] = {
    **payloads.CALL_LOOKS,
    **policies.CALL_LOOKS,
    **grants.CALL_LOOKS,
}
_FORMS: Mapping[Any, Form] = {**payloads.FORMS}


def looks(gives: Any) -> bool:
    """Whether it is said how results of this type look."""
    return gives in _LOOKS or gives in _CALL_LOOKS


def show(gives: Any, done: Any, call: Call, *, json: bool) -> None:
    """Print ``done``, a result of the type ``gives``, as that looks; with ``json`` as data."""
    if json:
        output.show_json(_FORMS[gives](done, call) if gives in _FORMS else done)
    elif (look := _CALL_LOOKS.get(gives)) is not None:
        look(done, call)
    else:
        _LOOKS[gives](done)
