"""Chat: answers from the memories of a space, each with what it rests on."""

from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError
from starlette.responses import HTMLResponse

from memos_graph.console.page import pages
from memos_graph.console.visit import SPACE, Submitted, Visiting, read
from memos_graph.errors import InputError
from memos_graph.forms.chat import Form
from memos_graph.host.protocol import Turn
from memos_graph.verbs.fields import AnyId, Arguments, Asked, Text

router = pages()
_MOST_TURNS, _MOST_RESTS = 40, 50


class ChatForm(Arguments):
    """A question, and what was said before it."""

    question: Asked
    form: Form = Form.AUTO


class SaidTurn(Arguments):
    """One turn, and the memories an answer rests on."""

    role: Literal["user", "assistant"]
    text: Text
    rests: Annotated[tuple[AnyId, ...], Field(max_length=_MOST_RESTS)] = ()


class Said(Arguments):
    """What was said before, as a page of this session wrote it down."""

    turns: Annotated[tuple[SaidTurn, ...], Field(max_length=_MOST_TURNS)] = ()


@router.get(f"{SPACE}/chat")
def begin(visit: Visiting) -> HTMLResponse:
    """Show a form to ask."""
    return visit.page("chat.html", space=visit.space().space, **_shown((), Form.AUTO))


@router.post(f"{SPACE}/chat")
def ask(visit: Visiting, fields: Submitted) -> HTMLResponse:
    """Answer a question, and show what the answer rests on."""
    space, asked = visit.space(), read(ChatForm, fields)
    turns = (*_before(fields.get("said", "")), SaidTurn(role="user", text=asked.question))
    answer = space.chat(
        [Turn(role=each.role, text=each.text) for each in turns],
        form=asked.form,
        max_new_tokens=space.most_tokens,
        explain=True,
    )
    rests = tuple(dict.fromkeys(each.cube for each in answer.used))[:_MOST_RESTS]
    turns = (*turns, SaidTurn(role="assistant", text=answer.text, rests=rests))
    return visit.page("chat.html", space=space.space, **_shown(turns, asked.form, answer=answer))


def _before(said: str) -> tuple[SaidTurn, ...]:
    try:
        return Said.model_validate_json(said).turns if said else ()
    except ValidationError as error:
        raise InputError("What was said before can't be read.", hint="Begin the chat anew.") from error


def _shown(turns: tuple[SaidTurn, ...], form: Form, *, answer: Any = None) -> dict[str, Any]:
    kept = turns[-_MOST_TURNS + 2 :]  # a question and its answer will follow
    said = Said(turns=kept).model_dump_json()
    return {"turns": turns, "said": said, "form": form, "forms": list(Form), "answer": answer}
