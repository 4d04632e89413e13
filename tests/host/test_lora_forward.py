"""Answers in chats of very unlike length, run side by side: what the model makes of each is what it makes of it alone."""

import random
from collections.abc import Callable

import torch

from memos_graph.host.engine import ModelEngine
from memos_graph.host.lora.forward import WholeModel, alike, answer_logits
from memos_graph.host.lora.sample import IGNORED, Encoded


def _chat(rng: random.Random, size: int) -> Encoded:
    """A chat of random tokens with two answers in it."""
    tokens = tuple(rng.randrange(5, 200) for _ in range(size))
    answers = {size // 2, size // 2 + 1, size - 1}
    return Encoded(tokens, tuple(token if place in answers else IGNORED for place, token in enumerate(tokens)))


def test_each_answer_is_weighed_as_if_alone_and_in_order(loaded: Callable[[str], ModelEngine]):
    rng, engine = random.Random(3), loaded("qwen3")
    whole = WholeModel(engine.model, 0, engine.device)
    chats = [_chat(rng, size) for size in (40, 7, 120, 9, 8, 41, 7, 300)]
    with torch.no_grad():
        logits, labels = answer_logits(whole, chats)
        alone = [answer_logits(whole, [chat]) for chat in chats]
    assert labels.tolist() == [label for chat in chats for label in chat.labels if label != IGNORED]
    assert torch.equal(labels, torch.cat([said for _, said in alone]))
    torch.testing.assert_close(logits, torch.cat([said for said, _ in alone]), atol=1e-4, rtol=1e-4)


def test_chats_of_like_length_are_run_together_and_little_is_padding():
    rng = random.Random(4)
    chats = [_chat(rng, rng.choice((8, 9, 10, 60, 300))) for _ in range(100)]
    batches = list(alike(chats))
    assert sorted(row for rows in batches for row in rows) == list(range(100))
    sizes = [[len(chats[row].tokens) for row in rows] for rows in batches]
    assert all(len(each) * max(each) - sum(each) <= max(64, 0.2 * sum(each)) for each in sizes)
    assert len(batches) < 12
    assert list(alike([])) == []
