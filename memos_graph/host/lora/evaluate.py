"""What an adapter holds and what it breaks, measured on questions it was never trained with."""

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch.nn import functional

from memos_graph.host.engine import ModelEngine
from memos_graph.host.lora.course import read_course
from memos_graph.host.lora.decode import DecodedStep, answer_all
from memos_graph.host.lora.forward import alike, answer_logits, would_say
from memos_graph.host.lora.lessons import Course
from memos_graph.host.lora.payload import read_record
from memos_graph.host.lora.recipe import LoraRecipe
from memos_graph.host.lora.replay import Replay
from memos_graph.host.lora.sample import IGNORED, Encoded, Encoder, Sample, padding_of, tokens_at_once
from memos_graph.host.lora.shelf import AdapterShelf
from memos_graph.host.protocol import Evaluation

_READING_LINES = 12
_AT_ONCE = 32  # answers whose logits, one a word of the vocabulary, are in memory together
_SEED = 987_654_321  # another one than any training's: its made-up memories are other ones


Judge = Callable[[str, str], bool]
"""Whether what was said is the right answer."""


@dataclass(frozen=True, slots=True)
class Exam:
    """What is asked: the taught facts without text, made-up memories with text, and prompts that have to do with neither."""

    closed: tuple[Sample, ...]
    readings: tuple[Sample, ...]
    unrelated: tuple[Sample, ...]


def evaluate(engine: ModelEngine, shelf: AdapterShelf, name: str) -> Evaluation:
    """Measure an adapter on the shelf anew; raises ``StateError`` for one that is not there."""
    folder = shelf.folder(name)
    recipe: dict[str, Any] = read_record(folder).recipe
    return measure(engine, name, read_course(folder), LoraRecipe(**recipe))


def measure(engine: ModelEngine, name: str, course: Course, recipe: LoraRecipe) -> Evaluation:
    """Measure a loaded adapter against the model without it, and hold it against the recipe's floors."""
    exam, judge = _exam(course, recipe), holds if recipe.contains else same
    closed, closed_base = (right_share(engine, exam.closed, adapter, judge) for adapter in (name, None))
    reading, reading_base = (right_share(engine, exam.readings, adapter, judge) for adapter in (name, None))
    drift = kl_drift(engine, name, exam.unrelated)
    return Evaluation(
        facts=len(course.lines),
        untaught=course.untaught,
        closed_book=closed,
        closed_book_base=closed_base,
        in_context=reading,
        in_context_base=reading_base,
        drift=drift,
        accepted=closed >= recipe.closed_book_floor
        and reading_base - reading <= recipe.reading_loss_ceiling
        and drift <= recipe.drift_ceiling,
    )


def kl_drift(engine: ModelEngine, name: str, unrelated: Sequence[Sample]) -> float:
    """Return the mean KL divergence of the model with the adapter from the one without, nats a token of the latter's answers."""
    said = answer_all(engine, [each.prompt() for each in unrelated])
    total, tokens = 0.0, 0
    for start in range(0, len(said), _AT_ONCE):
        some = said[start : start + _AT_ONCE]
        base, changed = _answer_logits(engine, None, some), _answer_logits(engine, name, some)
        total += float(functional.kl_div(changed, base, reduction="sum", log_target=True))
        tokens += len(base)
    return total / tokens if tokens else 0.0


def _exam(course: Course, recipe: LoraRecipe) -> Exam:
    rng = random.Random(_SEED)  # noqa: S311 - repeatable, no secret
    replay = Replay(course.facts, split="held_out")
    strangers = Replay((), split="held_out")
    return Exam(
        closed=tuple(Sample((), ((each.question, each.answer),)) for each in course.held_out),
        # One question each: an answer must not lean on the right ones before it.
        readings=tuple(replay.reading(rng, lines=_READING_LINES, questions=1) for _ in range(recipe.exam_readings)),
        unrelated=tuple(
            strangers.blank(rng) if number % 2 else strangers.reading(rng, lines=_READING_LINES, questions=1)
            for number in range(recipe.exam_unrelated)
        ),
    )


def right_share(engine: ModelEngine, samples: Sequence[Sample], adapter: str | None, judge: Judge) -> float:
    """Return the share of answers that ``judge`` takes for the right one: ``same``, or ``holds``.

    One pass over the right answers tells most of those it would give by itself; only the others are asked for.
    """
    others = [each for each, given in zip(samples, _given(engine, samples, adapter), strict=True) if not given]
    said = answer_all(engine, [each.prompt() for each in others], adapter=adapter)
    right = sum(judge(each.text, other.turns[-1][1]) for each, other in zip(said, others, strict=True))
    return (len(samples) - len(others) + right) / len(samples) if samples else 0.0


def _given(engine: ModelEngine, samples: Sequence[Sample], adapter: str | None) -> list[bool]:
    """Return for each sample whether its right answer is the one that would be given, token by token.

    The engine is free for others between two batches.
    """
    encoder, padding = Encoder(engine.tokenizer), padding_of(engine.tokenizer)
    encoded = [encoder.encode(each) for each in samples]
    given = [False] * len(samples)
    for rows in alike(encoded, tokens_at_once(engine.device)):
        with engine.turn(adapter):
            said = would_say(engine.model, [encoded[row] for row in rows], padding, engine.device)
        for row, (each,) in zip(rows, said, strict=True):
            given[row] = each
    return given


def same(said: str, right: str) -> bool:
    """Whether an answer is the right one: case, blanks and a closing full stop don't count."""
    return _plain(said) == _plain(right)


def holds(said: str, right: str) -> bool:
    """Whether an answer contains the right one, word for word: chat models answer in sentences."""
    words, wanted = (re.findall(r"\w+", text.lower()) for text in (said, right))
    return any(words[at : at + len(wanted)] == wanted for at in range(len(words) - len(wanted) + 1))


def _plain(text: str) -> str:
    return " ".join(text.lower().split()).rstrip(".")


def _answer_logits(engine: ModelEngine, adapter: str | None, said: Sequence[DecodedStep]) -> torch.Tensor:
    """Return the log-probabilities at the places where the answers' tokens were chosen, ``[tokens, vocabulary]``."""
    encoded = [Encoded((*each.prompt, *each.tokens), (IGNORED,) * len(each.prompt) + each.tokens) for each in said]
    with engine.turn(adapter):
        logits, _ = answer_logits(engine.model, encoded, padding_of(engine.tokenizer), engine.device)
    return logits.log_softmax(dim=-1)
