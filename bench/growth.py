"""Memory growth: what many chats leave behind in the model host, and whether they change a cache they use.

Usage: python -m bench.growth [--chats 1000] [--json FILE]. A real host process with recall-tiny; resident memory is read after 100 chats and
after all of them, the cache's payload is hashed before and after.
"""

import argparse
import json
import tempfile
from pathlib import Path

from memos_graph import Settings
from memos_graph.host.client import HostClient
from memos_graph.host.protocol import BuildCache, Generate, Generated, Turn
from memos_graph.kit.crypto.keyring import Keyring
from memos_graph.vault.payloads import payload_keys

_FEW = 100
_PEOPLE = ("Dana", "Ravi", "Ingrid", "Olga", "Tom", "Maya", "Felix", "Nora")
_PLACES = ("Lisbon", "Porto", "Ghent", "Leeds", "Riga", "Turin", "Basel", "Bergen")


def measure(chats: int) -> dict[str, object]:
    """Chat over one cached memory, and return what it left behind."""
    memory = tuple(f"[2026-05-04] {who}: I moved to {where}." for who, where in zip(_PEOPLE, _PLACES, strict=True))
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings.load(home=Path(folder) / "home")
        with HostClient(settings, payload_keys(Keyring(settings.keys_folder))) as client:
            try:
                before = client.build_cache(BuildCache(space="bench/growth", memory=memory))
                sizes, right = {}, 0
                for chat in range(1, chats + 1):
                    who, where = _PEOPLE[chat % 8], _PLACES[chat % 8]
                    turns = (Turn(role="user", text=f"Where does {who} live?"),)
                    *_, done = client.generate(Generate(space="bench/growth", memory=memory, turns=turns))
                    right += isinstance(done, Generated) and done.text == where and done.cached_tokens > 0
                    if chat in {_FEW, chats}:
                        sizes[chat] = client.health().memory_bytes
                after = client.build_cache(BuildCache(space="bench/growth", memory=memory))
                caches = client.health().caches
            finally:
                client.process.stop()
    return {
        "chats": chats,
        "memory_mib": {count: round(size / 2**20, 1) for count, size in sizes.items()},
        "growth_mib": round((sizes[chats] - sizes[_FEW]) / 2**20, 1),
        "cache_unchanged": before.payload_sha256 == after.payload_sha256 and after.reused_tokens == after.tokens,
        "caches": caches,
        "right_from_cache": right,
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--chats", type=int, default=1000)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    found = measure(given.chats)
    for name, value in found.items():
        print(f"{name:18} {value}")
    if given.json:
        given.json.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
