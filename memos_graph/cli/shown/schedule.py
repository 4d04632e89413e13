"""How plans of the scheduler look to people."""

from collections.abc import Mapping
from typing import Any

from memos_graph.cli import output
from memos_graph.cli.shown.looking import Look
from memos_graph.scheduler.planning import SchedulePlan, ScheduleStep


def _plan(plan: SchedulePlan) -> None:
    for remark in plan.remarks:
        output.note(remark)
    if not plan.steps:
        output.show("Nothing to do: no memory here is in use enough.")
        return
    made = output.table("Step", "Of", "Memories", "Into", "Score", "Why", right=("Memories", "Score"))
    for each in plan.steps:
        score = "" if each.score is None else f"{each.score:.1f}"
        made.add_row(each.step.value, _of(each), str(len(each.cubes)), each.form.value, score, each.why)
    output.show(made)
    mb = 2**20
    output.show(
        f"KV-caches: {plan.bytes_standing / mb:.1f} MiB stand, {plan.bytes_planned / mb:.1f} MiB planned, "
        f"{plan.bytes_allowed / mb:.0f} MiB allowed. Strategy: {plan.strategy}."
    )


def _of(step: ScheduleStep) -> str:
    if step.group is not None:
        return output.plain(step.group.title)
    return step.payload or "memories"


LOOKS: Mapping[Any, Look] = {SchedulePlan: _plan}
