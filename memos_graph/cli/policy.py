"""Policies as files, and the terms of one memory."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.text import Text

from memos_graph.cli import declared, options, output
from memos_graph.cli.session import moment, session
from memos_graph.errors import InputError, PolicyFileError
from memos_graph.lifecycle.applying import Applied
from memos_graph.lifecycle.terms import SetTerms, Terms
from memos_graph.memory.policy import explain as explained
from memos_graph.policies import template as template_text
from memos_graph.policies import templates
from memos_graph.verbs.every import GROUPS

_policies = typer.Typer(help="Policies: how long memories stay, what is refused, who sees what.", no_args_is_help=True)
PolicyFile = Annotated[Path, typer.Argument(metavar="FILE", help="A policy, in YAML.")]
_MOST_DAYS = 1_000_000
_NEVER = ("never", "forever", "none")
_MOMENTS = ("%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S%z")


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.add_typer(_policies, name="policy")
    app.command("set")(set_terms)
    declared.register(app, GROUPS["policies"], {"policy": _policies})


@contextmanager
def _problems_listed(json: bool) -> Iterator[None]:
    """Put each problem of a policy file on a line of its own, where a person reads it."""
    try:
        yield
    except PolicyFileError as error:
        if json:
            raise
        for problem in error.problems:
            output.note(str(problem))
        count = "1 problem" if len(error.problems) == 1 else f"{len(error.problems)} problems"
        raise InputError(f"The policy has {count}; nothing was changed.", hint=error.hint) from error


@_policies.command("explain")
def explain(file: PolicyFile, json: options.Json = False) -> None:
    """Say in plain sentences what a policy file means, or name every problem in it.

    \b
    memos policy explain desk.yaml
    """  # noqa: D301
    with _problems_listed(json):
        told = explained(file)
    if json:
        output.show_json(list(told))
        return
    for sentence in told:
        output.show(Text(f"- {output.plain(sentence)}"))


@_policies.command("apply")
def apply(
    file: PolicyFile,
    space: options.SpaceName = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", "-n", help="Say what would be done, with examples; change nothing.")
    ] = False,
    as_: options.As = None,
    json: options.Json = False,
) -> None:
    """Let a policy govern a space, and what is in it already. Needs the right to administer.

    \b
    memos policy apply desk.yaml --space team/desk --dry-run
    memos policy apply desk.yaml --space team/desk
    """  # noqa: D301
    with _problems_listed(json):
        explained(file)  # a file with problems needs no database
    with session(as_) as acting:
        done = acting.mount(space).policy.apply(file, dry_run=dry_run)
    if json:
        output.show_json(done)
    else:
        _show_applied(done)


def _show_applied(done: Applied) -> None:
    if done.unchanged:
        output.note(
            f"The policy '{done.name}' governs {done.space} already, as version {done.version}; nothing changed."
        )
        return
    made = output.table("Rule", "Memories", "End at once", right=("Memories", "End at once"))
    for rule in done.rules:
        made.add_row(Text(output.plain(rule.rule)), str(rule.memories), str(rule.ending))
    output.show(made)
    for example in (each for rule in done.rules for each in rule.examples):
        output.show(output.identified(f"would end: {output.plain(example.text)}", example.id))
    verb = "would change, and nothing was written" if done.dry_run else "changed"
    output.note(
        f"{done.name}, version {done.version} of {done.space}: {done.changed} of {done.memories} memories {verb}; "
        f"{done.ending} end at once, {done.returning} are found again."
    )


@_policies.command("template")
def template(
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="Which one. Default: list them.")] = None,
    json: options.Json = False,
) -> None:
    """Print a policy to begin with: for health care, a support desk, a personal assistant.

    \b
    memos policy template support-desk > desk.yaml
    """  # noqa: D301
    if json:
        output.show_json(list(templates()) if name is None else {"name": name, "text": template_text(name)})
    else:
        typer.echo("\n".join(templates()) if name is None else template_text(name), nl=name is None)


def set_terms(
    cube: options.CubeId,
    expires: Annotated[
        str | None, typer.Option("--expires", metavar="TIME", help="End of life (UTC, e.g. 2026-12-31), or never.")
    ] = None,
    half_life: Annotated[
        str | None, typer.Option("--half-life", metavar="DAYS", help="Days in which its rank halves, or never.")
    ] = None,
    priority: Annotated[
        int | None, typer.Option(min=-10, max=10, help="Importance, -10 to 10; kept and shown.")
    ] = None,
    tag: Annotated[
        list[str] | None, typer.Option("--tag", "-t", help="Its labels instead of those it has; repeat it, or none.")
    ] = None,
    as_: options.As = None,
    json: options.Json = False,
) -> None:
    """Set a memory's end of life, half-life, priority or labels; what is not named stays as it is.

    \b
    memos set 019f8a3c-… --expires 2026-12-31 --tag temporary
    memos set 019f8a3c-… --half-life 30
    """  # noqa: D301
    given: dict[str, Any] = {}
    if expires is not None:
        given["expires_at"] = None if expires in _NEVER else moment(_moment(expires))
    if half_life is not None:
        given["half_life_days"] = None if half_life in _NEVER else _days(half_life)
    if priority is not None:
        given["priority"] = priority
    if tag:
        given["tags"] = () if tag == ["none"] else tuple(tag)
    with session(as_) as acting:
        found = acting.updates.set(acting.ids.cube(cube), Terms.of(**given))
    if json:
        output.show_json(found)
    else:
        _show_terms(found)


def _show_terms(found: SetTerms) -> None:
    shown = {
        "Id": found.id,
        "Ends": found.expires_at or "never",
        "Half-life": f"{found.half_life_days:g} days" if found.half_life_days else "none",
        "Priority": found.priority,
        "Tags": found.tags,
    }
    output.show(output.facts(shown))


def _moment(written: str) -> datetime:
    for shape in _MOMENTS:
        try:
            return datetime.strptime(written, shape)  # noqa: DTZ007 - UTC where it names no zone
        except ValueError:
            continue
    raise typer.BadParameter(
        "Write a time such as 2026-12-31 or 2026-12-31T09:30:00, or never.", param_hint="--expires"
    )


def _days(written: str) -> float:
    try:
        days = float(written)
    except ValueError:
        days = 0.0
    if not 0 < days <= _MOST_DAYS:
        raise typer.BadParameter("Write a number of days above 0, or never.", param_hint="--half-life")
    return days
