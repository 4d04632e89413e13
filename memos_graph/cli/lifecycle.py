"""Commands that propose: memories that say the same, and facts that took the place of others."""

from collections.abc import Sequence
from typing import Annotated

import typer
from rich.text import Text

from memos_graph.cli import declared, options, output
from memos_graph.cli.session import session
from memos_graph.cli.shown.lifecycle import changed
from memos_graph.lifecycle.reviewing import Successor
from memos_graph.verbs.every import GROUPS


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    declared.register(app, GROUPS["lifecycle"], {})
    for command in (duplicates, review):
        app.command()(command)


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
            changed(each)
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
