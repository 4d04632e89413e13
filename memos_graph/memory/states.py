"""The acts of MemLifecycle of one principal: states, merges, and facts that replace each other (paper, 4.3)."""

from collections.abc import Sequence
from functools import cached_property

from memos_graph.lifecycle.lifecycle import Changed
from memos_graph.lifecycle.merging import Merging
from memos_graph.lifecycle.reviewing import Reviewing
from memos_graph.lifecycle.states import States
from memos_graph.lifecycle.transitions import Act
from memos_graph.lifecycle.validity import Validity
from memos_graph.memory.refusing import recording
from memos_graph.services import Services


@recording
class Lifecycle:
    """Every act is one transaction, recorded in the log of the memory's space; docs/lifecycle.md has the table of states.

    All raise ``NotFoundError`` for a memory that may not be read, ``ForbiddenError``, and ``StateError`` (for a frozen
    memory ``FrozenError``), which names the acts that are allowed instead.
    """

    def __init__(self, services: Services, principal: str) -> None:
        self._services = services
        self.principal = principal

    @cached_property
    def _states(self) -> States:
        return States(self._services.runner, self._services.lifecycle)

    @cached_property
    def merging(self) -> Merging:
        """Memories that say the same."""
        return Merging(self._services.runner, self._services.governance, self._services.lifecycle)

    @cached_property
    def _validity(self) -> Validity:
        return Validity(self._services.runner, self._services.lifecycle)

    @cached_property
    def reviewing(self) -> Reviewing:
        """Facts that seem to have taken the place of others."""
        return Reviewing(self._services.runner, self._services.governance, self._services.lifecycle)

    def archive(self, cube: str, *, reason: str | None = None) -> Changed:
        """Take a memory out of every search and selection, with the facts only it says; it stays readable by its id."""
        return self._states.archive(cube, self.principal, reason=reason)

    def restore(self, cube: str, *, reason: str | None = None) -> Changed:
        """Put an archived or merged memory into service again."""
        return self._states.restore(cube, self.principal, reason=reason)

    def freeze(self, cube: str, *, reason: str | None = None) -> Changed:
        """Make a memory immutable, also for administrators; searches find it as before. Needs ``administer``."""
        return self._states.freeze(cube, self.principal, reason=reason)

    def thaw(self, cube: str, *, reason: str) -> Changed:
        """Let a frozen memory change again. Needs ``administer``, and a reason (``InputError``)."""
        return self._states.thaw(cube, self.principal, reason=reason)

    def merge(self, cubes: Sequence[str], *, text: str | None = None, reason: str | None = None) -> Changed:
        """Put one memory in the place of two or more that say the same; the first id of the result is the new one.

        * ``cubes`` of one space, all whole memories or all facts; they stay readable, in state ``merged``.
        * ``text`` what the new one says; default: the longest of theirs.
        """
        return self.merging.merge(cubes, self.principal, text=text, reason=reason)

    def supersede(self, new: str, old: str, *, reason: str | None = None) -> Changed:
        """Let fact ``new`` take the place of fact ``old``, which was then true until ``new`` was.

        Raises ``InputError`` unless both are about the same subject and relation. ``old`` is found on, after ``new``.
        """
        return self._validity.retire(new, old, self.principal, Act.SUPERSEDE, reason=reason)

    def dismiss(self, new: str, old: str, *, reason: str | None = None) -> Changed:
        """Note that facts ``new`` and ``old`` are both true: the pair is proposed no more, until one of them is changed.

        Raises ``InputError`` unless both are about the same subject and relation.
        """
        return self.reviewing.dismiss(new, old, self.principal, reason=reason)

    def reconsider(self, new: str, old: str, *, reason: str | None = None) -> Changed:
        """Take a ``dismiss`` back: the pair is proposed again."""
        return self.reviewing.reconsider(new, old, self.principal, reason=reason)

    def contradict(self, new: str, old: str, *, reason: str | None = None) -> Changed:
        """Note that fact ``new`` contradicts fact ``old``, which then counts as true until ``new`` was. Like ``supersede``."""
        return self._validity.retire(new, old, self.principal, Act.CONTRADICT, reason=reason)

    def reinstate(self, cube: str, *, reason: str | None = None) -> Changed:
        """Let a fact hold again that was superseded or contradicted."""
        return self._validity.reinstate(cube, self.principal, reason=reason)
