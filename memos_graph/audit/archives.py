"""Sealed stretches of logs outside the graph: files of mode 0600, one line an event, each as it is hashed.

A file holds the events of some whole blocks (``merkle.BLOCK``) that say nothing in words and vouch for nothing: reads. The others of these
blocks stay in the graph. Every event carries its keyed hash, so a file needs no seal of its own: an edit of it is found as one of the graph is.
"""

import gzip
import json
import logging
import os
import re
import zlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from filelock import FileLock

from memos_graph.audit.events import record
from memos_graph.audit.seals import folder_name
from memos_graph.errors import AuditError
from memos_graph.graph.rows import Row
from memos_graph.kit.files import replacing

_log = logging.getLogger(__name__)
FORMAT = "memos-graph audit archive 1"
_NAME = re.compile(r"(?P<first>[0-9]{12,19})-(?P<last>[0-9]{12,19})\.jsonl\.gz")
_DAMAGED = (OSError, EOFError, zlib.error, ValueError, KeyError, TypeError)


@dataclass(frozen=True, slots=True)
class ArchivedStretch:
    """One file: what left the graph of the events from place ``first`` to ``last``."""

    first: int
    last: int
    path: Path


class Archives:
    """The archives of one store's logs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def of(self, space: str) -> list[ArchivedStretch]:
        """Return the files of a log, the oldest events first."""
        try:
            names = sorted(each.name for each in self._of(space).iterdir())
        except FileNotFoundError:
            return []
        except OSError as error:
            raise AuditError(
                f"The archives of the log of '{space}' in {self._of(space)} can't be read: {error}."
            ) from error
        found = ((_NAME.fullmatch(name), name) for name in names)
        return [ArchivedStretch(int(m["first"]), int(m["last"]), self._of(space) / name) for m, name in found if m]

    def last(self, space: str) -> int:
        """Return the place of the last event that archives are over; 0: there is none."""
        return max((each.last for each in self.of(space)), default=0)

    def rows(
        self, space: str, *, after: int = 0, until: int | None = None, damaged: Callable[[str], None] | None = None
    ) -> Iterator[Row]:
        """Yield archived events past place ``after`` in order, up to place ``until``, as ``audit/events`` gives those of the graph.

        ``damaged`` is told of a file that can't be read to its end; otherwise ``AuditError`` is raised.
        """
        for stretch in self.of(space):
            if stretch.last <= after or (until is not None and stretch.first > until):
                continue
            try:
                for row in self.read(stretch):
                    seq = row["properties"]["seq"]
                    if seq > after and (until is None or seq <= until):
                        yield row
            except AuditError as error:
                if damaged is None:
                    raise
                damaged(error.message)

    def newest(self, space: str, wanted: Callable[[Row], bool], *, before: int, after: int, limit: int) -> list[Row]:
        """Return the last ``limit`` archived events between two places that are ``wanted``, newest first; raises ``AuditError``."""
        found: list[Row] = []
        for stretch in reversed(self.of(space)):
            if len(found) >= limit or stretch.last <= after:
                break
            if stretch.first < before:
                fit = (row for row in self.read(stretch) if after < row["properties"]["seq"] < before and wanted(row))
                found += reversed(deque(fit, maxlen=limit - len(found)))
        return found

    def hashes(self, space: str, seqs: Iterable[int]) -> dict[int, str]:
        """Return the hashes of those of some events that are archived, by their places; raises ``AuditError``."""
        wanted, found = set(seqs), dict[int, str]()
        for stretch in self.of(space) if wanted else ():
            here = {seq for seq in wanted if stretch.first <= seq <= stretch.last}
            if here:
                found |= {
                    row["properties"]["seq"]: row["properties"]["hash"]
                    for row in self.read(stretch)
                    if row["properties"]["seq"] in here
                }
        return found

    def read(self, stretch: ArchivedStretch) -> Iterator[Row]:
        """Yield the events of one file; raises ``AuditError`` where it is damaged."""
        try:
            with gzip.open(stretch.path, "rt", encoding="utf-8") as file:
                head = json.loads(next(file, "{}"))
                if head.get("format") != FORMAT:
                    raise ValueError("it does not begin as archives do")
                for line in file:
                    yield _row(json.loads(line))
        except _DAMAGED as error:
            raise AuditError(
                f"The archive {stretch.path} of events {stretch.first} to {stretch.last} can't be read: {error}.",
                hint="Put it back from a backup: these events are nowhere else.",
            ) from error

    def write(self, space: str, first: int, last: int, rows: Iterable[tuple[Row, str]]) -> ArchivedStretch:
        """Write a file of events, each with the hash of the one before; it is there whole and on the disk, or not at all.

        Raises what ``rows`` raises, and ``OSError``.
        """
        folder = self._of(space)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = folder / f"{first:012}-{last:012}.jsonl.gz"
        head = {"format": FORMAT, "space": space, "first": first, "last": last}
        with replacing(path) as raw, gzip.GzipFile(fileobj=raw, mode="wb", filename="", mtime=0) as file:
            file.write(json.dumps(head, ensure_ascii=False).encode() + b"\n")
            for row, before in rows:
                file.write(_line(row, before))
        _sync(folder)
        return ArchivedStretch(first, last, path)

    def locked(self, space: str) -> FileLock:
        """Return what only one process at a time holds while it archives a log."""
        folder = self._of(space)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return FileLock(folder / "lock", mode=0o600)

    def tidy(self, space: str) -> None:
        """Remove what a process that was killed began to write; the lock is held."""
        for path in self._of(space).glob(".*.jsonl.gz.*"):
            with suppress(FileNotFoundError):
                path.unlink()

    def _of(self, space: str) -> Path:
        return self.folder / folder_name(space)


def archive_folder(given: Path | None, store: str, beside: Path) -> Path:
    """Return where the archives of a store are: in a folder that is ``given``, under its name; otherwise ``beside`` the witness."""
    return beside / "archive" if given is None else given.expanduser().absolute() / store


def _line(row: Row, before: str) -> bytes:
    event = json.loads(record(row["properties"], row["cubes"]))
    content = {"before": before, "event": event, "hash": row["properties"]["hash"]}
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _row(line: Mapping[str, Any]) -> Row:
    event = dict(line["event"])
    cubes = [{"id": id_, "version": version} for id_, version in event.pop("cubes")]
    seq = event["seq"]
    return {
        "properties": {**event, "at": datetime.fromisoformat(event["at"]), "hash": line["hash"]},
        "cubes": cubes,
        "before": line["before"],
        "by": [event["principal"]],
        "after": [seq - 1] if seq > 1 else [],
    }


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
