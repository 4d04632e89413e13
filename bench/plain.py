"""What words alone and vectors alone find, in this process and without a database. Usage: python -m bench.plain FOLDER."""

import math
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path

from bench.contest import Contestant
from bench.dataset import CUTS, Conversation, Recall, categories, load
from bench.ours import message
from memos_graph.embedding import Embedder
from memos_graph.language import content_stems

Search = Callable[[str], list[str]]
K1, B = 1.2, 0.75  # Lucene's


def bm25(conversation: Conversation) -> Search:
    """Return a search by stemmed words of single turns, with the name of who speaks among them."""
    texts = [Counter(content_stems(f"{turn.speaker}: {message(turn).text}")) for turn in conversation.turns]
    mean = sum(map(Counter.total, texts)) / len(texts)
    places: dict[str, list[int]] = defaultdict(list)
    for place, text in enumerate(texts):
        for word in text:
            places[word].append(place)

    def search(question: str) -> list[str]:
        scores: Counter[int] = Counter()
        for word in set(content_stems(question)):
            found = places.get(word, [])
            rarity = math.log(1 + (len(texts) - len(found) + 0.5) / (len(found) + 0.5))
            for place in found:
                text = texts[place]
                times = text[word]
                scores[place] += rarity * times / (times + K1 * (1 - B + B * text.total() / mean))
        return [conversation.turns[place].id for place, _ in scores.most_common(max(CUTS))]

    return search


def dense(embedder: Embedder) -> Callable[[Conversation], Search]:
    """Return what makes a search by the vectors of single turns."""

    def made(conversation: Conversation) -> Search:
        vectors = embedder.encode([f"{turn.speaker}: {message(turn).text}" for turn in conversation.turns])

        def search(question: str) -> list[str]:
            order = (-(vectors @ embedder.encode([question])[0])).argsort(kind="stable")
            return [conversation.turns[place].id for place in order[: max(CUTS)]]

        return search

    return made


def run(name: str, make: Callable[[Conversation], Search], folder: Path) -> None:
    """Index each conversation of the folder, ask its questions, and report."""
    contestant = Contestant(name, Recall([], categories(folder)))
    for conversation in load(folder):
        with contestant.ingesting(len(conversation.turns)):
            search = make(conversation)
        for question in conversation.questions:
            with contestant.searching():
                found = search(question.text)
            contestant.recall.add(found, question)
    contestant.emit()


def main(arguments: Sequence[str]) -> None:
    """Run both on every conversation of the folder."""
    folder = Path(arguments[0])
    run("plain BM25 (stems, no stop words)", bm25, folder)
    run("plain dense (MiniLM, cosine)", dense(Embedder()), folder)


if __name__ == "__main__":
    main(sys.argv[1:])
