"""Nobody is told what it may not read: not in an answer, a score, a count, an error, a log line, a metric or a cached result.

``MEMOS_LEAK_ACTS=20000 pytest tests/governance/test_leakage.py`` is the whole run; ``MEMOS_LEAK_SEED`` repeats one.
"""

import logging
import math
import os
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test
from support.leakage_agents import Agents
from support.leakage_console import Visitors
from support.leakage_documents import Documents
from support.leakage_jobs import Scheduled
from support.leakage_mem0 import Mem0
from support.leakage_model import moment
from support.leakage_rights import Rights
from support.leakage_world import NOWHERE, Bench, Lines, World
from support.leakage_writes import Writes

from memos_graph import Memory, MemOS, Message, Settings
from memos_graph.api import Metrics, create_app
from memos_graph.errors import NotFoundError
from memos_graph.governance import Action

ACTS = int(os.environ.get("MEMOS_LEAK_ACTS", "200"))
SEED = int(os.environ.get("MEMOS_LEAK_SEED") or random.SystemRandom().randrange(2**32))
STEPS = min(ACTS // 4, 100)


class Leakage(Writes, Rights, Agents, Documents, Mem0, Scheduled, Visitors, RuleBasedStateMachine):
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
                settings=settings_of(max(2, math.ceil((ACTS - bench.acts) / STEPS / 2))),
            )
            rounds += 1
    finally:
        logger.removeHandler(lines)
        with capsys.disabled():
            sys.stdout.write(bench.first)
            sys.stdout.write(
                f"\n{bench.acts} acts in {bench.steps} steps, seed {SEED}: {bench.told} answers held against the model, {bench.secrets} secrets rightly told, {bench.refused} refusals,"
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


FIRST, LAST = "The greenhouse is heated with straw.", "The straw comes from Porto."
DENIED = "Dana owes the bank nine thousand euros."
OTHER = "Milo owns the boat seven hundred years."
QUESTIONS = ("Who owes the bank?", "nine thousand", "straw from Porto", "What about Dana?", "Where is the greenhouse?")


def answers(memory: Memory) -> list[list[tuple[str, float, dict[str, float]]]]:
    """What a reader is told: texts, scores and their parts, without what differs between two spaces."""
    found = [memory.search(question, limit=50).hits for question in QUESTIONS]
    return [[(hit.cube.text, round(hit.score, 4), hit.why) for hit in hits] for hits in found]


@pytest.mark.alone
@pytest.mark.parametrize(
    ("source", "instead"),
    [
        pytest.param("aside", OTHER, id="other words in another conversation"),
        pytest.param("talk", OTHER, id="other words before other turns"),
        pytest.param("aside", None, id="none at all"),
    ],
)
def test_searches_are_answered_as_if_a_denied_memory_said_something_else(
    memos: MemOS, mount: Callable[..., Memory], principal: str, source: str, instead: str | None
) -> None:
    """The same questions of two spaces that differ only in what the reader may not read."""
    reader, spaces = f"{principal}.reader", list[str]()
    for name, hidden in (("one", DENIED), ("two", instead)):
        space = mount(name)
        space.add([Message(id="m1", text=FIRST)], source="talk")
        if hidden is not None:
            (denied,) = space.add([Message(id="m2", text=hidden)], source=source).added
            space.permissions.deny(reader, [Action.READ], cube=denied)
        space.add([Message(id="m3", text=LAST)], source="talk")
        space.grant(reader, [])
        spaces.append(space.space)
    # Both are there before either is asked: how rare a word is, the full-text index counts over all spaces.
    told = [answers(memos.mount(space, principal=reader)) for space in spaces]
    assert told[0] == told[1]


def test_reading_what_is_forbidden_takes_as_long_as_reading_what_is_missing(
    memos: MemOS, space: Memory, principal: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Reported, and held to nothing narrower than noise: both are one statement that finds no row."""
    (cube,) = space.add(DENIED).added
    reader = memos.mount(f"{principal}.guest/own", principal=f"{principal}.guest")
    times: dict[str, list[float]] = {cube: [], NOWHERE: []}
    for _ in range(210):
        for wanted, taken in times.items():
            started = time.perf_counter()
            with pytest.raises(NotFoundError):
                reader.get(wanted)
            taken.append(1000 * (time.perf_counter() - started))
    forbidden, missing = (statistics.median(taken[10:]) for taken in times.values())
    with capsys.disabled():
        sys.stdout.write(f"\nforbidden {forbidden:.2f} ms, missing {missing:.2f} ms: {forbidden / missing:.2f}\n")
    assert 0.5 < forbidden / missing < 2
