"""What memories are found by, worked out anew: their own words and vectors, with those of what stands before them."""

from collections.abc import Sequence

from memos_graph.embedding import Embedder, Vector, packed
from memos_graph.graph.rows import Row
from memos_graph.graph.runner import Transaction
from memos_graph.language.sensitivity import unmarked
from memos_graph.memcube.contexts import in_context, words_of
from memos_graph.memcube.document_text import searched_in


def set_contexts(tx: Transaction, embedder: Embedder, cubes: Sequence[str]) -> None:
    """Set the words and vectors of ``cubes``, whose own text or whose neighbours' text changed."""
    rows = tx.run("versions/contexts", cubes=list(cubes))
    if not rows:
        return
    texts = [searched_in(row["text"], row["indexed"]) if row["document"] else row["text"] for row in rows]
    own = embedder.encode([unmarked(text) for text in texts])
    before = embedder.encode([unmarked(row["before"][-1]) if row["before"] else "" for row in rows])
    contexts = [
        {
            "id": row["id"],
            "words": words_of(row["heading"] or "", row["before"], texts[i]),
            "embedding": packed(_in_context(row, before[i], own[i])),
            "own": packed(own[i]),
        }
        for i, row in enumerate(rows)
    ]
    tx.run("versions/set_contexts", contexts=contexts)


def _in_context(row: Row, before: Vector, own: Vector) -> Vector:
    last = row["before"][-1] if row["before"] else None
    return in_context(None if last is None else before, own, len(last or ""), len(row["text"]))
