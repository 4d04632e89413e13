"""A distillation in a process of its own: what it does to memory, and how it may crash, is no concern of the host's.

``distill`` starts the process, or takes one that stands by, and passes on what it says. ``python -m memos_graph.host.lora
FOLDER [PARENT]`` is the process: it reads the adapter's key and the order from its standard input, a line each, prints one
event a line, and exits 1 after a ``failed`` line when it can't go on. ``await_order`` is the same in a process that stands
by; a line before those names the folder.
"""

import contextlib
import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from filelock import FileLock, Timeout

from memos_graph.errors import ConfigurationError, InputError, MemosError, ModelError, PayloadError, StateError
from memos_graph.host.engine import ModelEngine
from memos_graph.host.lora.job import DistillJob
from memos_graph.host.lora.pace import Pace
from memos_graph.host.lora.payload import AdapterFolder
from memos_graph.host.lora.run import run
from memos_graph.host.lora.standby import DistillingChild
from memos_graph.host.protocol import EVENT, Distilled, Event, Failed
from memos_graph.kit.crypto.encrypted_files import KEY_BYTES

_NICER = 10
_ALONE = 2  # arguments, when nobody waits for it
_END_TIMEOUT_S = 10.0
_RAISED: dict[str, type[MemosError]] = {
    each.code: each for each in (ConfigurationError, InputError, ModelError, PayloadError, StateError)
}


def distill(job: DistillJob, where: AdapterFolder, standby: DistillingChild | None = None) -> Iterator[Event]:
    """Distil ``job`` into the folder ``where`` in a child process of low priority; yields its progress and last ``Distilled``.

    * ``standby`` is a process in ``await_order``; without one a new process is started.
    * The same job again goes on where it was broken off. Giving up the iteration ends the child.
    * Raises what the child raised: ``InputError`` when nothing could be taught, ``StateError`` when this adapter is being
      distilled already, ``PayloadError`` for a damaged checkpoint; ``ModelError`` when it ended without a word.
    """
    where.create()
    child = standby or _started(where)
    order = f"{where.key.hex()}\n{job.model_dump_json()}\n"
    try:
        _hand_over(child, order if standby is None else f"{json.dumps(str(where.root))}\n{order}")
        yield from _events(child, job, where)
    finally:
        _end(child)


def _started(where: AdapterFolder) -> DistillingChild:
    with os.fdopen(_log_of(where), "wb") as log:
        return subprocess.Popen(  # noqa: S603 - our own module, no shell
            [sys.executable, "-m", __package__, str(where.root), str(os.getpid())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
        )


def _log_of(where: AdapterFolder) -> int:
    return os.open(where.log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)


def _hand_over(child: DistillingChild, order: str) -> None:
    """Give the child the adapter's key and the order, by a way nobody else sees."""
    if child.stdin is not None:
        with contextlib.suppress(BrokenPipeError), child.stdin:  # it has ended; its output says why
            child.stdin.write(order.encode())


def _handed(orders: TextIO) -> tuple[bytes, DistillJob]:
    """Return the key and the order that ``_hand_over`` gives."""
    try:
        key, job = bytes.fromhex(orders.readline().strip()), DistillJob.model_validate_json(orders.readline())
    except ValueError as error:
        # Not in the error's own words, which quote what was handed over: memories.
        raise InputError("The distillation's order on standard input can't be read.") from error
    if len(key) != KEY_BYTES:
        raise InputError("The distillation's order on standard input can't be read: its key has another length.")
    return key, job


def _events(child: DistillingChild, job: DistillJob, folder: AdapterFolder) -> Iterator[Event]:
    if child.stdout is None:
        raise ModelError("The distillation's process has no output to read.")
    for line in child.stdout:
        event = EVENT.validate_json(line)
        if isinstance(event, Failed):
            raise _RAISED.get(event.code, ModelError)(event.message, hint=event.hint)
        yield event
        if isinstance(event, Distilled):
            return
    raise ModelError(
        f"The distillation of {job.id} ended with status {child.wait()} before it was done.",
        hint=f"Resume it: it goes on from its last checkpoint. {folder.log} has what it said.",
    )


def _end(child: DistillingChild) -> None:
    if child.stdout is not None:
        child.stdout.close()
    if child.poll() is None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(_END_TIMEOUT_S)  # after its last event it has nothing left to do
    if child.poll() is None:
        child.kill()
        child.wait()


def _work(folder: AdapterFolder, job: DistillJob) -> Iterator[Event]:
    try:
        with FileLock(folder.lock, timeout=0, mode=0o600):
            engine = ModelEngine.load(
                job.model, device=job.device, dtype=job.dtype, threads=job.threads, cache=job.cache
            )
            if job.threads is None:
                Pace().follow(engine.model)
            yield from run(engine, job, folder)
    except Timeout as error:
        raise StateError(
            f"Another process distils adapter {folder.root.name}.", hint="Wait for it, or end it."
        ) from error


def main() -> None:
    """Do the job in the folder named on the command line, for as long as the process named behind it is this one's parent."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    parent = int(sys.argv[2]) if len(sys.argv) > _ALONE else os.getppid()
    _serve(Path(sys.argv[1]), parent, sys.stdin, sys.stdout)


def await_order(orders: TextIO, events: TextIO) -> None:
    """Wait for an order and do its job, or return when whoever would have given one is gone."""
    parent = os.getppid()
    if not (named := orders.readline()):
        return
    folder = Path(json.loads(named))
    os.dup2(_log_of(AdapterFolder(folder, b"")), sys.stderr.fileno())
    _serve(folder, parent, orders, events)


def _serve(folder: Path, parent: int, orders: TextIO, events: TextIO) -> None:
    os.nice(_NICER)
    try:
        key, job = _handed(orders)
        for event in _work(AdapterFolder(folder, key), job):
            _say(events, event.model_dump_json())
            if os.getppid() != parent:
                logging.getLogger(__name__).error("whoever asked is gone: ending")
                sys.exit(1)
    except BrokenPipeError:
        os._exit(1)  # nobody listens any more; flushing would fail once more
    except MemosError as error:
        _fail(events, Failed(code=error.code, message=error.message, hint=error.hint))
    except Exception as error:
        logging.getLogger(__name__).exception("unforeseen")
        hint = "Its log has the cause."
        _fail(events, Failed(code=ModelError.code, message=f"The distillation failed: {error!r}.", hint=hint))


def _fail(events: TextIO, failed: Failed) -> None:
    _say(events, failed.model_dump_json())
    sys.exit(1)


def _say(events: TextIO, line: str) -> None:
    events.write(line + "\n")
    events.flush()
