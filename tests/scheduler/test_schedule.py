"""What the scheduler plans, why, and that it comes to rest."""

import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from support.raw_graph import value

from memos_graph import Memory, MemOS, Selection, Terms
from memos_graph.errors import ConfigurationError, ForbiddenError, StateError
from memos_graph.kit import plugins
from memos_graph.kit.clock import now
from memos_graph.language.sensitivity import LevelName
from memos_graph.scheduler.planning import PlanAct, SchedulePlan, SchedulePlanner, ScheduleStep
from memos_graph.scheduler.strategies import Context, Group, strategy
from memos_graph.scheduler.terms import terms_of
from memos_graph.search import selection
from memos_graph.types import State

# Workers take whatever is due, also what another test queued.
pytestmark = pytest.mark.alone

PassTime = Callable[[timedelta], None]
_SAILING = ("Dana sails a boat on the lake.", "Dana bought a new sail for the boat.", "The boat has a red sail.")
_BAKING = ("Iris bakes rye bread.", "Iris bought flour for the bread.", "The bread of Iris is dark.")
_HEAT = "MATCH (c:MemCube {id: $cube}) RETURN c.heat"


@pytest.fixture
def thrifty(memos: MemOS, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Set settings of the scheduler for one test."""

    def chosen(**settings: object) -> None:
        for name, setting in settings.items():
            monkeypatch.setitem(vars(memos.settings), name, setting)

    return chosen


def used(memory: Memory, question: str, times: int) -> None:
    """Ask again and again, as somebody does."""
    for _ in range(times):
        memory.search(question)


def work(memos: MemOS) -> None:
    """Do what is due, also what other tests left."""
    memos.installation.worker().work(until_empty=True)


def acts(plan: SchedulePlan, act: PlanAct) -> list[ScheduleStep]:
    """Return the steps of a plan of one kind."""
    return [step for step in plan.steps if step.step is act]


def test_heat_counts_reads_and_halves_with_time(memos: MemOS, space: Memory, pass_time: PassTime):
    (cube,) = space.add(_SAILING[0]).added
    for _ in range(4):
        space.cubes.get(cube)
    memos.flush()
    assert value(memos, _HEAT, cube=cube) == pytest.approx(4, abs=0.01)
    pass_time(timedelta(days=memos.settings.heat_half_life_days))
    space.cubes.get(cube)
    memos.flush()
    assert value(memos, _HEAT, cube=cube) == pytest.approx(3, abs=0.01)
    assert memos.acting(space.principal).cubes.get(cube).behavioural.access_count >= 5


def test_nothing_is_planned_where_nothing_is_used(space: Memory):
    for text in _SAILING:
        space.add(text)
    assert space.schedule.plan().steps == ()


def test_what_is_used_is_built_stands_and_is_dropped_when_it_is_not(memos: MemOS, space: Memory, pass_time: PassTime):
    for text in (*_SAILING, *_BAKING):
        space.add(text)
    used(space, "What sails on the lake?", 60)
    plan = space.schedule.plan()
    built = acts(plan, PlanAct.BUILD)
    assert built
    assert built[0].group is not None
    assert built[0].score > 0
    assert built[0].group.plaintext_ms > built[0].group.cached_ms
    assert space.kv.list() == []  # a plan changes nothing
    queued = space.schedule.run()
    assert len(queued) == len(built)
    assert space.schedule.run() == []  # they are under way
    work(memos)
    assert [job.why is not None for job in space.schedule.history()] == [True] * len(queued)
    stands = [cache.id for cache in space.kv.list()]
    again = space.schedule.plan()
    assert [step.payload for step in acts(again, PlanAct.KEEP)] == stands
    assert not acts(again, PlanAct.BUILD)
    pass_time(timedelta(days=120))
    forgotten = space.schedule.plan()
    assert sorted(step.payload for step in acts(forgotten, PlanAct.DROP)) == sorted(stands)
    space.schedule.run()
    work(memos)
    assert space.kv.list() == []


def test_what_was_built_just_now_is_not_dropped_and_what_was_dropped_not_built(
    memos: MemOS, space: Memory, pass_time: PassTime, thrifty: Callable[..., None]
):
    for text in _SAILING:
        space.add(text)
    used(space, "What sails on the lake?", 60)
    space.schedule.run()
    work(memos)
    thrifty(scheduler_mb=0)
    young = space.schedule.plan()
    assert not acts(young, PlanAct.DROP)
    pass_time(timedelta(hours=30))
    assert acts(space.schedule.plan(), PlanAct.DROP)
    space.schedule.run()
    work(memos)
    thrifty(scheduler_mb=512)
    used(space, "What sails on the lake?", 60)
    assert not acts(space.schedule.plan(), PlanAct.BUILD)
    pass_time(timedelta(hours=30))
    assert acts(space.schedule.plan(), PlanAct.BUILD)


def test_interests_that_shift_move_no_payload_more_than_twice(memos: MemOS, space: Memory, pass_time: PassTime):
    for text in (*_SAILING, *_BAKING):
        space.add(text)
    for day in range(8):
        used(space, "What sails on the lake?" if day % 4 < 2 else "Who bakes the bread?", 30)
        space.schedule.run()
        work(memos)
        pass_time(timedelta(days=1))
    moves: dict[tuple[str, ...], int] = {}
    for job in space.schedule.history():
        if job.kind == "build":
            cubes = tuple(job.given["cubes"])
            moves[cubes] = moves.get(cubes, 0) + 1
    assert moves
    assert max(moves.values()) <= 2


def test_what_somebody_built_by_hand_stays(memos: MemOS, space: Memory, pass_time: PassTime):
    for text in _SAILING:
        space.add(text)
    built = space.kv.build()
    pass_time(timedelta(days=90))
    (step,) = space.schedule.plan().steps
    assert (step.step, step.payload) == (PlanAct.KEEP, built.cube.id)
    assert "by hand" in step.why


def test_payloads_of_a_model_that_was_replaced_are_dropped_and_built_anew(memos: MemOS, space: Memory):
    for text in _SAILING:
        space.add(text)
    used(space, "What sails on the lake?", 60)
    built = space.kv.build()
    services = memos._services
    other = services.host.health().model_copy(update={"fingerprint": "another model's"})
    terms = terms_of(services.runner, services.settings, space.space)
    planner = SchedulePlanner(services.runner, services.settings, terms, space=space.space, principal=space.principal)
    plan = planner.plan(other, [])
    (dropped,) = acts(plan, PlanAct.DROP)
    assert dropped.payload == built.cube.id
    assert acts(plan, PlanAct.BUILD)


def test_a_group_of_more_memories_than_a_payload_takes_is_passed_over(space: Memory, monkeypatch: pytest.MonkeyPatch):
    for text in (*_SAILING, *_BAKING):
        space.add(text)
    used(space, "What sails on the lake?", 60)
    monkeypatch.setattr(selection, "MOST_LINES", 4)
    plan = space.schedule.plan()
    assert acts(plan, PlanAct.BUILD)
    assert all(len(step.cubes) <= 4 for step in plan.steps)


def test_no_budget_is_no_payload(space: Memory, thrifty: Callable[..., None]):
    for text in _SAILING:
        space.add(text)
    used(space, "What sails on the lake?", 60)
    thrifty(scheduler_mb=0)
    plan = space.schedule.plan()
    assert {step.step for step in plan.steps} == {PlanAct.LEAVE}
    assert (plan.bytes_planned, plan.bytes_allowed) == (0, 0)


def test_what_nobody_reads_is_archived_where_that_is_wanted(
    memos: MemOS, space: Memory, pass_time: PassTime, thrifty: Callable[..., None]
):
    cold = space.add("The kettle is blue.").added[0]
    dear = space.add("The house key lies under the stone.").added[0]
    read = space.add(_SAILING[0]).added[0]

    space.updates.set(dear, Terms(priority=5))
    pass_time(timedelta(days=60))
    space.cubes.get(read)
    assert not acts(space.schedule.plan(), PlanAct.ARCHIVE)
    thrifty(scheduler_archives_days=30)
    (step,) = acts(space.schedule.plan(), PlanAct.ARCHIVE)
    assert step.cubes == (cold,)
    space.schedule.run()
    work(memos)
    assert [space.cubes.get(each).state for each in (cold, dear, read)] == [
        State.ARCHIVED,
        State.ACTIVATED,
        State.ACTIVATED,
    ]


def test_who_may_not_transform_plans_nothing(space: Memory, mount: Callable[..., Memory]):
    space.add(_SAILING[0])
    space.permissions.grant("reader", ["read"])
    reader = mount(owner=space.principal, as_="reader")
    for act in (reader.schedule.plan, reader.schedule.run, reader.schedule.history):
        with pytest.raises(ForbiddenError):
            act()


def test_what_a_reader_may_not_see_whole_is_in_no_plan_of_his(space: Memory, mount: Callable[..., Memory]):
    secret = space.add("Dana's card number is 4111 1111 1111 1111.").added[0]
    for text in _SAILING:
        space.add(text)
    used(space, "What of Dana's boat, sail and card number?", 60)
    space.permissions.grant("helper", ["read", "write", "transform"], sees=LevelName.PUBLIC)
    helper = mount(owner=space.principal, as_="helper")
    planned = {cube for step in helper.schedule.plan().steps for cube in step.cubes}
    assert planned
    assert secret not in planned
    built = space.kv.build(Selection(cubes=(secret,)))  # of which the helper may see nothing whole
    assert not [step for step in helper.schedule.plan().steps if step.step is PlanAct.BUILD and secret in step.cubes]
    assert built.cube.id in {step.payload for step in space.schedule.plan().steps}


def test_off_is_off(space: Memory, thrifty: Callable[..., None]):
    thrifty(scheduler="off")
    with pytest.raises(StateError):
        space.schedule.plan()


class _Raises:
    def score(self, group: Group, context: Context) -> float:
        raise ZeroDivisionError


class _Hangs:
    def score(self, group: Group, context: Context) -> float:
        time.sleep(4)
        return 1.0


class _Nonsense:
    def score(self, group: Group, context: Context) -> float:
        return float("nan")


@pytest.mark.parametrize(
    ("brought", "told"), [(_Raises, "raised ZeroDivisionError"), (_Hangs, "longer than"), (_Nonsense, "not a number")]
)
def test_a_strategy_that_fails_is_told_of_and_cost_decides(
    space: Memory, thrifty: Callable[..., None], monkeypatch: pytest.MonkeyPatch, brought: type, told: str
):
    for text in _SAILING:
        space.add(text)
    used(space, "What sails on the lake?", 60)
    monkeypatch.setattr(plugins, "chosen", lambda *_given, **_named: brought())
    thrifty(scheduler_strategy="theirs")
    plan = space.schedule.plan()
    assert plan.strategy == "cost"
    assert any("theirs" in remark and told in remark for remark in plan.remarks)
    assert all(step.score is not None for step in plan.steps)


def test_a_strategy_of_no_such_name_is_refused():
    with pytest.raises(ConfigurationError):
        strategy("luck")


def _group(**given: object) -> Group:
    plain = {"title": "t", "topic": "t", "memories": 9, "tokens": 400, "bytes": 1 << 20, "uses_per_day": 2.0}
    times = {"plaintext_ms": 50.0, "cached_ms": 4.0, "build_ms": 200.0}
    return Group(**{**plain, **times, **given})


@pytest.mark.parametrize(
    ("name", "better", "worse"),
    [
        ("cost", {"uses_per_day": 3.0}, {}),
        ("cost", {}, {"bytes": 1 << 30}),
        ("cost", {"build_ms": 0.0}, {}),
        ("frequency", {"uses_per_day": 3.0}, {}),
        ("recency", {"idle_days": 0.5}, {"idle_days": 3.0}),
        ("recency", {"idle_days": 6.0}, {"idle_days": None}),
        ("labels", {"tags": ("work",)}, {"tags": ("home",)}),
    ],
)
def test_what_each_strategy_prefers(name: str, better: dict[str, object], worse: dict[str, object]):
    context = Context(labels=("work",))
    chosen = strategy(name)
    assert chosen.score(_group(**better), context) > chosen.score(_group(**worse), context)


def _notes() -> list[str]:
    """Return notes on more than fits a small room, each subject in words of its own."""
    rest = ("kettle", "ladder", "garden", "violin", "carpet", "lantern", "bicycle", "window", "engine", "statue")
    return [*_SAILING, *_BAKING, *(f"The {rest[n % 10]} of neighbour number {n} is old." for n in range(40))]


def _stand(memos: MemOS, space: Memory) -> set[str]:
    """Return what the KV-caches in service say."""
    return {line for cache in space.kv.list() if cache.usable for line in space.kv.externalize(cache.id).statements}


def test_where_not_all_fits_what_is_in_most_use_stands_and_follows_interests(
    memos: MemOS, space: Memory, pass_time: PassTime, thrifty: Callable[..., None]
):
    for text in _notes():
        space.add(text)
    thrifty(scheduler_mb=1)
    day = timedelta(days=1)
    interests = (
        ("What sails on the lake?", "Dana sails a boat on the lake."),
        ("Who bakes the bread?", "Iris bakes rye bread."),
    )
    for question, wanted in interests:
        assert wanted not in _stand(memos, space)
        for _ in range(12):
            for _ in range(10):
                space.search(question, limit=2)
            plan = space.schedule.plan()
            assert plan.bytes_planned <= plan.bytes_allowed == 1 << 20
            space.schedule.run()
            work(memos)
            pass_time(2 * day)
        assert wanted in _stand(memos, space)
        assert not any("neighbour" in line for line in _stand(memos, space))
    builds = [job for job in space.schedule.history() if job.kind == "build"]
    assert len(builds) <= 6


def test_an_answer_takes_the_cache_of_what_is_in_most_use_though_it_lacks_older_memories(
    memos: MemOS, space: Memory, thrifty: Callable[..., None]
):
    for text in _notes():
        space.add(text)
    thrifty(scheduler_mb=1)
    for _ in range(60):
        space.search("Who bakes the bread?", limit=3)
    space.schedule.run()
    work(memos)
    (cache,) = space.kv.list()
    assert cache.sources < len(_notes())
    plan = space.chat("Who bakes the bread, and what sails on the lake?", form="activation")
    assert plan.usage.cached_tokens > 0
    assert {"Dana sails a boat on the lake."} <= {each.text for each in plan.given}


def test_what_ends_soon_is_not_among_the_memories_in_most_use(space: Memory, thrifty: Callable[..., None]):
    for text in _notes():
        space.add(text)
    space.add("Dana sails on the lake until Friday.", expires_at=now() + timedelta(days=2))
    thrifty(scheduler_mb=1)
    used(space, "What sails on the lake?", 60)
    groups = {step.group.title: step.group for step in space.schedule.plan().steps if step.group is not None}
    assert groups["the memories in most use"].lives_days is None
    ending = [group.lives_days for group in groups.values() if group.lives_days is not None]
    assert ending
    assert all(1.9 < days <= 2 for days in ending)
