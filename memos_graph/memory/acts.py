"""What is done with the memories of one space together: proposals of what says the same or took the place of another."""

from collections.abc import Sequence

from memos_graph.lifecycle.lifecycle import Changed
from memos_graph.lifecycle.merging import Duplicate
from memos_graph.lifecycle.reviewing import Successor
from memos_graph.memory.refusing import recording
from memos_graph.memory.states import Lifecycle
from memos_graph.memory.timemachine import History


@recording
class SpaceActs(Lifecycle, History):
    """The acts of MemLifecycle and of the time machine on one space."""

    def duplicates(
        self, *, threshold: float = 0.9, level: str = "whole", limit: int = 50, after: str = ""
    ) -> Sequence[Duplicate]:
        """Propose pairs of memories that say nearly the same, most alike first; nothing is merged by it.

        * ``threshold`` the least likeness, a cosine. ``level`` whole or fact.
        * ``after`` looks at the thousand memories after this id.
        """
        return self.merging.duplicates(
            self.space, self.principal, threshold=threshold, level=level, limit=limit, after=after
        )

    def review(self, *, certain: bool = False, dismissed: bool = False, limit: int = 50) -> Sequence[Successor]:
        """Propose newer facts that seem to have taken the place of older ones; nothing is changed by it.

        ``supersede`` settles one pair, ``settle`` all ``certain`` ones, ``dismiss`` says of one pair that both are true; ``dismissed``
        lists those instead.
        """
        return self.reviewing.successors(self.space, self.principal, certain=certain, dismissed=dismissed, limit=limit)

    def settle(self, *, reason: str | None = None) -> Sequence[Changed]:
        """Let each newer fact supersede the older one where the rule is certain; ``reinstate`` takes each back.

        Certain is that one value took the place of another of the same subject and relation: ``review`` shows which.
        """
        return self.reviewing.settle(self.space, self.principal, reason=reason)
