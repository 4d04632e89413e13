"""What a policy says of the scheduler counts in its space, within the limits of the installation."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from memos_graph import Memory, MemOS
from memos_graph.errors import StateError
from memos_graph.policies.document import Scheduling
from memos_graph.scheduler.planning import PlanAct
from memos_graph.scheduler.scheduler import MemScheduler
from memos_graph.scheduler.terms import ScheduleTerms, terms_of

HEAD = "policy: 1\nname: studio\n"
SAILING = ("Dana sails a boat on the lake.", "Dana bought a new sail for the boat.", "The boat has a red sail.")


@pytest.fixture
def setting(memos: MemOS, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Set settings of the scheduler for one test."""

    def chosen(**settings: object) -> None:
        for name, value in settings.items():
            monkeypatch.setitem(vars(memos.settings), name, value)

    return chosen


def terms(memos: MemOS, space: Memory) -> ScheduleTerms:
    """Return the terms of a space."""
    return terms_of(memos._services.runner, memos.settings, space.space)


def in_use(space: Memory) -> None:
    """Have a space whose memories are asked for."""
    for text in SAILING:
        space.add(text)
    for _ in range(60):
        space.search("What sails on the lake?")


def test_without_a_word_in_the_policy_the_settings_count(memos: MemOS, space: Memory, setting: Callable[..., None]):
    setting(scheduler="act", scheduler_mb=7, scheduler_archives_days=30, scheduler_teaches=True)
    by_settings = ScheduleTerms(Scheduling.ACT, 7 << 20, True, 30, "MEMOS_SCHEDULER")
    assert terms(memos, space) == by_settings
    space.policy.apply(f"{HEAD}quotas: {{memories: 100}}\n")
    assert terms(memos, space) == by_settings


def test_a_policy_decides_for_its_space(memos: MemOS, space: Memory):
    space.policy.apply(f"{HEAD}forms: {{scheduler: act, megabytes: 3, teach: true, archive_unread: 36 hours}}\n")
    assert terms(memos, space) == ScheduleTerms(Scheduling.ACT, 3 << 20, True, 1.5, "the policy 'studio'")


def test_no_policy_lifts_the_limits_of_the_installation(memos: MemOS, space: Memory, setting: Callable[..., None]):
    setting(scheduler="off", scheduler_mb=7)
    space.policy.apply(f"{HEAD}forms: {{scheduler: act, megabytes: 9000}}\n")
    assert terms(memos, space) == ScheduleTerms(Scheduling.OFF, 7 << 20, False, 0, "MEMOS_SCHEDULER")
    with pytest.raises(StateError, match="MEMOS_SCHEDULER"):
        space.schedule.plan()


def test_a_space_that_wants_no_plans_gets_none(memos: MemOS, space: Memory):
    in_use(space)
    space.policy.apply(f"{HEAD}forms: {{scheduler: off}}\n")
    with pytest.raises(StateError, match="the policy 'studio'"):
        space.schedule.plan()
    MemScheduler(memos._services, only=[space.space]).round(seal=False)
    assert not space.jobs.list()


def test_the_upkeep_carries_out_the_plans_of_a_space_that_wants_it(memos: MemOS, space: Memory):
    in_use(space)
    upkeep = MemScheduler(memos._services, only=[space.space])
    upkeep.round(seal=False)
    assert not space.jobs.list()  # advice is the default
    space.policy.apply(f"{HEAD}forms: {{scheduler: act}}\n")
    upkeep.round(seal=False)
    jobs = space.jobs.list()
    assert {job.kind for job in jobs} == {"build"}
    for job in jobs:
        space.jobs.cancel(job.id)


def test_a_plan_keeps_to_the_room_and_the_time_that_the_policy_gives(
    memos: MemOS, space: Memory, pass_time: Callable[[timedelta], None]
):
    in_use(space)
    space.policy.apply(f"{HEAD}forms: {{megabytes: 0, archive_unread: 40 days}}\n")
    plan = space.schedule.plan()
    assert (plan.bytes_planned, plan.bytes_allowed) == (0, 0)
    assert not [step for step in plan.steps if step.step is PlanAct.BUILD]
    pass_time(timedelta(days=120))
    (archived,) = [step for step in space.schedule.plan().steps if step.step is PlanAct.ARCHIVE]
    assert len(archived.cubes) == len(SAILING)
    assert "40 days" in archived.why
