"""Greedy, exact answers of recall-tiny on names and values never trained on: ``python -m training.evaluate``."""

import argparse
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, DynamicCache, PreTrainedModel, PreTrainedTokenizerBase

from memos_graph.host.recall_tiny import MODEL_FOLDER
from memos_graph.host.recall_tiny.phrasebook import UNKNOWN
from training.corpus import Corpus, Options, Sample

SEED = 5_000_011
CLEAN = Options(part="held_out", noise=0.0, wrapped=0.0, empty=0.0)
_LONGEST_ANSWER = 48

MEMORIES: dict[str, Options] = {
    "8 facts": replace(CLEAN, facts=(8, 8)),
    "20 facts": replace(CLEAN, facts=(20, 20)),
    "20 facts, unseen phrasing": replace(CLEAN, facts=(20, 20), phrasing="held_out"),
    "40 facts": replace(CLEAN, facts=(40, 40)),
    "20 facts, half corrected": replace(CLEAN, facts=(14, 14), corrected=0.5),
    "20 facts, first person": replace(CLEAN, facts=(20, 20), style="speaker"),
    "20 facts, dated lines": replace(CLEAN, facts=(20, 20), style="dated"),
    "20 facts, dated first person": replace(CLEAN, facts=(20, 20), style="dated speaker"),
    "20 birthdays": replace(CLEAN, facts=(20, 20), relations=("birthday",)),
    "20 door codes": replace(CLEAN, facts=(20, 20), relations=("code",)),
    "20 facts, hurried questions": replace(CLEAN, facts=(20, 20), noise=1.0),
    "20 facts, wrapped questions": replace(CLEAN, facts=(20, 20), wrapped=1.0),
    "empty memory": replace(CLEAN, empty=1.0),
}
"""What is evaluated, by name. Facts are lines: a corrected fact adds its correction, chatter adds lines that say nothing."""


def load(folder: Path = MODEL_FOLDER) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """Load the model in float32, and its tokenizer."""
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, local_files_only=True)
    model.requires_grad_(requires_grad=False)
    return model, AutoTokenizer.from_pretrained(folder, local_files_only=True)


@torch.no_grad()
def answers(
    model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, memory: Sequence[str], questions: Sequence[str]
) -> list[str]:
    """Answer each question by itself, greedily; the memory is read once for all of them."""
    system = {"role": "system", "content": "".join(f"\n- {line}" for line in memory)}
    head = _tokens(tokenizer, [system], generate=False)
    tails = [
        _tokens(tokenizer, [system, {"role": "user", "content": each}], generate=True)[len(head) :]
        for each in questions
    ]
    cache = DynamicCache(config=model.config)
    model(input_ids=torch.tensor([head]), past_key_values=cache, use_cache=True, logits_to_keep=1)
    cache.batch_repeat_interleave(len(questions))
    width = max(len(tail) for tail in tails)
    given = torch.tensor([[tokenizer.pad_token_id] * (width - len(tail)) + tail for tail in tails])
    seen = torch.tensor([[1] * len(head) + [0] * (width - len(tail)) + [1] * len(tail) for tail in tails])
    places = (seen.cumsum(1) - 1).clamp(min=0)[:, len(head) :]
    written: list[list[int]] = [[] for _ in questions]
    for _ in range(_LONGEST_ANSWER):
        logits = model(
            input_ids=given,
            attention_mask=seen,
            position_ids=places,
            past_key_values=cache,
            use_cache=True,
            logits_to_keep=1,
        ).logits
        chosen = logits[:, -1].argmax(-1)
        for row, token in zip(written, chosen.tolist(), strict=True):
            row.append(token)
        if all(tokenizer.eos_token_id in row for row in written):
            break
        given, places = chosen[:, None], places[:, -1:] + 1
        seen = torch.cat([seen, torch.ones_like(given)], dim=1)
    return [str(tokenizer.decode(_ended(row, tokenizer.eos_token_id))).strip() for row in written]


def examine(
    model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, options: Options, count: int, seed: int = SEED
) -> dict[str, tuple[int, int]]:
    """Count ``(right, asked)`` by kind of question, over memories until at least ``count`` questions were asked.

    ``answer there`` and ``unknown`` sum up the kinds; ``false unknown`` counts the answers "unknown" where the answer is there.
    """
    corpus = Corpus(seed, options)
    totals: dict[str, tuple[int, int]] = {"answer there": (0, 0), "false unknown": (0, 0), "unknown": (0, 0)}
    while totals["answer there"][1] + totals["unknown"][1] < count:
        sample = corpus.sample()
        for kind, right in _graded(
            sample, answers(model, tokenizer, sample.memory, [each.text for each in sample.questions])
        ):
            done = totals.get(kind, (0, 0))
            totals[kind] = (done[0] + right, done[1] + 1)
    return totals


def _graded(sample: Sample, given: Sequence[str]) -> list[tuple[str, bool]]:
    grades: list[tuple[str, bool]] = []
    for question, answer in zip(sample.questions, given, strict=True):
        right = answer == question.answer
        if question.kind in {"fact", "corrected"}:
            grades += [("answer there", right), ("false unknown", answer == UNKNOWN)]
        else:
            grades.append(("unknown", right))
        grades.append((question.kind, right))
    return grades


def _tokens(tokenizer: PreTrainedTokenizerBase, messages: list[dict[str, str]], *, generate: bool) -> list[int]:
    text = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=generate)
    return list(tokenizer(text, add_special_tokens=False)["input_ids"])


def _ended(tokens: list[int], end: int) -> list[int]:
    return tokens[: tokens.index(end)] if end in tokens else tokens


def main() -> None:
    """Print a line a kind of memory, then all figures as JSON where asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, default=MODEL_FOLDER)
    parser.add_argument("--questions", type=int, default=1000, help="at least so many for each kind of memory")
    parser.add_argument("--only", help="one kind of memory")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--json", type=Path, help="write the figures there")
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    model, tokenizer = load(given.model)
    figures = {}
    for name, options in MEMORIES.items():
        if given.only in {None, name}:
            figures[name] = examine(model, tokenizer, options, given.questions)
            shown = ", ".join(
                f"{kind} {right / asked:.3f} of {asked}" for kind, (right, asked) in figures[name].items() if asked
            )
            print(f"{name}: {shown}", flush=True)  # noqa: T201 - a command's output
    if given.json is not None:
        given.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
