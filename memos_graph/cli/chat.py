"""``memos chat``."""

import sys
from collections.abc import Sequence
from typing import Annotated

import typer
from rich.text import Text

from memos_graph.cli import options, output
from memos_graph.cli.session import session
from memos_graph.errors import InputError
from memos_graph.host.protocol import Turn
from memos_graph.interface.memory import Memory
from memos_graph.operation.chat import ChatAnswer, Form

_LONGEST = 100


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
    timezone: options.Timezone = None,
    json: options.Json = False,
) -> None:
    """Answer from memory by the model host's language model; shows which memories were used, and in which form.

    \b
    memos chat "Where does Dana live?"
    memos chat "Where does Dana live?" --form activation --json
    memos chat                                  a conversation, until an empty line

    The answer is "unknown" when memory holds nothing. The model is MEMOS_MODEL; the default, recall-tiny, is a very small
    one that recalls facts and nothing else.
    """  # noqa: D301
    if question is None and (json or not sys.stdin.isatty()):
        raise InputError("There is no question.", hint='Ask one: memos chat "Where does Dana live?"')
    with session(as_, embeds=True, chats=True, timezone=timezone) as acting:
        memory = acting.memory(space)
        if question is not None:
            _ask(memory, [Turn(role="user", text=question)], form, limit, max_tokens, json)
        else:
            _converse(memory, form, limit, max_tokens)


def _converse(memory: Memory, form: Form, limit: int, max_tokens: int) -> None:
    turns: list[Turn] = []
    while said := output.console(stderr=True).input("> ").strip():
        turns.append(Turn(role="user", text=said))
        answer = _ask(memory, turns, form, limit, max_tokens, False)
        turns.append(Turn(role="assistant", text=answer.text))


def _ask(memory: Memory, turns: Sequence[Turn], form: Form, limit: int, max_tokens: int, json: bool) -> ChatAnswer:
    answer: ChatAnswer | None = None
    for piece in memory.chat_stream(turns, form=form, limit=limit, max_new_tokens=max_tokens):
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
    """Say on standard error what the answer rests on."""
    usage = answer.usage
    made = output.table("Form", "Memory", "Version", "Line", right=("Version",))
    for each in answer.used:
        line = output.plain(each.text)
        made.add_row(each.form, each.cube, str(each.version), Text(line if len(line) <= _LONGEST else line[:_LONGEST]))
    shown = output.console(stderr=True)
    if answer.used:
        shown.print(made)
    where = f" by cube {answer.payload}" if answer.payload else ""
    output.note(
        f"{answer.form}{where}; {usage.prompt_tokens} prompt tokens, {usage.cached_tokens} of them cached; first token "
        f"after {usage.first_token_ms:.0f} ms; model {answer.model}; request {answer.request_id}"
    )
