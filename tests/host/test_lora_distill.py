"""Distillations as the host runs them: in a real child process, killed for real."""

import contextlib
import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import torch
from filelock import FileLock
from support.lora_support import KEY, LINES, save_small

from memos_graph.errors import InputError, ModelError, PayloadError, StateError
from memos_graph.host.lora.checkpoint import Checkpoint, read_checkpoint, write_checkpoint
from memos_graph.host.lora.distill import distill
from memos_graph.host.lora.job import DistillJob
from memos_graph.host.lora.payload import AdapterFolder, read_record, read_weights
from memos_graph.host.protocol import Distilled, Event, ProgressEvent, Recipe

pytestmark = pytest.mark.teaches

NAME = "00000000-a"
STEPS = 45


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory) -> DistillJob:
    folder = save_small(tmp_path_factory.mktemp("small"))
    # So high a rate that the adapter soon differs much from what it began with.
    recipe = Recipe(steps=STEPS, rank=4, learning_rate=0.01)
    return DistillJob(id=NAME, lines=LINES, recipe=recipe, model=str(folder), device="cpu", threads=1)


def _run(job: DistillJob, folder: Path) -> tuple[list[ProgressEvent], Distilled]:
    events = list(distill(job, AdapterFolder(folder, KEY)))
    assert isinstance(events[-1], Distilled)
    return [each for each in events if isinstance(each, ProgressEvent)], events[-1]


def _child() -> psutil.Process:
    (child,) = [each for each in psutil.Process().children() if "memos_graph.host.lora" in each.cmdline()]
    return child


def _kill_at(step: int, events: Iterator[Event]) -> None:
    for event in events:
        if isinstance(event, ProgressEvent) and event.step == step:
            os.kill(_child().pid, signal.SIGKILL)


@pytest.fixture(scope="module")
def uninterrupted(job: DistillJob, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Distilled]:
    folder = tmp_path_factory.mktemp("whole") / NAME
    progress, done = _run(job, folder)
    assert [each.step for each in progress] == list(range(1, STEPS + 1))
    return folder, done


def test_what_is_left_is_the_adapter_and_its_record_for_the_owner_only(uninterrupted: tuple[Path, Distilled]):
    folder, done = uninterrupted
    kept = {"weights.sealed", "adapter_config.json", "memos.sealed", "course.sealed"}
    assert {each.name for each in folder.iterdir()} - {"distill.lock", "distill.log"} == kept
    assert {stat.S_IMODE(each.stat().st_mode) for each in folder.iterdir()} == {0o600}
    record = read_record(AdapterFolder(folder, KEY))
    assert record.payload_sha256 == done.adapter.payload_sha256
    assert record.evaluation == done.evaluation
    assert record.lines == LINES
    assert record.recipe["steps"] == STEPS
    assert record.tokens > 0


def test_who_asks_again_for_a_finished_one_is_told_at_once(job: DistillJob, uninterrupted: tuple[Path, Distilled]):
    folder, done = uninterrupted
    assert _run(job, folder) == ([], done)
    other = job.model_copy(update={"recipe": Recipe(steps=2, rank=4, learning_rate=0.01)})
    copied = shutil.copytree(folder, folder.parent / "copied" / NAME)
    assert [each.step for each in _run(other, copied)[0]] == [1, 2]


def test_a_random_model_learns_nothing_and_its_adapter_is_not_accepted(uninterrupted: tuple[Path, Distilled]):
    _, done = uninterrupted
    assert done.evaluation.facts == len(LINES)
    assert done.evaluation.closed_book < 0.9
    assert not done.evaluation.accepted


def test_killed_and_resumed_it_ends_as_if_nothing_had_been(
    job: DistillJob, uninterrupted: tuple[Path, Distilled], tmp_path: Path
):
    whole, done = uninterrupted
    folder = tmp_path / NAME
    with pytest.raises(ModelError, match="status -9 before it was done"):
        _kill_at(30, distill(job, AdapterFolder(folder, KEY)))
    assert stat.S_IMODE((folder / "checkpoint.sealed").stat().st_mode) == 0o600
    progress, again = _run(job, folder)
    assert [each.step for each in progress] == list(range(20, STEPS + 1))
    first, second = (read_weights(AdapterFolder(each, KEY)).tensors for each in (whole, folder))
    for name, tensor in first.items():
        assert tensor.sub(second[name]).abs().max() < 1e-4, name
    assert again.evaluation.closed_book == pytest.approx(done.evaluation.closed_book, abs=0.01)
    assert again.evaluation.drift == pytest.approx(done.evaluation.drift, abs=0.01)


def test_a_checkpoint_of_another_order_is_not_gone_on_from(tmp_path: Path):
    folder = AdapterFolder(tmp_path, KEY)
    checkpoint = Checkpoint({"live/a": torch.ones(2)}, {"step": 3})
    write_checkpoint(folder, checkpoint, "this order")
    found = read_checkpoint(folder, "this order")
    assert found is not None
    assert found.state == {"step": 3}
    assert torch.equal(found.tensors["live/a"], torch.ones(2))
    assert read_checkpoint(folder, "another order") is None


def test_a_damaged_checkpoint_is_reported(tmp_path: Path):
    folder = AdapterFolder(tmp_path, KEY)
    folder.checkpoint.write_bytes(b"\x80\x04 no checkpoint")
    with pytest.raises(PayloadError, match=r"checkpoint of adapter .* can.t be read"):
        read_checkpoint(folder, "this order")


def test_whoever_stops_listening_ends_it(job: DistillJob, tmp_path: Path):
    events = distill(job, AdapterFolder(tmp_path / NAME, KEY))
    assert isinstance(next(events), ProgressEvent)
    child = _child()
    assert child.nice() >= 10
    started = time.monotonic()
    events.close()
    assert not child.is_running()
    assert time.monotonic() - started < 15


def test_lines_that_teach_nothing_are_refused(job: DistillJob, tmp_path: Path):
    idle = job.model_copy(update={"lines": ("Good morning, everyone.",)})
    with pytest.raises(InputError, match="No lesson could be made of any of the 1 lines"):
        list(distill(idle, AdapterFolder(tmp_path / NAME, KEY)))


def test_the_same_adapter_is_distilled_by_one_process_at_a_time(job: DistillJob, tmp_path: Path):
    folder = AdapterFolder(tmp_path / NAME, KEY)
    folder.create()
    with FileLock(folder.lock), pytest.raises(StateError, match="Another process distils"):
        list(distill(job, folder))


def test_the_process_alone_fails_with_a_line_and_a_status(tmp_path: Path):
    done = subprocess.run(
        [sys.executable, "-m", "memos_graph.host.lora", str(tmp_path)],
        capture_output=True,
        check=False,
        input=b"",
    )
    assert done.returncode == 1
    said = json.loads(done.stdout)
    assert said["event"] == "failed"
    assert said["code"] == "input-invalid"
    assert "can't be read" in said["message"]


def test_a_child_whose_parent_is_gone_ends(job: DistillJob, tmp_path: Path):
    folder = AdapterFolder(tmp_path / NAME, KEY)
    folder.create()
    order = f"{KEY.hex()}\n{job.model_dump_json()}\n".encode()
    # Its output goes to a file, so that only the missing parent can tell it that nobody waits.
    script = (
        "import os, subprocess, sys; "
        f"p = subprocess.Popen([sys.executable, '-m', 'memos_graph.host.lora', {str(folder.root)!r}, str(os.getpid())], "
        f"stdin=subprocess.PIPE, stdout=open({str(tmp_path / 'out')!r}, 'w')); "
        f"p.stdin.write({order!r}); p.stdin.close(); print(p.pid)"
    )
    pid = int(subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, text=True).stdout)
    with contextlib.suppress(psutil.NoSuchProcess):
        psutil.Process(pid).wait(120)
    assert not folder.record.exists(), "it ended only when it was done"
