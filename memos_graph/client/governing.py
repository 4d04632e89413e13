"""What governs a space, and what was done there: rights, policy, log, audit."""

from datetime import datetime
from pathlib import Path
from typing import Any

from memos_graph.audit.verify import Verification
from memos_graph.client.methods import C, RemotePart, by_hand, flowing, nothing, over
from memos_graph.client.steps import Flow, Give, Pause, Plan, ask
from memos_graph.governance import Action
from memos_graph.lifecycle.applying import Applied
from memos_graph.memory.audits import Audit
from memos_graph.memory.logquery import LogEntry
from memos_graph.memory.permissions import Permissions
from memos_graph.memory.policy import SpacePolicy, text_of
from memos_graph.verbs import audits, grants, log, policies

_UNTIL = {"expires_at": "until"}
_PAGE = 200


def readable(arguments: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments of a grant with its actions; reading is part of every grant, and all of an empty one."""
    return arguments | {"actions": tuple(arguments["actions"]) or (Action.READ,)}


class RemotePermissions(RemotePart[C]):
    """Who may do what in one space."""

    grant = over(Permissions.grant, grants.grant, nothing, named=_UNTIL, given=readable)
    revoke = over(Permissions.revoke, grants.revoke, nothing)
    deny = over(Permissions.deny, grants.deny, nothing, named=_UNTIL)
    allow = over(Permissions.allow, grants.allow, nothing)
    every = over(Permissions.every, grants.list_grants, list)


class RemotePolicy(RemotePart[C]):
    """The policy that governs one space."""

    apply_text = over(SpacePolicy.apply_text, policies.apply_policy)
    show = over(SpacePolicy.show, policies.show_policy)
    history = over(SpacePolicy.history, policies.list_policies)

    @by_hand
    def apply(self, policy: str | Path, *, dry_run: bool = False) -> Plan[Applied]:
        """Let ``policy`` (YAML text, or the path of a file here) govern this space; see ``SpacePolicy.apply``."""
        return (yield from ask(policies.apply_policy, self.space, text=text_of(policy), dry_run=dry_run))


class RemoteAudit(RemotePart[C]):
    """The log of one space as evidence. Seals that somebody else kept are compared in process, or by ``memos audit verify``."""

    seal = over(Audit.seal, audits.seal_log)
    seals = over(Audit.seals, audits.list_seals, list)
    prove = over(Audit.prove, audits.prove_event)
    archive = over(Audit.archive, audits.archive_log)

    @by_hand
    def verify(self, *, full: bool = False) -> Plan[Verification]:
        """Check the events, links, seals and versions of the space, with ``full`` all of the log; see ``Audit.verify``."""
        return (yield from ask(audits.verify_log, self.space, full=full))


class RemoteLogs(RemotePart[C]):
    """The LogQuery API."""

    @by_hand
    def query(
        self,
        *,
        cube: str | None = None,
        actor: str | None = None,
        action: str | None = None,
        request_id: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        before: int | None = None,
        after: int = 0,
        limit: int = 50,
    ) -> Plan[list[LogEntry]]:
        """Return acts, newest first, of those with a ``seq`` between ``after`` and ``before``; see ``LogQuery.query``."""
        filters = {"cube": cube, "actor": actor, "action": action, "request_id": request_id}
        when = {"since": since, "until": until, "before": before}
        found = yield from ask(log.query_log, self.space, limit=limit, **_given(filters | when))
        return [entry for entry in found.items if entry.seq > after]

    @flowing
    def follow(self, /, *, every_s: float = 1.0, **filters: Any) -> Flow[LogEntry]:
        """Yield acts as they come, oldest first, from now on and without end; ``filters`` as of ``query``."""
        newest = yield from ask(log.query_log, self.space, limit=1)
        seen = newest.items[0].seq if newest.items else 0
        while True:
            fresh: list[LogEntry] = []
            before: int | None = None
            while True:
                asked = _given(filters | {"before": before})
                page = yield from ask(log.query_log, self.space, limit=_PAGE, **asked)
                fresh += [entry for entry in page.items if entry.seq > seen]
                before = page.next
                if before is None or before <= seen + 1:
                    break
            for entry in reversed(fresh):
                yield Give(entry)
            seen = max([seen, *(entry.seq for entry in fresh)])
            yield Pause(every_s)


def _given(arguments: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in arguments.items() if value is not None}
