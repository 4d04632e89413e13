"""Text into structure: sentences, facts, concepts, times and questions. Pure and fast; no model, no database."""

from memos_graph.language.facts import worth_keeping
from memos_graph.language.lucene import lucene_terms
from memos_graph.language.people import is_assistant
from memos_graph.language.phrases import key_phrases
from memos_graph.language.questions import read_question
from memos_graph.language.relations import Relation, relation_of
from memos_graph.language.searchable import searchable
from memos_graph.language.sentences import sentences
from memos_graph.language.stems import content_stems, fingerprint
from memos_graph.language.succession import SINGLE_VALUED, Succession, succession
from memos_graph.language.times import resolve_times
from memos_graph.language.types import Granularity, Intent, Phrase, Question, Span, TimeMention

__all__ = [
    "SINGLE_VALUED",
    "Granularity",
    "Intent",
    "Phrase",
    "Question",
    "Relation",
    "Span",
    "Succession",
    "TimeMention",
    "content_stems",
    "fingerprint",
    "is_assistant",
    "key_phrases",
    "lucene_terms",
    "read_question",
    "relation_of",
    "resolve_times",
    "searchable",
    "sentences",
    "succession",
    "worth_keeping",
]
