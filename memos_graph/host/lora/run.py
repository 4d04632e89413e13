"""One distillation from its order to a measured adapter, as a stream of events; it may end at any point and be run again."""

import logging
import time
from collections.abc import Iterator

from memos_graph.errors import InputError, PayloadError
from memos_graph.host.engine import ModelEngine
from memos_graph.host.lora.checkpoint import read_checkpoint, write_checkpoint
from memos_graph.host.lora.course import course_for
from memos_graph.host.lora.evaluate import measure
from memos_graph.host.lora.job import DistillJob
from memos_graph.host.lora.lessons import Course
from memos_graph.host.lora.material import Material
from memos_graph.host.lora.payload import AdapterFolder, Card, Record, read_record, write_record, write_weights
from memos_graph.host.lora.recipe import LoraRecipe
from memos_graph.host.lora.shelf import AdapterShelf
from memos_graph.host.lora.teacher import Teacher
from memos_graph.host.protocol import AdapterInfo, Distilled, Event, ProgressEvent

_log = logging.getLogger(__name__)


def run(engine: ModelEngine, job: DistillJob, folder: AdapterFolder) -> Iterator[Event]:
    """Teach, measure and write the adapter of ``job``; yields progress and last ``Distilled``.

    Goes on from a checkpoint of the same order. An adapter below the recipe's floors is written all the same, measured
    and not accepted: whoever asked decides what becomes of it. One that is finished, for somebody who did not live to hear
    it, is told of again. Raises ``InputError`` when no line could be taught.
    """
    clock = _Clock()
    course = course_for(engine, job, folder)
    recipe = LoraRecipe.of(job.recipe, teaching=engine.teaching, facts=len(course.lines))
    if not course.train:
        raise InputError(
            f"No lesson could be made of any of the {len(job.lines)} lines.",
            hint="Plain statements that name what they are about can be taught, such as 'Dana lives in Lisbon.'",
        )
    if (done := _finished(engine, job, folder, recipe)) is not None:
        yield done
        return
    material = Material(engine, course, recipe)
    teacher = Teacher(engine, material, recipe)
    try:
        yield from _teach(teacher, job, folder, clock)
        card = Card(
            base_model=engine.identity.fingerprint, rank=recipe.rank, alpha=recipe.alpha, targets=teacher.targets
        )
        sha256 = write_weights(folder, teacher.result(), card)
    finally:
        teacher.close()
    yield _measured(engine, job, folder, course, teacher, sha256, clock)


def _finished(engine: ModelEngine, job: DistillJob, folder: AdapterFolder, recipe: LoraRecipe) -> Distilled | None:
    """Return what was made of this very job before, if it is sound."""
    if not folder.record.exists():
        return None
    try:
        record = read_record(folder)
        same = (record.lines, record.recipe, record.base_model) == (
            job.lines,
            recipe.as_dict(),
            engine.identity.fingerprint,
        )
        info = AdapterShelf(engine).load(job.id, folder, record.payload_sha256) if same else None
    except PayloadError as error:
        _log.warning("adapter %s is distilled anew: %s", job.id, error)
        return None
    return _told(engine, info, record) if info else None


def _told(engine: ModelEngine, info: AdapterInfo, record: Record) -> Distilled:
    """Return what is told of a finished distillation, now or whenever it is asked for again."""
    return Distilled(
        adapter=info.model_copy(update={"loaded": False}),
        evaluation=record.evaluation,
        seconds=record.seconds,
        tokens=record.tokens,
        device=str(engine.device),
    )


class _Clock:
    """Seconds spent, those before a resumption included."""

    def __init__(self) -> None:
        self._started = time.perf_counter()
        self.before = 0.0

    @property
    def seconds(self) -> float:
        return self.before + time.perf_counter() - self._started


def _teach(teacher: Teacher, job: DistillJob, folder: AdapterFolder, clock: _Clock) -> Iterator[Event]:
    """Train to the end, leaving checkpoints, from the last of them on."""
    recipe = teacher.recipe
    checkpoint = read_checkpoint(folder, job.order)
    if checkpoint is not None:
        teacher.restore(checkpoint)
        clock.before = float(checkpoint.state["seconds"])
        yield ProgressEvent(step=teacher.step, steps=recipe.steps, loss=float(checkpoint.state["loss"]))
    while not teacher.finished:
        loss = teacher.teach()
        if teacher.step % recipe.checkpoint_every == 0 or teacher.finished:
            saved = teacher.save()
            saved.state.update(seconds=clock.seconds, loss=loss)
            write_checkpoint(folder, saved, job.order)
        yield ProgressEvent(step=teacher.step, steps=recipe.steps, loss=loss)


def _measured(
    engine: ModelEngine,
    job: DistillJob,
    folder: AdapterFolder,
    course: Course,
    teacher: Teacher,
    sha256: str,
    clock: _Clock,
) -> Distilled:
    """Load what was written as anybody would, measure it, and write the record beside it."""
    shelf = AdapterShelf(engine)
    info = shelf.load(job.id, folder, sha256)
    evaluation = measure(engine, job.id, course, teacher.recipe)
    shelf.unload(job.id)
    record = Record(
        id=job.id,
        base_model=engine.identity.fingerprint,
        base_name=engine.identity.name,
        lines=job.lines,
        recipe=teacher.recipe.as_dict(),
        steps=teacher.step,
        seconds=clock.seconds,
        tokens=teacher.tokens,
        payload_sha256=sha256,
        evaluation=evaluation,
    )
    write_record(folder, record)
    folder.checkpoint.unlink(missing_ok=True)
    return _told(engine, info, record)
