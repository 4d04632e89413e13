"""Ingest: a parsed source into cubes, batch by batch, each batch one transaction.

While one batch is written, the next is structured and embedded in another thread: the database and the model then work
at the same time. A crash leaves whole batches; running it again completes it, since what is stored already is known by
its id before anything is embedded.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, tzinfo

from memos_graph.embedding import Embedder
from memos_graph.formats import Parsed
from memos_graph.governance import Action, MemGovernance
from memos_graph.governance.rules_in_force import refused_now
from memos_graph.graph.runner import Runner
from memos_graph.ingest.extraction import Extractor
from memos_graph.ingest.structure import origin_ids, said, structure
from memos_graph.kit import meter
from memos_graph.language.sensitivity import Detector
from memos_graph.memcube.drafts import CubeDraft, content_sha256, identity
from memos_graph.types import State
from memos_graph.vault.known import known_cubes
from memos_graph.vault.topics import ConceptPlacer
from memos_graph.vault.vault import MemVault, Stored

_LOOKED_UP = 64  # repetitions of one text at first; twice as many each time
Progress = Callable[[int, int], None]


class Ingest:
    """Stores what was parsed. Shared by every space of a database; ``batch`` is how many entries one transaction takes."""

    def __init__(
        self,
        runner: Runner,
        governance: MemGovernance,
        vault: MemVault,
        embedder: Embedder,
        extractor: Extractor,
        detector: Detector,
        *,
        batch: int,
    ) -> None:
        self._runner = runner
        self._governance = governance
        self._vault = vault
        self._embedder = embedder
        self._extractor = extractor
        self._detector = detector
        self._batch = batch

    def store(
        self,
        parsed: Parsed,
        *,
        space: str,
        principal: str,
        tags: tuple[str, ...] = (),
        expires_at: datetime | None = None,
        progress: Progress | None = None,
        zone: tzinfo = UTC,
        said_now: bool = False,
    ) -> Stored:
        """Store every entry of ``parsed`` in ``space``; returns what changed. ``progress`` is told ``(done, total)``.

        * ``zone`` is where what has no date of its own is said.
        * ``said_now`` is for one message without an id and a time that is not a copy of an earlier one, though it may say the same.

        Raises ``NotFoundError`` or ``ForbiddenError`` before any work when ``principal`` may not write there.
        """
        self._governance.require(space, principal, Action.WRITE)
        placer = ConceptPlacer(space)
        refused = refused_now(self._runner, space)

        def prepare(batch: Parsed) -> tuple[Stored, list[CubeDraft]]:
            stored, fresh = self._without_known(batch, space, principal)
            return stored, structure(
                fresh,
                self._embedder,
                self._extractor,
                tags=tags,
                expires_at=expires_at,
                detector=self._detector,
                zone=zone,
                refused=refused,
            )

        total, done, result = len(parsed.entries), 0, Stored()
        pool = ThreadPoolExecutor(1, thread_name_prefix="memos-structure")
        try:
            if said_now:
                parsed = self._once_more(parsed, space, principal)
            waiting = [(batch, pool.submit(meter.carried(prepare), batch)) for batch in _batches(parsed, self._batch)]
            for batch, prepared in waiting:
                stored, drafts = prepared.result()
                result.merge(stored)
                if drafts:
                    result.merge(self._vault.store(space, principal, drafts, placer))
                done += len(batch.entries)
                if progress is not None:
                    progress(done, total)
        finally:
            pool.shutdown(cancel_futures=True)
        return result

    def _without_known(self, batch: Parsed, space: str, principal: str) -> tuple[Stored, Parsed]:
        """Set aside what is stored already, exactly so: it costs one look-up and no embedding."""
        keys = [identity(space, batch.source, entry.id or "") for entry in batch.entries]
        known = known_cubes(self._runner.read, space, principal, keys)
        stored, fresh = Stored(), []
        for key, entry in zip(keys, batch.entries, strict=True):
            said_at, speaker = said(batch, entry)
            row = known.get(key)
            if (
                row is not None
                and row["told"]
                and not row["ended"]
                and row["sha256"] == content_sha256(speaker, said_at, entry.text)
            ):
                stored.unchanged.append(row["id"])
            else:
                fresh.append(entry)
        return stored, batch.model_copy(update={"entries": tuple(fresh)})

    def _once_more(self, parsed: Parsed, space: str, principal: str) -> Parsed:
        """Return the one message of ``parsed`` under the id of its next repetition.

        Ids count repetitions of a text without an id from 1. The first that does not stand is free; one that was deleted or has
        ended keeps its place, so that saying it again does not bring it back.
        """
        first, looked_up = 1, _LOOKED_UP
        while True:
            copies = parsed.model_copy(update={"entries": parsed.entries * (first + looked_up - 1)})
            ids = origin_ids(copies)[first - 1 :]
            keys = [identity(space, parsed.source, id_) for id_ in ids]
            known = known_cubes(self._runner.read, space, principal, keys)
            for id_, key in zip(ids, keys, strict=True):
                row = known.get(key)
                if row is None or row["state"] == State.DELETED or row["ended"] or not row["told"]:
                    return parsed.model_copy(update={"entries": (parsed.entries[0].model_copy(update={"id": id_}),)})
            first, looked_up = first + looked_up, 2 * looked_up


def _batches(parsed: Parsed, size: int) -> Iterator[Parsed]:
    entries = parsed.entries
    # Ids are worked out over the whole source: a repeated text without an id is counted across batches.
    ids = origin_ids(parsed)
    named = [entry.model_copy(update={"id": id_}) for entry, id_ in zip(entries, ids, strict=True)]
    for start in range(0, len(named), size):
        yield parsed.model_copy(update={"entries": tuple(named[start : start + size]), "rejected": ()})
