"""What a disk keeps of somebody who was forgotten: how often the name stands in the files of a server, after each of a few steps.

::

    python -m bench.remains

Nothing in Cypher finds the name after the first step but one; this counts bytes, in UTF-8 and UTF-16.
"""

import sys
import tempfile
from collections import Counter
from pathlib import Path

from memos_graph import MemOS, Message, Settings
from memos_graph.graph.engine import Engine

NAME = "Quixotilda"
_MANY, _MORE, _ROUNDS = 40, 60, 2
_STORE, _LOG = "store", "transaction log"


def remains(home: Path) -> Counter[str]:
    """Count the name in the files of a server, those of the store and those of the transaction log."""
    found: Counter[str] = Counter({_STORE: 0, _LOG: 0})
    for path in (home / "neo4j" / "data").rglob("*"):
        if path.is_file():
            held = path.read_bytes().lower()
            count = sum(held.count(NAME.lower().encode(form)) for form in ("utf-8", "utf-16-le"))
            found[_LOG if "transactions" in path.parts else _STORE] += count
    return found


def tell(step: str, home: Path) -> None:
    """Print one line."""
    found = remains(home)
    sys.stdout.write(f"{step:44} store {found[_STORE]:4}   transaction log {found[_LOG]:4}\n")
    sys.stdout.flush()


def main() -> None:
    """Write, forget, stop, and go on; print what is there after each."""
    with tempfile.TemporaryDirectory(prefix="memos-remains-") as folder:
        home = Path(folder) / "home"
        settings = Settings.load(home=home, neo4j_uri=None)
        try:
            with MemOS.open(settings, keep=True) as memos:
                notes = memos.mount("ada/notes", principal="ada")
                named = [
                    Message(id=f"m{i}", speaker=NAME, text=f"{NAME} keeps {i} bees near Lisbon.") for i in range(_MANY)
                ]
                notes.add(named, source=f"camp of {NAME}", tags=[NAME])
                tell(f"{_MANY} messages", home)
                notes.forget(NAME)
                tell("forgotten", home)
            Engine(settings).stop(timeout=60)
            tell("stopped", home)
            for turn in range(1, _ROUNDS + 1):
                with MemOS.open(settings, keep=True) as memos:
                    notes = memos.mount("ada/notes", principal="ada")
                    texts = [f"Train {turn} {i} leaves at {i % 12} for the coast." for i in range(_MORE)]
                    notes.add([Message(text=text) for text in texts], source=f"later {turn}")
                Engine(settings).stop(timeout=60)
                tell(f"{_MORE} other messages, stopped", home)
        finally:
            Engine(settings).stop(timeout=60)


if __name__ == "__main__":
    main()
