"""Answers that come in pieces: a chat as it is made, exports line by line, bundles as bytes."""

import json
from collections.abc import Sequence

from memos_graph.client.answers import Lines, broken_off, error_of, in_stream
from memos_graph.client.calls import RestCall, path_of, space_path, with_json
from memos_graph.client.steps import Flow, Give, More, Open, Plan
from memos_graph.errors import InputError
from memos_graph.forms.chat import ChatAnswer, Form
from memos_graph.host.protocol import Turn
from memos_graph.search.selection import Selection
from memos_graph.types import Model

_EVENT = "data: "
_DONE = "[DONE]"
_FACTS = {"whole": False, None: True}


class Completed(Model):
    """What of a chat completion is ours: the answer, and what it rests on."""

    memory: ChatAnswer


def chat_call(
    space: str,
    turns: str | Sequence[Turn],
    *,
    form: Form | str,
    limit: int,
    max_new_tokens: int,
    temperature: float,
    stop: Sequence[str],
    instructions: Sequence[str],
    explain: bool,
    stream: bool,
) -> RestCall:
    """Return the call that answers a chat."""
    said = [Turn(role="user", text=turns)] if isinstance(turns, str) else list(turns)
    body = {
        "model": space,
        "messages": [
            *({"role": "system", "content": each} for each in instructions),
            *({"role": turn.role, "content": turn.text} for turn in said),
        ],
        "form": str(form),
        "limit": limit,
        "max_tokens": max_new_tokens,
        "temperature": temperature,
        "stop": list(stop) or None,
        "explain": explain,
        "stream": stream,
    }
    return with_json(RestCall("POST", path_of("/chat/completions"), Completed, slow=True), body)


def answered(call: RestCall) -> Plan[ChatAnswer]:
    """Answer a chat, the whole at once."""
    completed: Completed = yield call
    return completed.memory


def answering(call: RestCall) -> Flow[str | ChatAnswer]:
    """Answer a chat: yields the pieces of the answer, and last the whole."""
    yield Open(call)
    lines, answer = Lines(), None
    while (piece := (yield More())) is not None:
        for line in lines.push(piece):
            if not line.startswith(_EVENT):
                continue
            if (told := line.removeprefix(_EVENT)) == _DONE:
                if answer is None:
                    raise broken_off()
                yield Give(answer)
                return
            event = json.loads(told)
            if "error" in event:
                raise in_stream(event["error"])
            if "memory" in event:
                answer = ChatAnswer.model_validate(event["memory"], extra="ignore")
            for choice in event["choices"]:
                if said := choice["delta"].get("content"):
                    yield Give(said)
    raise broken_off()


def exporting(space: str, selection: Selection | None, level: str | None) -> Flow[str]:
    """Yield the lines of an export; one that breaks off ends in an error."""
    if level not in _FACTS:
        raise InputError(
            f"Level '{level}' can't be exported over REST.", hint="Ask for 'whole', or for None: facts, too."
        )
    yield Open(
        RestCall(
            "GET", space_path(space, "/export"), str, [*_query(selection), ("facts", _FACTS[level])], repeatable=True
        )
    )
    lines = Lines()
    while (piece := (yield More())) is not None:
        for line in lines.push(piece):
            found = json.loads(line)
            if found.keys() == {"error"}:
                raise error_of(found["error"])
            yield Give(line + "\n")


def dumping(space: str, selection: Selection | None, *, content_only: bool, recipients: Sequence[str]) -> Flow[bytes]:
    """Yield the pieces of a bundle; one that breaks off lacks its end, and no reader takes it."""
    query = [*_query(selection), ("content_only", content_only), ("recipient", list(recipients))]
    yield Open(RestCall("GET", space_path(space, "/dump"), bytes, query, repeatable=True))
    while (piece := (yield More())) is not None:
        yield Give(piece)


def _query(selection: Selection | None) -> list[tuple[str, object]]:
    chosen = selection or Selection()
    return [
        ("cube", chosen.cubes),
        ("source", chosen.sources),
        ("concept", chosen.concepts),
        ("topic", chosen.topics),
    ]
