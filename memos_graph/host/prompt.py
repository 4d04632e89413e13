"""From memories and turns to tokens, in the layout the model was trained with: its own chat template, or a plain one.

Memories come first and nothing before them depends on the question, so that the tokens of equal memories are equal: these
are what a KV-cache keeps. Text is data: no memory and no question can become one of the model's control tokens.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from jinja2 import TemplateError
from transformers import PreTrainedTokenizerBase

from memos_graph.errors import InputError, ModelError
from memos_graph.host.instruction import one_line, system_text

# Two questions with nothing in common: what their prompts have in common depends on the memories only.
_PROBES = ("A?", "Zebras, 7!")
_PLAIN_STOP = ("\n",)
_OWN_TASK = "memory_instruction"


@dataclass(frozen=True, slots=True)
class PromptTurn:
    """One turn of a chat."""

    role: Literal["user", "assistant"]
    text: str


@dataclass(frozen=True, slots=True)
class Prompt:
    """Lines of memory in canonical order, the chat so far, the question last, and what the program that asks adds to it."""

    memory: tuple[str, ...] = ()
    turns: tuple[PromptTurn, ...] = ()
    instructions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rendered:
    """A prompt in tokens.

    * ``memory_tokens`` how many of the first ones depend on the memories only. * ``stop_texts`` texts that end the answer,
      for a model without a template, which would go on with a question of its own.
    """

    tokens: tuple[int, ...]
    memory_tokens: int
    stop_texts: tuple[str, ...] = ()


def render(tokenizer: PreTrainedTokenizerBase, prompt: Prompt) -> Rendered:
    """Render a prompt; one without turns gives the tokens of its memories alone, as a KV-cache keeps them.

    A model's tokenizer may bring its own ``memory_instruction``. Raises ``InputError`` for text that can't be kept from
    becoming a control token, ``ModelError`` for a chat template that fails.
    """
    system, turns = _as_data(tokenizer, prompt)
    first, second = (_tokens(tokenizer, system, [PromptTurn("user", probe)]) for probe in _PROBES)
    fixed = first[: _common(first, second)]
    stop_texts = () if tokenizer.chat_template else _PLAIN_STOP
    if not turns:
        return Rendered(tuple(fixed), len(fixed), stop_texts)
    tokens = _tokens(tokenizer, system, turns)
    return Rendered(tuple(tokens), _common(tokens, fixed), stop_texts)


def question_tokens(tokenizer: PreTrainedTokenizerBase, prompt: Prompt) -> tuple[int, ...]:
    """Return the tokens of a prompt with turns, as ``render`` does; where its memories end takes three times as long to say."""
    return tuple(_tokens(tokenizer, *_as_data(tokenizer, prompt)))


def memory_of(tokenizer: PreTrainedTokenizerBase, tokens: Sequence[int]) -> tuple[str, ...]:
    """Return the lines that ``render`` made these tokens of; raises ``ModelError`` unless they make the same tokens again."""
    special = set(tokenizer.all_special_ids)
    runs = "".join("\0" if token in special else " " for token in tokens)
    text = "\n\n".join(
        str(tokenizer.decode(list(tokens[run.start() : run.end()]), clean_up_tokenization_spaces=False))
        for run in re.finditer(" +", runs)
    )
    # A line holds no line break, so that what follows one belongs to the template.
    lines = tuple(part.partition("\n")[0] for part in text.split("\n- ")[1:])
    if render(tokenizer, Prompt(lines)).tokens != tuple(tokens):
        raise ModelError(
            "The tokens of the KV-cache do not read back as the memories they were made from.",
            hint="This model's tokenizer or template changes text; the memories themselves are in the graph.",
        )
    return lines


def _as_data(tokenizer: PreTrainedTokenizerBase, prompt: Prompt) -> tuple[str | None, tuple[PromptTurn, ...]]:
    """Return what stands before the chat, and the chat, without anything that the tokenizer would read as a control token."""
    memory = tuple(_data(tokenizer, one_line(line)) for line in prompt.memory)
    # A model with a task of its own was taught it in lines.
    shaped = one_line if _OWN_TASK in tokenizer.init_kwargs else str
    turns = tuple(PromptTurn(turn.role, _data(tokenizer, shaped(turn.text))) for turn in prompt.turns)
    instructions = tuple(_data(tokenizer, text) for text in prompt.instructions)
    _require_data(tokenizer, [*memory, *instructions, *(turn.text for turn in turns)])
    return _system(tokenizer, memory, instructions), turns


def _system(tokenizer: PreTrainedTokenizerBase, memory: Sequence[str], instructions: Sequence[str]) -> str | None:
    """Return what stands before the chat; nothing for a model that would be told to read memories that are not there.

    A model that brings an instruction of its own was trained on that one alone, and is told no other.
    """
    own = tokenizer.init_kwargs.get(_OWN_TASK)
    if own is not None:
        return str(own) + "".join(f"\n- {line}" for line in memory)
    return system_text(memory, instructions)


def _tokens(tokenizer: PreTrainedTokenizerBase, system: str | None, turns: Sequence[PromptTurn]) -> list[int]:
    if not tokenizer.chat_template:
        return list(tokenizer(_plain(system, turns))["input_ids"])
    messages = [{"role": turn.role, "content": turn.text} for turn in turns]
    try:
        text = _templated(tokenizer, system, messages)
    except TemplateError as error:
        raise ModelError(f"The model's chat template refused the prompt: {error}") from error
    return list(tokenizer(text, add_special_tokens=False)["input_ids"])


def _templated(tokenizer: PreTrainedTokenizerBase, system: str | None, messages: list[dict[str, str]]) -> str:
    # Models that would think aloud first are told not to; templates that know nothing of it ignore it.
    def applied(all_messages: list[dict[str, str]]) -> str:
        return str(
            tokenizer.apply_chat_template(
                all_messages, tokenize=False, add_generation_prompt=True, enable_thinking=False
            )
        )

    *tried, last = _ways(system, messages)
    for way in tried:
        try:
            return applied(way)
        except TemplateError:
            continue
    return applied(last)


def _ways(system: str | None, messages: list[dict[str, str]]) -> Iterator[list[dict[str, str]]]:
    """Yield the chat as templates may take it: some know no system turn, some want the two sides to take turns."""
    alternating: list[dict[str, str]] = []
    for each in messages:
        if alternating and alternating[-1]["role"] == each["role"]:
            joined = f"{alternating[-1]['content']}\n\n{each['content']}"
            alternating[-1] = {"role": each["role"], "content": joined}
        else:
            alternating.append(each)
    for turns in (messages, alternating) if len(alternating) < len(messages) else (messages,):
        if system is None:
            yield turns
            continue
        yield [{"role": "system", "content": system}, *turns]
        yield [{"role": turns[0]["role"], "content": f"{system}\n\n{turns[0]['content']}"}, *turns[1:]]


def _plain(system: str | None, turns: Sequence[PromptTurn]) -> str:
    said = (f"{'Question' if turn.role == 'user' else 'Answer'}: {one_line(turn.text)}" for turn in turns)
    return "\n\n".join([*([system] if system else []), "\n".join([*said, "Answer:"])])


def _data(tokenizer: PreTrainedTokenizerBase, text: str) -> str:
    """Break apart whatever the tokenizer would read as a control token."""
    for control in _controls(tokenizer):
        while control in text:
            broken = f"{control[0]} {control[1:]}" if len(control) > 1 else " "
            text = text.replace(control, broken)
    return text


def _require_data(tokenizer: PreTrainedTokenizerBase, texts: Iterable[str]) -> None:
    ids = set(tokenizer("\n".join(texts), add_special_tokens=False)["input_ids"])
    special = ids & set(tokenizer.all_special_ids)
    special.discard(tokenizer.unk_token_id)  # a character the tokenizer does not know, and no control token
    if special:
        tokens = tokenizer.convert_ids_to_tokens(sorted(special))
        raise InputError(f"The text can't be told from the model's control tokens: it reads as {tokens}.")


def _controls(tokenizer: PreTrainedTokenizerBase) -> list[str]:
    """Return the strings of control tokens; those of blanks, and single characters a vocabulary just added, are text."""
    return [
        token.content
        for token in tokenizer.added_tokens_decoder.values()
        if token.content.strip() and (token.special or len(token.content) > 1)
    ]


def _common(one: Sequence[int], other: Sequence[int]) -> int:
    for i, (a, b) in enumerate(zip(one, other, strict=False)):
        if a != b:
            return i
    return min(len(one), len(other))
