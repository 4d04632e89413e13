"""Who acts: one principal and everything it can do, made once wherever somebody comes in (REST, the command line, Python)."""

from collections.abc import Mapping, Sequence
from datetime import tzinfo
from functools import cached_property
from typing import Any

from memos_graph.governance import Access, Action, Decision, check_actions
from memos_graph.memory.memory import MemoryApi
from memos_graph.memory.own import Keys, Mandates, OwnRoles
from memos_graph.memory.parts import PrincipalParts
from memos_graph.memory.prefixes import Prefixes
from memos_graph.memory.refusing import recording
from memos_graph.memory.states import Lifecycle
from memos_graph.pipelines import Pipeline, Progress, Run, Runs, space_of
from memos_graph.services import Services


@recording
class Memory(MemoryApi):
    """A space, mounted by a principal. Made by ``MemOS.mount``."""

    @cached_property
    def pipelines(self) -> Runs:
        """The pipelines of this space."""
        return Runs(self._services, self)

    def run(
        self,
        pipeline: Pipeline,
        inputs: Mapping[str, Any] | None = None,
        *,
        progress: Progress | None = None,
    ) -> Run:
        """See ``Runs.run``; ``pipelines`` has the rest."""
        return self.pipelines.run(pipeline, inputs, progress=progress)


@recording
class Acting(PrincipalParts):
    """A principal, at work. Made by ``MemOS.acting``.

    * ``principal`` who it is while it acts: itself, or a mandate, where it acts for somebody or for a purpose.
    * ``zone`` the reader's time zone, unless that of the settings.

    Its parts work in whichever space it may use; ``space`` gives what can be done in one.
    """

    def __init__(self, services: Services, principal: str, zone: tzinfo | None = None) -> None:
        self._services = services
        self.principal = principal
        self.zone = zone or services.settings.zone

    def space(self, space: str) -> Memory:
        """Return a space it may read; raises ``NotFoundError`` alike for one it may not and one that does not exist."""
        return Memory(self._services, self.access(space), self.principal, self.zone)

    def asking(self, spaces: Sequence[str]) -> list[Memory]:
        """Return spaces to be asked, as ``space`` does one: a single look-up for all, which also finds who speaks in them."""
        found = self._services.operator.enter(self.principal, spaces)
        for space in spaces:
            check_actions(space, found[space].actions if space in found else (), Action.READ)
        return [Memory(self._services, found[space], self.principal, self.zone) for space in spaces]

    def mount(self, space: str | None = None) -> Memory:
        """Return a space it may read, by default its notes; one under the principal's own name is made when it is new.

        Raises ``NotFoundError`` as ``space`` does, and ``InputError`` for what is not a space's name.
        """
        access = self._services.governance.open_space(
            f"{self.principal}/notes" if space is None else space, self.principal
        )
        return Memory(self._services, access, self.principal, self.zone)

    def create(self, space: str) -> tuple[Access, bool]:
        """Make a space under its own name, or find it; returns what may be done there, and whether it is new.

        Raises ``NotFoundError`` for one under another's name that it may not read.
        """
        new = self._services.governance.access(space, self.principal) is None
        return self._services.governance.open_space(space, self.principal), new

    def access(self, space: str, action: Action = Action.READ) -> Access:
        """Return what it may do in a space; raises ``NotFoundError``, or ``ForbiddenError`` without the right to ``action``."""
        return self._services.governance.require(space, self.principal, action)

    @property
    def public_key(self) -> str:
        """The key that marks of exports, seals and receipts are checked with, PEM; it is nobody's secret."""
        return self._services.keyring.public_pem

    def space_of(self, cube: str) -> str:
        """Return which space a memory is in; raises ``NotFoundError`` alike for one it may not read and one that was deleted."""
        return self._services.lifecycle.history(cube, self.principal)[0]

    def spaces(self, *, after: str = "", limit: int = 50) -> Sequence[Access]:
        """Return the spaces it may read by name, those after the name ``after``."""
        return self._services.governance.spaces(self.principal, after=after, limit=limit)

    def decide(self, principal: str, action: Action, target: str) -> Decision:
        """Tell whether a principal may do something with a memory or a space, and why; see ``MemGovernance.decide``."""
        return self._services.governance.decide(self.principal, principal, action, target)

    def pipelines_of(self, run: str) -> Runs:
        """Return the pipelines of the space that a run belongs to; raises ``NotFoundError`` where it can't be seen."""
        return self.space(space_of(self._services, run, self.principal)).pipelines

    @cached_property
    def lifecycle(self) -> Lifecycle:
        """The acts of MemLifecycle."""
        return Lifecycle(self._services, self.principal)

    @cached_property
    def roles(self) -> OwnRoles:
        """The roles under its own name."""
        return OwnRoles(self._services, self.principal)

    @cached_property
    def mandates(self) -> Mandates:
        """Whom it lets act for itself, and for whom it may act."""
        return Mandates(self._services, self.principal)

    @cached_property
    def keys(self) -> Keys:
        """Its API keys."""
        return Keys(self._services, self.principal)

    @cached_property
    def ids(self) -> Prefixes:
        """Ids by their beginning."""
        return Prefixes(self._services.runner, self.principal)
