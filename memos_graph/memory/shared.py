"""What others shared with a principal one by one or by topic, in whichever space it lies."""

from collections.abc import Sequence
from datetime import tzinfo
from functools import partial
from itertools import groupby
from operator import attrgetter

from memos_graph.audit import Event
from memos_graph.integrity.withheld import whole_page
from memos_graph.kit.clock import now
from memos_graph.memcube.rows import as_cube
from memos_graph.memory.refusing import recording
from memos_graph.search.calls import SearchResult
from memos_graph.search.reader import check, read
from memos_graph.services import Services
from memos_graph.types import MemCube


@recording
class Shared:
    """Memories that a principal may read though it may not read their space: by a grant on each, or on a topic of theirs."""

    def __init__(self, services: Services, principal: str, zone: tzinfo) -> None:
        self._services = services
        self._zone = zone
        self._principal = principal

    def list(self, *, after: str = "", limit: int = 50) -> Sequence[MemCube]:
        """Return them in the order they were written, those after the id ``after``. Recorded in the log of each space."""
        shared = partial(self._services.runner.read, "search/list_shared", principal=self._principal, now=now())
        rows = whole_page(shared, after, limit)
        cubes = [as_cube(row["cube"], row["owner"]) for row in rows]
        for space, found in groupby(sorted(cubes, key=attrgetter("governance.space")), attrgetter("governance.space")):
            seen = {cube.id: cube.behavioural.version for cube in found}
            event = Event(space, "list", self._principal, cubes=list(seen), versions=list(seen.values()))
            self._services.audit.read(event)
        return cubes

    def search(self, question: str, *, limit: int = 10) -> SearchResult:
        """Return those that answer ``question`` best; raises ``InputError`` for an empty one or a ``limit`` outside 1 to 200."""
        check(question, limit)
        return self._services.operator.search_shared(
            read(question, zone=self._zone), principal=self._principal, limit=limit
        )
