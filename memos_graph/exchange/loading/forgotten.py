"""Whether what a bundle brings was erased here: its text, or a name that it has, known before the erasure.

Receipts hold keyed hashes of names and texts and nothing that could be read; whoever holds the keys can tell by them.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from memos_graph.exchange.bundle.records import MemoryRecord
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
        self._mentioned: dict[str, str] = {}
        for row in read("load/forgotten", space=space):
            receipt = Receipt.model_validate_json(row["body"])
            at = stamp(receipt.at)
            for each in receipt.cubes:
                self._texts |= dict.fromkeys(each.versions, at)
            self._names |= dict.fromkeys(receipt.subjects, at)
            if receipt.mentions == "erase":
                self._mentioned |= dict.fromkeys(receipt.subjects, at)

    def has(self, record: MemoryRecord) -> bool:
        """Whether any version of a memory was known before an erasure that would have taken it."""
        if not (self._texts or self._names):
            return False
        known = [stamp(datetime.fromisoformat(version.at)) for version in record.versions]
        whose = [folded(each) for each in (record.speaker or "", *record.tags) if each]
        if self._is_in(self._names, whose, min(known)):
            return True
        beside = [record.heading or "", record.source.title or "", *whose]
        for version, at in zip(record.versions, known, strict=True):
            if self._is_in(self._texts, [version.text], at):
                return True
            if self._mentioned and self._is_in(self._mentioned, _names([version.text, *beside]), at):
                return True
        return False

    def _is_in(self, erased: Mapping[str, str], texts: Iterable[str], at: str) -> bool:
        """Whether one of ``texts`` was erased since ``at``."""
        return bool(erased) and any(erased.get(keyed(self._keyring, each), "") >= at for each in texts)


def _names(texts: Iterable[str]) -> set[str]:
    """Return all that could be a name in texts: every part that begins and ends with a word and has few of them."""
    return {folded(part) for text in texts for part in _parts(text)}


def _parts(text: str) -> Iterator[str]:
    words = [(word.start(), word.end()) for word in _WORD.finditer(text)]
    for at, (start, _) in enumerate(words):
        for _, end in words[at : at + _LONGEST]:
            yield text[start:end]
