"""Memories by id, whichever space they are in: read, corrected, put through their states, and where they came from."""

from dataclasses import replace
from typing import Any

from memos_graph.client.calls import RestCall, path_of, with_json
from memos_graph.client.methods import C, RemotePart, by_hand, nothing, over
from memos_graph.client.steps import Plan, ask, send
from memos_graph.lifecycle.terms import SetTerms, Terms
from memos_graph.memory.cubes import Cubes
from memos_graph.memory.provenance import Provenance
from memos_graph.memory.states import Lifecycle
from memos_graph.memory.updates import Update
from memos_graph.types import Version
from memos_graph.verbs import cubes, lifecycle, policies, provenance


class RemoteCubes(RemotePart[C]):
    """Memories by id."""

    get = over(Cubes.get, cubes.get)
    around = over(Cubes.around, cubes.around)


class RemoteUpdate(RemotePart[C]):
    """The Update API."""

    @by_hand
    def update(
        self, cube: str, *, text: str, reason: str | None = None, expected_version: int | None = None
    ) -> Plan[Version]:
        """Make ``text`` the content of ``cube`` in a new version; see ``Update.update``.

        ``expected_version`` goes as ``If-Match``; only with it the call is sent again to a service that has no time.
        """
        return (yield from correction(cube, text, reason, expected_version))

    @by_hand
    def set(self, cube: str, terms: Terms) -> Plan[SetTerms]:
        """Set a cube's end of life, half-life, priority or tags; what ``terms`` was not given stays as it is."""
        return (yield from setting(cube, terms))

    rollback = over(Update.rollback, cubes.rollback)
    delete = over(Update.delete, cubes.delete)
    history = over(Update.history, cubes.history, list)
    diff = over(Update.diff, cubes.diff, lambda found: found.diff)


class RemoteLifecycle(RemotePart[C]):
    """The acts of MemLifecycle."""

    archive = over(Lifecycle.archive, lifecycle.archive)
    restore = over(Lifecycle.restore, lifecycle.restore)
    freeze = over(Lifecycle.freeze, lifecycle.freeze)
    thaw = over(Lifecycle.thaw, lifecycle.thaw)
    merge = over(Lifecycle.merge, lifecycle.merge)
    supersede = over(Lifecycle.supersede, lifecycle.supersede)
    dismiss = over(Lifecycle.dismiss, lifecycle.dismiss)
    reconsider = over(Lifecycle.reconsider, lifecycle.reconsider)
    contradict = over(Lifecycle.contradict, lifecycle.contradict)
    reinstate = over(Lifecycle.reinstate, lifecycle.reinstate)


class RemoteProvenance(RemotePart[C]):
    """The Provenance API."""

    lineage = over(Provenance.lineage, provenance.lineage)
    annotate = over(Provenance.annotate, provenance.annotate, nothing)


def correction(cube: str, text: str, reason: str | None, expected: int | None) -> Plan[Version]:
    """Correct a memory, refused where ``expected`` is not its version any more."""
    call = RestCall("PATCH", path_of("/cubes/{cube}", cube=cube), Version, repeatable=expected is not None)
    if expected is not None:
        call = replace(call, headers={"If-Match": f'"{expected}"'})
    body: dict[str, Any] = {"text": text} if reason is None else {"text": text, "reason": reason}
    return (yield from send(with_json(call, body), Version))


def setting(cube: str, terms: Terms) -> Plan[SetTerms]:
    """Set the terms of a memory that were given."""
    return (yield from ask(policies.set_terms, cube=cube, **terms.model_dump(exclude_unset=True)))
