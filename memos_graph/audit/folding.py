"""Refusals that come again and again: one event at once, then one a minute that counts the others.

A log takes what anybody asks of its space, also from those who may ask nothing: without this, whoever is refused a thousand
times a minute would write a thousand events into somebody else's log.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from memos_graph.audit.events import Event, node_of

WINDOW_S = 60.0
MOST_ACTS = 20
"""Different acts and principals of one window that a space's log tells apart; what comes besides is told of each principal together."""
OTHER_ACTS = "various acts"
_MOST_CUBES = 20

_Key = tuple[str, str, str | None, str | None]


@dataclass
class _Window:
    ends: float
    count: int = 0
    cubes: dict[str, None] = field(default_factory=dict)
    last: Event | None = None

    def add(self, event: Event) -> None:
        self.count += 1
        self.last = event
        if len(self.cubes) < _MOST_CUBES:
            self.cubes.update(dict.fromkeys(event.cubes))


class Folds:
    """What is told of refusals, and when; knows no clock: ``at`` are seconds of one that only goes forward. Not thread-safe."""

    def __init__(self) -> None:
        self._windows: dict[_Key, _Window] = {}
        self._acts: defaultdict[str, int] = defaultdict(int)

    def first(self, event: Event, at: float) -> Event | None:
        """Return ``event`` where it is to be written at once, ``None`` where it is counted for later."""
        key = (event.space, event.principal, event.detail, event.reason)
        if key not in self._windows and self._acts.get(event.space, 0) >= MOST_ACTS:
            self._forget_idle(at)
        if key not in self._windows and self._acts.get(event.space, 0) >= MOST_ACTS:
            event = replace(event, principal=node_of(event.principal), detail=OTHER_ACTS)
            key = (event.space, event.principal, OTHER_ACTS, None)
        window = self._windows.get(key)
        if window is None:
            self._windows[key] = _Window(at + WINDOW_S)
            self._acts[event.space] += 1
            return event
        if window.ends <= at and not window.count:
            window.ends = at + WINDOW_S
            return event
        window.add(event)
        return None

    def due(self, at: float) -> list[Event]:
        """Return what is to be written of the windows that have ended; those that held something begin anew."""
        told: list[Event] = []
        for key, window in list(self._windows.items()):
            if window.count and window.ends <= at:
                told += _told(window)
                self._windows[key] = _Window(at + WINDOW_S)
        self._forget_idle(at)
        return told

    def drain(self, space: str | None = None) -> list[Event]:
        """Return what was counted so far (of ``space``), to be written now; the windows go on."""
        return [
            event for key, window in list(self._windows.items()) if space in {None, key[0]} for event in _told(window)
        ]

    def wait(self, at: float) -> float | None:
        """Return in how many seconds something will be due; ``None``: nothing waits."""
        ends = min((window.ends for window in self._windows.values() if window.count), default=None)
        return None if ends is None else max(ends - at, 0.0)

    def _forget_idle(self, at: float) -> None:
        for key in [key for key, window in self._windows.items() if window.ends <= at and not window.count]:
            del self._windows[key]
            self._acts[key[0]] -= 1
            if not self._acts[key[0]]:
                del self._acts[key[0]]


def _told(window: _Window) -> Iterator[Event]:
    if window.last is not None and window.count:
        yield replace(window.last, cubes=list(window.cubes), count=window.count)
    window.count, window.last = 0, None
    window.cubes.clear()
