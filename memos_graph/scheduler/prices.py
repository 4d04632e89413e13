"""What payloads cost here: measured by the last builds and by what stands, assumed where there is nothing to measure."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from memos_graph.errors import InputError, NotFoundError
from memos_graph.forms.answering.considering import estimated_tokens
from memos_graph.graph.rows import Row
from memos_graph.graph.runner import Runner
from memos_graph.host.protocol import HostHealth
from memos_graph.jobs.job import Job
from memos_graph.search.selection import Line, Selection, select

_TOKENS_A_SECOND = 2000.0
_BYTES_A_TOKEN = 24_576
_LOOKED_BACK = timedelta(days=28)
_LEAST_PAID = 0.1
_FEWEST_BUILT = 4
YOUNG = timedelta(hours=24)
"""For so long what was built stays whatever is planned, and what was dropped is not built again."""
WINDOW_SHARE = 0.6
"""How much of the model's window a payload may take: the rest is for what it lacks, the chat and the answer."""


@dataclass(frozen=True)
class Prices:
    """What things cost here, and whether building was ``measured``.

    * ``longer`` how many times as many tokens lines take as is estimated.
    """

    ms_a_token: float
    bytes_a_token: int
    window: int | None
    measured: bool
    longer: float = 1.0

    def tokens(self, lines: Sequence[Line]) -> int:
        """Return how many tokens lines take."""
        return round(self.longer * estimated_tokens(lines))

    def fits(self, tokens: int) -> bool:
        """Whether a payload of so many tokens leaves enough of the model's window."""
        return self.window is None or tokens <= WINDOW_SHARE * self.window


def readable(runner: Runner, selection: Selection, *, space: str, principal: str) -> Sequence[Line]:
    """Return the lines of a selection; none where none can be seen whole, or it is more than a model takes."""
    try:
        return select(runner, selection, space=space, principal=principal)
    except (NotFoundError, InputError):
        return ()


def prices(runner: Runner, host: HostHealth | None, standing: Sequence[Row], *, space: str, principal: str) -> Prices:
    """Return what building costs, from the last builds, from the host if it runs, and from what stands."""
    done = [json.loads(row["result"]) for row in runner.read("schedule/rates", limit=20)]
    timed = [each for each in done if each.get("tokens") and each.get("seconds")]
    tokens, seconds = sum(each["tokens"] for each in timed), sum(each["seconds"] for each in timed)
    sized = [row for row in standing if row["bytes"] and row["tokens"]]
    if host is not None:
        size = host.kv_bytes_per_token
    elif sized:
        size = sum(row["bytes"] for row in sized) // sum(row["tokens"] for row in sized)
    else:
        size = _BYTES_A_TOKEN
    longer = 1.0
    if sized:
        largest = max(sized, key=lambda row: row["tokens"])
        lines = readable(runner, Selection(cubes=tuple(largest["sources"])), space=space, principal=principal)
        longer = largest["tokens"] / max(1, estimated_tokens(lines)) if len(lines) == len(largest["sources"]) else 1.0
    return Prices(
        ms_a_token=1000 * seconds / tokens if tokens and seconds else 1000 / _TOKENS_A_SECOND,
        bytes_a_token=size,
        window=host.context_length if host is not None else None,
        measured=bool(tokens and seconds),
        longer=longer,
    )


def paid(runner: Runner, history: Sequence[Job], given: Mapping[str, object], at: datetime) -> float:
    """Return how much of what building them read earlier KV-caches of the scheduler spared, at most 1; 1 where there were none.

    Use does not always come again as it was: where what was built did not pay, less is expected of what could be. Those built just now
    had no time to, and the first few only show what is in use.
    """
    payloads = [
        job.result["cube"]
        for job in history
        if job.kind == "build" and job.result is not None and at - job.created_at > YOUNG
    ]
    since = (at - _LOOKED_BACK).date().isoformat()
    if len(payloads) < _FEWEST_BUILT:
        return 1.0
    row = runner.read_one("schedule/paid", **given, since=since, payloads=payloads)
    if row is None or not row["built"]:
        return 1.0
    return float(max(_LEAST_PAID, min(1.0, row["saved"] / row["built"])))
