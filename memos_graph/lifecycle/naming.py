"""How a name is found in texts: as whole words, whatever their case, by one regular expression for the database."""

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from memos_graph.audit.archives import Archives
from memos_graph.errors import InputError

_SHORTEST, _LONGEST = 2, 200
# Java's: case and word characters of every alphabet, and dots that match line ends.
_FLAGS = "(?isuU)"


@dataclass(frozen=True, slots=True)
class Naming:
    """The names of one subject.

    * ``named`` matches a text that has one of them as whole words; ``opens`` one that begins with it.
    """

    names: tuple[str, ...]
    named: str
    opens: str

    @classmethod
    def of(cls, names: Sequence[str]) -> Self:
        """Return how ``names`` are found; raises ``InputError`` for none, and for one too short to mean somebody."""
        tidy = tuple(dict.fromkeys(" ".join(unicodedata.normalize("NFC", name).split()) for name in names))
        if not tidy:
            raise InputError("No subject is named.", hint="Give a name, e.g. --subject 'Dana Lopez'.")
        for name in tidy:
            if sum(map(str.isalnum, name)) < _SHORTEST or len(name) > _LONGEST:
                raise InputError(
                    f"A subject's name has {_SHORTEST} letters or more, and at most {_LONGEST} characters.",
                    hint="Write it as it stands in the memories.",
                )
        either = "|".join(r"\s+".join(map(_literal, name.split())) for name in tidy)
        whole = rf"(?<!\w)(?:{either})(?!\w)"
        return cls(tidy, rf"{_FLAGS}.*{whole}.*", rf"{_FLAGS}\W*{whole}.*")


def in_archives(archives: Archives, space: str, naming: Naming) -> Counter[str]:
    """Return which properties of archived events of a space's log name somebody, and how many: who did it, and in which request.

    Archived events hold no other text. Raises ``AuditError`` for an archive that can't be read.
    """
    named = re.compile(naming.named.removeprefix(_FLAGS), re.IGNORECASE | re.DOTALL)
    found = Counter[str]()
    for row in archives.rows(space):
        for name in ("principal", "request_id"):
            if named.fullmatch(unicodedata.normalize("NFC", row["properties"][name])):
                found[f"AuditEvent.{name}"] += 1
    return found


def _literal(word: str) -> str:
    return "".join(sign if sign.isalnum() else rf"\{sign}" for sign in word)
