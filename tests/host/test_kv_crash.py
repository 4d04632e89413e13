"""A model host that dies while it writes a KV-cache: its next start finds and erases all that was left."""

from pathlib import Path

import pytest
from support.tiny_models import keys_for, tokens

from memos_graph.host.engine import ModelEngine
from memos_graph.host.keys import PayloadKeys
from memos_graph.host.kv import CacheStore

FILES = 4  # of a cache of 150 tokens: three blocks, then the manifest


class Death(BaseException):
    """Ends a build as the death of its process would: nothing of this package catches it."""


class LastKey(PayloadKeys):
    """Keys of a process that dies as soon as it has made so many of them."""

    def __init__(self, keys: PayloadKeys, count: int) -> None:
        super().__init__(keys.folder, lambda: keys.wrapping)
        self._left = count

    def make(self, name: str) -> bytes:
        made = super().make(name)
        self._left -= 1
        if self._left == 0:
            raise Death
        return made


@pytest.mark.parametrize("count", range(1, FILES + 1))
def test_neither_files_nor_keys_of_a_build_cut_short_stay(engine: ModelEngine, tmp_path: Path, count: int):
    folder, keys = tmp_path / "caches", keys_for(tmp_path / "caches")
    dying = CacheStore(engine, folder, LastKey(keys, count), block_tokens=64)
    with pytest.raises(Death):
        dying.build("s", None, tokens(150))
    assert len(list(keys.folder.iterdir())) == count
    again = CacheStore(engine, folder, keys, block_tokens=64)
    assert list(folder.iterdir()) == []
    assert list(keys.folder.iterdir()) == []
    assert again.build("s", None, tokens(150)).reused_tokens == 0
    assert len(list(keys.folder.iterdir())) == FILES
