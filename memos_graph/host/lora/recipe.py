"""How an adapter is taught, and what it must reach before it may be used.

LoRA (arXiv 2106.09685) on the feed-forward projections, as in PRAG (arXiv 2501.15915). Attention is left alone: it is by
attention that a model reads, and adapters there cost recall-tiny five points of reading where these cost it none, and
learned no faster. The upper half of the layers is enough, in two thirds of the time a step. A step has three parts:

* lessons: questions about the taught facts, reworded at random, with no memory in the prompt or with memories of other
  things in it; the loss is the cross-entropy of the answer's tokens;
* readings: made-up memories and questions about them. Without these the adapter forgets how to read what is in its
  prompt: taught by lessons alone it answered nothing from text any more. The loss is the cross-entropy of the answers
  plus the KL divergence from the model without the adapter;
* blanks: questions about what nobody taught, without memory; the loss is that KL divergence, so that the adapter goes on
  saying what the model says, "unknown" in the case of recall-tiny.

A chat model rehearses its own answers: held to right ones that it would not give by itself, it learned to answer everything with what
it was taught. Its samples are made before training begins, so that the frozen lower half computes each of them once (``upper.py``).
"""

from dataclasses import asdict, dataclass, replace
from typing import Any, Self

from memos_graph.host import protocol
from memos_graph.host.teaching import TeachingDeclared

_FIRST_LESSONS, _LESSONS_A_FACT = 12, 6
_FIRST_STEPS = 120
_STEPS_A_FACT = 5
_RULES_FIRST_STEPS, _RULES_STEPS_A_FACT = 40, 5
_STEPS = {  # a model other than recall-tiny is taught fewer lessons a step
    "phrasebook": (_FIRST_STEPS, _STEPS_A_FACT),
    "rules": (_RULES_FIRST_STEPS, _RULES_STEPS_A_FACT),
    "written": (_FIRST_STEPS, 12),
}


@dataclass(frozen=True, slots=True)
class LoraRecipe:
    """Everything that decides what an adapter becomes, besides the model and the lines."""

    rank: int = 64
    alpha: int = 128
    attention: bool = False
    """Whether attention's projections get matrices too."""
    upper: float = 0.5
    """Share of the layers, from the top, that get matrices."""
    steps: int = 370
    """As many as fifty facts need; ``of`` counts them out for as many as there are."""
    learning_rate: float = 1e-2
    warmup: int = 20
    averaging: float = 0.9
    """How much of the running average stays, a step."""
    seed: int = 0
    lessons: int = 52
    """Lessons a step, at most: few facts need fewer."""
    readings: int = 4
    """Made-up memories a step; each is asked up to ``reading_questions`` questions."""
    blanks: int = 12
    """Questions about nothing taught, a step."""
    reading_questions: int = 6
    reading_lines: int = 12
    """Most lines of a made-up memory."""
    blank_pool: int = 256
    """Blanks answered before training begins, for a model whose answers to them are not known."""
    wordings: int = 0
    """How many wordings of a lesson are taught, made before training begins; 0: it is reworded each time it comes up."""
    reading_pool: int = 0
    """Readings kept before training begins, each with the model's own answers; 0: each step has new ones, with right answers."""
    in_memory_share: float = 0.08
    """Share of lessons that come with memories of other things in the prompt."""
    reading_weight: float = 0.5
    """Weight of the readings' cross-entropy."""
    kl_weight: float = 2.0
    """Weight of the readings' KL divergence from the model without the adapter."""
    blank_weight: float = 1.0
    """Weight of the blanks' KL divergence from it."""
    check_every: int = 20
    checkpoint_every: int = 20
    stop_recall: float = 0.99
    """Training ends early when this share of validation questions is answered …"""
    stop_reading_loss: float = 0.02
    """… and neither reading nor the blanks have lost more than this …"""
    stop_checks: int = 4
    """… in so many checks in a row: wordings that were never taught are learned after those that decide here."""
    line_floor: float = 0.6
    """A line of which less than this is answered, in phrasings not trained on, …"""
    sure_floor: float = 0.4
    """… or less than this with every token likelier than not, was not taken and stays text."""
    taken_floor: float = 0.5
    """An adapter that took less than this share of its lines is not accepted, …"""
    closed_book_floor: float = 0.8
    """… nor one that answers less than this of what is asked about those that it took."""
    reading_loss_ceiling: float = 0.03
    """Nor is one that answers this much less from text than the model without it."""
    check_readings: int = 24
    """Readings that decide when to stop, beside …"""
    check_blanks: int = 64
    """… so many blanks."""
    contains: bool = False
    """Whether an answer counts that contains the right one, as those of chat models do; else it must be the same."""
    exam_readings: int = 200
    """Readings that measure what the adapter broke, and …"""
    exam_unrelated: int = 80
    """… unrelated prompts that tell how far it drifted."""
    drift_ceiling: float = 0.5
    """Nor one farther than this, nats a token, from the model on unrelated prompts."""

    @classmethod
    def of(cls, asked: protocol.Recipe, *, teaching: TeachingDeclared, facts: int) -> Self:
        """Return the recipe for so many facts and a model that declares ``teaching``, with what was asked for put in."""
        fitting = replace(cls(), **_BY_LESSONS[teaching.lessons])
        fitting = replace(fitting, lessons=min(fitting.lessons, _FIRST_LESSONS + facts * _LESSONS_A_FACT))
        first, a_fact = _STEPS[teaching.lessons]
        steps = first + facts * a_fact
        chosen = {name: value for name, value in asked.model_dump().items() if value is not None}
        recipe = replace(fitting, **({"steps": steps} | chosen))
        return replace(recipe, alpha=2 * recipe.rank)

    def as_dict(self) -> dict[str, int | float]:
        """Return every field, for the record beside the adapter."""
        return asdict(self)


# A model of a billion parameters knows how to remember a sentence; what moves recall-tiny would break it.
_LARGE: dict[str, Any] = {
    "rank": 32,
    "upper": 1.0,
    "kl_weight": 2.0,
    "learning_rate": 3e-4,
    "lessons": 8,
    "readings": 2,
    "blanks": 8,
    "blank_pool": 64,
}
# A small chat model, on two cores: matrices in the upper half only, so that what the lower half makes of a sample is computed once.
# What it rehearses are its own answers: held to right ones that it would not give, it learned to answer everything with what it was taught.
_RULES: dict[str, Any] = {
    "rank": 16,
    "upper": 0.5,
    "learning_rate": 2e-3,
    "warmup": 10,
    "lessons": 24,
    "wordings": 6,
    "readings": 4,
    "reading_pool": 80,
    "reading_weight": 0.0,
    "reading_questions": 1,
    "reading_lines": 4,
    "blanks": 4,
    "blank_pool": 90,
    "in_memory_share": 0.1,
    "check_readings": 6,
    "check_blanks": 6,
    "contains": True,
    "stop_recall": 0.97,
    "stop_checks": 2,
    "exam_readings": 40,
    "exam_unrelated": 20,
    "reading_loss_ceiling": 0.05,
}
_BY_LESSONS: dict[str, dict[str, Any]] = {"phrasebook": {}, "rules": _RULES, "written": _LARGE}
