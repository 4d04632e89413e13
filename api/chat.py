"""Chat in OpenAI's shape: any client of that API works, and finds beside the answer what it rests on."""

import json
from collections.abc import Iterator
from typing import Literal

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse
from pydantic import Field

from memos_graph.api import problems
from memos_graph.api.auth import CallerDep
from memos_graph.api.chat_request import ChatRequest, conversation
from memos_graph.api.problems import documented
from memos_graph.errors import ModelError
from memos_graph.forms.chat import ChatAnswer
from memos_graph.kit.clock import now
from memos_graph.types import Model

router = APIRouter(prefix="/v1", tags=["chat"])


class Choice(Model):
    """The one answer."""

    index: int = 0
    message: dict[str, str]
    logprobs: None = None
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
        **documented(403, 404, 409, 502, body=True),
        200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}},
    },
)
def complete(body: ChatRequest, request: Request, caller: CallerDep) -> Completion | StreamingResponse:
    """Answer the last message from the memories of a space, named as the `model`; `stream` sends server-sent events."""
    turns, instructions = conversation(body.messages)
    (memory,) = caller.asking([body.model])
    pieces = memory.chat_stream(
        turns,
        form=body.form,
        limit=body.limit,
        max_new_tokens=body.most_tokens(memory.most_tokens),
        temperature=body.temperature or 0.0,
        stop=body.stops,
        instructions=instructions,
        explain=body.explain,
    )
    id_, created = f"chatcmpl-{request.state.request_id}", int(now().timestamp())
    if body.stream:
        # The first piece is waited for here, so that what can't be answered is a problem and not a broken stream.
        first = _next(pieces)
        told = _Stream(
            {"id": id_, "object": "chat.completion.chunk", "created": created, "model": body.model},
            request,
            usage=bool(body.stream_options and body.stream_options.include_usage),
        )
        return StreamingResponse(told.events(first, pieces), media_type="text/event-stream")
    *_, answer = pieces
    if not isinstance(answer, ChatAnswer):
        raise _no_answer()
    return Completion(
        id=id_,
        created=created,
        model=body.model,
        choices=(Choice(message={"role": "assistant", "content": answer.text}, finish_reason=_finish(answer)),),
        usage=_usage(answer),
        memory=answer,
    )


class _Stream:
    """An answer as server-sent events."""

    def __init__(self, members: dict[str, object], request: Request, *, usage: bool) -> None:
        self._members = members
        self._request = request
        self._usage = usage

    def events(self, first: str | ChatAnswer, rest: Iterator[str | ChatAnswer]) -> Iterator[str]:
        """Yield the events; a stream that went wrong ends with an `error` and without `[DONE]`."""
        yield self._chunk({"role": "assistant", "content": ""})
        try:
            piece = first
            while not isinstance(piece, ChatAnswer):
                yield self._chunk({"content": piece})
                piece = _next(rest)
        except Exception as error:  # noqa: BLE001 - the status line is gone: whatever it is, the reader is told in the stream
            told = problems.in_stream(self._request, error)
            yield f"data: {json.dumps({'error': told.model_dump()})}\n\n"
            return
        yield self._chunk({}, _finish(piece), memory=piece.model_dump(mode="json"))
        if self._usage:
            yield self._event(choices=[], usage=_usage(piece).model_dump(mode="json"))
        yield "data: [DONE]\n\n"

    def _chunk(self, delta: dict[str, str], finish: str | None = None, **more: object) -> str:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return self._event(choices=[choice], **({"usage": None} if self._usage else {}), **more)

    def _event(self, **members: object) -> str:
        return f"data: {json.dumps({**self._members, **members})}\n\n"


def _next(pieces: Iterator[str | ChatAnswer]) -> str | ChatAnswer:
    for piece in pieces:
        return piece
    raise _no_answer()


def _no_answer() -> ModelError:
    return ModelError("The model gave no answer.", hint="Ask again.")


def _finish(answer: ChatAnswer) -> str:
    """Say why an answer ended, in the words OpenAI has: one that went round in a loop was cut."""
    return "length" if answer.finish == "repetition" else answer.finish


def _usage(answer: ChatAnswer) -> CompletionUsage:
    usage = answer.usage
    return CompletionUsage(
        prompt_tokens=usage.prompt_tokens,
        completion_tokens=usage.completion_tokens,
        total_tokens=usage.prompt_tokens + usage.completion_tokens,
        prompt_tokens_details=CachedTokens(cached_tokens=usage.cached_tokens),
    )
