"""Whether what a bundle brings was erased here: its text, or a name that it has, known before the erasure.

Receipts hold keyed hashes of names and texts and nothing that could be read; whoever holds the keys can tell by them.
"""

import re
from collections.abc import Iterator

from memos_graph.exchange.bundle.records import MemoryRecord
from memos_graph.exchange.loading.drafting import moment
from memos_graph.kit.crypto.keyring import Keyring
from memos_graph.kit.moments import stamp
from memos_graph.lifecycle.receipts import Receipt, folded, keyed
from memos_graph.vault.known import Read

_WORD = re.compile(r"\w+")
_LONGEST = 8
"""Names of more words than this are found by the whole text alone."""


class ErasedBefore:
    """What was erased from one space."""

    def __init__(self, read: Read, space: str, keyring: Keyring) -> None:
        self._keyring = keyring
        self._texts: dict[str, str] = {}
        self._names: dict[str, str] = {}
        for row in read("load/forgotten", space=space):
            receipt = Receipt.model_validate_json(row["body"])
            at = stamp(receipt.at)
            for each in receipt.cubes:
                self._texts |= dict.fromkeys(each.versions, at)
            if receipt.mentions == "erase":
                self._names |= dict.fromkeys(receipt.subjects, at)

    def has(self, record: MemoryRecord) -> bool:
        """Whether any version of a memory was known before an erasure that would have taken it."""
        if not self._texts:
            return False
        named = [record.speaker or "", record.heading or "", record.source.title or "", *record.tags]
        for version in record.versions:
            at = stamp(moment(version.at))  # type: ignore[arg-type]  # every version has one
            if self._texts.get(keyed(self._keyring, version.text), "") >= at:
                return True
            if self._names and any(self._names.get(each, "") >= at for each in self._hashes([version.text, *named])):
                return True
        return False

    def _hashes(self, texts: list[str]) -> Iterator[str]:
        for each in {folded(part) for text in texts for part in _parts(text)}:
            yield keyed(self._keyring, each)


def _parts(text: str) -> Iterator[str]:
    """Yield every part of a text that begins and ends with a word and has few of them."""
    words = [(word.start(), word.end()) for word in _WORD.finditer(text)]
    for at, (start, _) in enumerate(words):
        for _, end in words[at : at + _LONGEST]:
            yield text[start:end]
