"""Documents as drafts: kept whole, with what is sensitive in them and what they are found by; no facts and no concepts are drawn from them."""

from collections.abc import Sequence
from dataclasses import dataclass

from memos_graph.embedding import Embedder
from memos_graph.language.sensitivity import Detector, redact, unmarked
from memos_graph.memcube.document_text import searched_in, sensitive_in
from memos_graph.memcube.documents import DocumentPlace
from memos_graph.memcube.drafts import CubeDraft, SourceDraft
from memos_graph.types import Origin, SemanticType


@dataclass(frozen=True)
class DocumentText:
    """A document about to be stored. ``text`` its JSON. ``indexed`` the paths it is found by; none: all of it; empty: by nothing."""

    place: DocumentPlace
    text: str
    indexed: tuple[str, ...] | None = None
    ttl_minutes: float | None = None


def document_drafts(documents: Sequence[DocumentText], embedder: Embedder, detector: Detector) -> list[CubeDraft]:
    """Return one draft for each document, in order; all are embedded at once."""
    findings = [sensitive_in(each.text, detector) for each in documents]
    searched = [
        searched_in(redact(each.text, found), each.indexed) for each, found in zip(documents, findings, strict=True)
    ]
    vectors = embedder.encode([unmarked(text) for text in searched])
    return [
        CubeDraft(
            origin_id=each.place.key,
            text=each.text,
            embedding=vector,
            source=SourceDraft(each.place.source, "stored", title=each.place.source),
            root=each.place.root,
            semantic_type=SemanticType.DOCUMENT,
            origin=Origin.DOCUMENT,
            valid_from=None,
            findings=found,
            searched=text,
            indexed=each.indexed,
            ttl_minutes=each.ttl_minutes,
        )
        for each, found, text, vector in zip(documents, findings, searched, vectors, strict=True)
    ]
