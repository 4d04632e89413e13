"""Files that only their owner may read, mode 0600, each written in one step: a reader or a crash sees all of it or nothing.

What a person hands over as a secret is read by ``read_secret`` alone, which refuses a file that others may read. Of the product's own keys
`memos doctor` tells it: their memories must not be out of reach for it.
"""

import errno
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from memos_graph.errors import ConfigurationError, DiskFullError, InputError, MemosError

_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_MOST_SECRET = 1 << 16
_FULL = {errno.ENOSPC, errno.EDQUOT}
_UNUSABLE = {
    errno.EACCES,
    errno.EPERM,
    errno.EROFS,
    errno.ENOTDIR,
    errno.EISDIR,
    errno.ELOOP,
    errno.ENAMETOOLONG,
    errno.ENOENT,
    errno.EIO,
}


def unusable(error: OSError) -> MemosError | None:
    """Return what a file or folder that can't be used means; ``None`` where ``error`` is about something else."""
    if error.errno in _FULL:
        return DiskFullError("No disk space is left.", hint="Free some, or set MEMOS_HOME to a folder on another disk.")
    if error.filename is None or error.errno not in _UNUSABLE:
        return None
    return ConfigurationError(
        f"'{os.fsdecode(error.filename)}' can't be used: {error.strerror}.",
        hint="Give a place where this user may read and write; those of memos-graph itself are set by MEMOS_HOME, MEMOS_KEYS and MEMOS_CACHE.",
    )


@contextmanager
def using_folders() -> Iterator[None]:
    """Raise ``ConfigurationError`` in place of the ``OSError`` of a folder of ours that can't be used, ``DiskFullError`` where it is full."""
    try:
        yield
    except OSError as error:
        if (told := unusable(error)) is None:
            raise
        raise told from error


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


def read_secret(path: Path, called: str) -> str:
    """Return the text of a file with a secret that somebody hands over; errors call it ``called``, and repeat nothing of it.

    Raises ``InputError`` where it can't be read as text or is too long to be one, ``ConfigurationError`` where others may read it.
    """
    try:
        # Asked of the open file, so that it is the one that is read.
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            content = file.read(_MOST_SECRET + 1)
        if len(content) > _MOST_SECRET:
            raise InputError(f"{called} {path} can't be read: it has more than {_MOST_SECRET:,} bytes.")
        text = content.decode()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{called} {path} can't be read.", hint="Check its path and rights.") from error
    if mode & _OTHERS:
        raise ConfigurationError(
            f"{called} {path} may be read by others.",
            hint=f"`chmod 600 {path}`; if they may have read it, renew the key.",
        )
    return text


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
