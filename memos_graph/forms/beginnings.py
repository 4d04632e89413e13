"""What stays true of a KV-cache when a memory of it is corrected: the blocks before that memory, which say nothing of it.

The cache itself goes out of service with the update and is erased. Before that its beginning is made a cache of its own: all
of its blocks are shared with the old one, so nothing is computed again, neither now nor when the whole is built anew.
"""

import logging

from memos_graph.errors import MemosError
from memos_graph.forms.materialize import Materializer
from memos_graph.graph.rows import Row
from memos_graph.graph.runner import Runner
from memos_graph.graph.vouching import TouchedIds
from memos_graph.host.client import HostClient
from memos_graph.kit.clock import now
from memos_graph.search.selection import Selection

_log = logging.getLogger(__name__)


class Beginnings:
    """Keeps the beginnings of KV-caches that an update took out of service."""

    def __init__(self, runner: Runner, host: HostClient, materializer: Materializer) -> None:
        self._runner = runner
        self._host = host
        self._materializer = materializer

    def follow(self, touched: TouchedIds) -> None:
        """Keep what committed updates leave true, in the name of who built it; to be told before payloads are erased.

        Only what a running host holds, of its own model: for the rest an update would have to wait for the computing. What
        can't be kept is erased with the rest, and logged.
        """
        for cube in sorted(touched.updated):
            self._keep(cube)

    def _keep(self, cube: str) -> None:
        if self._host.process.running() is None:
            return
        for row in self._runner.read("payloads/beginnings", cube=cube, now=now()):
            try:
                self._build(row)
            except MemosError as problem:
                _log.warning("the beginning of KV-cache %s is not kept: %s", row["cube"], problem)

    def _build(self, row: Row) -> None:
        if row["base_model"] == self._host.health().fingerprint and self._host.holds_cache(row["key"]):
            selection = Selection(cubes=tuple(row["sources"]))
            self._materializer.build(selection, space=row["space"], principal=row["principal"])
