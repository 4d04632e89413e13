"""``memos chat``."""

import sys
from collections.abc import Sequence
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from memos_graph.acting import Memory
from memos_graph.cli import options, output
from memos_graph.cli.session import session
from memos_graph.errors import InputError
from memos_graph.forms.chat import ChatAnswer, Form
from memos_graph.host.protocol import Turn
from memos_graph.host.recall_tiny import RECALL_TINY

_LONGEST = 100
_MOST_USED = 3


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(chat)


def chat(
    question: Annotated[str | None, typer.Argument(help="In natural language. Default: a conversation.")] = None,
    space: options.SpaceName = None,
    as_: options.As = None,
    form: Annotated[Form, typer.Option(help="How memories are put before the model.")] = Form.AUTO,
    limit: options.Limit = 10,
    max_tokens: Annotated[int, typer.Option(min=1, max=4096, help="Longest answer, tokens.")] = 64,
    explain: Annotated[
        bool, typer.Option("--explain", help="Say which forms were considered, and why one was taken.")
    ] = False,
    timezone: options.Timezone = None,
    json: options.Json = False,
) -> None:
    """Answer from memory, by a language model or by a quote; shows what the answer rests on, and in which form.

    \b
    memos chat "Where does Dana live?"
    memos chat "Where does Dana live?" --form activation --json
    memos chat                                  a conversation, until an empty line or Ctrl-D

    The model is the one at MEMOS_LLM_URL, or MEMOS_MODEL. Where neither is set, the sentence that answers best is quoted,
    with who said it and when, or nothing here answers. recall-tiny, which comes with the package, shows the three forms
    of memory (--form plaintext, activation, parametric): it reads the phrases it was trained on and no others.
    """  # noqa: D301
    if question is None and (json or not sys.stdin.isatty()):
        raise InputError("There is no question.", hint='Ask one: memos chat "Where does Dana live?"')
    with session(as_, embeds=True, chats=True, timezone=timezone) as acting:
        memory = acting.mount(space)
        if question is not None:
            _ask(memory, [Turn(role="user", text=question)], form, limit, max_tokens, explain=explain, json=json)
        else:
            _converse(memory, form, limit, max_tokens, explain=explain)


def _converse(memory: Memory, form: Form, limit: int, max_tokens: int, *, explain: bool) -> None:
    turns: list[Turn] = []
    while said := _said():
        turns.append(Turn(role="user", text=said))
        answer = _ask(memory, turns, form, limit, max_tokens, explain=explain, json=False)
        turns.append(Turn(role="assistant", text=answer.text))


def _said() -> str:
    """Read what is said next; nothing at the end of the input, e.g. Ctrl-D, which ends a conversation as an empty line does."""
    try:
        return output.console(stderr=True).input("> ").strip()
    except EOFError:
        output.note("")
        return ""


def _ask(
    memory: Memory, turns: Sequence[Turn], form: Form, limit: int, max_tokens: int, *, explain: bool, json: bool
) -> ChatAnswer:
    answer: ChatAnswer | None = None
    for piece in memory.chat_stream(turns, form=form, limit=limit, max_new_tokens=max_tokens, explain=explain):
        if isinstance(piece, ChatAnswer):
            answer = piece
        elif not json:
            sys.stdout.write(output.plain(piece))
            sys.stdout.flush()
    if answer is None:
        raise InputError("The model gave no answer.", hint="Ask again.")
    if json:
        output.show_json(answer)
    else:
        sys.stdout.write("\n")
        _show_used(answer)
    return answer


def _show_used(answer: ChatAnswer) -> None:
    """Say on standard error what the answer rests on: a few lines, so that the answer above them stays in sight."""
    shown = output.console(stderr=True)
    for each in answer.used[:_MOST_USED]:
        line = output.plain(each.text)
        line = line if len(line) <= _LONGEST else f"{line[:_LONGEST]}\u2026"
        shown.print(Text(f"  {each.cube}  {line}", style="dim"), soft_wrap=True)
    if answer.considered:
        shown.print(_considered(answer))
    output.note(f"{_account(answer)}; request {answer.request_id}")


def _considered(answer: ChatAnswer) -> Table:
    """Show each form that the memories could have been in."""
    made = output.table("Form", "Taken", "Reads", "Cached", "Why", right=("Reads", "Cached"))
    for each in answer.considered:
        taken = "yes" if each.chosen else "could be" if each.serves else "no"
        made.add_row(each.form.value, taken, str(each.tokens_read), str(each.tokens_cached), each.why)
    return made


def _account(answer: ChatAnswer) -> str:
    """Say in one sentence how the answer was made."""
    more = len(answer.used) - _MOST_USED
    rests = f"and {more} more; " if more > 0 else ""
    if answer.form is Form.QUOTE:
        what = "quoted" if answer.used else "nothing to quote"
        return f"{rests}{what}: no language model answered (docs/model-host.md: MEMOS_LLM_URL, MEMOS_MODEL)"
    usage = answer.usage
    where = f" by cube {answer.payload}" if answer.payload else ""
    out = f", {len(answer.left_out)} left out" if answer.left_out else ""
    tiny = ", which reads the phrases of its phrasebook and no others" if answer.model == RECALL_TINY else ""
    ended = "" if answer.finish == "stop" else f"; ended by {answer.finish}"
    return (
        f"{rests}{answer.form}{where}; {len(answer.given)} lines of memory{out}; {usage.prompt_tokens} prompt tokens, "
        f"{usage.cached_tokens} of them cached; first token after {usage.first_token_ms:.0f} ms{ended}; model {answer.model}{tiny}"
    )
