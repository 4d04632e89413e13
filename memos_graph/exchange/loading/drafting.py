"""Memories of a bundle as drafts: read by this installation's own detectors, extractor and embedder, one draft a version."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo

from memos_graph.embedding import Embedder
from memos_graph.errors import InputError
from memos_graph.exchange.bundle.records import MemoryRecord
from memos_graph.formats import Message, Parsed, Rejected, clean_text
from memos_graph.formats.types import EXCERPT_CHARS
from memos_graph.ingest.documents import DocumentText, document_drafts
from memos_graph.ingest.extraction import Extractor
from memos_graph.ingest.structure import structure
from memos_graph.language.sensitivity import Detector, Finding
from memos_graph.lifecycle.transitions import LIVE
from memos_graph.memcube.document_text import sensitive_in
from memos_graph.memcube.documents import DocumentPlace, read
from memos_graph.memcube.drafts import CubeDraft, FactDraft, SourceDraft, digest
from memos_graph.types import SemanticType


@dataclass(frozen=True)
class Drafted:
    """A memory of a bundle with a draft of each of its versions, the first first."""

    record: MemoryRecord
    drafts: Sequence[CubeDraft]

    @property
    def in_service(self) -> bool:
        """Whether searches found it where it came from."""
        return self.record.state in LIVE


class Drafting:
    """Reads what bundles bring."""

    def __init__(
        self, embedder: Embedder, extractor: Extractor, detector: Detector, zone: tzinfo, *, max_chars: int
    ) -> None:
        self._embedder = embedder
        self._extractor = extractor
        self._detector = detector
        self._zone = zone
        self._max_chars = max_chars

    def usable(self, records: Sequence[MemoryRecord]) -> tuple[list[MemoryRecord], list[Rejected]]:
        """Tell those whose every text can be kept here from the others."""
        kept, rejected = [], []
        for record in records:
            try:
                self._check(record)
            except InputError as error:
                rejected.append(rejection(record, error.message))
            else:
                kept.append(record)
        return kept, rejected

    def findings(self, record: MemoryRecord) -> list[Finding]:
        """Return what is sensitive in any version of a memory."""
        document = record.type is SemanticType.DOCUMENT
        texts = [each.text for each in record.versions]
        return [
            found
            for text in texts
            for found in (sensitive_in(text, self._detector) if document else self._detector(text))
        ]

    def draft(self, records: Sequence[MemoryRecord], *, facts: bool) -> list[Drafted]:
        """Return the drafts of messages, passages and documents; ``facts``: those that the extractor finds, too."""
        found: dict[str, list[CubeDraft]] = {record.id: [] for record in records}
        texts = [(record, each.text) for record in records for each in record.versions]
        for record, draft in zip((r for r, _ in texts), self._read(texts), strict=True):
            found[record.id].append(_as_of(record, draft, facts=facts))
        return [Drafted(record, _by_the_last(found[record.id])) for record in records]

    def _read(self, texts: Sequence[tuple[MemoryRecord, str]]) -> list[CubeDraft]:
        """Return the drafts of texts, in order; all of one kind are embedded at once."""
        entries, documents = [], []
        for record, text in texts:
            if record.type is SemanticType.DOCUMENT:
                paths = None if record.indexed is None else tuple(record.indexed)
                ttl = fraction(record.ttl_minutes)
                documents.append(DocumentText(DocumentPlace.of(record.source.id), text, paths, ttl))
            else:
                at = moment(record.said_at)
                entries.append(Message(id=record.origin_id, text=text, speaker=record.speaker, at=at))
        parsed = Parsed(kind="conversation", source="bundle", entries=tuple(entries))
        spoken = iter(
            structure(parsed, self._embedder, self._extractor, detector=self._detector, zone=self._zone)
            if entries
            else ()
        )
        written = iter(document_drafts(documents, self._embedder, self._detector) if documents else ())
        return [next(written if record.type is SemanticType.DOCUMENT else spoken) for record, _ in texts]

    def _check(self, record: MemoryRecord) -> None:
        for each in record.versions:
            clean_text(each.text, max_chars=self._max_chars)
            if record.type is SemanticType.DOCUMENT:
                read(each.text)
        if record.type is SemanticType.DOCUMENT:
            DocumentPlace.of(record.source.id).check()


def _as_of(record: MemoryRecord, draft: CubeDraft, *, facts: bool) -> CubeDraft:
    source = record.source
    return replace(
        draft,
        origin_id=record.origin_id,
        source=SourceDraft(source.id, source.kind, source.title, moment(source.at), source.within),
        root=record.root,
        semantic_type=record.type,
        origin=record.origin,
        # Of a fact that is what its text names: a fact says the same as another by that, too.
        valid_from=draft.valid_from if record.said_by else moment(record.valid_from),
        said_at=moment(record.said_at),
        speaker=record.speaker,
        heading=record.heading or "",
        part=record.part,
        tags=tuple(record.tags),
        facts=draft.facts if facts else (),
        expires_at=moment(record.expires_at),
    )


def _by_the_last(drafts: list[CubeDraft]) -> list[CubeDraft]:
    """Return drafts of which the first, that is stored, is about what the last says, which stands in the end."""
    return [replace(drafts[0], concepts=drafts[-1].concepts, facts=drafts[-1].facts), *drafts[1:]]


def fact_of(drafted: Drafted) -> FactDraft:
    """Return a fact of a bundle as a fact of what says it."""
    first, record = drafted.drafts[0], drafted.record
    begins = first.valid_from.isoformat() if first.dated and first.valid_from else ""
    return FactDraft(
        text=first.text,
        embedding=first.embedding,
        fingerprint=digest(record.speaker or "", begins, first.fingerprint) if first.fingerprint else "",
        valid_from=moment(record.valid_from),
        concepts=first.concepts,
        semantic_type=record.type,
        findings=first.findings,
        subject=record.subject,
        relation=record.relation,
    )


def rejection(record: MemoryRecord, why: str) -> Rejected:
    """Return that a memory is not stored, and why."""
    return Rejected(reason=why, excerpt=f"id {record.id}"[:EXCERPT_CHARS])


def moment(text: str | None) -> datetime | None:
    """Return a moment of a bundle."""
    return None if text is None else datetime.fromisoformat(text)


def fraction(text: str | None) -> float | None:
    """Return a quantity of a bundle."""
    return None if text is None else float(text)
