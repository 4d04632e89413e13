"""What a plan is made of: which groups of memories stand as KV-caches or adapters, what is built, dropped, taught and archived.

Nothing here changes anything: a plan can be looked at before it acts. Use is read from what the log's group commit counts of each memory
(``heat``), costs from what the last builds took. What stands is kept a while before it may go (hysteresis): its building is paid for, and
neither is it dropped within ``_RESIDES`` of being built, nor built again within that of being dropped.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from pydantic import Field

from memos_graph.config import Settings
from memos_graph.errors import InputError, NotFoundError
from memos_graph.forms.answering.considering import estimated_tokens
from memos_graph.graph.rows import Row
from memos_graph.graph.runner import Runner
from memos_graph.host.protocol import HostHealth
from memos_graph.jobs.job import Job
from memos_graph.kit.clock import now
from memos_graph.scheduler.strategies import Context, Group, scores, strategy
from memos_graph.search.selection import Selection, select
from memos_graph.types import MemoryType, Model

_MOST_GROUPS = 24
_MOST_COLD = 200
_LEAST_HEAT = 0.05
_RESIDES = timedelta(hours=24)
_STABLE = timedelta(days=7)
_TAUGHT_USES_A_DAY = 2.0
_READS_A_QUESTION = 10
_TOKENS_A_SECOND = 2000.0
_BYTES_A_TOKEN = 24_576
_ATTENDED = 0.02
"""What attending to a cached token costs of reading it."""
_WINDOW_SHARE = 0.6


class PlanAct(StrEnum):
    """What a plan does with a group or a payload."""

    BUILD = "build"
    KEEP = "keep"
    DROP = "drop"
    DISTILL = "distill"
    ARCHIVE = "archive"
    LEAVE = "leave"


class ScheduleStep(Model):
    """One decision, with what it rests on."""

    step: PlanAct
    form: MemoryType = Field(description="The form it is in afterwards.")
    group: Group | None = None
    payload: str | None = Field(default=None, description="The KV-cache or adapter it is about.")
    cubes: tuple[str, ...] = Field(default=(), description="The memories it is about, by id.")
    score: float | None = None
    why: str = Field(description="In numbers only.")


class SchedulePlan(Model):
    """What the scheduler would do in a space, and why."""

    space: str
    at: datetime
    strategy: str
    bytes_standing: int
    bytes_planned: int
    bytes_allowed: int
    steps: tuple[ScheduleStep, ...]
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Prices:
    """What things cost here, and which of that was measured."""

    ms_a_token: float
    bytes_a_token: int
    window: int | None
    measured: bool


def rates(runner: Runner, host: HostHealth | None, standing: Sequence[Row]) -> Prices:
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
    return Prices(
        ms_a_token=1000 * seconds / tokens if tokens and seconds else 1000 / _TOKENS_A_SECOND,
        bytes_a_token=size,
        window=host.context_length if host is not None else None,
        measured=bool(tokens and seconds),
    )


class SchedulePlanner:
    """Makes the plan of one space for one principal, who must hold the right to transform."""

    def __init__(self, runner: Runner, settings: Settings, *, space: str, principal: str) -> None:
        self._runner = runner
        self._settings = settings
        self._space = space
        self._principal = principal
        self._half_life_s = settings.heat_half_life_s

    def plan(self, host: HostHealth | None, history: Sequence[Job], *, labels: Sequence[str] = ()) -> SchedulePlan:
        """Return the plan; ``history`` what was scheduled here lately; ``labels`` of what is worked on."""
        at = now()
        given = {"space": self._space, "principal": self._principal, "now": at, "half_life_s": self._half_life_s}
        standing = self._runner.read("schedule/standing", **given)
        costs = rates(self._runner, host, standing)
        foreign = [row for row in standing if host is not None and row["base_model"] != host.fingerprint]
        own = [row for row in standing if row not in foreign]
        caches = [row for row in own if row["memory_type"] == MemoryType.ACTIVATION]
        adapters = [row for row in own if row["memory_type"] == MemoryType.PARAMETRIC]
        remarks = [] if costs.measured else ["Nothing was built by a job yet: what building takes is assumed."]
        found = [self._candidate(row, costs, caches, at) for row in self._groups(given)]
        # Topics of the same memories are one group, called by the first.
        candidates = list({each.cubes: each for each in reversed(found) if each is not None}.values())[::-1]
        context = Context(labels=tuple(labels))
        groups = [each.group for each in candidates]
        given_scores, wrong = scores(strategy(self._settings.scheduler_strategy), groups, context)
        if wrong is not None:
            remarks.append(f"The strategy '{self._settings.scheduler_strategy}' failed ({wrong}): cost decided.")
        allowed = self._settings.scheduler_mb << 20
        chosen = _fill(candidates, given_scores, allowed, costs.window)
        steps = [
            *self._builds(candidates, given_scores, chosen, caches, history, at),
            *self._teaches(candidates, chosen, adapters, at),
            *self._cools(adapters, at),
            *(_dropped(row, "of another model than the one that answers") for row in foreign),
            *self._archives(given, at),
        ]
        return SchedulePlan(
            space=self._space,
            at=at,
            strategy=self._settings.scheduler_strategy if wrong is None else "cost",
            bytes_standing=sum(row["bytes"] or 0 for row in caches),
            bytes_planned=sum(candidates[i].group.bytes for i in chosen),
            bytes_allowed=allowed,
            steps=tuple(steps),
            remarks=tuple(remarks),
        )

    def _groups(self, given: dict[str, object]) -> list[Row]:
        rows = self._runner.read("schedule/groups", **given, limit=_MOST_GROUPS)
        return [row for row in rows if row["heat"] > _LEAST_HEAT]

    def _candidate(self, row: Row, costs: Prices, caches: Sequence[Row], at: datetime) -> "_Candidate | None":
        """Return a group with its memories; ``None`` where nothing of it can be a payload."""
        selection = Selection(topics=(row["topic"],)) if row["topic"] else Selection()
        try:
            lines = select(self._runner, selection, space=self._space, principal=self._principal)
        except (NotFoundError, InputError):  # nothing of it can be seen whole, or it is more than a model takes
            return None
        cubes = tuple(line.cube for line in lines)
        tokens = estimated_tokens(lines)
        stands = next((cache for cache in caches if cache["sources"] == sorted(cubes)), None)
        if stands is not None:
            tokens = stands["tokens"] or tokens
        needed = min(tokens, math.ceil(_READS_A_QUESTION * tokens / len(lines)))
        idle = None if row["accessed_at"] is None else (at - row["accessed_at"]) / timedelta(days=1)
        group = Group(
            title=row["topic"] or "the whole space",
            topic=row["topic"],
            memories=row["memories"],
            tokens=tokens,
            bytes=(None if stands is None else stands["bytes"]) or tokens * costs.bytes_a_token,
            uses_per_day=row["heat"] * math.log(2) / self._settings.heat_half_life_days / _READS_A_QUESTION,
            idle_days=idle,
            tags=tuple(row["tags"]),
            plaintext_ms=needed * costs.ms_a_token,
            cached_ms=tokens * costs.ms_a_token * _ATTENDED,
            build_ms=0.0 if stands else tokens * costs.ms_a_token,
            stands=stands is not None,
        )
        return _Candidate(group, cubes, None if stands is None else stands["id"], row["changed_at"])

    def _builds(
        self,
        candidates: Sequence["_Candidate"],
        given: Sequence[float],
        chosen: Sequence[int],
        caches: Sequence[Row],
        history: Sequence[Job],
        at: datetime,
    ) -> list[ScheduleStep]:
        steps: list[ScheduleStep] = []
        kept = {candidates[i].stands for i in chosen} - {None}
        dropped = _dropped_lately(history, at)
        for each, score in ((candidates[i], given[i]) for i in chosen):
            if each.stands is not None:
                steps.append(each.step(PlanAct.KEEP, MemoryType.ACTIVATION, score))
            elif frozenset(each.cubes) not in dropped:
                steps.append(each.step(PlanAct.BUILD, MemoryType.ACTIVATION, score))
        by_payload: dict[str, tuple[_Candidate | None, float | None]] = {
            each.stands: (each, score) for each, score in zip(candidates, given, strict=True) if each.stands
        }
        for cache in caches:
            if cache["id"] in kept:
                continue
            age = at - cache["created_at"]
            why = f"used {cache['uses']} times in {age / timedelta(days=1):.1f} days"
            if cache["scheduled"] and age > _RESIDES:
                steps.append(_dropped(cache, why))
                continue
            candidate, rated = by_payload.get(cache["id"], (None, None))
            steps.append(
                ScheduleStep(
                    step=PlanAct.KEEP,
                    form=MemoryType.ACTIVATION,
                    group=candidate.group if candidate else None,
                    payload=cache["id"],
                    cubes=tuple(cache["sources"]),
                    score=rated,
                    why=f"{why}, and not a day old" if cache["scheduled"] else f"built by hand; {why}",
                )
            )
        for i, each in enumerate(candidates):
            if i not in chosen and each.stands is None:
                steps.append(each.step(PlanAct.LEAVE, MemoryType.PLAINTEXT, given[i]))
        return steps

    def _teaches(
        self, candidates: Sequence["_Candidate"], chosen: Sequence[int], adapters: Sequence[Row], at: datetime
    ) -> list[ScheduleStep]:
        """Teach what stands as a KV-cache, is asked for again and again, and has not changed for long."""
        if not self._settings.scheduler_teaches:
            return []
        taught = [set(row["sources"]) for row in adapters]
        return [
            each.step(PlanAct.DISTILL, MemoryType.PARAMETRIC, None)
            for each in (candidates[i] for i in chosen)
            if each.stands is not None
            and each.group.uses_per_day >= _TAUGHT_USES_A_DAY
            and at - each.changed_at > _STABLE
            and not any(set(each.cubes) <= sources for sources in taught)
        ]

    def _cools(self, adapters: Sequence[Row], at: datetime) -> list[ScheduleStep]:
        """Drop adapters that nobody uses any more; what they were taught stays text."""
        return [
            _dropped(row, f"used {row['uses']} times in {(at - row['created_at']) / timedelta(days=1):.1f} days")
            for row in adapters
            if row["heat"] <= _LEAST_HEAT and at - row["created_at"] > _STABLE
        ]

    def _archives(self, given: dict[str, object], at: datetime) -> list[ScheduleStep]:
        days = self._settings.scheduler_archives_days
        if not days:
            return []
        before = at - timedelta(days=days)
        rows = self._runner.read("schedule/cold", **given, before=before, heat=_LEAST_HEAT, limit=_MOST_COLD)
        if not rows:
            return []
        cubes = tuple(row["id"] for row in rows)
        why = f"{len(cubes)} memories unread for {days} days"
        return [ScheduleStep(step=PlanAct.ARCHIVE, form=MemoryType.PLAINTEXT, cubes=cubes, why=why)]


@dataclass(frozen=True)
class _Candidate:
    """A group, its memories, the KV-cache of just these, and when any of them last changed."""

    group: Group
    cubes: tuple[str, ...]
    stands: str | None
    changed_at: datetime

    def step(self, step: PlanAct, form: MemoryType, score: float | None) -> ScheduleStep:
        """Return what is done with it, and why."""
        group = self.group
        why = (
            f"{group.uses_per_day:.2f} uses a day, {group.tokens} tokens; "
            f"a prompt reads {group.plaintext_ms:.1f} ms of text, {group.cached_ms:.1f} ms cached; building takes {group.build_ms:.0f} ms"
        )
        return ScheduleStep(
            step=step, form=form, group=group, payload=self.stands, cubes=self.cubes, score=score, why=why
        )


def _fill(candidates: Sequence[_Candidate], given: Sequence[float], allowed: int, window: int | None) -> list[int]:
    """Return which groups get a payload: those with the highest scores that fit, none that another holds already."""
    chosen: list[int] = []
    left = allowed
    for i in sorted(range(len(candidates)), key=lambda i: (-given[i], candidates[i].group.tokens)):
        group = candidates[i].group
        fits = group.bytes <= left and (window is None or group.tokens <= _WINDOW_SHARE * window)
        held = any(set(candidates[i].cubes) <= set(candidates[other].cubes) for other in chosen)
        if given[i] > 0 and fits and not held:
            chosen.append(i)
            left -= group.bytes
    return chosen


def _dropped(row: Row, why: str) -> ScheduleStep:
    return ScheduleStep(
        step=PlanAct.DROP,
        form=MemoryType.PLAINTEXT,
        payload=row["id"],
        cubes=tuple(row["sources"]),
        why=why,
    )


def _dropped_lately(history: Sequence[Job], at: datetime) -> set[frozenset[str]]:
    """Return the memories of KV-caches that the scheduler dropped within the time in which it does not build them again."""
    payloads = {job.given["cube"] for job in history if job.kind == "drop" and at - job.created_at < _RESIDES}
    return {
        frozenset(job.given["cubes"])
        for job in history
        if job.kind == "build" and job.result is not None and job.result.get("cube") in payloads
    }
