"""Audit: check a space's log, seal it, and prove what is in it to somebody who trusts neither database nor operator."""

from collections.abc import Sequence
from datetime import timedelta

from memos_graph.audit import AuditLog, Event
from memos_graph.audit.archiving import Archived, archive
from memos_graph.audit.proving import place_of, prove
from memos_graph.audit.sealing import seal
from memos_graph.audit.seals import Proof, Seal, Seals
from memos_graph.audit.verify import Verification, verify
from memos_graph.errors import InputError, NotFoundError
from memos_graph.governance import Action, MemGovernance
from memos_graph.graph.runner import Runner
from memos_graph.memory.refusing import recording


@recording
class Audit:
    """The Audit API of one principal on one space; everything needs the right to administer it."""

    def __init__(
        self, runner: Runner, governance: MemGovernance, audit: AuditLog, seals: Seals, *, principal: str, space: str
    ) -> None:
        self._runner = runner
        self._governance = governance
        self._audit = audit
        self._seals = seals
        self._principal = principal
        self._space = space

    def verify(self, seals: Sequence[Seal] = (), *, full: bool = False) -> Verification:
        """Check the events, links, seals and versions of the space; what is broken is named, the first first.

        * ``full`` reads all of the log. Otherwise events that an earlier check found as written, and that are under a seal, are not read
          again: ``since`` of the answer says how many. Every memory is compared with its digests either way.
        * ``seals`` of this space that somebody else kept: they tell of a log that was cut off where this machine's own are gone.

        Raises ``InputError`` for a seal of another space.
        """
        self._begin()
        if foreign := next((seal for seal in seals if seal.space != self._space), None):
            raise InputError(f"This seal is of '{foreign.space}', not of '{self._space}'.")
        found = verify(self._runner, self._audit.chain, self._seals, self._space, given=seals, full=full)
        self._audit.read(Event(self._space, "verify", self._principal, count=found.events))
        return found

    def seal(self) -> Seal:
        """Sign what the log holds now. Give the seal to somebody else: it shows any later change of what it is over."""
        self._begin()
        return seal(self._runner, self._audit, self._seals, self._space, by=self._principal)

    def seals(self) -> list[Seal]:
        """Return the seals kept, smallest first."""
        self._governance.require(self._space, self._principal, Action.ADMINISTER)
        return self._seals.of(self._space)

    def prove(self, event: str) -> Proof:
        """Return the proof that an event (its id, or its place in the log) was in the log when it was sealed.

        A seal over it is taken; where there is none, the log is sealed now. Raises ``NotFoundError``, and ``IntegrityError`` for an event
        that is not what was recorded and sealed.
        """
        self._begin()
        seq = place_of(self._runner.read, self._audit.chain.archives, self._space, event)
        if seq is None:
            raise NotFoundError(
                f"There is no event '{event}' in the log of '{self._space}'.",
                hint="`memos log` lists them.",
                target=self._space,
            )
        return prove(self._runner.read, self._audit.chain, self._seals, self._space, seq, self.seal)

    def archive(self, *, days: int = 90) -> Archived:
        """Move reads that are sealed and older than ``days`` out of the graph, to files beside the database (``MEMOS_AUDIT_ARCHIVE``).

        They are verified, proved and told by the log as before. What says something in words or vouches for a memory stays in the graph.
        Raises ``IntegrityError`` for an event that is not what was sealed, ``AuditError`` and ``DiskFullError`` for files that can't be used.
        """
        self._begin()
        return archive(self._runner, self._audit, self._space, by=self._principal, older_than=timedelta(days=days))

    def _begin(self) -> None:
        self._governance.require(self._space, self._principal, Action.ADMINISTER)
        self._audit.flush()
