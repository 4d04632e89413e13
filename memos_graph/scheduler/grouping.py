"""Which memories could stand together as a payload: a topic's, the whole space's, the hottest ones, and those that stand already."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from memos_graph.config import Settings
from memos_graph.forms.answering.considering import ATTENDED
from memos_graph.forms.answering.lines import in_order
from memos_graph.graph.rows import Row
from memos_graph.graph.runner import Runner
from memos_graph.kit.moments import NEVER
from memos_graph.scheduler.prices import Prices, readable
from memos_graph.scheduler.strategies import Group
from memos_graph.search.selection import Line, Selection

LEAST_HEAT = 0.05
READS_A_QUESTION = 10
_MOST_GROUPS = 24
_MOST_WARM = 1000
_SOON = timedelta(days=7)
"""A memory that ends sooner would take a payload of many with it."""


@dataclass(frozen=True)
class Candidate:
    """A group, its memories, the KV-cache of just these, and when any of them last changed."""

    group: Group
    cubes: tuple[str, ...]
    stands: str | None
    changed_at: datetime

    @property
    def what(self) -> frozenset[str]:
        """Its memories, in no order."""
        return frozenset(self.cubes)

    @property
    def why(self) -> str:
        """What speaks for it and against it, in numbers."""
        group = self.group
        return (
            f"{group.uses_per_day:.2f} uses a day, {group.tokens} tokens; "
            f"a prompt reads {group.plaintext_ms:.1f} ms of text, {group.cached_ms:.1f} ms cached; building takes {group.build_ms:.0f} ms"
        )


class Grouping:
    """Makes the groups of one space, as far as one principal sees their memories whole."""

    def __init__(self, runner: Runner, settings: Settings, costs: Prices, given: Mapping[str, object]) -> None:
        self._runner = runner
        self._settings = settings
        self._costs = costs
        self._given = dict(given)
        rows = runner.read("schedule/warm", **self._given, least=LEAST_HEAT / READS_A_QUESTION, limit=_MOST_WARM)
        self._warm = {row["id"]: row for row in rows}

    @property
    def heat(self) -> Mapping[str, float]:
        """How much each memory in use is used."""
        return {cube: row["heat"] for cube, row in self._warm.items()}

    def candidates(self, caches: Sequence[Row], at: datetime, room: int) -> list[Candidate]:
        """Return every group in use, each set of memories once. ``caches`` that stand; ``room`` what may, bytes."""
        found = [
            *(self._named(row, at) for row in self._runner.read("schedule/groups", **self._given, limit=_MOST_GROUPS)),
            self._hottest(at, room),
        ]
        by_memories: dict[frozenset[str], Candidate] = {}
        for each in found:
            if each is not None:  # topics of the same memories are one group, called by the first
                by_memories.setdefault(each.what, each)
        for cache in caches:
            what = frozenset(cache["sources"])
            by_memories[what] = self._standing(cache, by_memories.get(what), at)
        return list(by_memories.values())

    def _named(self, row: Row, at: datetime) -> Candidate | None:
        """Return a topic, or the whole space; ``None`` where nothing of it can be a payload."""
        if row["heat"] <= LEAST_HEAT:
            return None
        lines = self._lines(Selection(topics=(row["topic"],)) if row["topic"] else Selection())
        if not lines:
            return None
        group = self._group(
            row["topic"] or "the whole space", _cubes(lines), self._costs.tokens(lines), at, _end(lines)
        )
        group = group.model_copy(update={"topic": row["topic"], "tags": tuple(row["tags"])})
        return Candidate(group, _cubes(lines), None, row["changed_at"])

    def _hottest(self, at: datetime, room: int) -> Candidate | None:
        """Return as many of the memories in most use as fit."""
        read = {line.cube: line for line in self._lines(Selection(cubes=tuple(self._warm)))} if self._warm else {}
        lines: list[Line] = []
        tokens = 0
        for line in (read[cube] for cube in self._warm if cube in read and read[cube].expires_at - at > _SOON):
            tokens += self._costs.tokens([line])
            if tokens * self._costs.bytes_a_token > room or not self._costs.fits(tokens):
                break
            lines.append(line)
        if not lines:
            return None
        changed = max(self._warm[line.cube]["changed_at"] for line in lines)
        cubes = _cubes(in_order(lines))
        return Candidate(
            self._group("the memories in most use", cubes, self._costs.tokens(lines), at, _end(lines)),
            cubes,
            None,
            changed,
        )

    def _standing(self, cache: Row, same: Candidate | None, at: datetime) -> Candidate:
        """Return the group of a KV-cache that stands, whose building is paid for; none of its memories changed since."""
        cubes = tuple(cache["sources"]) if same is None else same.cubes
        group = self._group(f"{len(cubes)} memories", cubes, cache["tokens"] or 0, at, cache["expires_at"])
        told = {"bytes": cache["bytes"] or group.bytes, "build_ms": 0.0, "stands": True}
        if same is not None:
            told |= {"title": same.group.title, "topic": same.group.topic, "tags": same.group.tags}
        return Candidate(
            group.model_copy(update=told), cubes, cache["id"], cache["created_at"] if same is None else same.changed_at
        )

    def _group(self, title: str, cubes: Sequence[str], tokens: int, at: datetime, end: datetime) -> Group:
        """Return a group with its use and its costs; at its ``end`` the first of its memories goes."""
        rows = [self._warm[cube] for cube in cubes if cube in self._warm]
        accessed = max((row["accessed_at"] for row in rows if row["accessed_at"] is not None), default=None)
        heat, costs = sum(row["heat"] for row in rows), self._costs
        needed = min(tokens, math.ceil(READS_A_QUESTION * tokens / max(1, len(cubes))))
        return Group(
            title=title,
            topic=None,
            memories=len(cubes),
            tokens=tokens,
            bytes=tokens * costs.bytes_a_token,
            uses_per_day=heat * math.log(2) / self._settings.heat_half_life_days / READS_A_QUESTION,
            idle_days=None if accessed is None else (at - accessed) / timedelta(days=1),
            lives_days=None if end >= NEVER else (end - at) / timedelta(days=1),
            tags=tuple(dict.fromkeys(tag for row in rows for tag in row["tags"])),
            plaintext_ms=needed * costs.ms_a_token,
            cached_ms=tokens * costs.ms_a_token * ATTENDED,
            build_ms=tokens * costs.ms_a_token,
        )

    def _lines(self, selection: Selection) -> Sequence[Line]:
        space, principal = str(self._given["space"]), str(self._given["principal"])
        return readable(self._runner, selection, space=space, principal=principal)


def _end(lines: Sequence[Line]) -> datetime:
    return min(line.expires_at for line in lines)


def _cubes(lines: Sequence[Line]) -> tuple[str, ...]:
    return tuple(line.cube for line in lines)
