"""What payloads cost, and whether earlier ones paid: what is expected of a new one."""

from datetime import timedelta

import pytest
from support.raw_graph import rows

from memos_graph import Memory, MemOS
from memos_graph.jobs.job import Job, JobState
from memos_graph.kit.clock import now
from memos_graph.scheduler.prices import Prices, paid


def built(space: Memory, count: int, *, days_ago: float = 3.0) -> list[Job]:
    """Return jobs of the scheduler that built as many KV-caches."""
    at = now() - timedelta(days=days_ago)
    return [
        Job(
            id=f"job-{n}",
            kind="build",
            space=space.space,
            state=JobState.DONE,
            given={"cubes": [f"memory-{n}"]},
            attempts=3,
            result={"cube": f"cache-{n}", "tokens": 100},
            why="as planned",
            created_by=space.principal,
            created_at=at,
            due_at=at,
        )
        for n in range(count)
    ]


def book(memos: MemOS, space: Memory, cube: str, *, saved: int = 0, tokens: int = 0, days_ago: int = 2) -> None:
    """Put an entry on the bill, as answers and builds do."""
    rows(
        memos,
        "CREATE (:CostEntry {space: $s, day: $day, principal: $p, act: 'chat', form: 'activation', cube: $cube, "
        "tokens_saved: $saved, tokens_built: $built})",
        s=space.space,
        p=space.principal,
        day=(now() - timedelta(days=days_ago)).date().isoformat(),
        cube=cube,
        saved=saved,
        built=tokens,
    )


def expected(memos: MemOS, space: Memory, history: list[Job]) -> float:
    """Return what is expected of the next, by what these brought."""
    given = {"space": space.space, "principal": space.principal, "now": now()}
    return paid(memos._services.runner, history, given, now())


@pytest.mark.parametrize(("saved", "share"), [(0, 0.1), (100, 0.25), (400, 1.0), (9000, 1.0)])
def test_less_is_expected_where_earlier_ones_did_not_pay(memos: MemOS, space: Memory, saved: int, share: float):
    for n in range(4):
        book(memos, space, f"cache-{n}", tokens=100)
    book(memos, space, "cache-1", saved=saved, days_ago=1)
    book(memos, space, "built by hand", saved=9000)
    assert expected(memos, space, built(space, 4)) == pytest.approx(share)


def test_few_builds_young_ones_and_those_of_long_ago_say_nothing(memos: MemOS, space: Memory):
    assert expected(memos, space, []) == 1.0
    for n in range(4):
        book(memos, space, f"cache-{n}", tokens=100)
    assert expected(memos, space, built(space, 3)) == 1.0
    assert expected(memos, space, built(space, 4, days_ago=0.5)) == 1.0
    for n in range(10, 14):
        book(memos, space, f"cache-{n}", tokens=100, days_ago=60)
    assert expected(memos, space, built(space, 14)[10:]) == 1.0


def test_a_payload_leaves_room_in_the_window():
    assert Prices(ms_a_token=1, bytes_a_token=1, window=1000, measured=True).fits(600)
    assert not Prices(ms_a_token=1, bytes_a_token=1, window=1000, measured=True).fits(601)
    assert Prices(ms_a_token=1, bytes_a_token=1, window=None, measured=True).fits(10**9)
