"""Places new concepts under topics: the upper two levels of topic → concept → fact (paper, 4.3, MemOperator).

A concept goes within the topic whose founding concept is nearest to it, or founds a topic of its own where none is near
("leader" clustering, one pass: earlier memories never move when later ones arrive).
"""

from collections.abc import Mapping, Sequence

import numpy as np

from memos_graph.embedding import Matrix, Vector, packed
from memos_graph.graph.runner import Transaction

# Cosine of two phrases, each seen in its sentence: "clay" and "pottery" .6, words of unrelated sentences below .3.
_SAME_TOPIC = 0.45


class ConceptPlacer:
    """Creates the concepts that batches of one space name and the space does not have yet.

    Topics are read once and kept for the batches that follow: another writer's new topics are then not clustered with,
    but never lost, since each is merged by name.
    """

    def __init__(self, space: str) -> None:
        self._space = space
        self._topics: list[tuple[str, Vector]] | None = None
        self._pending: list[tuple[str, Vector]] = []

    def place(self, tx: Transaction, concepts: Mapping[str, Vector]) -> None:
        """Create what is missing of ``concepts``, name to unit vector, inside ``tx``."""
        self._pending = []
        if not concepts:
            return
        known = {row["name"] for row in tx.run("ingest/known_concepts", space=self._space, names=list(concepts))}
        fresh = [name for name in concepts if name not in known]
        if not fresh:
            return
        if self._topics is None:
            rows = tx.run("ingest/topics", space=self._space)
            self._topics = [(row["name"], np.asarray(row["embedding"], np.float32)) for row in rows]
        placed = nearest_topics(fresh, np.stack([concepts[name] for name in fresh]), self._topics)
        self._pending = [(name, concepts[name]) for name, topic in zip(fresh, placed, strict=True) if name == topic]
        rows = [
            {"name": name, "topic": topic, "embedding": packed(concepts[name])}
            for name, topic in zip(fresh, placed, strict=True)
        ]
        tx.run("ingest/concepts", space=self._space, concepts=rows)

    def confirm(self) -> None:
        """Note that the transaction of the last ``place`` was committed: its topics can be clustered with."""
        if self._topics is not None:
            self._topics += self._pending
        self._pending = []


def nearest_topics(names: Sequence[str], vectors: Matrix, topics: Sequence[tuple[str, Vector]]) -> list[str]:
    """Return each name's topic: a known one, one founded by an earlier name, or the name itself."""
    known = [name for name, _ in topics]
    matrix = np.zeros((len(topics) + len(names), vectors.shape[1]), np.float32)
    for row, (_, leader) in enumerate(topics):
        matrix[row] = leader
    placed = []
    for name, vector in zip(names, vectors, strict=True):
        nearness = matrix[: len(known)] @ vector
        if known and nearness.max() >= _SAME_TOPIC:
            placed.append(known[int(nearness.argmax())])
            continue
        matrix[len(known)] = vector
        known.append(name)
        placed.append(name)
    return placed
