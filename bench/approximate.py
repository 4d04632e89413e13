"""What approximate KV-caches change: composed of independently cached chunks, or stored as int8. Part of ``bench.ttft``.

Measured on recall-tiny, with made-up facts it can answer right or wrong, against a full prefill of the same prompt.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from bench.keys import keys_for
from memos_graph.host.engine import ModelEngine
from memos_graph.host.kv import CacheStore, compose
from memos_graph.host.kv.divergence import Divergence, divergence
from memos_graph.host.kv.working import Begin
from memos_graph.host.prompt import Prompt, PromptTurn, render
from memos_graph.host.recall_tiny import RECALL_TINY
from memos_graph.host.recall_tiny.phrasebook import Fact, answer, questions, relations, statements

MEMORIES, FACTS, CHUNK = 4, 20, 5
_SPACE = "bench"
_STARTS = ("Ba", "Ke", "Li", "Mo", "Nu", "Ra", "Se", "Ti", "Vo", "Za")
_ENDS = ("dan", "gor", "lin", "mira", "nesh", "pavo", "rul", "sett", "tova", "vik")
_Ask = Callable[[list[int]], Begin]


@dataclass(frozen=True)
class Asked:
    """A question about one of the facts of a memory."""

    prompt: list[int]
    right: str


@dataclass(frozen=True)
class Way:
    """A way to begin a prompt. ``ms`` and bytes do not matter here: only what comes out does."""

    name: str
    begin: _Ask


def approximations(folder: Path) -> list[dict[str, Any]]:
    """Compare composed and int8 caches with a full prefill, over ``MEMORIES`` times ``FACTS`` questions."""
    engine = ModelEngine.load(RECALL_TINY, device="cpu")
    found: dict[str, list[tuple[Divergence, bool]]] = {}
    exact_right = []
    for seed in range(MEMORIES):
        chunks, asked = _memory(engine, seed)
        ways = _ways(engine, folder / f"approximate-{seed}", chunks)
        for question in asked:
            exact_right.append(_right(engine, question, None))
            for way in ways:
                begin = way.begin(question.prompt)
                measured = divergence(engine, question.prompt, begin, answer_tokens=8)
                found.setdefault(way.name, []).append((measured, _right(engine, question, begin)))
    base = round(100 * sum(exact_right) / len(exact_right), 1)
    return [_row(name, results, base) for name, results in found.items()]


def _memory(engine: ModelEngine, seed: int) -> tuple[list[list[int]], list[Asked]]:
    """Make up facts; returns the tokens of their lines in chunks, and a question for each."""
    rng = random.Random(seed)
    people = [a + b for a in _STARTS for b in _ENDS]
    values = [b.capitalize() + a.lower() for a in _STARTS for b in _ENDS]
    facts = [
        Fact(person, rng.choice(relations()), value)
        for person, value in zip(rng.sample(people, FACTS), rng.sample(values, FACTS), strict=True)
    ]
    lines = tuple(statements(fact)[0] for fact in facts)
    ends = [render(engine.tokenizer, Prompt(lines[:count])).tokens for count in range(CHUNK, FACTS + 1, CHUNK)]
    cuts = [0, *(len(tokens) for tokens in ends)]
    chunks = [list(ends[-1][start:end]) for start, end in pairwise(cuts)]
    asked = [
        Asked(
            list(render(engine.tokenizer, Prompt(lines, (PromptTurn("user", questions(fact)[0]),))).tokens),
            answer(fact),
        )
        for fact in facts
    ]
    return chunks, asked


def _ways(engine: ModelEngine, folder: Path, chunks: list[list[int]]) -> list[Way]:
    exact, small = (
        CacheStore(engine, folder / "exact", keys_for(folder / "exact")),
        CacheStore(engine, folder / "int8", keys_for(folder / "int8"), codec="int8"),
    )
    for chunk in chunks:
        exact.build(_SPACE, None, chunk)
    small.build(_SPACE, None, [token for chunk in chunks for token in chunk])

    def composed(recompute: int) -> _Ask:
        return lambda _: compose(engine, exact, chunks, space=_SPACE, recompute=recompute)

    def int8(prompt: list[int]) -> Begin:
        return lambda cache: small.fill(cache, _SPACE, None, prompt)

    return [Way("int8", int8), *(Way(f"composed, {count} recomputed", composed(count)) for count in (0, 4, 8, 16))]


def _right(engine: ModelEngine, question: Asked, begin: Begin | None) -> bool:
    said = engine.generate(question.prompt, space=_SPACE, max_new_tokens=24, use_cache=False, begin=begin).result.text
    return said.strip() == question.right


def _row(name: str, results: list[tuple[Divergence, bool]], base: float) -> dict[str, Any]:
    measured = [result for result, _ in results]
    count = len(results)
    return {
        "cache": name,
        "questions": count,
        "kl_nats_per_token": round(sum(each.kl for each in measured) / count, 5),
        "greedy_agreement_percent": round(100 * sum(each.agreement for each in measured) / count, 1),
        "same_answer_percent": round(100 * sum(each.same_answer for each in measured) / count, 1),
        "right_percent": round(100 * sum(right for _, right in results) / count, 1),
        "right_percent_exact": base,
    }
