"""Which groups get the room there is, by what each adds to those that have it."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memos_graph.scheduler.filling import filled
from memos_graph.scheduler.grouping import Candidate
from memos_graph.scheduler.prices import Prices
from memos_graph.scheduler.strategies import Context, Cost, Group

COSTS = Prices(ms_a_token=1.0, bytes_a_token=1000, window=2000, measured=True)
NOTHING_STAYS: tuple[int, ...] = ()


def group(memories: str, uses: float, *, stands: bool = False, tokens: int | None = None) -> Candidate:
    """Return a group of memories named by letters, of ten tokens each."""
    size = len(memories) * 10 if tokens is None else tokens
    costs = {"plaintext_ms": float(size), "cached_ms": 0.02 * size, "build_ms": 0.0 if stands else float(size)}
    made = Group(
        title=memories, topic=None, memories=len(memories), tokens=size, bytes=size * 1000, uses_per_day=uses, **costs
    )
    return Candidate(made, tuple(memories), memories if stands else None, datetime(2026, 1, 1, tzinfo=UTC))


def cost(groups: Sequence[Group]) -> list[float]:
    """Return the scores of the default strategy, where keeping costs nothing."""
    return [Cost().score(each, Context(keep_ms_per_mb=0.0)) for each in groups]


def names(candidates: Sequence[Candidate], chosen: dict[int, float]) -> list[str]:
    """Return what was chosen, in that order."""
    return [candidates[i].group.title for i in chosen]


def fill(candidates: Sequence[Candidate], heat: dict[str, float], room: int, staying: Sequence[int] = NOTHING_STAYS):
    """Return what is chosen."""
    return names(candidates, filled(candidates, heat, cost, COSTS, room, staying))


def test_what_another_holds_already_is_no_use():
    heat = dict.fromkeys("abcdef", 10.0)
    candidates = [group("abcd", 4.0), group("ab", 2.0), group("abe", 3.0)]
    assert fill(candidates, heat, 80_000) == ["abcd", "abe"]  # of which one memory is new
    cold = {**heat, "e": 0.1}
    assert fill([group("abcd", 4.0), group("abe", 2.01)], cold, 80_000) == ["abcd"]


def test_what_stays_anyway_counts_as_held():
    heat = dict.fromkeys("abcd", 10.0)
    candidates = [group("abcd", 4.0, stands=True), group("abc", 3.0), group("abcd", 4.0)]
    assert fill(candidates, heat, 80_000, [0]) == []


def test_what_fits_neither_the_room_nor_the_window_is_left():
    heat = dict.fromkeys("abcdefgh", 10.0)
    candidates = [group("abcdefgh", 8.0), group("ab", 2.0), group("cd", 1.9, tokens=1300)]
    assert fill(candidates, heat, 79_000) == ["ab"]
    assert fill(candidates, heat, 8_000_000) == ["abcdefgh"]
    assert fill(candidates, heat, 0) == []


@pytest.mark.parametrize(("before", "after", "stays"), [(9.0, 9.1, True), (2.0, 9.0, False)])
def test_what_stands_goes_only_for_what_pays_for_its_building(before: float, after: float, stays: bool):
    heat = {**dict.fromkeys("abcdefgh", before), **dict.fromkeys("ijklmnop", after)}
    candidates = [group("abcdefgh", before / 10, stands=True), group("ijklmnop", after / 10)]
    assert fill(candidates, heat, 80_000) == (["abcdefgh"] if stays else ["ijklmnop"])


def test_what_ends_soon_has_little_time_to_pay():
    lasting = group("abcd", 1.0).group
    scores = [
        Cost().score(lasting.model_copy(update={"lives_days": days}), Context(keep_ms_per_mb=0.0))
        for days in (None, 100.0, 7.0, 3.5, 0.5)
    ]
    assert scores[0] == scores[1] == scores[2] > scores[3] > 0 > scores[4]


@given(st.lists(st.tuples(st.text("abcdefgh", min_size=1), st.floats(0, 50)), max_size=8), st.integers(0, 300_000))
def test_no_choice_exceeds_the_room_or_holds_nothing_new(made: list[tuple[str, float]], room: int):
    candidates = [group("".join(sorted(set(memories))), uses) for memories, uses in made]
    chosen = filled(candidates, dict.fromkeys("abcdefgh", 5.0), cost, COSTS, room, NOTHING_STAYS)
    assert sum(candidates[i].group.bytes for i in chosen) <= room
    held: set[str] = set()
    for i, score in chosen.items():
        assert score > 0
        assert not candidates[i].what <= held
        held |= candidates[i].what
