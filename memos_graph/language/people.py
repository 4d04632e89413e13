"""People named in a question."""

import re
from collections.abc import Collection

from memos_graph.language.words import CALENDAR_WORDS, FILLERS, STOP_WORDS, WORD, plain, word_set

_LONGEST_NAME = 4
_SHORTEST_NICKNAME = 3
_BEFORE_NAME = word_set(
    """
    is was does did do has had have will would can could should were are of with about if whether
    """
)
_NOT_BEFORE_NAME = frozenset(["in", "at", "to", "from", "into", "near", "the", "a", "an", "of", "on"])
_CAPITALISED = re.compile(r"[A-Z][^\W\d_]*[a-z][^\W\d_]*")


_ASSISTANTS = word_set(
    """
    assistant ai bot chatbot chatgpt gpt model llm claude gemini copilot system-assistant
    """
)


def is_assistant(speaker: str | None, role: str | None = None) -> bool:
    """Whether a turn is a language model's: by the role that its source gives it, else by the name of who speaks."""
    return (role or speaker or "").strip().lower() in _ASSISTANTS


class _Word:
    def __init__(self, found: re.Match[str]) -> None:
        self.written = found.group()
        self.name = plain(self.written)
        self.owns = self.written[-2:] in {"'s", "\u2019s"}


def people_in(text: str, known: Collection[str] = ()) -> dict[str, set[str]]:
    """Name the people in ``text``, in order, with the words that name them there.

    Known people are found by full, first or short name ("Mel" for Melanie) and named as they are known.

    Others only where the words around leave little doubt: after a verb such as "did", or as owners ("Oliver's").
    A first or short name that fits two known people names neither.
    """
    words = [_Word(found) for found in WORD.finditer(text)]
    index = _index(known)
    people: dict[str, set[str]] = {}
    place = 0
    while place < len(words):
        person, used = _known(words, place, index)
        if person is None and _must_be_name(words, place, index):
            person = words[place].written[:-2] if words[place].owns else words[place].written
        if person:
            people.setdefault(person, set()).update(word.name for word in words[place : place + used])
        place += used
    return people


def _index(known: Collection[str]) -> dict[str, str | None]:
    """Full names, and first names where only one person has it, to names; ``None`` marks a name of several."""
    index: dict[str, str | None] = {}
    firsts: dict[str, str | None] = {}
    for person in known:
        parts = [plain(word) for word in WORD.findall(person)]
        if parts:
            index[" ".join(parts)] = person
            firsts[parts[0]] = None if parts[0] in firsts else person
    return {**firsts, **index}


def _known(words: list[_Word], place: int, index: dict[str, str | None]) -> tuple[str | None, int]:
    for size in range(min(_LONGEST_NAME, len(words) - place), 0, -1):
        name = " ".join(word.name for word in words[place : place + size])
        person = index.get(name)
        if person and (size > 1 or name not in STOP_WORDS or words[place].written[0].isupper()):
            return person, size
    return _by_short_name(words[place], index), 1


def _by_short_name(word: _Word, index: dict[str, str | None]) -> str | None:
    """Take "Mel" for Melanie, where nobody else begins so."""
    if len(word.name) < _SHORTEST_NICKNAME or not _CAPITALISED.fullmatch(word.written) or _is_ordinary(word.name):
        return None
    found = {person for name, person in index.items() if name.startswith(word.name) and " " not in name}
    return found.pop() if len(found) == 1 else None


def _must_be_name(words: list[_Word], place: int, index: dict[str, str | None]) -> bool:
    word = words[place]
    bare = word.written[:-2] if word.owns else word.written
    if not _CAPITALISED.fullmatch(bare) or _is_ordinary(word.name) or word.name in index:
        return False
    before = words[place - 1].name if place else ""
    if before in _NOT_BEFORE_NAME and not word.owns:
        return False
    second = before == "and" and place > 1 and words[place - 2].written[0].isupper()
    return place > 0 and (before in _BEFORE_NAME or word.owns or second)


def _is_ordinary(name: str) -> bool:
    return name in STOP_WORDS or name in FILLERS or name in CALENDAR_WORDS
