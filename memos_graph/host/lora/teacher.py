"""The training of one adapter: steps that can be broken off and gone on with, and the best state so far."""

import math
import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from memos_graph.host.engine import ModelEngine
from memos_graph.host.lora.checkpoint import Checkpoint
from memos_graph.host.lora.forward import GivesAnswers, WholeModel, answer_logits, chances
from memos_graph.host.lora.layers import adapter_tensors, config_for, projections, trainable, wrap
from memos_graph.host.lora.material import Drawn, Material
from memos_graph.host.lora.recipe import LoraRecipe
from memos_graph.host.lora.sample import IGNORED, Encoded, padding_of
from memos_graph.host.lora.upper import kept_below

STUDENT = "student"


@dataclass(frozen=True, slots=True)
class StepCheck:
    """Where a student stands, on questions kept out of training: shares of exact answers, 0 to 1."""

    recall: float
    reading: float
    blanks: float

    def score(self, base: "StepCheck") -> float:
        """Return one figure to choose between states by: recall less twice what reading and blanks lost."""
        lost = max(0.0, base.reading - self.reading) + max(0.0, base.blanks - self.blanks)
        return self.recall - 2 * lost


@dataclass(frozen=True, slots=True)
class Part:
    """Samples run side by side: ``taught`` with the weight of their loss, ``kept`` with those of their loss and divergence."""

    taught: Sequence[Encoded]
    weight: float
    kept: Sequence[Encoded]
    kept_weight: float
    kl_weight: float


class Teacher:
    """Trains an adapter named ``student`` in the engine's model; ``close`` takes it out again.

    The samples of a step depend on the recipe's seed and the step alone, so that training that goes on from a checkpoint
    sees what it would have seen.
    """

    def __init__(self, engine: ModelEngine, material: Material, recipe: LoraRecipe) -> None:
        torch.manual_seed(recipe.seed)
        self.recipe = recipe
        self.step = 0
        self.tokens = 0
        self._material = material
        self._device = engine.device
        self.targets = projections(engine.model, attention=recipe.attention, upper=recipe.upper)
        padding = padding_of(engine.tokenizer)
        upper = kept_below(engine.model, self.targets, padding, material.kept)
        config = config_for(self.targets, recipe.rank, recipe.alpha, training=True)
        self._peft = wrap(engine.model, config, STUDENT, precise=True)
        self._answering: GivesAnswers = upper or WholeModel(self._peft, padding, engine.device)
        self._without: dict[Encoded, Tensor] | None = None if upper is None else {}
        self._peft.eval()  # no dropout: the model without the adapter is what it is measured against
        self._parameters = trainable(self._peft)
        self._optimizer = torch.optim.AdamW(
            self._parameters.values(), lr=recipe.learning_rate, weight_decay=0.0, betas=(0.9, 0.99)
        )
        with self._peft.disable_adapter():
            self._base = self._check()
        self.latest = self._base
        self._mean = self._snapshot()
        self._best = self._snapshot()
        self._best_score = -math.inf
        self._good_checks = 0

    @property
    def finished(self) -> bool:
        """Whether it knows enough, or has had all its steps."""
        return self.step >= self.recipe.steps or self._good_checks >= self.recipe.stop_checks

    def teach(self) -> float:
        """Do one step; returns its loss."""
        for group in self._optimizer.param_groups:
            group["lr"] = self._rate()
        rng = random.Random(f"{self.recipe.seed}-{self.step}")  # noqa: S311 - repeatable, no secret
        drawn = self._material.step(rng)
        self._optimizer.zero_grad(set_to_none=True)
        total = 0.0
        for part in self._parts(drawn):
            loss = self._loss(part)
            loss.backward()  # type: ignore[no-untyped-call]
            total += float(loss.detach())
        torch.nn.utils.clip_grad_norm_(self._parameters.values(), 1.0)
        self._optimizer.step()
        self.step += 1
        self._average()
        if self.step % self.recipe.check_every == 0 or self.step == self.recipe.steps:
            self._judge()
        return total

    def result(self) -> dict[str, Tensor]:
        """Return the matrices of the best state, by their names in a file."""
        live = adapter_tensors(self._peft, STUDENT)
        names = {id(parameter): name for name, parameter in self._parameters.items()}
        return {key: self._best[names[id(parameter)]] for key, parameter in live.items()}

    def save(self) -> Checkpoint:
        """Return everything needed to go on from here."""
        tensors: dict[str, Tensor] = {}
        for name, parameter in self._parameters.items():
            tensors[f"live/{name}"] = parameter.detach()
            tensors[f"mean/{name}"] = self._mean[name]
            tensors[f"best/{name}"] = self._best[name]
            for key, value in self._optimizer.state.get(parameter, {}).items():
                tensors[f"{key}/{name}"] = value
        state = {
            "step": self.step,
            "tokens": self.tokens,
            "best_score": None if math.isinf(self._best_score) else self._best_score,
            "good_checks": self._good_checks,
        }
        return Checkpoint(tensors, state)

    def restore(self, checkpoint: Checkpoint) -> None:
        """Go on from a checkpoint."""
        parts: dict[str, dict[str, Tensor]] = {}
        for key, tensor in checkpoint.tensors.items():
            part, _, name = key.partition("/")
            parts.setdefault(part, {})[name] = tensor.to(self._device)
        live, self._mean, self._best = parts.pop("live"), parts.pop("mean"), parts.pop("best")
        self._set(live)
        for name, parameter in self._parameters.items():
            # AdamW keeps its count of steps on the CPU.
            self._optimizer.state[parameter] = {
                part: each[name].cpu() if part == "step" else each[name] for part, each in parts.items()
            }
        state = checkpoint.state
        self.step, self.tokens, self._good_checks = int(state["step"]), int(state["tokens"]), int(state["good_checks"])
        self._best_score = -math.inf if state["best_score"] is None else float(state["best_score"])

    def close(self) -> None:
        """Take the student out of the model."""
        self._peft.unload()

    def _rate(self) -> float:
        """Return the learning rate: up over the warm-up, then down along a cosine to a tenth."""
        warm = min(1.0, (self.step + 1) / max(1, self.recipe.warmup))
        down = 0.55 + 0.45 * math.cos(math.pi * self.step / self.recipe.steps)
        return self.recipe.learning_rate * warm * down

    def _parts(self, drawn: Drawn) -> Iterator[Part]:
        """Split a step into what is run side by side: what has no memory before it is short, the rest is long."""
        recipe = self.recipe
        every = len(drawn.lessons) + len(drawn.distracted)
        yield Part(drawn.lessons, len(drawn.lessons) / every, drawn.blanks, 0.0, recipe.blank_weight)
        share = len(drawn.distracted) / every
        yield Part(drawn.distracted, share, drawn.readings, recipe.reading_weight, recipe.kl_weight)

    def _loss(self, part: Part) -> Tensor:
        """Return the cross-entropy of the taught answers, and what the others lost, each by its weight."""
        samples = [*part.taught, *part.kept]
        if not samples:
            return torch.zeros((), device=self._device, requires_grad=True)
        self.tokens += sum(len(each.tokens) for each in samples)
        said, labels = answer_logits(self._answering, samples)
        border = sum(label != IGNORED for each in part.taught for label in each.labels)
        loss = torch.zeros((), device=self._device)
        if part.taught:
            loss = loss + part.weight * functional.cross_entropy(said[:border], labels[:border])
        if part.kept:
            base = self._base_of(part.kept)
            kept = functional.log_softmax(said[border:], dim=-1)
            loss = loss + part.kept_weight * functional.nll_loss(kept, labels[border:])
            loss = loss + part.kl_weight * functional.kl_div(kept, base, reduction="batchmean", log_target=True)
        return loss

    @torch.no_grad()
    def _base_of(self, samples: Sequence[Encoded]) -> Tensor:
        """Return the log-probabilities of the model without the adapter, ``[tokens, vocabulary]``; kept of what comes up again."""
        if self._without is None:
            with self._peft.disable_adapter():
                return functional.log_softmax(answer_logits(self._answering, samples)[0], dim=-1)
        new = [each for each in dict.fromkeys(samples) if each not in self._without]
        with self._peft.disable_adapter():
            for row, logits, _ in self._answering.each_answer(new):
                # Half the bytes; what is lost is a hundredth of what the number format of the pass loses.
                self._without[new[row]] = functional.log_softmax(logits, dim=-1).half()
        return torch.cat([self._without[each] for each in samples]).float()

    @torch.no_grad()
    def _average(self) -> None:
        """Move the running average towards where the matrices are; over the first steps it is their plain mean."""
        stays = min(self.recipe.averaging, self.step / (self.step + 1))
        for name, parameter in self._parameters.items():
            self._mean[name].lerp_(parameter, 1 - stays)

    @contextmanager
    def _averaged(self) -> Iterator[None]:
        """Let the model have the running average inside the block."""
        live = self._snapshot()
        self._set(self._mean)
        try:
            yield
        finally:
            self._set(live)

    @torch.no_grad()
    def _set(self, values: dict[str, Tensor]) -> None:
        for name, parameter in self._parameters.items():
            parameter.copy_(values[name])

    def _judge(self) -> None:
        with self._averaged():
            check = self.latest = self._check()
            score = check.score(self._base)
            if score >= self._best_score:
                self._best, self._best_score = self._snapshot(), score
        limit = self.recipe.stop_reading_loss
        good = (
            check.recall >= self.recipe.stop_recall
            and self._base.reading - check.reading <= limit
            and self._base.blanks - check.blanks <= limit
        )
        self._good_checks = self._good_checks + 1 if good else 0

    def _check(self) -> StepCheck:
        return StepCheck(
            recall=self._exact(self._material.validation_lessons),
            reading=self._exact(self._material.validation_readings),
            blanks=self._exact(self._material.validation_blanks),
        )

    def _exact(self, samples: Sequence[Encoded]) -> float:
        """Return the share of answers every token of which the model would have chosen: those it would give by itself."""
        exact = [each.given for answers in chances(self._answering, samples) for each in answers]
        return sum(exact) / len(exact) if exact else 1.0

    def _snapshot(self) -> dict[str, Tensor]:
        return {name: parameter.detach().clone() for name, parameter in self._parameters.items()}
