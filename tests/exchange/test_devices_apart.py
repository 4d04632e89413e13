"""Two devices at random: whatever is done on each, and wherever the line is cut, both end equal, nothing is lost, and nothing comes back.

``MEMOS_DEVICES=200`` tries as many histories as that, ``MEMOS_ACTS=1000`` so many acts on each side.
"""

import os
import random
from contextlib import suppress
from typing import Any
from uuid import uuid4

from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from support.devices import Cut, gone, stands
from support.faces import Faces
from support.histories import ACTS, History

from memos_graph import Memory, MemOS
from memos_graph.errors import MemosError

_ACTS = int(os.environ.get("MEMOS_ACTS", "12"))
_KINDS = [*ACTS, "forget", "sync", "sync", "sync"]
_MANY = 100


def _drawn(seed: int) -> list[tuple[int, str, int, int]]:
    """Many acts of one number: as many draws would be too much to be shrunk."""
    draws = random.Random(seed)
    return [
        (draws.randrange(2), draws.choice(_KINDS), draws.randrange(1 << 16), draws.randrange(1 << 16))
        for _ in range(2 * _ACTS)
    ]


_FEW = st.lists(
    st.tuples(st.integers(0, 1), st.sampled_from(_KINDS), st.integers(0, 1 << 16), st.integers(0, 1 << 16)),
    max_size=2 * _ACTS,
)
DRAWS = _FEW if _ACTS < _MANY else st.integers(0, 1 << 32).map(_drawn)
NAMES = ["Bo", "piano", "Oslo", "the ferry"]


class Apart:
    """Two devices on which somebody does what was drawn."""

    def __init__(self, here: Memory, there: Memory, line: Any) -> None:
        self.devices = (here, there)
        self.line = line
        # Most of what is said is said on one of them, and some of it is sent to both.
        self.histories = [[History(each, name), History(each)] for each, name in zip(self.devices, "ab", strict=True)]
        self.gone: set[str] = set()

    def act(self, side: int, name: str, first: int, second: int) -> None:
        if name == "sync":
            with suppress(MemosError):
                self.devices[0].sync(Cut(self.line, first % 20, answered=second % 2 == 0))
        elif name == "forget":
            with suppress(MemosError):
                self.devices[side].forget(NAMES[first % len(NAMES)])
        else:
            self.histories[side][second % 4 == 0].act(name, first, second)
        self.gone |= gone(self.devices[side])

    def end(self) -> None:
        before = [stands(each) for each in self.devices]
        done = self.devices[0].sync(self.line)
        assert done.in_step, done
        after = stands(self.devices[0])
        assert stands(self.devices[1]) == after
        assert not self.gone & after.keys()
        for device in before:
            for id_, (_, texts, *_rest) in device.items():
                assert id_ not in after or texts <= after[id_][1]
        again = self.devices[0].sync(self.line)
        assert again.here == again.there == type(again.here)()
        assert all(each.audit.verify().broken == () for each in self.devices)


@settings(
    max_examples=int(os.environ.get("MEMOS_DEVICES", "10")),
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
@given(draws=DRAWS)
@example(
    draws=[
        (0, "say", 1, 1),
        (0, "sync", 19, 0),
        (1, "archive", 0, 1),
        (0, "update", 0, 1),
        (0, "sync", 3, 0),
        (1, "restore", 0, 0),
        (0, "freeze", 0, 0),
        (0, "sync", 19, 0),
        (1, "set", 0, 3),
        (0, "thaw", 0, 0),
        (0, "document", 0, 0),
        (1, "document", 0, 1),
        (0, "merge", 0, 1),
    ]
)
def test_both_end_equal(memos: MemOS, faces: Faces, draws: list[tuple[int, str, int, int]]) -> None:
    owner = f"u{uuid4().hex[:12]}"
    here, there = (memos.mount(f"{owner}/{name}", principal=owner) for name in ("laptop", "phone"))
    apart = Apart(here, there, faces.mounts("over REST", owner)("phone"))
    for each in draws:
        apart.act(*each)
    apart.end()
