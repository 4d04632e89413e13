"""Structures what comes in: sentences worth keeping become facts, phrases become concepts, words for times become dates.

Nothing here touches the database. Part of MemOperator (paper, 4.3: "manages memory through
tagging systems, graph-based structures").
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone, tzinfo

from memos_graph.embedding import Embedder, Matrix, Vector
from memos_graph.formats import Message, Parsed, Passage, local_time
from memos_graph.ingest.extraction import Extraction, Extractor
from memos_graph.kit.clock import now
from memos_graph.kit.moments import utc
from memos_graph.language import Phrase, Span, TimeMention, fingerprint, is_assistant, relation_of, resolve_times
from memos_graph.language.sensitivity import Detector, Finding, FindingKind, detect, masked
from memos_graph.memcube.drafts import ConceptDraft, CubeDraft, FactDraft, SourceDraft, digest
from memos_graph.types import Origin, SemanticType

Named = tuple[Phrase, Vector]
_WIDEST = timedelta(hours=18)  # the furthest offset from UTC that Neo4j stores


def structure(
    parsed: Parsed,
    embedder: Embedder,
    extractor: Extractor,
    *,
    tags: Sequence[str] = (),
    expires_at: datetime | None = None,
    detector: Detector = detect,
    zone: tzinfo = UTC,
    refused: Collection[FindingKind] = (),
) -> list[CubeDraft]:
    """Return one draft for each entry of ``parsed``, in order, with its facts and concepts, and what is sensitive in it.

    A time the text names ("yesterday", "last May") is resolved against the entry's own date, in the zone where it was
    said; where it has no date, against the present moment in ``zone``.

    What holds a kind that is ``refused``, and so will not be stored, is not read for facts: that may be done elsewhere.
    """
    undated = now().astimezone(zone)
    findings = [detector(entry.text) for entry in parsed.entries]
    readable = [
        "" if any(each.kind in refused for each in findings[i]) else entry.text
        for i, entry in enumerate(parsed.entries)
    ]
    found = [_inoffensive(each, findings[i]) for i, each in enumerate(extractor.extract(readable))]
    # What is sensitive is in no concept and in no vector: nothing is found by it.
    texts = [masked(entry.text, findings[i]) for i, entry in enumerate(parsed.entries)]
    # One pass reads each text once; its facts and concepts are means of their own tokens.
    whole, parts = embedder.encode_parts(
        texts, [[*each.facts, *((p.start, p.end) for p in each.concepts)] for each in found]
    )
    ids = origin_ids(parsed)
    drafts = [
        _draft(parsed, i, ids[i], whole[i], parts[i], found[i], tuple(tags), expires_at, undated)
        for i in range(len(texts))
    ]
    return [_looked_at(draft, found[i].facts, findings[i]) for i, draft in enumerate(drafts)]


def _inoffensive(found: Extraction, findings: Sequence[Finding]) -> Extraction:
    """Return what was found without the concepts that hold something sensitive."""
    kept = [p for p in found.concepts if all(p.end <= each.start or each.end <= p.start for each in findings)]
    return replace(found, concepts=kept)


def origin_ids(parsed: Parsed) -> list[str]:
    """Return each entry's id in its source; one made of its content and of how often it came before, where it has none."""
    seen: dict[str, int] = {}
    ids = []
    for entry in parsed.entries:
        if entry.id is not None:
            ids.append(entry.id)
            continue
        said = entry.at.isoformat() if isinstance(entry, Message) and entry.at else ""
        speaker = entry.speaker or "" if isinstance(entry, Message) else ""
        content = digest(speaker, said, entry.text)[:16]
        seen[content] = seen.get(content, 0) + 1
        ids.append(f"{content}-{seen[content]}")
    return ids


def said(parsed: Parsed, entry: Message | Passage) -> tuple[datetime | None, str | None]:
    """Return when an entry was said, or its document dated, by the clock there, and by whom."""
    if isinstance(entry, Message):
        at = local_time(entry) or parsed.at
        return _by_offset(at) if at else None, entry.speaker
    return _by_offset(parsed.at) if parsed.at else None, None


def _by_offset(at: datetime) -> datetime:
    """Return ``at`` with the offset of its zone alone, as the store keeps it; raises ``ValueError`` like ``utc``."""
    shifted, offset = utc(at), at.utcoffset() or timedelta(0)
    return shifted if abs(offset) > _WIDEST else at.replace(tzinfo=timezone(offset))


def _civil(moment: datetime) -> datetime:
    """Return what calendar and clock showed at ``moment``, as if it were UTC: a day named by words is the same day everywhere."""
    return moment.replace(tzinfo=UTC)


def _draft(
    parsed: Parsed,
    index: int,
    origin_id: str,
    whole: Vector,
    parts: Matrix,
    found: Extraction,
    tags: tuple[str, ...],
    expires_at: datetime | None,
    undated: datetime,
) -> CubeDraft:
    entry = parsed.entries[index]
    said_at, speaker = said(parsed, entry)
    talk = isinstance(entry, Message)
    times = resolve_times(
        entry.text, (local_time(entry) if isinstance(entry, Message) else None) or parsed.at or undated
    )
    named = [(phrase, vector) for phrase, vector in zip(found.concepts, parts[len(found.facts) :], strict=True)]
    facts = tuple(
        _fact(entry, span, vector, times, named)
        for span, vector in zip(found.facts, parts[: len(found.facts)], strict=True)
    )
    return CubeDraft(
        origin_id=origin_id,
        text=entry.text,
        embedding=whole,
        source=_source(parsed, entry),
        root=parsed.source,
        semantic_type=SemanticType.MESSAGE if talk else SemanticType.PASSAGE,
        origin=_origin(entry),
        valid_from=_begins(times),
        said_at=said_at,
        speaker=speaker,
        dated=bool(times),
        part=entry.attributes.get("part") if isinstance(entry, Message) else None,
        heading=" / ".join(entry.heading) if isinstance(entry, Passage) else "",
        fingerprint=fingerprint(entry.text),
        tags=tags,
        facts=facts,
        concepts=_concepts(named),
        expires_at=expires_at,
    )


def _begins(times: Sequence[TimeMention]) -> datetime | None:
    """Return when what a text tells began: the first time it names, of those whose words do not leave it open ("a few weeks ago")."""
    return next((_civil(each.begins) for each in times if each.granularity != "vague"), None)


def _origin(entry: Message | Passage) -> Origin:
    if isinstance(entry, Passage):
        return Origin.DOCUMENT
    assistant = is_assistant(entry.speaker, entry.attributes.get("role"))
    return Origin.INFERENCE if assistant else Origin.USER_INPUT


def _looked_at(draft: CubeDraft, spans: Sequence[Span], findings: tuple[Finding, ...]) -> CubeDraft:
    """Return ``draft`` with what is sensitive in it; a fact has what lies in its part of the text."""
    if not findings:
        return draft
    facts = tuple(
        replace(
            fact,
            findings=tuple(
                each._replace(start=max(each.start, span.start) - span.start, end=min(each.end, span.end) - span.start)
                for each in findings
                if each.start < span.end and span.start < each.end
            ),
        )
        for fact, span in zip(draft.facts, spans, strict=True)
    )
    return replace(draft, findings=findings, facts=facts)


def _fact(
    entry: Message | Passage, span: Span, vector: Vector, times: Sequence[TimeMention], named: Sequence[Named]
) -> FactDraft:
    text = entry.text[span.start : span.end]
    begins = _begins([each for each in times if span.start <= each.start < span.end])
    stems = fingerprint(text)
    # "I went yesterday" says another thing in another mouth or on another day.
    speaker = entry.speaker or "" if isinstance(entry, Message) else ""
    about = relation_of(text, speaker=speaker or None)
    return FactDraft(
        text=text,
        embedding=vector,
        fingerprint=digest(speaker, begins.isoformat() if begins else "", stems) if stems else "",
        valid_from=begins,
        concepts=_concepts([each for each in named if span.start <= each[0].start < span.end]),
        subject=about.subject if about else None,
        relation=about.relation if about else None,
    )


def _concepts(named: Sequence[Named]) -> tuple[ConceptDraft, ...]:
    best: dict[str, ConceptDraft] = {}
    for phrase, vector in named:
        if phrase.text not in best or best[phrase.text].weight < phrase.weight:
            best[phrase.text] = ConceptDraft(phrase.text, phrase.weight, vector)
    return tuple(best.values())


def _source(parsed: Parsed, entry: Message | Passage) -> SourceDraft:
    session = entry.attributes.get("session") if isinstance(entry, Message) else None
    if session is None:
        return SourceDraft(parsed.source, parsed.kind, parsed.title, parsed.at)
    at = entry.at if isinstance(entry, Message) else None
    title = entry.attributes.get("title", parsed.title) if isinstance(entry, Message) else parsed.title
    return SourceDraft(f"{parsed.source}#{session}", "session", title, at, within=parsed.source)
