"""A question of a conversation, put so that it can be asked alone: "And where does she work?" after one about Dana."""

import re
from collections.abc import Collection, Sequence

from memos_graph.language.people import people_in
from memos_graph.language.words import CALENDAR_WORDS, FILLERS, STOP_WORDS, WORD, plain, word_set

_SUBJECT = re.compile(r"\b(?:she|he|they)\b", re.IGNORECASE)
_OWNER = re.compile(r"\b(?:his|their|her(?=\s+\w))\b", re.IGNORECASE)
_OBJECT = re.compile(r"\b(?:him|them|hers|theirs|her)\b", re.IGNORECASE)
_POINTS = re.compile(
    r"\b(?:it|its|that|this|these|those|one|ones)\b|(?<!\bis )(?<!\bare )(?<!\bwas )(?<!\bwere )\bthere\b",
    re.IGNORECASE,
)
_GOES_ON = re.compile(
    r"^\W*(?:and|but|what about|how about|or|also|so)\b|^\W*(?:why|when|where|who|how|since when)\W*$", re.IGNORECASE
)
_ASKING = word_set(
    "who whom whose what which when where why how many much long often old about kind sort type tell know"
)
_NO_NAMES = STOP_WORDS | FILLERS | CALENDAR_WORDS
_FEW, _HARDLY_ANY = 2, 1
_TURNS_BACK = 3


def alone(earlier: Sequence[tuple[str, str]], question: str, known: Collection[str] = ()) -> str:
    """Return ``question`` with what it leaves to the conversation before it; as it is where it leaves nothing.

    * ``earlier`` turns as ``(role, text)``, oldest first; role ``user`` or ``assistant``. The last three of the user count.
    * ``known`` names of people to look for.

    "she" and "his" become the person named last. A question that points back ("there"), or goes on ("And in winter?") with
    hardly a word of its own, is given the words of the question before.
    """
    asked = [text for role, text in earlier if role == "user"][-_TURNS_BACK:]
    if not asked:
        return question
    named = _named(question, known)
    person = None if named else _last_person(earlier, known)
    said = question if person is None else _in_place(question, person)
    replaced = said != question
    names = {plain(part) for name in named for part in name.split()}
    own = [word for word in _content(question) if word not in names]
    points = len(own) <= _FEW and _POINTS.search(question)
    goes_on = len(own) <= _HARDLY_ANY and _GOES_ON.search(question) and not (replaced and own)
    return _with_words(said, asked[-1], named) if points or goes_on or not own else said


def _in_place(question: str, person: str) -> str:
    said = _OWNER.sub(f"{person}'s", question)
    said = _SUBJECT.sub(person, said)
    return _OBJECT.sub(person, said)


def _with_words(question: str, before: str, named: Sequence[str]) -> str:
    """Append the words of the question before; without its names, where the new one names somebody else."""
    held = {plain(found.group()) for found in WORD.finditer(question)}
    content = set(_content(before))
    words = [found.group() for found in WORD.finditer(before) if plain(found.group()) in content]
    names = {plain(part) for name in _named(before, ()) for part in name.split()} if named else set()
    more = [word for word in words if plain(word) not in held and plain(word) not in names]
    return f"{question} ({' '.join(more)})" if more else question


def _last_person(earlier: Sequence[tuple[str, str]], known: Collection[str]) -> str | None:
    """Return the person named last: by anybody, if known; otherwise by the user, who asks by names."""
    for role, text in reversed(earlier):
        names = _named(text, known) if role == "user" else [name for name in people_in(text, known) if name in known]
        if names:
            return names[-1]
    return None


def _named(text: str, known: Collection[str]) -> list[str]:
    """Return the names in a turn of the user: known people, and words written with a capital letter inside a sentence."""
    people = list(people_in(text, known))
    held = {plain(part) for name in people for part in WORD.findall(name)}
    for found in re.finditer(r"(?<![.!?] )(?<!^)\b[^\W\d_a-z][^\W\d_A-Z]+(?:['\u2019]s)?\b", text):
        word = plain(found.group())
        if word not in held and word not in _NO_NAMES:
            people.append(found.group().removesuffix("'s").removesuffix("\u2019s"))
    return people


def _content(text: str) -> list[str]:
    words = (plain(found.group()) for found in WORD.finditer(text))
    return [word for word in words if word not in STOP_WORDS and word not in _ASKING]
