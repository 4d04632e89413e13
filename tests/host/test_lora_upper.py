"""Answers over kept states of the frozen layers, many samples as one text: those of the whole model, or not used at all."""

import random
from collections.abc import Callable

import pytest
import torch
from torch.nn import functional
from transformers import BloomConfig, BloomForCausalLM

from memos_graph.host.engine import ModelEngine
from memos_graph.host.lora.forward import WholeModel, answer_logits
from memos_graph.host.lora.layers import config_for, projections, trainable, wrap
from memos_graph.host.lora.sample import IGNORED, Encoded
from memos_graph.host.lora.upper import UpperLayers, kept_below, packs

SHAPES = ("llama", "qwen3", "mistral", "phi", "gpt_neox", "gemma3")


def _chats(seed: int, shared: int = 6) -> list[Encoded]:
    """Chats of random tokens that begin alike, as those of one template do, some of them more so than others."""
    rng = random.Random(seed)
    start = tuple(rng.randrange(5, 200) for _ in range(shared))
    longer = start + tuple(rng.randrange(5, 200) for _ in range(9))
    found = []
    for size in (3, 12, 5, 30, 7, 4):
        tokens = rng.choice((start, longer)) + tuple(rng.randrange(5, 200) for _ in range(size))
        answers = {len(tokens) - 1, len(tokens) - 2}
        found.append(Encoded(tokens, tuple(token if at in answers else IGNORED for at, token in enumerate(tokens))))
    return found


@pytest.mark.parametrize("shape", SHAPES)
def test_packed_answers_over_kept_states_are_those_of_the_whole_model(loaded: Callable[[str], ModelEngine], shape: str):
    engine = loaded(shape)
    chats, whole = _chats(3), WholeModel(engine.model, 0, engine.device)
    upper = UpperLayers(engine.model, projections(engine.model, attention=False, upper=0.5), 0)
    assert upper.usable(chats)
    with torch.no_grad():
        before, labels = answer_logits(whole, chats)
        _in_float32(upper)
        said, own_labels = answer_logits(upper, chats)
        again, _ = answer_logits(upper, chats[::-1])
        after, _ = answer_logits(whole, chats)
    torch.testing.assert_close(said, before, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(again.unflatten(0, (len(chats), -1)).flip(0).flatten(0, 1), said, atol=1e-4, rtol=1e-4)
    assert own_labels.tolist() == labels.tolist()
    assert torch.equal(after, before), "the model is left as it was"


def test_an_adapter_counts_and_its_gradients_are_those_of_the_whole_model(loaded: Callable[[str], ModelEngine]):
    engine = loaded("llama")
    targets = projections(engine.model, attention=False, upper=0.5)
    chats, upper = _chats(5), UpperLayers(engine.model, targets, 0)
    assert upper.usable(chats)
    _in_float32(upper)
    torch.manual_seed(1)
    peft = wrap(engine.model, config_for(targets, 4, 8, training=True), "student", precise=True)
    try:
        parameters = trainable(peft)
        with torch.no_grad():
            for each in parameters.values():
                each.normal_(std=0.2)
        gradients = []
        for answering in (WholeModel(peft, 0, engine.device), upper):
            logits, labels = answer_logits(answering, chats)
            peft.zero_grad()
            functional.cross_entropy(logits, labels).backward()
            gradients.append({name: each.grad.clone() for name, each in parameters.items() if each.grad is not None})
        assert gradients[0].keys() == gradients[1].keys() == parameters.keys()
        for name, gradient in gradients[0].items():
            torch.testing.assert_close(gradients[1][name], gradient, atol=1e-5, rtol=1e-3)
    finally:
        peft.unload()


def test_a_quicker_number_format_says_nearly_the_same(loaded: Callable[[str], ModelEngine]):
    engine = loaded("qwen3")
    chats, upper = _chats(7), UpperLayers(engine.model, projections(engine.model, attention=False, upper=0.5), 0)
    with torch.no_grad():
        whole, _ = answer_logits(WholeModel(engine.model, 0, engine.device), chats)
        upper._dtype = torch.bfloat16
        said, _ = answer_logits(upper, chats)
    assert said.dtype == torch.float32
    assert 0 < (said.softmax(-1) - whole.softmax(-1)).abs().max() < 0.05
    assert not torch.is_autocast_enabled("cpu")


def test_where_the_adapter_begins_at_the_bottom_nothing_is_kept(loaded: Callable[[str], ModelEngine]):
    engine = loaded("llama")
    assert not UpperLayers(engine.model, projections(engine.model, attention=False), 0).usable(_chats(3))


def test_an_architecture_that_places_its_words_otherwise_is_run_whole():
    """Bloom tells places by a bias of its own, and takes none from outside: what does not agree is not used."""
    torch.manual_seed(0)
    model = BloomForCausalLM(BloomConfig(vocab_size=256, hidden_size=32, n_layer=2, n_head=2)).eval()
    assert not UpperLayers(model, projections(model, attention=False, upper=0.5), 0).usable(_chats(3))


def test_chats_longer_than_a_sliding_window_are_run_whole(loaded: Callable[[str], ModelEngine]):
    model = loaded("mistral").model
    window, targets = model.config.sliding_window, projections(model, attention=False, upper=0.5)
    chats = _chats(3, shared=window - 10)
    short = [each for each in chats if len(each.tokens) <= window]
    assert 0 < len(short) < len(chats)
    assert kept_below(model, targets, 0, chats) is None
    assert kept_below(model, targets, 0, short) is not None
    assert kept_below(model, targets, 0, []) is None


def test_samples_that_begin_alike_are_packed_together_and_no_pack_is_too_long():
    chats = [_chats(seed)[at] for seed in range(5) for at in range(6)]
    found = list(packs(chats, 60))
    assert sorted(row for rows in found for row in rows) == list(range(len(chats)))
    assert all(len({chats[row].tokens[0] for row in rows}) <= 2 for rows in found)
    assert all(
        len(rows) == 1 or sum(len(chats[row].tokens) for row in rows[1:]) - 6 * len(rows) <= 60 for rows in found
    )
    assert list(packs([], 60)) == []


def _in_float32(upper: UpperLayers) -> None:
    """Have it compute as the whole model does, whatever this machine multiplies soonest."""
    upper._dtype = torch.float32
