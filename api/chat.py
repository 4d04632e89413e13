"""Chat in OpenAI's shape: any client of that API works, and finds beside the answer what it rests on."""

import json
import time
from collections.abc import Iterator
from typing import Annotated, Literal

from fastapi import APIRouter
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from memos_graph.api.auth import CallerDep
from memos_graph.api.problems import documented
from memos_graph.api.schemas import SpaceId, Text
from memos_graph.errors import InputError, MemosError
from memos_graph.host.protocol import Turn
from memos_graph.operation.chat import ChatAnswer, Form
from memos_graph.types import Model

router = APIRouter(prefix="/v1", tags=["chat"])


class ChatMessage(BaseModel):
    """A turn; a ``system`` message is refused: what the model is told stands in the memories of the space."""

    model_config = ConfigDict(extra="ignore")

    role: Literal["user", "assistant"]
    content: Annotated[Text, Field(min_length=1, max_length=100_000)]


class ChatRequest(BaseModel):
    """A chat completion; fields of OpenAI's API that mean nothing here are ignored."""

    model_config = ConfigDict(extra="ignore")

    model: Annotated[SpaceId, Field(description="The space whose memories answer.")]
    messages: Annotated[list[ChatMessage], Field(min_length=1, max_length=1000)]
    stream: bool = False
    max_tokens: Annotated[int, Field(ge=1, le=4096)] = 64
    temperature: Annotated[float, Field(ge=0, le=2)] = 0.0
    form: Annotated[Form, Field(description="How memories are put before the model.")] = Form.AUTO
    limit: Annotated[int, Field(ge=1, le=200, description="Most memories a question may draw on.")] = 10


class Choice(Model):
    """The one answer."""

    index: int = 0
    message: dict[str, str]
    finish_reason: str


class CachedTokens(Model):
    """Details of the prompt's tokens."""

    cached_tokens: int = Field(description="Tokens whose keys and values came from a KV-cache.")


class CompletionUsage(Model):
    """Tokens an answer took."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int
    prompt_tokens_details: CachedTokens


class Completion(Model):
    """A chat completion; ``memory`` is ours: the memories used, the form, the cube of a KV-cache or adapter."""

    id: str
    object: Literal["chat.completion"] = "chat.completion"
    created: int
    model: str
    choices: tuple[Choice, ...]
    usage: CompletionUsage
    memory: ChatAnswer


@router.post(
    "/chat/completions",
    response_model=Completion,
    responses={
        **documented(403, 404, 409, body=True),
        200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}},
    },
)
def complete(body: ChatRequest, caller: CallerDep) -> Completion | StreamingResponse:
    """Answer the last message from the memories of a space, named as the `model`; `stream` sends server-sent events."""
    turns = [Turn(role=message.role, text=message.content) for message in body.messages]
    if turns[-1].role != "user":
        raise InputError("A chat ends with a message of the user.")
    pieces = caller.memory(body.model).chat_stream(
        turns, form=body.form, limit=body.limit, max_new_tokens=body.max_tokens, temperature=body.temperature
    )
    if body.stream:
        # The first piece is waited for here, so that what can't be answered is a problem and not a broken stream.
        return StreamingResponse(_events(next(pieces), pieces, body.model), media_type="text/event-stream")
    last: str | ChatAnswer = ""
    for last in pieces:  # noqa: B007 - the last piece is the whole answer
        pass
    if not isinstance(last, ChatAnswer):
        raise InputError("The model gave no answer.", hint="Ask again.")
    return Completion(
        id=f"chatcmpl-{last.request_id}",
        created=int(time.time()),
        model=body.model,
        choices=(Choice(message={"role": "assistant", "content": last.text}, finish_reason=last.finish),),
        usage=_usage(last),
        memory=last,
    )


def _events(first: str | ChatAnswer, pieces: Iterator[str | ChatAnswer], model: str) -> Iterator[str]:
    created = int(time.time())

    def event(delta: dict[str, str], finish: str | None = None, **more: object) -> str:
        chunk = {
            "id": "chatcmpl-stream",
            "object": "chat.completion.chunk",
            "created": created,
            "model": model,
            "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
            **more,
        }
        return f"data: {json.dumps(chunk)}\n\n"

    yield event({"role": "assistant", "content": ""})
    try:
        for piece in _chain(first, pieces):
            if isinstance(piece, ChatAnswer):
                yield event(
                    {},
                    piece.finish,
                    usage=_usage(piece).model_dump(mode="json"),
                    memory=piece.model_dump(mode="json"),
                )
            else:
                yield event({"content": piece})
    except MemosError as error:
        # The status line is gone: the reader is told in the stream, in OpenAI's shape.
        yield f"data: {json.dumps({'error': {'code': error.code, 'message': error.message}})}\n\n"
    yield "data: [DONE]\n\n"


def _chain(first: str | ChatAnswer, rest: Iterator[str | ChatAnswer]) -> Iterator[str | ChatAnswer]:
    yield first
    yield from rest


def _usage(answer: ChatAnswer) -> CompletionUsage:
    usage = answer.usage
    return CompletionUsage(
        prompt_tokens=usage.prompt_tokens,
        completion_tokens=usage.completion_tokens,
        total_tokens=usage.prompt_tokens + usage.completion_tokens,
        prompt_tokens_details=CachedTokens(cached_tokens=usage.cached_tokens),
    )
