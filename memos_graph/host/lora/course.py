"""Which course a model gets: made once and kept beside the adapter, since a model may have had to write it itself."""

import json
import random
from dataclasses import asdict
from typing import Any, Protocol

from memos_graph.errors import ModelError, PayloadError
from memos_graph.host.engine import ModelEngine
from memos_graph.host.lora.decode import answer_all
from memos_graph.host.lora.job import DistillJob
from memos_graph.host.lora.lessons import Course, Lesson, from_model, from_phrasebook, from_rules
from memos_graph.host.lora.neutral import NeutralRehearsal
from memos_graph.host.lora.payload import AdapterFolder
from memos_graph.host.lora.replay import Replay
from memos_graph.host.lora.sample import Encoder, Sample
from memos_graph.host.prompt import Prompt, PromptTurn
from memos_graph.host.recall_tiny.phrasebook import Fact, Split

_WRITING_TOKENS = 320
_PROBE = Sample((), (("One?", "Two"), ("Three?", "Four")))


def course_for(engine: ModelEngine, job: DistillJob, folder: AdapterFolder) -> Course:
    """Return the course of a job: the one that was made for it before, or a new one."""
    kept = _kept(folder)
    if kept is not None and kept["order"] == job.order:
        return _course(kept["course"])
    course = make_course(engine, job.lines, job.recipe.seed)
    folder.write(folder.course, json.dumps({"order": job.order, "course": asdict(course)}).encode())
    return course


def read_course(folder: AdapterFolder) -> Course:
    """Return the course an adapter was taught; raises ``PayloadError`` where it is missing or damaged."""
    kept = _kept(folder)
    if kept is None:
        raise PayloadError(f"The lessons of adapter {folder.root.name} are missing.", hint="Distil it anew.")
    return _course(kept["course"])


def make_course(engine: ModelEngine, lines: tuple[str, ...], seed: int) -> Course:
    """Return the lessons about ``lines``, from where the model declares that its lessons come."""
    if speaks_phrasebook(engine):
        return from_phrasebook(lines, seed)
    if engine.teaching.lessons == "rules":
        return from_rules(lines, seed)
    return from_model(lines, lambda text: _write(engine, text), seed)


class Rehearsal(Protocol):
    """Draws what an adapter must not lose; its questions are worded as in teaching, or as kept for measuring."""

    def reading(self, rng: random.Random, *, lines: int, questions: int) -> Sample:
        """Return a memory of up to ``lines`` made-up lines, with up to ``questions`` about it and their right answers."""

    def blank(self, rng: random.Random) -> Sample:
        """Return a question, without memory, about what is not taught."""

    def distraction(self, rng: random.Random, *, lines: int) -> tuple[str, ...]:
        """Return up to ``lines`` made-up lines about others than those taught."""


def rehearsal(engine: ModelEngine, course: Course, split: Split, *, taught: bool = True) -> Rehearsal:
    """Return what is rehearsed in the model's language; around what the course teaches, or about strangers alone."""
    if speaks_phrasebook(engine):
        return Replay(course.facts if taught else (), split)
    return NeutralRehearsal(course.lines if taught else (), split)


def speaks_phrasebook(engine: ModelEngine) -> bool:
    """Whether the model declares that it was trained in recall-tiny's phrasebook."""
    return engine.teaching.lessons == "phrasebook"


def several_turns(engine: ModelEngine) -> bool:
    """Whether a chat's earlier turns read the same once they are past, so that many questions can be taught as one text."""
    try:
        Encoder(engine.tokenizer).encode(_PROBE)
    except ModelError:
        return False
    return True


def _write(engine: ModelEngine, text: str) -> str:
    prompt = Prompt((), (PromptTurn("user", text),))
    return answer_all(engine, [prompt], max_new_tokens=_WRITING_TOKENS)[0].text


def _kept(folder: AdapterFolder) -> dict[str, Any] | None:
    if not folder.course.exists():
        return None
    try:
        kept: dict[str, Any] = json.loads(folder.read(folder.course))
    except (PayloadError, ValueError) as error:
        raise PayloadError(
            f"The lessons of adapter {folder.root.name} can't be read: {error}", hint=f"Delete {folder.course}."
        ) from error
    return kept


def _course(kept: dict[str, Any]) -> Course:
    def lessons(part: str) -> tuple[Lesson, ...]:
        return tuple(Lesson(**each) for each in kept[part])

    return Course(
        train=lessons("train"),
        validation=lessons("validation"),
        held_out=lessons("held_out"),
        facts=tuple(Fact(**each) for each in kept["facts"]),
        lines=tuple(kept["lines"]),
        untaught=tuple(kept["untaught"]),
        subjects=tuple(kept.get("subjects", ())),
    )
