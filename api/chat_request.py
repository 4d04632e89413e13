"""What a chat completion of OpenAI's API can ask here: each field of that API is taken, changes nothing, or is refused by name.

The types below are what `/openapi.json` tells of it; docs/rest.md has the table.
"""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag
from pydantic_core import PydanticCustomError

from memos_graph.api.schemas import Body
from memos_graph.errors import InputError
from memos_graph.forms.chat import Form
from memos_graph.host.protocol import Turn
from memos_graph.verbs.fields import SpaceId, Text

MOST_TOKENS = 4096
"""Longest answer that is made; whoever allows more gets this much, and ``finish_reason`` "length" where it was too little."""

_LONGEST = 100_000

REFUSED = {
    "n": "one answer is given to a question",
    "tools": "the model answers from memory and calls nothing",
    "tool_choice": "the model answers from memory and calls nothing",
    "functions": "the model answers from memory and calls nothing",
    "function_call": "the model answers from memory and calls nothing",
    "response_format": "answers are plain text",
    "logprobs": "chances of tokens are not told",
    "top_logprobs": "chances of tokens are not told",
    "logit_bias": "chances of tokens can't be changed",
    "presence_penalty": "chances of tokens can't be changed",
    "frequency_penalty": "chances of tokens can't be changed",
    "top_p": "a token is the likeliest one, or is drawn by `temperature` from all of them",
    "modalities": "answers are plain text",
    "audio": "answers are plain text",
    "prediction": "an answer can't be begun for the model",
    "web_search_options": "answers rest on memories alone",
    "store": "answers are not kept to be fetched later; the log has each one",
    "reasoning_effort": "how long a model thinks is its server's setting",
    "verbosity": "how much a model says is for a `system` message to ask",
    "moderation": "what is sensitive is hidden by the space's policy",
}
"""Fields of OpenAI's API that are refused, but for values that ask for nothing, and why."""


def _textual(part: Any) -> Any:
    kind = part.get("type") if isinstance(part, dict) else None
    if isinstance(kind, str) and kind not in {"text", "refusal"}:
        raise PydanticCustomError(
            "unsupported_part", "A content part of type '{type}' is not supported: send text.", {"type": kind[:40]}
        )
    return part


class Said(BaseModel):
    """Base of messages: clients send back what they were given, so what is not named here is left aside."""

    model_config = ConfigDict(extra="ignore")


class TextPart(Said):
    """A piece of text."""

    type: Literal["text"]
    text: Annotated[Text, Field(max_length=_LONGEST)]


class RefusalPart(Said):
    """What a model said in place of an answer."""

    type: Literal["refusal"]
    refusal: Annotated[Text, Field(max_length=_LONGEST)]


Part = Annotated[TextPart | RefusalPart, Discriminator("type")]


def _shape(content: Any) -> str:
    return "parts" if isinstance(content, list) else "text"


Content = Annotated[
    Annotated[Text, Field(max_length=_LONGEST), Tag("text")]
    | Annotated[list[Annotated[Part, BeforeValidator(_textual)]], Field(max_length=1000), Tag("parts")],
    Discriminator(_shape),
]


class Instruction(Said):
    """What the program that asks tells the model."""

    role: Literal["system", "developer"]
    content: Content


class Question(Said):
    """What the user says."""

    role: Literal["user"]
    content: Content


class CalledFunction(Said):
    """The name of what was called."""

    name: Text | None = None


class ToolCall(Said):
    """A call that some model made earlier in the conversation."""

    id: Text | None = None
    function: CalledFunction | None = None


class Reply(Said):
    """What a model said earlier: text, or calls of tools alone."""

    role: Literal["assistant"]
    content: Content | None = None
    refusal: Annotated[Text, Field(max_length=_LONGEST)] | None = None
    tool_calls: Annotated[list[ToolCall], Field(max_length=1000)] | None = None


class ToolResult(Said):
    """What a call gave."""

    role: Literal["tool", "function"]
    content: Content | None = None
    tool_call_id: Text | None = None
    name: Text | None = None


ChatMessage = Annotated[Instruction | Question | Reply | ToolResult, Discriminator("role")]


class StreamOptions(Body):
    """What a stream tells besides."""

    include_usage: Annotated[bool | None, Field(description="Send tokens used in a last chunk without choices.")] = None
    include_obfuscation: Annotated[bool | None, Field(description="Changes nothing here.")] = None


class PlainText(Body):
    """The one format of answers."""

    type: Literal["text"]


StopText = Annotated[Text, Field(min_length=1, max_length=200)]
Stop = Annotated[
    Annotated[StopText, Tag("text")] | Annotated[list[StopText], Field(max_length=4), Tag("parts")],
    Discriminator(_shape),
]
Ignored = Annotated[Any, Field(description="Changes nothing here.")]
Nothing = Annotated[None, Field(description="Not supported.")]
Zero = Annotated[float, Field(ge=0, le=0)]
Empty = Annotated[list[Any], Field(max_length=0)]


class ChatRequest(Body):
    """A chat completion. `form` and `limit` are ours; fields that can have one value only are there to be named when refused."""

    model: Annotated[SpaceId, Field(description="The space whose memories answer.")]
    messages: Annotated[list[ChatMessage], Field(min_length=1, max_length=1000)]
    stream: bool | None = False
    stream_options: StreamOptions | None = None
    max_tokens: Annotated[int, Field(ge=1, description=f"At most; {MOST_TOKENS} are made at most.")] | None = None
    max_completion_tokens: Annotated[int, Field(ge=1, description="The same, and goes before it.")] | None = None
    temperature: Annotated[float, Field(ge=0, le=2)] | None = Field(default=None, description="Default: 0.")
    stop: Stop | None = Field(
        default=None, description="One text or up to four; the answer ends before the first of them."
    )
    form: Annotated[Form, Field(description="How memories are put before the model.")] = Form.AUTO
    limit: Annotated[int, Field(ge=1, le=200, description="Most memories a question may draw on.")] = 10
    explain: Annotated[bool, Field(description="Say which forms were considered, and why one was taken.")] = False

    user: Ignored = None
    safety_identifier: Ignored = None
    metadata: Ignored = None
    seed: Ignored = None
    service_tier: Ignored = None
    prompt_cache_key: Ignored = None
    prompt_cache_retention: Ignored = None
    prompt_cache_options: Ignored = None
    parallel_tool_calls: Ignored = None

    n: Literal[1] | None = None
    tools: Empty | None = None
    tool_choice: Literal["none", "auto"] | None = None
    functions: Empty | None = None
    function_call: Literal["none", "auto"] | None = None
    response_format: PlainText | None = None
    logprobs: Literal[False] | None = None
    top_logprobs: Literal[0] | None = None
    logit_bias: Annotated[dict[str, Any], Field(max_length=0)] | None = None
    presence_penalty: Zero | None = None
    frequency_penalty: Zero | None = None
    top_p: Annotated[float, Field(ge=1, le=1)] | None = None
    modalities: Annotated[list[Literal["text"]], Field(max_length=1)] | None = None
    store: Literal[False] | None = None
    reasoning_effort: Nothing = None
    verbosity: Literal["medium"] | None = None
    audio: Nothing = None
    prediction: Nothing = None
    web_search_options: Nothing = None
    moderation: Nothing = None

    def most_tokens(self, default: int) -> int:
        """Return how long the answer may be, tokens."""
        return min(self.max_completion_tokens or self.max_tokens or default, MOST_TOKENS)

    @property
    def stops(self) -> tuple[str, ...]:
        """The texts that end the answer."""
        return (self.stop,) if isinstance(self.stop, str) else tuple(self.stop or ())


def conversation(messages: Sequence[Instruction | Question | Reply | ToolResult]) -> tuple[list[Turn], list[str]]:
    """Return the turns of a chat, the question last, and the instructions that came with it, each in order.

    What a tool gave is read as part of what was asked before it; empty messages are left out. Raises ``InputError`` for a
    chat that asks nothing.
    """
    turns: list[Turn] = []
    instructions: list[str] = []
    called: dict[str, str] = {}
    for message in messages:
        text = _text(message.content)
        if isinstance(message, Reply):
            called |= _names(message.tool_calls or ())
            text = text or message.refusal or ""
        if not text.strip():
            continue
        if isinstance(message, Instruction):
            instructions.append(text)
        elif isinstance(message, ToolResult):
            name = message.name or called.get(message.tool_call_id or "", "a tool")
            _add_result(turns, f"Result of {name}: {text}")
        else:
            turns.append(Turn(role=message.role, text=text))
    if not turns or turns[-1].role != "user":
        raise InputError(
            "messages: a chat ends with a message of the user that asks something.",
            hint="The model answers the last `user` message; what an assistant began is not gone on with.",
        )
    return turns, instructions


def _names(calls: Sequence[ToolCall]) -> dict[str, str]:
    return {call.id: call.function.name for call in calls if call.id and call.function and call.function.name}


def _add_result(turns: list[Turn], text: str) -> None:
    if turns and turns[-1].role == "user":
        turns[-1] = Turn(role="user", text=f"{turns[-1].text}\n\n{text}")
    else:
        turns.append(Turn(role="user", text=text))


def _text(content: str | list[TextPart | RefusalPart] | None) -> str:
    if content is None or isinstance(content, str):
        return content or ""
    return "\n".join(part.text if isinstance(part, TextPart) else part.refusal for part in content)
