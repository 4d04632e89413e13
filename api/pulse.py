"""Asks database and model host whether they answer, in threads of its own: whoever asks for the health never waits for them."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future

from memos_graph.host.supervisor import HostProcess
from memos_graph.host.wire import is_there
from memos_graph.memos import MemOS

DATABASE, HOST = "database", "model host"
WITHIN_S = 1.5
_HOST_S = 1.0


class Pulse:
    """What of this service answers now. One question to each part is under way at a time, however many ask."""

    def __init__(self, memos: MemOS) -> None:
        host = HostProcess(memos.settings)

        def host_answers() -> None:
            record = host.running()
            if record is not None and not is_there(record.port, record.token, _HOST_S):
                raise TimeoutError

        ask: dict[str, Callable[[], object]] = {
            DATABASE: memos.ping,
            HOST: host_answers,
        }
        self._ask = ask
        self._asked: dict[str, Future[None]] = {}
        self._lock = threading.Lock()

    async def hanging(self) -> list[str]:
        """Return what does not answer, within 2 seconds."""
        asked = {name: asyncio.wrap_future(self._under_way(name)) for name in self._ask}
        done, _ = await asyncio.wait(asked.values(), timeout=WITHIN_S)
        silent = [name for name, each in asked.items() if each not in done or each.exception() is not None]
        for each in asked.values():
            if not each.done():
                each.add_done_callback(lambda late: late.cancelled() or late.exception())
        return silent

    def _under_way(self, name: str) -> "Future[None]":
        with self._lock:
            found = self._asked.get(name)
            if found is None or found.done():
                found = self._asked[name] = Future()
                threading.Thread(
                    target=self._find_out, args=(name, found), name=f"memos-pulse-{name}", daemon=True
                ).start()
            return found

    def _find_out(self, name: str, told: "Future[None]") -> None:
        told.set_running_or_notify_cancel()  # who asked may leave; others wait for the same answer
        try:
            self._ask[name]()
        except Exception as error:  # noqa: BLE001 - whatever it is: this part does not answer
            told.set_exception(error)
        else:
            told.set_result(None)
