"""What a plan is made of: which groups of memories stand as KV-caches or adapters, what is built, dropped, taught and archived.

Nothing here changes anything: a plan can be looked at before it acts. Use is read from what the log's group commit counts of each memory
(``heat``), costs from what the last builds took. What stands is kept a while before it may go (hysteresis): its building is paid for, and
neither is it dropped within ``YOUNG`` of being built, nor built again within that of being dropped.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from pydantic import Field

from memos_graph.config import Settings
from memos_graph.graph.rows import Row
from memos_graph.graph.runner import Runner
from memos_graph.host.protocol import HostHealth
from memos_graph.jobs.job import Job
from memos_graph.kit.clock import now
from memos_graph.scheduler.filling import filled
from memos_graph.scheduler.grouping import LEAST_HEAT, Candidate, Grouping
from memos_graph.scheduler.prices import YOUNG, paid, prices
from memos_graph.scheduler.strategies import STRATEGIES, Context, Group, scores, strategy
from memos_graph.scheduler.terms import ScheduleTerms
from memos_graph.types import MemoryType, Model

_HORIZON_DAYS = 7.0
_MOST_COLD = 200
_STABLE = timedelta(days=7)
_TAUGHT_USES_A_DAY = 2.0


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


class SchedulePlanner:
    """Makes the plan of one space for one principal, who must hold the right to transform."""

    def __init__(self, runner: Runner, settings: Settings, terms: ScheduleTerms, *, space: str, principal: str) -> None:
        self._runner = runner
        self._settings = settings
        self._terms = terms
        self._space = space
        self._principal = principal
        self._half_life_s = settings.heat_half_life_s

    def plan(self, host: HostHealth | None, history: Sequence[Job], *, labels: Sequence[str] = ()) -> SchedulePlan:
        """Return the plan; ``history`` what was scheduled here lately; ``labels`` of what is worked on."""
        at = now()
        given = {"space": self._space, "principal": self._principal, "now": at, "half_life_s": self._half_life_s}
        standing = self._runner.read("schedule/standing", **given)
        costs = prices(self._runner, host, standing, space=self._space, principal=self._principal)
        foreign = [row for row in standing if host is not None and row["base_model"] != host.fingerprint]
        own = [row for row in standing if row not in foreign]
        caches = {row["id"]: row for row in own if row["memory_type"] == MemoryType.ACTIVATION}
        adapters = [row for row in own if row["memory_type"] == MemoryType.PARAMETRIC]
        remarks = [] if costs.measured else ["Nothing was built by a job yet: what building takes is assumed."]
        allowed = self._terms.bytes_allowed
        grouping = Grouping(self._runner, self._settings, costs, given)
        candidates = grouping.candidates(list(caches.values()), at, allowed)
        came_back = paid(self._runner, history, {name: given[name] for name in ("space", "principal", "now")}, at)
        if came_back < 1:
            remarks.append(
                f"Earlier KV-caches spared {came_back:.0%} of what building them read: less is expected of more."
            )
        context = Context(labels=tuple(labels), horizon_days=_HORIZON_DAYS * came_back)
        rated = _Rated(self._settings.scheduler_strategy, context)
        # What was built by hand stays and takes no room; what is young stays, and takes it.
        hand = [i for i, each in enumerate(candidates) if each.stands and not caches[each.stands]["scheduled"]]
        young = [
            i
            for i, each in enumerate(candidates)
            if each.stands and i not in hand and _is_young(caches[each.stands], at)
        ]
        room = allowed - sum(candidates[i].group.bytes for i in young)
        chosen = filled(candidates, grouping.heat, rated, costs, room, [*hand, *young])
        if rated.wrong is not None:
            remarks.append(f"The strategy '{self._settings.scheduler_strategy}' failed ({rated.wrong}): cost decided.")
        steps = [
            *self._builds(candidates, chosen, caches, history, at, rated),
            *self._teaches([candidates[i] for i in (*chosen, *hand, *young)], adapters, at),
            *self._cools(adapters, at),
            *(_dropped(row, "of another model than the one that answers") for row in foreign),
            *self._archives(given, at),
        ]
        return SchedulePlan(
            space=self._space,
            at=at,
            strategy=self._settings.scheduler_strategy if rated.wrong is None else "cost",
            bytes_standing=sum(row["bytes"] or 0 for row in caches.values()),
            bytes_planned=sum(candidates[i].group.bytes for i in (*young, *chosen)),
            bytes_allowed=allowed,
            steps=tuple(steps),
            remarks=tuple(remarks),
        )

    def _builds(
        self,
        candidates: Sequence[Candidate],
        chosen: Mapping[int, float],
        caches: Mapping[str, Row],
        history: Sequence[Job],
        at: datetime,
        rated: "_Rated",
    ) -> list[ScheduleStep]:
        """Return what is kept, built, dropped and left as text, each with its score."""
        steps: list[ScheduleStep] = []
        dropped = _dropped_lately(history, at)
        for i, score in chosen.items():
            each = candidates[i]
            if each.stands is not None:
                steps.append(_of(each, PlanAct.KEEP, MemoryType.ACTIVATION, score))
            elif each.what not in dropped:
                steps.append(_of(each, PlanAct.BUILD, MemoryType.ACTIVATION, score))
        others = [i for i in range(len(candidates)) if i not in chosen]
        for i, score in zip(others, rated([candidates[i].group for i in others]), strict=True):
            each = candidates[i]
            if each.stands is None:
                steps.append(_of(each, PlanAct.LEAVE, MemoryType.PLAINTEXT, score))
                continue
            cache = caches[each.stands]
            why = f"used {cache['uses']} times in {(at - cache['created_at']) / timedelta(days=1):.1f} days"
            if cache["scheduled"] and not _is_young(cache, at):
                steps.append(_dropped(cache, why))
            else:
                told = f"{why}, and not a day old" if cache["scheduled"] else f"built by hand; {why}"
                steps.append(_of(each, PlanAct.KEEP, MemoryType.ACTIVATION, score, told))
        return steps

    def _teaches(self, kept: Sequence[Candidate], adapters: Sequence[Row], at: datetime) -> list[ScheduleStep]:
        """Teach what stands as a KV-cache, is asked for again and again, and has not changed for long."""
        if not self._terms.teaches:
            return []
        taught = [set(row["sources"]) for row in adapters]
        return [
            _of(each, PlanAct.DISTILL, MemoryType.PARAMETRIC, None)
            for each in kept
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
            if row["heat"] <= LEAST_HEAT and at - row["created_at"] > _STABLE
        ]

    def _archives(self, given: dict[str, object], at: datetime) -> list[ScheduleStep]:
        days = self._terms.archives_days
        if not days:
            return []
        before = at - timedelta(days=days)
        rows = self._runner.read("schedule/cold", **given, before=before, heat=LEAST_HEAT, limit=_MOST_COLD)
        if not rows:
            return []
        cubes = tuple(row["id"] for row in rows)
        why = f"{len(cubes)} memories unread for {days:g} days"
        return [ScheduleStep(step=PlanAct.ARCHIVE, form=MemoryType.PLAINTEXT, cubes=cubes, why=why)]


class _Rated:
    """The strategy in force, which tells what was ``wrong`` with it once anything was."""

    def __init__(self, name: str, context: Context) -> None:
        self._strategy = strategy(name)
        self._context = context
        self.wrong: str | None = None

    def __call__(self, groups: Sequence[Group]) -> Sequence[float]:
        given, wrong = scores(self._strategy, groups, self._context)
        if wrong is not None:
            self._strategy, self.wrong = STRATEGIES["cost"], wrong
        return given


def _is_young(cache: Row, at: datetime) -> bool:
    return bool(at - cache["created_at"] <= YOUNG)


def _of(each: Candidate, step: PlanAct, form: MemoryType, score: float | None, why: str | None = None) -> ScheduleStep:
    """Return what is done with a group, and why."""
    return ScheduleStep(
        step=step,
        form=form,
        group=each.group,
        payload=each.stands,
        cubes=each.cubes,
        score=score,
        why=each.why if why is None else why,
    )


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
    payloads = {job.given["cube"] for job in history if job.kind == "drop" and at - job.created_at < YOUNG}
    return {
        frozenset(job.given["cubes"])
        for job in history
        if job.kind == "build" and job.result is not None and job.result.get("cube") in payloads
    }
