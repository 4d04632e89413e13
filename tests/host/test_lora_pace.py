"""Work in the background leaves the cores alone that others use."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest
import torch

from memos_graph.host.lora.pace import Pace, fitting


@pytest.fixture
def threads() -> Iterator[int]:
    """How many there are; as many as before afterwards."""
    before = torch.get_num_threads()
    yield before
    torch.set_num_threads(before)


@pytest.mark.parametrize(
    ("free", "most", "expected"),
    [(0.0, 8, 1), (0.9, 8, 1), (1.6, 8, 1), (1.7, 8, 2), (2.6, 8, 2), (7.9, 8, 8), (8.0, 4, 4), (1.9, 1, 1)],
)
def test_a_core_counts_when_most_of_it_is_free(free: float, most: int, expected: int) -> None:
    assert fitting(free, most) == expected


def test_where_others_use_every_core_there_is_one_thread(threads: int) -> None:
    pace = Pace()
    cores = os.cpu_count() or 1
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(2 * cores)]
    try:
        time.sleep(0.5)  # they begin
        pace.adjust()
        time.sleep(1.0)
        assert pace.adjust() == torch.get_num_threads() == 1
    finally:
        for each in busy:
            each.kill()
            each.wait()


def test_it_is_adjusted_in_whatever_a_model_does(threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    pace = Pace()
    seen: list[int] = []
    adjust = pace.adjust
    monkeypatch.setattr(pace, "adjust", lambda: seen.append(adjust()))
    model = torch.nn.Linear(2, 3)
    pace.follow(model)
    given = torch.ones(1, 2)
    before = model.weight @ given[0] + model.bias
    assert torch.allclose(model(given)[0], before), "a pass is what it would have been"
    model(given)
    assert len(seen) == 2
