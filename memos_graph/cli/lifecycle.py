"""Commands that move memories through their lives: their states, merges, and facts that replace each other."""

from collections.abc import Sequence
from typing import Annotated

import typer
from rich.text import Text

from memos_graph.cli import options, output
from memos_graph.cli.session import session
from memos_graph.lifecycle.lifecycle import Changed
from memos_graph.lifecycle.reviewing import Successor

New = Annotated[str, typer.Argument(metavar="NEW", help="Id of the newer fact.")]
Old = Annotated[str, typer.Argument(metavar="OLD", help="Id of the older fact.")]


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    for command in (
        archive,
        restore,
        freeze,
        thaw,
        merge,
        duplicates,
        review,
        dismiss,
        reconsider,
        supersede,
        contradict,
        reinstate,
    ):
        app.command()(command)


def archive(
    cube: options.CubeId, reason: options.Reason = None, as_: options.As = None, json: options.Json = False
) -> None:
    """Take a memory out of every search and selection; it stays readable by its id.

    \b
    memos archive 019f8a3c-… --reason "an old plan"
    """  # noqa: D301
    with session(as_) as acting:
        done = acting.lifecycle.archive(acting.ids.cube(cube), reason=reason)
    _show(done, json=json)


def restore(
    cube: options.CubeId, reason: options.Reason = None, as_: options.As = None, json: options.Json = False
) -> None:
    """Put an archived or merged memory into service again.

    \b
    memos restore 019f8a3c-…
    """  # noqa: D301
    with session(as_) as acting:
        done = acting.lifecycle.restore(acting.ids.cube(cube), reason=reason)
    _show(done, json=json)


def freeze(
    cube: options.CubeId, reason: options.Reason = None, as_: options.As = None, json: options.Json = False
) -> None:
    """Make a memory immutable, for administrators too; searches find it as before. Needs the right to administer.

    \b
    memos freeze 019f8a3c-… --reason "evidence"
    """  # noqa: D301
    with session(as_) as acting:
        done = acting.lifecycle.freeze(acting.ids.cube(cube), reason=reason)
    _show(done, json=json)


def thaw(
    cube: options.CubeId,
    reason: Annotated[str, typer.Option("--reason", "-m", help="Why; required, and kept in the log.")],
    as_: options.As = None,
    json: options.Json = False,
) -> None:
    """Let a frozen memory change again. Needs the right to administer, and a reason.

    \b
    memos thaw 019f8a3c-… --reason "the case is closed"
    """  # noqa: D301
    with session(as_) as acting:
        done = acting.lifecycle.thaw(acting.ids.cube(cube), reason=reason)
    _show(done, json=json)


def merge(
    cubes: Annotated[list[str], typer.Argument(metavar="ID ID...", help="Memories of one space that say the same.")],
    text: Annotated[str | None, typer.Option(help="What the new one says. Default: the longest of theirs.")] = None,
    reason: options.Reason = None,
    as_: options.As = None,
    json: options.Json = False,
) -> None:
    """Put one memory in the place of two or more that say the same; they stay readable.

    \b
    memos merge 019f8a3c-… 019f8b11-…
    memos merge 019f8a3c-… 019f8b11-… --text "Dana moved to Lisbon in May 2024."
    """  # noqa: D301
    with session(as_) as acting:
        done = acting.lifecycle.merge(acting.ids.cubes(cubes), text=text, reason=reason)
    _show(done, json=json)


def duplicates(
    space: options.SpaceName = None,
    threshold: Annotated[float, typer.Option(min=0.1, max=1, help="Least likeness, a cosine.")] = 0.9,
    facts: Annotated[bool, typer.Option("--facts", help="Compare single facts instead of whole memories.")] = False,
    after: Annotated[str, typer.Option(metavar="ID", help="Look at the thousand memories after this one.")] = "",
    limit: options.Limit = 50,
    as_: options.As = None,
    json: options.Json = False,
) -> None:
    """Propose pairs of memories that say nearly the same; nothing is merged by it.

    \b
    memos duplicates --threshold 0.95
    """  # noqa: D301
    with session(as_) as acting:
        found = acting.mount(space).duplicates(
            threshold=threshold, level="fact" if facts else "whole", limit=limit, after=after
        )
    if json:
        output.show_json(found)
        return
    made = output.table("Likeness", "Pair", right=("Likeness",), holds="Pair")
    for pair in found:
        first = output.identified(pair.first_text, pair.first)
        made.add_row(
            f"{pair.similarity:.2f}",
            first.append("\n").append_text(output.identified(pair.second_text, pair.second)),
        )
    output.show(made if found else Text("No two are that much alike."))


def review(
    space: options.SpaceName = None,
    certain: Annotated[bool, typer.Option("--certain", help="Only those of which the rule is certain.")] = False,
    dismissed: Annotated[bool, typer.Option("--dismissed", help="Those that were dismissed, instead.")] = False,
    settle: Annotated[bool, typer.Option("--settle", help="Let the certain ones supersede the older facts.")] = False,
    reason: options.Reason = None,
    limit: options.Limit = 50,
    as_: options.As = None,
    json: options.Json = False,
) -> None:
    """Propose newer facts that seem to have taken the place of older ones; nothing is changed without --settle.

    \b
    memos review
    memos review --settle --reason "checked"
    """  # noqa: D301
    with session(as_) as acting:
        memory = acting.mount(space)
        done = memory.settle(reason=reason) if settle else []
        found = [] if settle else memory.review(certain=certain, dismissed=dismissed, limit=limit)
    if json:
        output.show_json(done if settle else found)
    elif settle:
        for each in done:
            _show(each, json=False)
        output.note(f"Settled {len(done)}; `memos reinstate ID` takes one back.")
    elif not found:
        output.show(
            Text(
                "Nothing was dismissed."
                if dismissed
                else "No newer fact seems to have taken the place of an older one."
            )
        )
    else:
        _show_successors(found, "reconsider" if dismissed else "supersede")


def _show_successors(found: Sequence[Successor], act: str) -> None:
    for pair in found:
        for heading, said, text in (("now", pair.new_said, pair.new_text), ("before", pair.old_said, pair.old_text)):
            output.show(Text(f"{heading:<8}{said:%Y-%m-%d}  {output.plain(text)}"))
        typer.echo(f"{'certain' if pair.certain else 'likely':<8}memos {act} {pair.new} {pair.old}\n")
    if act == "supersede":
        output.note("Where both of a pair are true: `memos dismiss NEW OLD`, and it is proposed no more.")


def dismiss(
    new: New, old: Old, reason: options.Reason = None, as_: options.As = None, json: options.Json = False
) -> None:
    """Note that two facts are both true: `memos review` proposes the pair no more, until one of them is changed.

    \b
    memos dismiss 019f8b11-… 019f8a3c-… --reason "she has two homes"
    """  # noqa: D301
    with session(as_) as acting:
        done = acting.lifecycle.dismiss(acting.ids.cube(new), acting.ids.cube(old), reason=reason)
    _show(done, json=json)


def reconsider(
    new: New, old: Old, reason: options.Reason = None, as_: options.As = None, json: options.Json = False
) -> None:
    """Take a `memos dismiss` back: the pair is proposed again. `memos review --dismissed` lists what was dismissed.

    \b
    memos reconsider 019f8b11-… 019f8a3c-…
    """  # noqa: D301
    with session(as_) as acting:
        done = acting.lifecycle.reconsider(acting.ids.cube(new), acting.ids.cube(old), reason=reason)
    _show(done, json=json)


def supersede(
    new: New, old: Old, reason: options.Reason = None, as_: options.As = None, json: options.Json = False
) -> None:
    """Let one fact take the place of another about the same subject, which was then true until the new one was.

    \b
    memos supersede 019f8b11-… 019f8a3c-… --reason "moved"
    """  # noqa: D301
    with session(as_) as acting:
        done = acting.lifecycle.supersede(acting.ids.cube(new), acting.ids.cube(old), reason=reason)
    _show(done, json=json)


def contradict(
    new: New, old: Old, reason: options.Reason = None, as_: options.As = None, json: options.Json = False
) -> None:
    """Note that one fact contradicts another about the same subject, which then counts as true until the new one was.

    \b
    memos contradict 019f8b11-… 019f8a3c-…
    """  # noqa: D301
    with session(as_) as acting:
        done = acting.lifecycle.contradict(acting.ids.cube(new), acting.ids.cube(old), reason=reason)
    _show(done, json=json)


def reinstate(
    cube: options.CubeId, reason: options.Reason = None, as_: options.As = None, json: options.Json = False
) -> None:
    """Let a fact hold again that was superseded or contradicted.

    \b
    memos reinstate 019f8a3c-…
    """  # noqa: D301
    with session(as_) as acting:
        done = acting.lifecycle.reinstate(acting.ids.cube(cube), reason=reason)
    _show(done, json=json)


def _show(done: Changed, *, json: bool) -> None:
    if json:
        output.show_json(done)
        return
    others = f", with {len(done.cubes) - 1} more" if len(done.cubes) > 1 else ""
    output.note(f"{done.act}: {done.cubes[0]} is {done.state}{others}.")
