"""Has a managed server that died started again, for programs that are meant to stay."""

import logging
import threading
from collections.abc import Callable

from memos_graph.errors import EngineError, EngineStartError, MemosError
from memos_graph.graph.connection import Endpoint
from memos_graph.graph.engine import Engine
from memos_graph.graph.lock import read_record, running

_log = logging.getLogger(__name__)
_LOOK_S = 1.0
_RETRY_S = 15.0


class Keeper:
    """Looks after the server at ``endpoint`` from a thread of its own between ``start`` and ``stop``; not after one at ``NEO4J_URI``.

    * ``lost`` is told, once, when the server came back where its clients don't look: somebody had taken its port.
      That clients connect again by themselves is their driver's doing.
    """

    def __init__(self, engine: Engine, endpoint: Endpoint, *, lost: Callable[[EngineError], None]) -> None:
        self._engine = engine
        self._endpoint = endpoint
        self._lost = lost
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to look."""
        if self._endpoint.managed:
            self._thread = threading.Thread(target=self._work, name="memos-keeper", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """End, when a start under way is through."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join()

    def _work(self) -> None:
        pause = _LOOK_S
        while not self._ended.wait(pause):
            if running(self._engine.home):
                pause = _LOOK_S
                continue
            try:
                found = self._revive()
            except MemosError as error:
                _log.warning("Neo4j died, and does not start; this is tried again: %s", error)
                pause = _RETRY_S
                continue
            if found.uri != self._endpoint.uri:
                self._lost(
                    EngineStartError(
                        f"Neo4j died, and came back at {found.uri}, as its port at {self._endpoint.uri} is taken.",
                        hint="Start this program again; it finds the server where it is now.",
                    )
                )
                return

    def _revive(self) -> Endpoint:
        died = read_record(self._engine.home.record)
        _log.warning("Neo4j%s died, and is started again.", f" (process {died.pid})" if died else "")
        found = self._engine.ensure(keep=died is not None and died.keep)
        _log.warning("Neo4j runs again, as process %s.", found.pid)
        return found
