"""``memos work``: does jobs until it is ended; and the groups ``jobs`` and ``schedule``."""

import signal
import sys
from json import dumps
from types import FrameType
from typing import Annotated

import typer

from memos_graph.cli import declared, options, output
from memos_graph.cli.session import opened
from memos_graph.jobs.job import Claim
from memos_graph.verbs.every import GROUPS

_jobs = typer.Typer(
    help="Jobs: work that is queued, and done by workers (`memos work`, `memos up`).", no_args_is_help=True
)
_schedule = typer.Typer(
    help="The scheduler: in which form memories serve best, and what that costs.", no_args_is_help=True
)


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.add_typer(_jobs, name="jobs")
    app.add_typer(_schedule, name="schedule")
    app.command()(work)
    declared.register(app, GROUPS["jobs"], {"jobs": _jobs})
    declared.register(app, GROUPS["schedule"], {"schedule": _schedule})
    declared.register(app, GROUPS["costs"], {})


def work(
    until_empty: Annotated[bool, typer.Option("--until-empty", help="End when no job is due.")] = False,
    json: options.Json = False,
) -> None:
    """Do the jobs of every space, one after the other, until Ctrl-C; several may do so beside each other, on any machine.

    \b
    memos work
    memos work --until-empty --json             a line of JSON for each job begun and ended
    """  # noqa: D301

    def tell(claim: Claim, what: str) -> None:
        if json:
            _line({"job": claim.id, "kind": claim.kind, "space": claim.space, "state": what})
        else:
            output.note(f"{claim.kind} {claim.id} of {claim.space}: {what}")

    with opened(embeds=True) as memos:
        worker = memos.installation.worker(told=tell)

        def end(signum: int, frame: FrameType | None) -> None:  # noqa: ARG001 - how handlers are called
            worker.stop()

        before = [(each, signal.signal(each, end)) for each in (signal.SIGINT, signal.SIGTERM)]
        try:
            done = worker.work(until_empty=until_empty)
        finally:
            for each, handler in before:
                signal.signal(each, handler)
    if json:
        _line({"done": done})
    else:
        output.note(f"{done} jobs done.")


def _line(told: dict[str, object]) -> None:
    """Print one line of JSON at once: whoever reads them may wait for the next."""
    sys.stdout.write(f"{dumps(told)}\n")
    sys.stdout.flush()
