"""How well a passage answers a question: by meaning, by words weighted by rarity, by the kind of answer it holds.

Measured on the questions of ``tests/forms/own_notes``: the weights choose among passages, ``ANSWERS`` tells whether the
best one answers at all. Two sums, since a name alone makes a passage the best one, and says nothing of what was asked.
"""

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from memos_graph.embedding import Embedder, Matrix
from memos_graph.forms.answering.expects import expected, holds
from memos_graph.forms.answering.passages import AnswerPassage
from memos_graph.language.stems import content_stems, stem
from memos_graph.language.words import STOP_WORDS, WORD, plain, word_set
from memos_graph.search.calls import MemoryCall

ANSWERS = 0.8
"""From which sum of meaning, meaning without names, and words on a passage answers."""

_ASKING = word_set(
    "who whom whose what which when where why how many much long often old kind type sort name list time"
)
_OWN = re.compile(r"\b(?:i|me|my|mine)\b", re.IGNORECASE)
_ASKERS = frozenset(["user", "human"])
"""Who asks about "my" things, where turns are told apart by roles."""
_LIKE = 0.35
"""Cosine of two words from which on they have something in common."""
_ENOUGH_NEW = 3
_MISSING = 0.3
_NEAR_TIE = 0.05


@dataclass(frozen=True, slots=True)
class Scored:
    """A passage, how it compares with others, how surely it answers, and which words of the question it holds."""

    passage: AnswerPassage
    score: float
    answers: float
    held: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Term:
    """A content word of the question, by its stem."""

    stem: str
    word: str
    name: bool


def best(call: MemoryCall, found: Sequence[AnswerPassage], embedder: Embedder) -> Scored | None:
    """Return the passage that answers best, the latest of nearly equal ones on the same; ``None`` where there is none."""
    if not found:
        return None
    scored = _scored(call, found, embedder)
    most = max(each.score for each in scored)
    top = next(each for each in scored if each.score == most)
    near = [each for each in scored if each.score >= most - _NEAR_TIE and each.held and each.held == top.held]
    return max(near, key=lambda each: (each.passage.turn.at, each.score), default=top)


def _scored(call: MemoryCall, found: Sequence[AnswerPassage], embedder: Embedder) -> list[Scored]:
    terms = _terms(call.question)
    asked = {term.stem for term in terms}
    kind, people = expected(call.question), {person.lower() for person in call.people}
    own = _OWN.search(call.question) is not None
    words = [_words(each.text) | _words(each.turn.speaker or "") for each in found]
    covered, content = _coverage(terms, found, words, embedder)
    missing = _MISSING * any(term.name and all(term.stem not in each for each in words) for term in terms)
    meaning, alone = _meaning(call, terms, found, people, embedder)
    result = []
    for place, each in enumerate(found):
        fresh = {word for word in content_stems(each.text) if word not in asked and word != "not"}
        score = (
            meaning[place]
            + 0.6 * alone[place]
            + 0.3 * covered[place]
            + 0.5 * content[place]
            + 0.35 * holds(kind, each.text, speaker=each.turn.name, asked=asked)
            + 0.1 * ((each.turn.speaker or "").lower() in people)
            + 0.15 * (own and (each.turn.speaker or "").lower() in _ASKERS)
            + 0.6 * min(1.0, len(fresh) / _ENOUGH_NEW)
            - 0.1 * (len(each.parts) > 1)
            - 0.05 * each.crosses
        )
        answers = meaning[place] + alone[place] + content[place] - missing
        result.append(Scored(each, score, answers, frozenset(asked & words[place])))
    return result


def _terms(question: str) -> list[_Term]:
    terms: dict[str, _Term] = {}
    for place, found in enumerate(WORD.finditer(question)):
        word = plain(found.group())
        if word not in _ASKING and word not in STOP_WORDS:
            name = place > 0 and found.group()[0].isupper()
            terms.setdefault(stem(word), _Term(stem(word), word, name))
    return list(terms.values())


def _words(text: str) -> set[str]:
    return {stem(plain(found.group())) for found in WORD.finditer(text)}


def _coverage(
    terms: Sequence[_Term], found: Sequence[AnswerPassage], words: Sequence[set[str]], embedder: Embedder
) -> tuple[list[float], list[float]]:
    """Return which share of the question's words each passage holds, by rarity: of all of them, and of those but names.

    Of the first, words count where they stand themselves; of the second, like ones count, too, as far as they are alike.
    """
    single = [held for held, each in zip(words, found, strict=True) if len(each.parts) == 1]
    counts = Counter(word for held in single for word in held)
    rarity = {term.stem: math.log((len(single) + 1) / (counts[term.stem] + 0.5)) for term in terms}
    things = [term for term in terms if not term.name]
    likeness = _likeness(things, found, words, embedder)
    covered = [_share({term.stem: float(term.stem in held) for term in terms}, rarity) for held in words]
    content = [
        _share({term.stem: likeness[row, place] for row, term in enumerate(things)}, rarity)
        for place in range(len(found))
    ]
    return covered, content


def _share(held: dict[str, float], rarity: dict[str, float]) -> float:
    whole = sum(rarity[word] for word in held)
    return sum(rarity[word] * part for word, part in held.items()) / whole if whole else 0.0


def _likeness(
    terms: Sequence[_Term], found: Sequence[AnswerPassage], words: Sequence[set[str]], embedder: Embedder
) -> Matrix:
    """Return how far each passage holds each term or a word like it, 0 to 1, ``[terms, passages]``."""
    written = {stem(plain(each.group())): plain(each.group()) for one in found for each in WORD.finditer(one.text)}
    known = [word for word, form in written.items() if form not in STOP_WORDS]
    result = np.zeros((len(terms), len(found)), np.float32)
    if not terms or not known:
        return result
    cosines = embedder.encode([term.word for term in terms]) @ embedder.encode([written[word] for word in known]).T
    alike = np.clip((cosines - _LIKE) / (1 - _LIKE), 0, 1)
    column = {word: place for place, word in enumerate(known)}
    for place, held in enumerate(words):
        columns = [column[word] for word in held if word in column]
        if columns:
            result[:, place] = alike[:, columns].max(axis=1)
        for row, term in enumerate(terms):
            if term.stem in held:
                result[row, place] = 1.0
    return result


def _meaning(
    call: MemoryCall, terms: Sequence[_Term], found: Sequence[AnswerPassage], people: set[str], embedder: Embedder
) -> tuple[list[float], list[float]]:
    """Return the cosine of each passage, with who says it, to the question, and to what the question asks without its names.

    A speaker who is named says "I": to those, the question is put in the first person, too.
    """
    asked = embedder.encode([call.question, call.spoken, _without_names(call.question, terms)])
    said = embedder.encode([f"{each.turn.name}: {each.text}" if each.turn.name else each.text for each in found])
    meaning = []
    for vector, each in zip(said, found, strict=True):
        first_person = (each.turn.speaker or "").lower() in people
        meaning.append(float(max(vector @ asked[0], vector @ asked[1] if first_person else -1.0)))
    return meaning, [float(vector @ asked[2]) for vector in said]


def _without_names(question: str, terms: Sequence[_Term]) -> str:
    names = {term.stem for term in terms if term.name}
    written = (found.group() for found in WORD.finditer(question))
    return " ".join(word for word in written if stem(plain(word)) not in names and plain(word) not in _EMPTY)


_EMPTY = word_set("do does did is are was the a")
