"""What a fact says of whom: its subject and its relation, by which two facts are told to be about the same thing."""

import re
from typing import NamedTuple

from memos_graph.language.stems import stem
from memos_graph.language.verbs import NOUN_LIKE_VERBS, PURE_VERBS
from memos_graph.language.words import FILLERS, STOP_WORDS, WORD, negates, plain, word_set

_AUXILIARIES = word_set(
    "am is are was were be been being have has had do does did will would can could shall should may might must"
)
_BE = word_set("am is are was were be been being")
_HAVE = word_set("have has had")
_SELF = word_set("i we me us")
_OWN = word_set("my our mine")
_UNRESOLVED = word_set(
    "he she it they this that these those there here you who which what everybody everyone somebody someone nobody"
)
_POSSESSIVES = word_set("his her its their your")
_ARTICLES = word_set("a an the some any")
_CONTRACTED = re.compile(r"['\u2019](?:m|s|re|ve|d|ll)$", re.IGNORECASE)
_LONGEST_SUBJECT = 6
_LEAD = re.compile(
    r"^(?:\W*(?:sorry|oops|correction|update|wait|(?:oh\s+)?no|yes|oh|well|ok|okay|fyi|btw|by the way|one correction)\b\s*[,:;.!\u2013\u2014-]+)+",
    re.IGNORECASE,
)

# Different words for one relation: who moves somewhere lives there, who joins a firm works there.
_SAME = {
    "live": "live move relocate reside settle stay dwell",
    "work": "work join employ hire",
    "have": "have own possess keep",
    "like": "like love prefer enjoy adore",
    "dislike": "dislike hate detest",
}
_RELATIONS = {stem(verb): name for name, verbs in _SAME.items() for verb in verbs.split()}
_IRREGULAR = {
    "kept": "keep",
    "left": "leave",
    "went": "go",
    "gone": "go",
    "bought": "buy",
    "sold": "sell",
    "got": "get",
}


class Relation(NamedTuple):
    """Whom a fact is about (``dana``, ``alice's sister``) and what it says of them (``live``), in lower case."""

    subject: str
    relation: str


def relation_of(sentence: str, *, speaker: str | None = None) -> Relation | None:
    """Return the subject and the relation of a sentence, or ``None`` where they can't be told.

    "I" is the speaker, "my sister" the speaker's; a pronoun of the third person stands for nobody that can be told. The
    first verb after the subject is the relation; verbs that say the same (move, live) are one.
    """
    words = WORD.findall(_LEAD.sub("", sentence))
    place = _verb_place(words)
    if place is None:
        return None
    subject = _subject(words[:place], words[place], speaker)
    relation = _relation(words[place:])
    return Relation(subject, relation) if subject and relation else None


def _verb_place(words: list[str]) -> int | None:
    """Where the first verb stands; ``0`` is never one: a sentence starts with its subject or with a name."""
    for place, word in enumerate(words[: _LONGEST_SUBJECT + 2]):
        low = word.lower().replace("\u2019", "'")
        if place == 0 and not (_CONTRACTED.search(low) and plain(low) in _SELF):
            continue
        before = words[place - 1].lower() if place else ""
        if (
            low in _AUXILIARIES
            or low in PURE_VERBS
            or low.endswith("n't")
            or (_CONTRACTED.search(low) and plain(low) in _SELF)
        ):
            return place
        if low in NOUN_LIKE_VERBS and before not in _OWN | _ARTICLES | _POSSESSIVES:
            return place
    return None


def _subject(words: list[str], verb: str, speaker: str | None) -> str | None:
    if _CONTRACTED.search(verb) and plain(verb) in _SELF:
        return speaker.lower() if speaker else None
    names = [word.lower().replace("\u2019", "'") for word in words]
    names = [name for name in names if name not in _ARTICLES and (name not in FILLERS and not _adverb(name))]
    if not names or len(names) > _LONGEST_SUBJECT or names[-1] in _UNRESOLVED or names[0] in _POSSESSIVES:
        return None
    if names[-1] in _SELF:
        return speaker.lower() if speaker else None
    if names[0] in _OWN:
        return f"{speaker.lower()}'s {' '.join(names[1:])}" if speaker and names[1:] else None
    return " ".join(names)


def _adverb(word: str) -> bool:
    return word in STOP_WORDS and word not in _SELF | _OWN | _UNRESOLVED | _POSSESSIVES


def _relation(words: list[str]) -> str | None:
    """Return the relation that starts at its verb: auxiliaries before another verb don't count, a negation does not either."""
    first = words[0].lower()
    rest = [word.lower() for word in words[1:4] if not negates(word.lower()) and not _adverb(word.lower())]
    helps = first in _AUXILIARIES or first.replace("\u2019", "'").endswith("n't") or _CONTRACTED.search(first)
    verb = None if helps else first
    if verb is None:
        verb = next((word for word in rest[:1] if word in PURE_VERBS or word in NOUN_LIKE_VERBS), None)
    if verb is None:
        return "have" if first in _HAVE else "be"
    root = stem(_IRREGULAR.get(verb, verb))
    return _RELATIONS.get(root, root)
