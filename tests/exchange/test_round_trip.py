"""Dump, load into an empty space, dump: the same content, whatever was done to the memories before.

``MEMOS_TRIPS=200`` tries as many histories as that.
"""

import os
from collections.abc import Callable
from contextlib import suppress
from uuid import uuid4

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from support.bundles import content, lines
from support.histories import ACTS, History

from memos_graph import Memory, MemOS
from memos_graph.errors import InputError

DRAWS = st.lists(st.tuples(st.sampled_from(ACTS), st.integers(0, 1 << 16), st.integers(0, 1 << 16)), max_size=18)


@settings(
    max_examples=int(os.environ.get("MEMOS_TRIPS", "14")),
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
@given(draws=DRAWS)
def test_a_round_trip_keeps_the_content(memos: MemOS, draws: list[tuple[str, int, int]]) -> None:
    owner = f"u{uuid4().hex[:12]}"
    space, copy, third = (memos.mount(f"{owner}/{name}", principal=owner) for name in ("notes", "copy", "third"))
    history = History(space)
    for each in [("say", 1, 1), *draws]:
        history.act(*each)
    data = dumped(space)
    assert dumped(space) == data
    loaded = copy.load(data)
    assert (loaded.kept, loaded.gone, loaded.alone, loaded.rejected) == (0, 0, 0, ()), loaded
    again = dumped(copy)
    told = {kind: (lines(data, kind), lines(again, kind)) for kind in ("memories", "facts", "links")}
    for before, after in told.values():
        assert after == before
    assert content(again) == content(data)
    assert copy.load(again).memories == 0
    assert copy.audit.verify().broken == ()
    third.load(again)
    assert content(dumped(third)) == content(data)


def dumped(memory: Memory) -> bytes:
    return b"".join(memory.dump(content_only=True))


def test_a_load_that_is_broken_off_anywhere_goes_on(memos: MemOS, space: Memory, mount: Callable[..., Memory]) -> None:
    history = History(space)
    for number in range(30):
        history.act("say", number, number * 7)
        if number % 3 == 0:
            history.act("update", number, number)
    data = dumped(space)
    loader = memos._services.loader
    for after in range(0, 60, 9):
        copy = mount(f"copy{after}")

        def stop(seen: int, after: int = after) -> None:
            if seen > after:
                raise InputError("Stopped.")

        batch, loader._batch = loader._batch, 4
        try:
            with suppress(InputError):
                copy.load(data, progress=stop)
            told = copy.load(data)
        finally:
            loader._batch = batch
        assert told.kept == 0
        assert content(dumped(copy)) == content(data)
