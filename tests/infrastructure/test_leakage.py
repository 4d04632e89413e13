"""Nobody is told what it may not read: not in an answer, a score, a count, an error, a log line, a metric or a cached result.

``MEMOS_LEAK_ACTS=20000 pytest tests/infrastructure/test_leakage.py`` is the whole run; ``MEMOS_LEAK_SEED`` repeats one.
"""

import logging
import math
import os
import random
import statistics
import sys
import time
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test
from leakage_model import moment
from leakage_reads import Reads
from leakage_world import NOWHERE, Bench, Lines, World
from leakage_writes import Writes

from memos_graph import Memory, MemOS, Message, Settings
from memos_graph.api import Metrics, create_app
from memos_graph.errors import NotFoundError
from memos_graph.infrastructure.governance import Action

ACTS = int(os.environ.get("MEMOS_LEAK_ACTS", "400"))
SEED = int(os.environ.get("MEMOS_LEAK_SEED") or random.SystemRandom().randrange(2**32))
STEPS = min(ACTS, 100)


class Leakage(Writes, Reads, RuleBasedStateMachine):
    """Twenty principals over shared, delegated, revoked, expired and erased memories."""

    def __init__(self) -> None:
        self.began = moment()
        super().__init__()


@pytest.fixture(scope="module")
def bench(settings: Settings) -> Iterator[Bench]:
    """The product with its metrics counting every statement."""
    metrics = Metrics()
    with MemOS.open(settings, observe=metrics.statement) as memos:
        yield Bench(memos, create_app(memos, metrics=metrics), metrics)


@pytest.mark.timeout(0)
def test_no_principal_is_told_what_it_may_not_read(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    World.bench = bench
    lines, logger = Lines(), logging.getLogger("memos_graph")
    logger.addHandler(lines)
    logger.setLevel(logging.DEBUG)
    started, rounds = time.monotonic(), 0
    try:
        while bench.acts < ACTS:
            run_state_machine_as_test(
                seed(SEED + rounds)(Leakage),
                settings=settings_of(math.ceil((ACTS - bench.acts) / STEPS)),
            )
            rounds += 1
    finally:
        logger.removeHandler(lines)
        with capsys.disabled():
            sys.stdout.write(
                f"\n{bench.acts} acts, seed {SEED}: {bench.told} answers held against the model, {bench.refused} refusals,"
                f" {time.monotonic() - started:.0f} s\n{bench.kinds}\n"
            )
    assert not lines.found


def settings_of(examples: int) -> settings:
    return settings(
        max_examples=examples,
        stateful_step_count=STEPS,
        deadline=None,
        derandomize=False,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
