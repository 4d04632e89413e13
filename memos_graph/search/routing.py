"""Task-Aligned Memory Routing: what a search weighs, declared in one place (paper, 4.3).

A candidate's ``own`` score is the weighted sum of the parts below, each from 0 to 1; its score adds ``session`` times the
best own score of its conversation or document. A memory with a half-life then counts 0.5^(age / half-life) of that, its
age taken from when it was said, or stored; one without is not touched. Parts that compare (words, meaning, context) are
divided by the best candidate's, so they need no tuning to a corpus. docs/routing.md has what each is worth.
"""

from pydantic import Field

from memos_graph.types import Model

# Rows each entry point of the graph gives a search, and how many of the nearest vectors; larger finds little more (docs/routing.md).
POOL = 80
VECTOR_POOL = 100
# With filters the store discards candidates after the index found them, so the index is asked for more.
FILTERED_POOL = 1000


class Weights(Model):
    """How much each part of a score counts, in units of a perfect match by words."""

    words: float = Field(
        default=1.0,
        ge=0,
        description="BM25 of its own words, and with the ends of the two turns before it, over the best.",
    )
    meaning: float = Field(
        default=1.0, ge=0, description="Cosine of the memory's nearest fact to the question, over the best."
    )
    context: float = Field(
        default=1.0, ge=0, description="Cosine of the memory with its share of the turn before it, over the best."
    )
    speaker: float = Field(default=0.5, ge=0, description="The question names who said it.")
    date: float = Field(default=1.0, ge=0, description="It was said in the time the question names.")
    time: float = Field(default=0.25, ge=0, description="The question asks when, and the memory names a time.")
    author: float = Field(
        default=0.5,
        ge=0,
        description="A person or a document says it; an assistant, where the question asks what that said.",
    )
    recent: float = Field(
        default=0.5, ge=0, description="The question asks about now: how late it was said, among those found."
    )
    decay: float = Field(
        default=1.0, ge=0, description="How much a half-life counts: the power to which its part is raised."
    )
    superseded: float = Field(default=0.5, ge=0, le=1, description="What a superseded fact's meaning is multiplied by.")
    many: float = Field(
        default=0.2, ge=0, description="How much less each fact's meaning counts in a memory of more than six facts."
    )
    session: float = Field(default=0.5, ge=0, description="Best own score of its conversation, session or document.")

    @property
    def best(self) -> float:
        """The score of a memory perfect in every part."""
        own = (
            self.words + self.meaning + self.context + self.speaker + self.date + self.time + self.author + self.recent
        )
        return own * (1 + self.session)
