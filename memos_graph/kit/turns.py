"""A fair queue: so many run at once, and who has many waiting gets no more turns than who has one waiting."""

import asyncio
import math
import time
from collections import deque
from types import TracebackType
from typing import Self


class Full(Exception):  # noqa: N818 - it is no error yet: who asks decides what it is
    """Somebody has as much running and waiting as it may, or its turn did not come in time."""


class Turns:
    """Turns of one event loop, given round robin over names.

    * ``at_once`` turns that may be taken at the same time, by whomever; ``each`` by one name.
    * ``waiting`` more that one name may have waiting.
    * ``within_s`` seconds in which one of the turns that are waited for has to end, or what has them is taken to hang; none: any time.
    * ``longest_s`` seconds that anybody waits, though others go on.
    """

    def __init__(
        self, at_once: int, each: int, waiting: int, *, within_s: float = math.inf, longest_s: float = math.inf
    ) -> None:
        self.at_once = at_once
        self.each = each
        self.waiting = waiting
        self.within_s = within_s
        self.longest_s = longest_s
        self._ended_at = -math.inf
        self._ended_at_by: dict[str, float] = {}
        self._taken: dict[str, int] = {}
        self._queues: dict[str, deque[QueueTurn]] = {}

    def ask(self, name: str) -> "QueueTurn":
        """Return a turn of ``name``, which has come or will; to be given back with ``leave``. Raises ``Full``."""
        queued = len(self._queues.get(name, ()))
        if self.taken_by(name) + queued >= self.each + self.waiting:
            raise Full(name)
        turn = QueueTurn(self, name)
        self._queues.setdefault(name, deque()).append(turn)
        self._give()
        return turn

    def taken_by(self, name: str) -> int:
        """Return how many turns ``name`` has now."""
        return self._taken.get(name, 0)

    def ended_at(self, name: str) -> float:
        """Return when a turn last ended that ``name`` waited for: one of its own, or anybody's while it has none."""
        return self._ended_at_by.get(name, -math.inf) if self.taken_by(name) else self._ended_at

    def _give(self) -> None:
        """Let those begin whose turn it is: of each name in its turn one."""
        going = True
        while going:
            going = False
            for name in list(self._queues):
                if sum(self._taken.values()) >= self.at_once:
                    return
                if self.taken_by(name) >= self.each:
                    continue
                queue = self._queues.pop(name)
                queue.popleft().begin()
                self._taken[name] = self.taken_by(name) + 1
                if queue:
                    self._queues[name] = queue  # behind the others
                going = True

    def give_back(self, turn: "QueueTurn", *, hung: bool = False) -> None:
        """End a turn, or give up waiting for it; one that ``hung`` is no sign that others go on."""
        if turn.refused:
            return
        if turn.has_come:
            left = self._taken[turn.name] - 1
            self._taken[turn.name] = left
            if hung:
                self._refuse_late()
            else:
                self._ended_at = self._ended_at_by[turn.name] = time.monotonic()
            if not left:
                del self._taken[turn.name]
            self._give()
            if not self.taken_by(turn.name):
                self._ended_at_by.pop(turn.name, None)
            return
        queue = self._queues[turn.name]
        queue.remove(turn)
        if not queue:
            del self._queues[turn.name]

    def _refuse_late(self) -> None:
        """Refuse who has waited for long behind what hung: it would hang as long again."""
        since = time.monotonic() - self.within_s / 2
        for name, queue in list(self._queues.items()):
            kept = deque(turn for turn in queue if turn.asked_at > since)
            for turn in queue:
                if turn.asked_at <= since:
                    turn.refuse()
            self._queues[name] = kept
            if not kept:
                del self._queues[name]


class QueueTurn:
    """One turn: wait for it, and leave it; a context manager does both, and raises ``Full`` where it does not come in time."""

    def __init__(self, turns: Turns, name: str) -> None:
        self.name = name
        self._turns = turns
        self._come = asyncio.Event()
        self._left = False
        self._hung = False
        self.asked_at = time.monotonic()
        self.refused = False

    @property
    def has_come(self) -> bool:
        """Whether it is taken now."""
        return self._come.is_set() and not self.refused

    def refuse(self) -> None:
        """Let whoever waits for it wait no longer: it does not come."""
        self.refused = True
        self._come.set()

    def hung(self) -> None:
        """Note that what it was taken for waited in vain for what hangs."""
        self._hung = True

    def begin(self) -> None:
        """Let it come."""
        self._come.set()

    async def comes_in_time(self) -> bool:
        """Wait for it as long as those before it go on; returns whether it has come."""
        began = self.asked_at
        while not self.refused:
            last = max(began, self._turns.ended_at(self.name))
            waits = min(last + self._turns.within_s, began + self._turns.longest_s) - time.monotonic()
            if await self.comes(None if waits == math.inf else max(waits, 0.0)):
                return True
            if waits <= 0:
                return False
        return False

    async def comes(self, within_s: float | None = None) -> bool:
        """Wait for it, at most so long; returns whether it has come."""
        try:
            async with asyncio.timeout(within_s):
                await self._come.wait()
        except TimeoutError:
            return False
        return not self.refused

    def leave(self) -> None:
        """Give it back; again changes nothing."""
        if not self._left:
            self._left = True
            self._turns.give_back(self, hung=self._hung)

    async def __aenter__(self) -> Self:
        try:
            came = await self.comes_in_time()
        except BaseException:
            self.leave()
            raise
        if not came:
            self.leave()
            raise Full(self.name)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.leave()
