"""A distillation in a process of its own: what it does to memory, and how it may crash, is no concern of the host's.

``distill`` starts the process and passes on what it says; ``python -m memos_graph.host.lora.distill FOLDER [PARENT]`` is the process.
It reads the adapter's key from its standard input, ``job.sealed`` in the folder, prints one event a line, and exits 1 after a
``failed`` line when it can't go on.
"""

import contextlib
import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from memos_graph.errors import ConfigurationError, InputError, MemosError, ModelError, PayloadError, StateError
from memos_graph.host.engine import ModelEngine
from memos_graph.host.lora.job import Job, read_job
from memos_graph.host.lora.payload import AdapterFolder
from memos_graph.host.lora.run import run
from memos_graph.host.protocol import EVENT, Distilled, Event, Failed
from memos_graph.host.sealed import KEY_BYTES

_NICER = 10
_ALONE = 2  # arguments, when nobody waits for it
_END_TIMEOUT_S = 10.0
_RAISED: dict[str, type[MemosError]] = {
    each.code: each for each in (ConfigurationError, InputError, ModelError, PayloadError, StateError)
}


def distill(job: Job, where: AdapterFolder) -> Iterator[Event]:
    """Distil ``job`` into the folder ``where`` in a child process of low priority; yields its progress and last ``Distilled``.

    * The same job again goes on where it was broken off. Giving up the iteration ends the child.
    * Raises what the child raised: ``InputError`` when nothing could be taught, ``StateError`` when this adapter is being
      distilled already, ``PayloadError`` for a damaged checkpoint; ``ModelError`` when it ended without a word.
    """
    where.create()
    job.save(where)
    descriptor = os.open(where.log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as log:
        child = subprocess.Popen(  # noqa: S603 - our own module, no shell
            [sys.executable, "-m", __name__, str(where.root), str(os.getpid())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
        )
    try:
        _hand_over(child, where.key)
        yield from _events(child, job, where)
    finally:
        _end(child)


def _hand_over(child: "subprocess.Popen[bytes]", key: bytes) -> None:
    """Give the child the adapter's key, by a way nobody else sees."""
    if child.stdin is not None:
        with contextlib.suppress(BrokenPipeError), child.stdin:  # it has ended; its output says why
            child.stdin.write(key.hex().encode() + b"\n")


def _given_key() -> bytes:
    try:
        key = bytes.fromhex(sys.stdin.readline().strip())
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise InputError("The distillation's order can't be read: its key did not come on standard input.")
    return key


def _events(child: "subprocess.Popen[bytes]", job: Job, folder: AdapterFolder) -> Iterator[Event]:
    if child.stdout is None:
        raise ModelError("The distillation's process has no output to read.")
    for line in child.stdout:
        event = EVENT.validate_json(line)
        if isinstance(event, Failed):
            raise _RAISED.get(event.code, ModelError)(event.message, hint=event.hint)
        if isinstance(event, Distilled):
            folder.job.unlink(missing_ok=True)  # not by the child: it may be an older one's, and the job the next one's
            yield event
            return
        yield event
    raise ModelError(
        f"The distillation of {job.id} ended with status {child.wait()} before it was done.",
        hint=f"Resume it: it goes on from its last checkpoint. {folder.log} has what it said.",
    )


def _end(child: "subprocess.Popen[bytes]") -> None:
    if child.stdout is not None:
        child.stdout.close()
    if child.poll() is None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(_END_TIMEOUT_S)  # after its last event it has nothing left to do
    if child.poll() is None:
        child.kill()
        child.wait()


def _work(folder: AdapterFolder) -> Iterator[Event]:
    try:
        with FileLock(folder.lock, timeout=0, mode=0o600):
            job = read_job(folder)
            engine = ModelEngine.load(job.model, device=job.device, dtype=job.dtype, threads=job.threads)
            yield from run(engine, job, folder)
    except Timeout as error:
        raise StateError(
            f"Another process distils adapter {folder.root.name}.", hint="Wait for it, or end it."
        ) from error


def main() -> None:
    """Do the job in the folder named on the command line, for as long as the process named behind it is this one's parent."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    os.nice(_NICER)
    folder, parent = Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > _ALONE else os.getppid()
    try:
        for event in _work(AdapterFolder(folder, _given_key())):
            sys.stdout.write(event.model_dump_json() + "\n")
            sys.stdout.flush()
            if os.getppid() != parent:
                logging.getLogger(__name__).error("whoever asked is gone: ending")
                sys.exit(1)
    except BrokenPipeError:
        os._exit(1)  # nobody listens any more; flushing would fail once more
    except MemosError as error:
        _fail(Failed(code=error.code, message=error.message, hint=error.hint))
    except Exception as error:
        logging.getLogger(__name__).exception("unforeseen")
        _fail(
            Failed(code=ModelError.code, message=f"The distillation failed: {error!r}.", hint="Its log has the cause.")
        )


def _fail(failed: Failed) -> None:
    sys.stdout.write(json.dumps(failed.model_dump()) + "\n")
    sys.stdout.flush()
    sys.exit(1)


if __name__ == "__main__":
    main()
