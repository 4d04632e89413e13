"""What ``Memory`` offers of MemLifecycle and the time machine: each method is that of the part that does the work."""

from collections.abc import Sequence

from memos_graph.lifecycle.changes import Change
from memos_graph.lifecycle.lifecycle import Changed
from memos_graph.lifecycle.merging import Duplicate, Merging
from memos_graph.lifecycle.reviewing import Reviewing, Successor
from memos_graph.lifecycle.timemachine import RolledBack, Snapshot
from memos_graph.memory.refusing import recording
from memos_graph.memory.states import Lifecycle
from memos_graph.memory.timemachine import History, Moment


@recording
class LifecycleActs:
    """The part of ``Memory`` that moves memories through their lives, and a space through time."""

    space: str
    principal: str
    lifecycle: Lifecycle
    merging: Merging
    reviewing: Reviewing
    timeline: History

    def archive(self, cube: str, *, reason: str | None = None) -> Changed:
        """See ``Lifecycle.archive``."""
        return self.lifecycle.archive(cube, reason=reason)

    def restore(self, cube: str, *, reason: str | None = None) -> Changed:
        """See ``Lifecycle.restore``."""
        return self.lifecycle.restore(cube, reason=reason)

    def freeze(self, cube: str, *, reason: str | None = None) -> Changed:
        """See ``Lifecycle.freeze``."""
        return self.lifecycle.freeze(cube, reason=reason)

    def thaw(self, cube: str, *, reason: str) -> Changed:
        """See ``Lifecycle.thaw``."""
        return self.lifecycle.thaw(cube, reason=reason)

    def merge(self, cubes: Sequence[str], *, text: str | None = None, reason: str | None = None) -> Changed:
        """See ``Lifecycle.merge``."""
        return self.lifecycle.merge(cubes, text=text, reason=reason)

    def duplicates(
        self, *, threshold: float = 0.9, level: str = "whole", limit: int = 50, after: str = ""
    ) -> Sequence[Duplicate]:
        """See ``Merging.duplicates``; nothing is merged by it."""
        return self.merging.duplicates(
            self.space, self.principal, threshold=threshold, level=level, limit=limit, after=after
        )

    def supersede(self, new: str, old: str, *, reason: str | None = None) -> Changed:
        """See ``Lifecycle.supersede``."""
        return self.lifecycle.supersede(new, old, reason=reason)

    def contradict(self, new: str, old: str, *, reason: str | None = None) -> Changed:
        """See ``Lifecycle.contradict``."""
        return self.lifecycle.contradict(new, old, reason=reason)

    def reinstate(self, cube: str, *, reason: str | None = None) -> Changed:
        """See ``Lifecycle.reinstate``."""
        return self.lifecycle.reinstate(cube, reason=reason)

    def review(self, *, certain: bool = False, dismissed: bool = False, limit: int = 50) -> Sequence[Successor]:
        """See ``Reviewing.successors``; nothing is changed by it: ``supersede`` settles one pair, ``settle`` all certain ones.

        ``dismiss`` says of one pair that both are true.
        """
        return self.reviewing.successors(self.space, self.principal, certain=certain, dismissed=dismissed, limit=limit)

    def dismiss(self, new: str, old: str, *, reason: str | None = None) -> Changed:
        """See ``Lifecycle.dismiss``."""
        return self.lifecycle.dismiss(new, old, reason=reason)

    def reconsider(self, new: str, old: str, *, reason: str | None = None) -> Changed:
        """See ``Lifecycle.reconsider``."""
        return self.lifecycle.reconsider(new, old, reason=reason)

    def settle(self, *, reason: str | None = None) -> Sequence[Changed]:
        """See ``Lifecycle.settle``."""
        return self.lifecycle.settle(self.space, reason=reason)

    def snapshot(self, name: str, *, reason: str | None = None) -> Snapshot:
        """See ``History.snapshot``."""
        return self.timeline.snapshot(name, reason=reason)

    def snapshots(self) -> Sequence[Snapshot]:
        """See ``History.snapshots``."""
        return self.timeline.snapshots()

    def changes(
        self, since: Moment, until: Moment | None = None, *, cube: str | None = None, topic: str | None = None
    ) -> Sequence[Change]:
        """See ``History.changes``."""
        return self.timeline.changes(since, until, cube=cube, topic=topic)

    def roll_back_to(
        self, moment: Moment, *, cube: str | None = None, topic: str | None = None, reason: str | None = None
    ) -> RolledBack:
        """See ``History.roll_back_to``."""
        return self.timeline.roll_back_to(moment, cube=cube, topic=topic, reason=reason)
