"""Train recall-tiny: ``python -m training.train --minutes 60``. Nothing but this project's own generated text is used."""

import argparse
import json
import math
import os
import random
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict, astuple, dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import distributed
from torch.multiprocessing.spawn import spawn
from torch.nn import functional
from transformers import GenerationConfig, PreTrainedTokenizerFast, Qwen3Config, Qwen3ForCausalLM

from memos_graph.errors import ModelError
from memos_graph.host.recall_tiny import MODEL_FOLDER
from training import tokenizer as pieces
from training.batches import IGNORED, Batch, Packer, draw
from training.corpus import Corpus, Options
from training.muon import Muon


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything a run depends on. It ends after ``minutes`` or ``steps``, whichever comes first.

    ``workers`` processes of one thread each average their gradients: on a busy machine they wait for each other once a step,
    where threads would wait at every product. ``start`` is a folder to go on from, ``stage`` the stage of the curriculum then.
    """

    minutes: float = 60.0
    steps: int = 1_000_000
    seed: int = 20261121
    vocabulary: int = 1400
    layers: int = 4
    width: int = 192
    heads: int = 3
    head_width: int = 64
    key_heads: int = 3
    inner: int = 512
    budget: int = 2048
    rate: float = 4e-3
    optimizer: str = "muon"
    chat: float = 0.3
    corrected: float = 0.3
    pass_mark: float = 0.75
    warmup_steps: int = 40
    decay_from: float = 0.4
    save_minutes: float = 2.5
    workers: int = 2
    stage: int = 0
    start: str = ""


def build_model(settings: Settings, tokenizer: PreTrainedTokenizerFast) -> Qwen3ForCausalLM:
    """Build a fresh model in Qwen3's shape, input and output embeddings tied."""
    config = Qwen3Config(
        vocab_size=len(tokenizer),
        hidden_size=settings.width,
        num_hidden_layers=settings.layers,
        num_attention_heads=settings.heads,
        num_key_value_heads=settings.key_heads,
        head_dim=settings.head_width,
        intermediate_size=settings.inner,
        max_position_embeddings=pieces.CONTEXT,
        rope_parameters={"rope_type": "default", "rope_theta": 10_000.0},
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    model = Qwen3ForCausalLM(config)
    model.generation_config = GenerationConfig(  # type: ignore[no-untyped-call]
        do_sample=False, max_new_tokens=48, eos_token_id=tokenizer.eos_token_id, pad_token_id=tokenizer.pad_token_id
    )
    return model


def optimizers(model: Qwen3ForCausalLM, settings: Settings) -> list[torch.optim.Optimizer]:
    """Muon for the matrices, AdamW for embeddings and norms; or AdamW for all."""
    matrices = [p for name, p in model.named_parameters() if p.ndim == 2 and "embed" not in name]
    others = [p for name, p in model.named_parameters() if p.ndim != 2 or "embed" in name]
    adam = torch.optim.AdamW(others, lr=settings.rate, betas=(0.9, 0.98), weight_decay=0.0)
    if settings.optimizer == "adamw":
        return [adam, torch.optim.AdamW(matrices, lr=settings.rate, betas=(0.9, 0.98), weight_decay=0.05)]
    return [adam, Muon(matrices, lr=settings.rate)]


STAGES: tuple[dict[str, float], ...] = (
    {"easy": 1.0},
    {"easy": 0.3, "small": 0.7},
    {"easy": 0.1, "small": 0.15, "middle": 0.3, "full": 0.42, "long": 0.03},
)
"""What share of batches comes from which corpus, stage by stage."""

FACTS = {"easy": (1, 4), "small": (1, 8), "middle": (5, 14), "full": (15, 24), "long": (25, 40)}
_MEMORY_OF_GRADES = 0.95
_SHOWN_EVERY, _EXAMINED_EVERY = 20, 200


class Course:
    """The curriculum: few facts first, so that the model finds out about copying, then as many as it is to manage.

    A stage is left when the running share of exact answers reaches the pass mark.
    """

    def __init__(self, settings: Settings, packer: Packer, worker: int) -> None:
        self._settings, self._packer = settings, packer
        seed = settings.seed + 1000 * worker + 100 * settings.stage
        self._rng = random.Random(seed + 1)
        self._ready: dict[str, list[Batch]] = defaultdict(list)
        self._corpora = {
            name: Corpus(seed + 10 + place, Options(facts=facts, corrected=settings.corrected))
            for place, (name, facts) in enumerate(FACTS.items())
        }
        self._grade = 0.0
        self.stage = settings.stage

    def batch(self) -> Batch:
        """Draw the next batch of this stage."""
        weights = STAGES[self.stage]
        name = self._rng.choices(list(weights), list(weights.values()))[0]
        while not self._ready[name]:
            self._ready[name] = draw(
                self._corpora[name], self._packer, self._rng, budget=self._settings.budget, chat=self._settings.chat
            )
        return self._ready[name].pop()

    def grade(self, answers: float) -> None:
        """Take note of how much of a batch was right, and move on when that is enough."""
        self._grade = _MEMORY_OF_GRADES * self._grade + (1 - _MEMORY_OF_GRADES) * answers
        if self._grade >= self._settings.pass_mark and self.stage + 1 < len(STAGES):
            self.stage, self._grade = self.stage + 1, 0.0


@dataclass(frozen=True, slots=True)
class Score:
    """``loss`` per answer token; ``tokens`` and ``answers``: shares predicted right, whole answers for the latter."""

    loss: float
    tokens: float
    answers: float


def forward(model: Qwen3ForCausalLM, batch: Batch) -> tuple[torch.Tensor, torch.Tensor]:
    """Logits and targets of the answer tokens only: nothing else is to be learned, so nothing else is computed."""
    hidden = model.model(
        input_ids=batch.tokens, position_ids=batch.positions, attention_mask=batch.mask, use_cache=False
    ).last_hidden_state
    wanted = batch.targets != IGNORED
    return model.lm_head(hidden[wanted]), batch.targets[wanted]


def score(logits: torch.Tensor, targets: torch.Tensor, batch: Batch, loss: torch.Tensor) -> Score:
    """How right a batch was. A whole answer is right by the rule that greedy decoding would follow."""
    right = (logits.argmax(-1) == targets).tolist()
    sizes = [size for each in batch.packed for _, size in each.answers]
    place, whole = 0, 0
    for size in sizes:
        whole += all(right[place : place + size])
        place += size
    return Score(loss.item(), sum(right) / max(1, len(right)), whole / max(1, len(sizes)))


def examine(model: Qwen3ForCausalLM, packer: Packer, settings: Settings) -> dict[str, float]:
    """Exact answers on names and values never trained on, in a fixed small sample, with known and with new phrasings."""
    shares = {}
    for name, phrasing in (("seen", "train"), ("unseen", "held_out")):
        options = Options(facts=(20, 20), part="held_out", phrasing=phrasing, noise=0.0, wrapped=0.0, empty=0.0)  # type: ignore[arg-type]
        corpus, rng = Corpus(settings.seed + 99, options), random.Random(settings.seed)
        known: list[bool] = []
        unknown: list[bool] = []
        with torch.no_grad():
            for batch in draw(corpus, packer, rng, budget=4096, chat=0.0)[:3]:
                logits, targets = forward(model, batch)
                right, place = (logits.argmax(-1) == targets).tolist(), 0
                for each in batch.packed:
                    for question, (_, size) in zip(each.questions, each.answers, strict=True):
                        (unknown if question.answer == "unknown" else known).append(all(right[place : place + size]))
                        place += size
        shares[name] = sum(known) / len(known)
        shares[f"{name}_unknown"] = sum(unknown) / len(unknown)
    return shares


def progress(step: int, elapsed: float, settings: Settings) -> float:
    """How much of the run is over, 0 to 1."""
    return min(1.0, max(step / settings.steps, elapsed / (60 * settings.minutes)))


def rate(step: int, done: float, settings: Settings) -> float:
    """Factor on the learning rate: warm-up, level, then straight down to nearly nothing."""
    warm = min(1.0, (step + 1) / settings.warmup_steps)
    left = (1.0 - done) / (1.0 - settings.decay_from)
    return warm * max(0.01, min(1.0, left))


def save(model: Qwen3ForCausalLM, tokenizer: PreTrainedTokenizerFast, log: dict[str, Any], folder: Path) -> None:
    """Replace the model's files one by one, the weights last; nobody ever sees half a file."""
    draft = folder.parent / f".{folder.name}.{os.getpid()}"
    model.save_pretrained(draft)
    pieces.save(tokenizer, draft)
    (draft / "training.json").write_text(json.dumps(log, indent=1) + "\n", encoding="utf-8")
    folder.mkdir(parents=True, exist_ok=True)
    for file in sorted(draft.iterdir(), key=lambda path: path.suffix == ".safetensors"):
        file.chmod(0o644)
        file.replace(folder / file.name)
    draft.rmdir()


def run(worker: int, settings: Settings, folder: Path | None) -> None:
    """Train as one of the workers; the first prints progress and saves now and then."""
    torch.manual_seed(settings.seed)
    torch.set_num_threads(1)
    model, tokenizer, log = _begin(settings)
    packer = Packer(tokenizer)
    course = Course(settings, packer, worker)
    saved = 0.0
    for step, elapsed, latest in _steps(model, course, settings):
        if worker > 0:
            continue
        ended = progress(step + 1, elapsed, settings) >= 1.0
        if step % _SHOWN_EVERY == 0 or ended:
            entry = {"step": step, "stage": course.stage, "seconds": round(elapsed), **_rounded(asdict(latest))}
            if step % _EXAMINED_EVERY == 0 or ended:
                entry |= _rounded(examine(model, packer, settings))
            log["runs"][-1]["steps"].append(entry)
            print(json.dumps(entry), flush=True)  # noqa: T201 - a command's progress
        if folder is not None and (ended or elapsed - saved > 60 * settings.save_minutes):
            saved = elapsed
            save(model, tokenizer, log, folder)


def _begin(settings: Settings) -> tuple[Qwen3ForCausalLM, PreTrainedTokenizerFast, dict[str, Any]]:
    """Build model, tokenizer and log, or load those to go on from; the log keeps the runs that came before."""
    runs: list[dict[str, Any]] = []
    if settings.start:
        model, tokenizer = (
            Qwen3ForCausalLM.from_pretrained(settings.start),
            PreTrainedTokenizerFast.from_pretrained(settings.start),
        )
        runs = json.loads((Path(settings.start) / "training.json").read_text(encoding="utf-8"))["runs"]
    else:
        tokenizer = pieces.build(settings.vocabulary, settings.seed)
        model = build_model(settings, tokenizer)
    runs.append({"settings": asdict(replace(settings, start=Path(settings.start).name)), "steps": []})
    return model.train(), tokenizer, {"parameters": sum(each.numel() for each in model.parameters()), "runs": runs}


def _rounded(figures: dict[str, float]) -> dict[str, float]:
    return {name: round(figure, 4) for name, figure in figures.items()}


def _steps(model: Qwen3ForCausalLM, course: Course, settings: Settings) -> Iterator[tuple[int, float, Score]]:
    rules = optimizers(model, settings)
    began, done = time.monotonic(), 0.0
    for step in range(settings.steps):
        if done >= 1.0:
            return
        batch = course.batch()
        logits, targets = forward(model, batch)
        loss = functional.cross_entropy(logits, targets)
        if not math.isfinite(loss.item()):
            raise ModelError(f"The loss became {loss.item()} at step {step}.", hint="Try a lower --rate.")
        loss.backward()  # type: ignore[no-untyped-call]
        latest = score(logits, targets, batch, loss)
        elapsed = time.monotonic() - began
        figures = _averaged(model, [progress(step + 1, elapsed, settings), *astuple(latest)])
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for rule in rules:
            for group in rule.param_groups:
                group["lr"] = settings.rate * rate(step, done, settings)
            rule.step()
            rule.zero_grad()
        done, latest = figures[0], Score(*figures[1:])
        course.grade(latest.answers)
        yield step, elapsed, latest


def _averaged(model: Qwen3ForCausalLM, figures: list[float]) -> list[float]:
    """Average gradients and figures over all workers, in one exchange; every worker then does the same step."""
    if not distributed.is_initialized():
        return figures
    gradients = [each.grad for each in model.parameters() if each.grad is not None]
    flat = torch.cat([*(each.flatten() for each in gradients), torch.tensor(figures)])
    distributed.all_reduce(flat)
    flat /= distributed.get_world_size()
    place = 0
    for each in gradients:
        each.copy_(flat[place : place + each.numel()].view_as(each))
        place += each.numel()
    return [float(figure) for figure in flat[place:].tolist()]


def _work(worker: int, settings: Settings, folder: Path | None, meeting_place: str) -> None:
    os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo")
    distributed.init_process_group(
        "gloo", init_method=f"file://{meeting_place}", rank=worker, world_size=settings.workers
    )
    try:
        run(worker, settings, folder)
    finally:
        distributed.destroy_process_group()


def main() -> None:
    """Read the settings from the command line and train."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    defaults = asdict(Settings())
    for name, default in defaults.items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=type(default), default=default)
    parser.add_argument("--out", type=Path, default=MODEL_FOLDER, help="where the model goes; files there are replaced")
    parser.add_argument("--no-save", action="store_true", help="only try it out")
    given = vars(parser.parse_args())
    out, dry = given.pop("out"), given.pop("no_save")
    settings, folder = Settings(**given), None if dry else out
    if settings.workers == 1:
        run(0, settings, folder)
        return
    with tempfile.TemporaryDirectory() as room:
        arguments = (settings, folder, str(Path(room) / "meeting"))
        spawn(_work, arguments, nprocs=settings.workers)  # type: ignore[no-untyped-call]


if __name__ == "__main__":
    main()
