"""memos-graph on conversations in LOCOMO's shape: one space a conversation, permissions, routing and audit on. Usage: python -m bench.ours FOLDER."""

import sys
from pathlib import Path

from bench.contest import Contestant
from bench.dataset import CUTS, Conversation, Recall, Turn, categories, load
from memos_graph import Memory, MemOS, Message, Settings


def message(turn: Turn) -> Message:
    """Give a turn as a person would: its words, then what the image it shares shows."""
    shown = [part for part in (turn.caption, turn.query) if part]
    text = "\n".join([turn.text, *(f"{part}." for part in shown)])
    return Message(id=turn.id, text=text, speaker=turn.speaker, at=turn.at, attributes={"session": turn.session})


def run(contestant: Contestant, memory: Memory, conversation: Conversation) -> None:
    """Ingest a conversation, then ask its questions."""
    messages = [message(turn) for turn in conversation.turns]
    with contestant.ingesting(len(messages)):
        report = memory.add(messages, source=conversation.id)
    if len(report.added) != len(messages):
        raise SystemExit(f"{conversation.id}: {len(report.added)} of {len(messages)} messages stored: {report}")
    memory.search("warm up")
    for question in conversation.questions:
        with contestant.searching():
            result = memory.search(question.text, limit=max(CUTS))
        contestant.recall.add([source for hit in result.hits for source in hit.sources], question)


def main() -> None:
    """Run on every conversation of the folder."""
    folder = Path(sys.argv[1])
    contestant = Contestant("memos-graph", Recall([], categories(folder)))
    # A search must be worked out each time: a cached one would flatter the times.
    with MemOS.open(Settings.load(search_cache=0)) as memos:
        memos.mount("bench/warm", principal="bench").add("The first memory warms the model up.")
        for conversation in load(folder):
            run(contestant, memos.mount(f"bench/{conversation.id}", principal="bench"), conversation)
            sys.stderr.write(f"{conversation.id} {contestant.report()}\n")
    contestant.emit()


if __name__ == "__main__":
    main()
