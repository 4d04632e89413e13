"""Answers without a language model: the sentence that answers best is quoted, with who said it, when and where."""

from dataclasses import dataclass

from memos_graph.embedding import Embedder
from memos_graph.forms.answering.answers import Form, Used
from memos_graph.forms.answering.passages import AnswerPassage, AnswerTurn, passages, whole
from memos_graph.forms.answering.scoring import ANSWERS, best
from memos_graph.graph.runner import Runner
from memos_graph.search.calls import SearchResult

NOTHING = "Nothing here answers that."
"""What is said where no sentence found answers the question."""
_SHORT = 160
"""Characters up to which a turn is quoted whole."""


@dataclass(frozen=True, slots=True)
class Quote:
    """Words of memory, with their sources, and the memories they are of."""

    text: str
    used: tuple[Used, ...]


class Quoter:
    """Quotes from the memories of one database."""

    def __init__(self, runner: Runner, embedder: Embedder) -> None:
        self._runner = runner
        self._embedder = embedder

    def quote(self, found: SearchResult, *, space: str, principal: str) -> Quote | None:
        """Return the passage of what was ``found`` that answers best; ``None`` where none answers."""
        ids = [hit.cube.id for hit in found.hits]
        said = passages(self._runner, ids, found.call.question, space=space, principal=principal) if ids else []
        top = best(found.call, said, self._embedder)
        return None if top is None or top.answers < ANSWERS else _quoted(top.passage)


def _quoted(passage: AnswerPassage) -> Quote:
    turns: dict[str, list[str]] = {}
    by_cube: dict[str, AnswerTurn] = {}
    for part in passage.parts:
        by_cube[part.turn.cube] = part.turn
        turns.setdefault(part.turn.cube, []).append(part.text)
    said = [(by_cube[cube], _in_context(by_cube[cube], " ".join(parts))) for cube, parts in turns.items()]
    return Quote(
        text=" ".join(f"\u201c{words}\u201d ({_source(turn)})" for turn, words in said),
        used=tuple(Used(cube=turn.cube, version=turn.version, text=words, form=Form.QUOTE) for turn, words in said),
    )


def _in_context(turn: AnswerTurn, words: str) -> str:
    """Return the words with the rest of a short turn: a sentence says less alone, and what follows may be the answer."""
    said = whole(turn)
    return said if len(said) <= _SHORT else words


def _source(turn: AnswerTurn) -> str:
    """Say who said it, when, and where it stands."""
    day = f"{turn.at:%Y-%m-%d}" if turn.said else f"stored {turn.at:%Y-%m-%d}"
    return ", ".join(part for part in (turn.speaker, day, turn.source) if part)
