"""How much of a machine work in the background takes: the cores that nobody else uses, and no thread more.

A thread too many does not help: those of one operation wait for the one that shares its core with somebody else.
"""

import time
from dataclasses import dataclass
from typing import Self

import psutil
import torch

_WINDOW_S = 0.2  # the system counts in hundredths of a second
_WHOLE = 0.7  # this much of a core is as good as one


class Pace:
    """Sets PyTorch's threads, from one up to as many as it would choose, by what the machine has done since the last time.

    Call ``adjust`` now and then from the thread that computes, or have it ``follow`` what computes.
    """

    def __init__(self) -> None:
        self._most = torch.get_num_threads()
        torch.set_num_threads(max(1, self._most // 2))
        self._then = _Used.now()

    def follow(self, model: torch.nn.Module) -> None:
        """Adjust before every forward pass of ``model`` from now on."""
        model.register_forward_pre_hook(lambda _module, _inputs: self._before())

    def adjust(self) -> int:
        """Take the cores that were idle, or this process's own, since the last time; returns the number of threads."""
        if time.monotonic() - self._then.at >= _WINDOW_S:
            now = _Used.now()
            free = (now.idle - self._then.idle + now.own - self._then.own) / (now.at - self._then.at)
            torch.set_num_threads(fitting(free, self._most))
            self._then = now
        return torch.get_num_threads()

    def _before(self) -> None:  # what a hook returns would take the place of the pass's input
        self.adjust()


def fitting(free: float, most: int) -> int:
    """Return how many threads so many ``free`` cores are good for."""
    return min(most, max(1, int(free + 1 - _WHOLE)))


@dataclass(frozen=True, slots=True)
class _Used:
    """Seconds of all cores together that were ``idle``, and this process's ``own``, up to a moment."""

    at: float
    idle: float
    own: float

    @classmethod
    def now(cls) -> Self:
        times = psutil.cpu_times()
        return cls(time.monotonic(), times.idle + getattr(times, "iowait", 0.0), time.process_time())
