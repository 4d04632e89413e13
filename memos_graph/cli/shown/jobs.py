"""How jobs look to people."""

from collections.abc import Mapping, Sequence
from typing import Any

from memos_graph.cli import output
from memos_graph.cli.shown.looking import Look
from memos_graph.jobs.job import Job


def _list(found: Sequence[Job]) -> None:
    if not found:
        output.show("No jobs.")
        return
    scheduled = any(each.why for each in found)
    made = output.table("Job", "Kind", "State", "Age", "Told", *(["Why"] if scheduled else []), ids=("Job",))
    for each in found:
        row = (each.id, each.kind, each.state.value, output.age(each.created_at), _told(each))
        made.add_row(*row, *([each.why or ""] if scheduled else []))
    output.show(made)


def _one(job: Job) -> None:
    lines: dict[str, object] = {"Job": job.id, "Kind": job.kind, "State": job.state.value, "Told": _told(job)}
    lines |= {"Attempts": f"{job.attempt} of {job.attempts} at most", "By": job.created_by, "Created": job.created_at}
    if job.why is not None:
        lines["Why"] = job.why
    if job.ended_at is not None:
        lines["Ended"] = job.ended_at
    output.show(output.facts(lines))


def _told(job: Job) -> str:
    if job.result is not None:
        return ", ".join(f"{name} {value}" for name, value in job.result.items())
    if job.problem is not None:
        return output.plain(job.problem)
    if job.steps:
        return f"step {job.step} of {job.steps}"
    return ""


LOOKS: Mapping[Any, Look] = {Sequence[Job]: _list, Job: _one}
