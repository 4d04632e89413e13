"""Which of the memories given an answer rests on, told by words: a model does not say so itself."""

from collections.abc import Sequence

from memos_graph.language import content_stems, sentences
from memos_graph.search.selection import Line

_LEAST_SHARE = 0.5


def supporting(answer: str, question: str, lines: Sequence[Line]) -> list[Line]:
    """Return the lines that hold what ``answer`` says.

    For each of its sentences: the lines that hold most of its content words, if that is at least half of them. Words of the
    question don't count, where the sentence has others: every line found has some of those.
    """
    asked = set(content_stems(question))
    stems = [set(content_stems(line.text)) for line in lines]
    held: set[int] = set()
    for start, end in sentences(answer):
        said = set(content_stems(answer[start:end]))
        said = said - asked or said
        shares = [len(said & each) / len(said) for each in stems] if said else []
        best = max(shares, default=0.0)
        if best >= _LEAST_SHARE:
            held.update(place for place, share in enumerate(shares) if share == best)
    return [line for place, line in enumerate(lines) if place in held]
