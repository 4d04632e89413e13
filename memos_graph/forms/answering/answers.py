"""What an answer from memory says of itself: its form, what it rests on, what was before the model, what was not."""

from enum import StrEnum
from typing import Literal

from pydantic import Field

from memos_graph.types import Model

UNKNOWN = "unknown"
"""What is answered in a form that was asked for when memory holds nothing; models are told to answer so, too."""


class Form(StrEnum):
    """In which form memories are put before the model.

    ``auto``: a KV-cache where one spares reading, else plaintext; without a model that can answer in its own words, a quote.
    ``quote``: no model answers; the sentence that answers best is quoted.
    """

    AUTO = "auto"
    PLAINTEXT = "plaintext"
    ACTIVATION = "activation"
    PARAMETRIC = "parametric"
    QUOTE = "quote"


class Used(Model):
    """A memory that was put before the model, or that the answer rests on."""

    cube: str
    version: int
    text: str
    form: Form


class LeftOut(Model):
    """A memory that was found, and not put before the model."""

    cube: str
    reason: Literal["window", "rank"] = Field(
        description="window: it did not fit beside the better ones; rank: there were ten better lines for each memory found."
    )


class Usage(Model):
    """What an answer took."""

    prompt_tokens: int = 0
    cached_tokens: int = Field(default=0, description="Prompt tokens whose keys and values came from a KV-cache.")
    completion_tokens: int = 0
    prepare_ms: float = Field(
        default=0.0, description="What was done before the host was asked: a lost KV-cache built, an adapter loaded."
    )
    first_token_ms: float = Field(default=0.0, description="From the request to the first token, in the host.")
    total_ms: float = 0.0


class Considered(Model):
    """A form that memories could have been in for an answer, what it would have cost, and why it was taken or not."""

    form: Form
    chosen: bool = False
    serves: bool = Field(description="Whether it could have been taken.")
    payload: str | None = Field(default=None, description="Cube of the KV-cache or adapter.")
    tokens_read: int = Field(default=0, description="Tokens of memory that would have been read anew, estimated.")
    tokens_cached: int = Field(default=0, description="Tokens of memory a KV-cache would have held, estimated.")
    why: str


class ChatAnswer(Model):
    """An answer, and everything it rests on."""

    text: str
    form: Form = Field(description="Plaintext, activation, parametric or quote: how the memories made the answer.")
    payload: str | None = Field(default=None, description="Cube of the KV-cache or adapter that was used.")
    used: tuple[Used, ...] = Field(
        description="Memories the answer rests on: the quoted one; of those given, the ones that hold the answer's words."
    )
    given: tuple[Used, ...] = Field(default=(), description="Memories put before the model, in the order it saw them.")
    left_out: tuple[LeftOut, ...] = Field(
        default=(), description="Memories found but not put before the model, best first."
    )
    turns_left_out: int = Field(default=0, description="Oldest turns of the chat that did not fit the model's window.")
    considered: tuple[Considered, ...] = Field(
        default=(), description="Which forms could have been taken, where that was asked for."
    )
    reasoning: str = Field(
        default="", description="What the model thought aloud before it answered; no part of the answer."
    )
    finish: str = Field(
        default="stop", description="stop, length, or repetition: it went round in a loop and was ended."
    )
    model: str
    usage: Usage
    request_id: str = Field(description="Under which the log has this answer and its search.")
