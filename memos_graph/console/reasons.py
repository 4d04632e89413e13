"""Why a search found a memory, drawn: the parts of its score as a bar."""

from dataclasses import dataclass

from memos_graph.search.calls import Hit
from memos_graph.search.routing import Weights

_WEIGHTS = Weights()
_LEAST = 0.0005  # below this nothing would be seen of it


@dataclass(frozen=True)
class ScorePart:
    """One part of a score: from where to where it reaches on a bar of 100, and what it means."""

    name: str
    begins: float
    width: float
    meaning: str

    @property
    def share(self) -> str:
        """What it adds to the score."""
        return f"{self.width / 100:.2f}"


def parts(hit: Hit) -> list[ScorePart]:
    """Return what a hit's score is made of, which together are as long as the score itself."""
    added = {
        name: getattr(_WEIGHTS, name) * hit.why[name]
        for name in Weights.model_fields
        if name in hit.why and name != "decay"
    }
    whole = sum(added.values())
    found, reached = [], 0.0
    for name, value in added.items():
        if whole and value / whole > _LEAST:
            width = 100 * hit.score * value / whole
            about = Weights.model_fields[name].description or ""
            found.append(ScorePart(name, round(reached, 3), round(width, 3), about))
            reached += width
    return found


def faded(hit: Hit) -> float | None:
    """Return what age has left of a score, 0 to 1; none where it has taken nothing."""
    left = hit.why.get("decay", 1.0)
    return left if left < 1 else None
