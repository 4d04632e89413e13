"""What caches would reach that load what they miss: one that puts out what was used longest ago, and one that knows what comes."""

from collections import OrderedDict
from collections.abc import Sequence


def least_recently_used(trace: Sequence[str], room: int) -> float:
    """Return the share of hits of a cache of ``room`` things that puts out what was used longest ago."""
    held, hits = OrderedDict[str, None](), 0
    for wanted in trace:
        if wanted in held:
            hits += 1
            held.move_to_end(wanted)
        elif room:
            if len(held) == room:
                held.popitem(last=False)
            held[wanted] = None
    return hits / len(trace)


def belady(trace: Sequence[str], room: int) -> float:
    """Return the share of hits of a cache of ``room`` things that puts out what is needed last, if that is not what comes in: none has more."""
    following, last = [0] * len(trace), dict[str, int]()
    for at in range(len(trace) - 1, -1, -1):
        following[at] = last.get(trace[at], len(trace))
        last[trace[at]] = at
    held, hits = dict[str, int](), 0
    for at, wanted in enumerate(trace):
        hits += wanted in held
        held[wanted] = following[at]
        if len(held) > room:
            del held[max(held, key=held.__getitem__)]
    return hits / len(trace)
