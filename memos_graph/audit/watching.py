"""Looks now and then whether rights and rules are as they were set, so that an edit of them is told though nobody runs the check."""

import logging

from memos_graph.audit.events import Event
from memos_graph.audit.governing import changed
from memos_graph.audit.log import AuditLog
from memos_graph.graph.runner import Runner, Transaction
from memos_graph.integrity.digests import Digests

_log = logging.getLogger(__name__)
ACTION = "altered"


class RightsWatch:
    """What governs spaces and was changed by whoever may write to the database, as this process last found it."""

    def __init__(self, runner: Runner, digests: Digests, audit: AuditLog) -> None:
        self._runner = runner
        self._digests = digests
        self._audit = audit
        self._altered: dict[str, tuple[str, ...]] = {}

    @property
    def altered(self) -> int:
        """How many parts of what governs spaces, or those who have rights in them, are not as they were set."""
        return sum(map(len, self._altered.values()))

    def look(self, space: str, owner: str) -> tuple[str, ...]:
        """Look at one space; what is found, and was not before, is told in this service's log and in that of the space.

        Returns all that is not as it was set, in words.
        """
        found = tuple(changed(self._runner.read, self._digests, space))
        if found:  # it may have been written meanwhile: what stays with the space locked was
            found = self._runner.transact(lambda tx: self._locked(tx, space))
        known = self._altered.pop(space, ())
        if found:
            self._altered[space] = found
        for what in found:
            if what not in known:
                _log.error("%s: %s See `memos audit verify`.", space, what)
                self._audit.later(Event(space, ACTION, owner, count=0, detail=what))
        return found

    def _locked(self, tx: Transaction, space: str) -> tuple[str, ...]:
        tx.run("audit/head", space=space, cubes=[])
        return tuple(changed(tx.run, self._digests, space))
