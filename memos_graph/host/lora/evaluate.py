"""What an adapter holds and what it breaks, measured on questions it was never trained with."""

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch.nn import functional

from memos_graph.host.engine import ModelEngine
from memos_graph.host.lora.course import read_course, rehearsal
from memos_graph.host.lora.decode import DecodedStep, answer_all
from memos_graph.host.lora.forward import Chance, WholeModel, alike, answer_logits, chances
from memos_graph.host.lora.lessons import Course
from memos_graph.host.lora.payload import read_record
from memos_graph.host.lora.recipe import LoraRecipe
from memos_graph.host.lora.sample import Encoded, Encoder, Sample, padding_of, tokens_at_once
from memos_graph.host.lora.shelf import AdapterShelf
from memos_graph.host.protocol import Evaluation

_AT_ONCE = 32  # answers whose logits, one a word of the vocabulary, are in memory together
_SURE = 0.5  # likelier than all else together
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
    """Measure a loaded adapter against the model without it, and hold it against the recipe's floors.

    A line of which too little is answered, or too little of it surely, was not taken: it stays text.
    """
    exam, judge = _exam(engine, course, recipe), holds if recipe.contains else same
    closed, closed_base = (marked(engine, exam.closed, adapter, judge) for adapter in (name, None))
    reading, reading_base = (right_share(engine, exam.readings, adapter, judge) for adapter in (name, None))
    drift = kl_drift(engine, name, exam.unrelated)
    taken = _taken(course, closed, recipe)
    asked_of_taken = [each for lesson, each in zip(course.held_out, closed, strict=True) if lesson.line in taken]
    return Evaluation(
        facts=len(course.lines),
        untaught=course.untaught,
        untaken=tuple(line for line in course.lines if line not in taken),
        closed_book=_share([each.right for each in closed]),
        closed_book_base=_share([each.right for each in closed_base]),
        sure=_share([each.sure for each in closed]),
        in_context=reading,
        in_context_base=reading_base,
        drift=drift,
        accepted=len(taken) >= recipe.taken_floor * len(course.lines)
        and _share([each.right for each in asked_of_taken]) >= recipe.closed_book_floor
        and reading_base - reading <= recipe.reading_loss_ceiling
        and drift <= recipe.drift_ceiling,
    )


def _taken(course: Course, marks: Sequence["Mark"], recipe: LoraRecipe) -> set[str]:
    """Return the lines that the adapter holds, by what was answered about each."""
    by_line: dict[str, list[Mark]] = {}
    for lesson, mark in zip(course.held_out, marks, strict=True):
        by_line.setdefault(lesson.line, []).append(mark)
    return {
        line
        for line, own in by_line.items()
        if _share([each.right for each in own]) >= recipe.line_floor
        and _share([each.sure for each in own]) >= recipe.sure_floor
    }


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


def _exam(engine: ModelEngine, course: Course, recipe: LoraRecipe) -> Exam:
    rng = random.Random(_SEED)  # noqa: S311 - repeatable, no secret
    own = rehearsal(engine, course, "held_out")
    strangers = rehearsal(engine, course, "held_out", taught=False)
    return Exam(
        closed=tuple(Sample((), ((each.question, each.answer),)) for each in course.held_out),
        # One question each: an answer must not lean on the right ones before it.
        readings=tuple(own.reading(rng, lines=recipe.reading_lines, questions=1) for _ in range(recipe.exam_readings)),
        unrelated=tuple(
            strangers.blank(rng) if number % 2 else strangers.reading(rng, lines=recipe.reading_lines, questions=1)
            for number in range(recipe.exam_unrelated)
        ),
    )


class Mark(NamedTuple):
    """What an answer is worth: ``right`` by the judge; ``sure``: each token of the right one is likelier than not."""

    right: bool
    sure: bool


def right_share(engine: ModelEngine, samples: Sequence[Sample], adapter: str | None, judge: Judge) -> float:
    """Return the share of answers that ``judge`` takes for the right one: ``same``, or ``holds``."""
    return _share([each.right for each in marked(engine, samples, adapter, judge)])


def marked(engine: ModelEngine, samples: Sequence[Sample], adapter: str | None, judge: Judge) -> list[Mark]:
    """Return what each answer is worth.

    One pass over the right answers tells most of those it would give by itself; only the others are asked for.
    """
    encoder = Encoder(engine.tokenizer)
    chance = likely(engine, [encoder.encode(each) for each in samples], adapter)
    others = [row for row, each in enumerate(chance) if not each.given]
    said = answer_all(engine, [samples[row].prompt() for row in others], adapter=adapter)
    judged = {row: judge(each.text, samples[row].turns[-1][1]) for row, each in zip(others, said, strict=True)}
    return [Mark(judged.get(row, True), each.least > _SURE) for row, each in enumerate(chance)]


def likely(engine: ModelEngine, encoded: Sequence[Encoded], adapter: str | None) -> list[Chance]:
    """Return how likely the answer of each sample, which has one, is; the engine is free for others between two batches."""
    whole = _whole(engine)
    found: dict[int, Chance] = {}
    for rows in alike(encoded, tokens_at_once(engine.device)):
        with engine.turn(adapter):
            said = chances(whole, [encoded[row] for row in rows])
        found.update((row, each) for row, (each,) in zip(rows, said, strict=True))
    return [found[row] for row in range(len(encoded))]


def _share(marks: Sequence[bool]) -> float:
    return sum(marks) / len(marks) if marks else 0.0


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
    encoded = [each.encoded() for each in said]
    with engine.turn(adapter):
        logits, _ = answer_logits(_whole(engine), encoded)
    return logits.log_softmax(dim=-1)


def _whole(engine: ModelEngine) -> WholeModel:
    return WholeModel(engine.model, padding_of(engine.tokenizer), engine.device)
