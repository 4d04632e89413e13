"""Conversations as every contestant reads them: turns, questions and their gold evidence.

LOCOMO (snap-research/LoCoMo, CC BY-NC 4.0): people who tell each other things. BEAM ("Beyond a Million Tokens"), in the same
shape: a user's long chats with an assistant.

Knows no contestant's library, so that peers read it in an environment of their own.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

CUTS = (5, 10, 20)
LOCOMO = {1: "multi-hop", 2: "temporal", 3: "open-domain", 4: "single-hop", 5: "adversarial"}
BEAM = {
    1: "multi-session",
    2: "temporal",
    3: "update",
    4: "extraction",
    5: "contradiction",
    6: "preference",
    7: "instruction",
    8: "ordering",
    9: "summary",
}


@dataclass(frozen=True)
class Turn:
    """One turn: who said what, when, in which session; ``caption`` and ``query`` describe an image it shares."""

    id: str
    speaker: str
    text: str
    at: datetime
    session: str
    caption: str | None
    query: str | None


@dataclass(frozen=True)
class Question:
    """A question with the ids of the turns that hold its evidence."""

    text: str
    gold: frozenset[str]
    category: int


@dataclass(frozen=True)
class Conversation:
    """One file of the data set."""

    id: str
    turns: tuple[Turn, ...]
    questions: tuple[Question, ...]


def load(folder: Path) -> Iterator[Conversation]:
    """Yield every conversation of ``folder``, by file name."""
    paths = sorted(folder.glob("*.json"))
    if not paths:
        raise SystemExit(f"{folder} holds no conversation (*.json) in LOCOMO's shape.")
    for path in paths:
        data = json.loads(path.read_text(encoding="utf-8"))
        turns = tuple(_turns(data["conversation"]))
        known = {turn.id for turn in turns}
        questions = []
        for qa in data["qa"]:
            gold = frozenset(m for e in qa.get("evidence", []) for m in re.findall(r"D\d+:\d+", e)) & known
            if gold:
                questions.append(Question(qa["question"], gold, qa["category"]))
        yield Conversation(data["sample_id"], turns, tuple(questions))


def categories(folder: Path) -> dict[int, str]:
    """Return the kinds of questions of a folder's data set, by their numbers in its files."""
    return BEAM if next(load(folder)).id.startswith("beam") else LOCOMO


def _turns(talk: dict[str, Any]) -> Iterator[Turn]:
    for number in range(1, 100):
        for turn in talk.get(f"session_{number}") or []:
            at = datetime.strptime(talk[f"session_{number}_date_time"], "%I:%M %p on %d %B, %Y").replace(tzinfo=UTC)
            yield Turn(
                turn["dia_id"],
                turn["speaker"],
                turn["text"],
                at,
                str(number),
                turn.get("blip_caption"),
                turn.get("query"),
            )


@dataclass
class Recall:
    """Share of gold turns among the first k found, averaged over questions."""

    rows: list[tuple[int, dict[int, float]]]
    categories: dict[int, str] = field(default_factory=lambda: LOCOMO)

    def add(self, found: list[str], question: Question) -> None:
        """Score one question's ranked turn ids, each counted once."""
        ranked = list(dict.fromkeys(found))
        shares = {k: len(set(ranked[:k]) & question.gold) / len(question.gold) for k in CUTS}
        self.rows.append((question.category, shares))

    def mean(self, k: int, category: int | None = None) -> float:
        """Return recall at ``k``, overall or of one category."""
        kept = [shares[k] for found, shares in self.rows if category in {None, found}]
        return sum(kept) / len(kept) if kept else float("nan")

    def summary(self) -> dict[str, Any]:
        """Return recall at each cut, overall and by category."""
        return {
            "questions": len(self.rows),
            "overall": {f"R@{k}": round(self.mean(k), 4) for k in CUTS},
            "by_category": {
                name: {f"R@{k}": round(self.mean(k, number), 4) for k in CUTS}
                for number, name in self.categories.items()
            },
        }
