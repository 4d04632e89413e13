"""Which memories are worth a payload of their own: strategies, which give each group of memories a score.

A score above 0 says that a payload is worth having; of several, those with the higher ones get the room there is. Other packages bring
strategies under the entry point ``memos_graph.strategies``; one that fails, hangs or returns nonsense is told of, and ``cost`` decides.
"""

import logging
import math
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TookTooLong
from typing import Protocol

from pydantic import Field

from memos_graph.kit import plugins
from memos_graph.types import Model

GROUP = "memos_graph.strategies"
"""The entry points of strategies: each is a ``Strategy``."""

_PATIENCE_S = 2.0
_FEWEST_A_DAY = 0.2
_RECENT_DAYS = 7.0
_log = logging.getLogger(__name__)


class Group(Model):
    """Memories that are likely to be asked for together, and what each form of them would cost."""

    title: str = Field(description="The topic, or that it is the whole space.")
    topic: str | None
    memories: int
    tokens: int = Field(description="Of all its lines, estimated.")
    bytes: int = Field(description="Of a KV-cache of it.")
    uses_per_day: float = Field(description="Questions that are likely to need it, by how it was used lately.")
    idle_days: float | None = Field(default=None, description="Since it was last read; none: never.")
    lives_days: float | None = Field(
        default=None,
        description="Until the first of its memories ends, and a payload of it with that; none: no end is known.",
    )
    tags: tuple[str, ...] = ()
    plaintext_ms: float = Field(description="To read what a question needs of it, in each prompt.")
    cached_ms: float = Field(description="To attend to all of it in a KV-cache, in each prompt.")
    build_ms: float = Field(description="To build the KV-cache; 0 where it stands.")
    stands: bool = Field(default=False, description="A KV-cache of just this is in service.")


class Context(Model):
    """For whom and for what is planned.

    * ``horizon_days`` for how long; ``labels`` of what is worked on.
    * ``keep_ms_per_mb`` what a MiB costs a day, in the same coin as time.
    """

    horizon_days: float = 7.0
    labels: tuple[str, ...] = ()
    keep_ms_per_mb: float = 1.0


class Strategy(Protocol):
    """Gives a group a score; above 0: worth a payload."""

    def score(self, group: Group, context: Context) -> float:
        """Return the score."""


class Cost:
    """Milliseconds that a KV-cache saves within the horizon, or as long as it lives, less what building and keeping it costs."""

    def score(self, group: Group, context: Context) -> float:
        """Return milliseconds saved."""
        days = context.horizon_days if group.lives_days is None else min(context.horizon_days, group.lives_days)
        uses = group.uses_per_day * days
        keep = context.keep_ms_per_mb * days * group.bytes / 2**20
        return uses * (group.plaintext_ms - group.cached_ms) - group.build_ms - keep


class Frequency:
    """What is asked for often."""

    def score(self, group: Group, context: Context) -> float:  # noqa: ARG002 - as every strategy is called
        """Return uses a day above the fewest that count."""
        return group.uses_per_day - _FEWEST_A_DAY


class Recency:
    """What was read last: the least recently used goes first."""

    def score(self, group: Group, context: Context) -> float:  # noqa: ARG002 - as every strategy is called
        """Return days left until it counts as forgotten."""
        return -1.0 if group.idle_days is None else _RECENT_DAYS - group.idle_days


class Labels:
    """What bears the labels of what is worked on; among those, what is asked for often."""

    def score(self, group: Group, context: Context) -> float:
        """Return the share of the labels it bears, weighed with its use."""
        found = len(set(context.labels) & set(group.tags))
        return found / len(context.labels) * (1 + group.uses_per_day) if found else 0.0


STRATEGIES: Mapping[str, Strategy] = {
    "cost": Cost(),
    "frequency": Frequency(),
    "recency": Recency(),
    "labels": Labels(),
}


def strategy(name: str) -> Strategy:
    """Return a strategy by name; raises ``ConfigurationError`` where there is none of that name."""
    if name in STRATEGIES:
        return STRATEGIES[name]
    brought: Strategy = plugins.chosen(GROUP, name, own=tuple(STRATEGIES), setting="MEMOS_SCHEDULER_STRATEGY")
    return brought


def scores(chosen: Strategy, groups: Sequence[Group], context: Context) -> tuple[list[float], str | None]:
    """Return the score of each group, and what was wrong with the strategy, where ``cost`` decided in its place."""
    if any(chosen is own for own in STRATEGIES.values()):
        return [chosen.score(group, context) for group in groups], None
    # Code of others: in a thread, which is left behind if it hangs.
    pool = ThreadPoolExecutor(1, "memos-strategy")
    try:
        given = pool.submit(lambda: [float(chosen.score(group, context)) for group in groups]).result(_PATIENCE_S)
        wrong = None if all(map(math.isfinite, given)) else "it returned what is not a number"
    except TookTooLong:
        given, wrong = [], f"it took longer than {_PATIENCE_S:g} s"
    except Exception as error:  # noqa: BLE001 - whatever it raises, plans are made
        _log.exception("the scheduler's strategy failed")
        given, wrong = [], f"it raised {type(error).__name__}"
    finally:
        pool.shutdown(wait=False)
    if wrong is None:
        return given, None
    return [STRATEGIES["cost"].score(group, context) for group in groups], wrong
