"""What every contestant reports, as one JSON line on its standard output."""

import json
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from bench.dataset import Recall


@dataclass
class Contestant:
    """Collects one contestant's recall, search times and ingest speed; times in seconds."""

    name: str
    recall: Recall = field(default_factory=lambda: Recall([]))
    searches: list[float] = field(default_factory=list)
    ingest_seconds: float = 0.0
    messages: int = 0

    @contextmanager
    def searching(self) -> Iterator[None]:
        """Time one search."""
        started = time.perf_counter()
        yield
        self.searches.append(time.perf_counter() - started)

    @contextmanager
    def ingesting(self, messages: int) -> Iterator[None]:
        """Time the ingest of ``messages`` messages."""
        started = time.perf_counter()
        yield
        self.ingest_seconds += time.perf_counter() - started
        self.messages += messages

    def report(self) -> dict[str, Any]:
        """Return everything measured; milliseconds and messages per second."""
        return {
            "name": self.name,
            "recall": self.recall.summary(),
            "search_ms": {"p50": _ms(self.searches, 50), "p95": _ms(self.searches, 95)},
            "messages_per_second": round(self.messages / self.ingest_seconds, 1) if self.ingest_seconds else None,
            "messages": self.messages,
        }

    def emit(self) -> None:
        """Print the report for the process that started this one."""
        sys.stdout.write(json.dumps(self.report()) + "\n")


def _ms(seconds: list[float], percentile: int) -> float:
    if len(seconds) < 2:
        return round(1000 * sum(seconds), 2)
    return round(1000 * statistics.quantiles(seconds, n=100)[percentile - 1], 2)
