"""Files that only their owner may read, mode 0600, each written in one step: a reader or a crash sees all of it or nothing."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO


@contextmanager
def replacing(path: Path, *, durable: bool = True) -> Iterator[IO[bytes]]:
    """Yield a file to write, which takes the place of ``path`` when the block ends well; raises ``OSError``.

    ``durable``: it is on the disk by then; what can be computed again need not be.
    """
    with _scratch(path) as scratch:
        with _created(scratch, durable=durable) as file:
            yield file
        scratch.replace(path)


def write_private(path: Path, content: str | bytes) -> None:
    """Write a whole file, text as UTF-8, in place of what is there; raises ``OSError``."""
    with replacing(path) as file:
        file.write(content.encode() if isinstance(content, str) else content)


def write_once(path: Path, content: bytes) -> None:
    """Write a file unless there is one: a hard link succeeds for one writer only."""
    with _scratch(path) as scratch:
        with _created(scratch, durable=True) as file:
            file.write(content)
        with suppress(FileExistsError, FileNotFoundError):  # there is one, or it is being destroyed meanwhile
            os.link(scratch, path)


@contextmanager
def _scratch(path: Path) -> Iterator[Path]:
    """Yield a name beside ``path``, of which nothing is left."""
    scratch = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        yield scratch
    finally:
        scratch.unlink(missing_ok=True)


@contextmanager
def _created(path: Path, *, durable: bool) -> Iterator[IO[bytes]]:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        yield file
        if durable:
            file.flush()
            os.fsync(file.fileno())
