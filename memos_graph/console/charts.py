"""Numbers drawn as columns."""

from collections.abc import Sequence
from dataclasses import dataclass

_HEIGHT = 100.0


@dataclass(frozen=True)
class Column:
    """One column: its place and its height on a ground of 100."""

    label: str
    value: int
    place: int
    top: float
    height: float


def columns(values: Sequence[tuple[str, int]]) -> list[Column]:
    """Return a column for each value, the highest as high as the ground."""
    most = max((value for _, value in values), default=0)
    heights = [round(_HEIGHT * value / most, 2) for _, value in values]
    return [
        Column(label, value, place, round(_HEIGHT - height, 2), height)
        for place, ((label, value), height) in enumerate(zip(values, heights, strict=True))
    ]
