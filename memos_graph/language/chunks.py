"""Runs of words that may name a concept: cut at stop words, verbs, fillers, times and punctuation."""

import re
from enum import Enum
from functools import lru_cache
from typing import NamedTuple

from memos_graph.language.verbs import ACTIVITIES, NOUN_LIKE_VERBS, PURE_VERBS
from memos_graph.language.words import CALENDAR_WORDS, FILLERS, STOP_WORDS, WORD, negates, word_set

MAX_WORDS = 3
_LONGEST_RUN = 9
_SHORTEST, _LONGEST, _LONGEST_HAN = 3, 40, 6
_TOKEN = re.compile(rf"{WORD.pattern}|\n|[^\w\s]")
_HAN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
_OPENERS = word_set(
    """
    a an the my your his her its our their this that these those some any each every no of for with about in on
    at from into by new another both many more most several and or great good nice amazing awesome beautiful
    best better big brilliant excellent fantastic fun huge impressive incredible inspiring interesting long
    lovely perfect powerful rewarding special stunning sweet wonderful own
    """
)
_SUBJECTS = word_set(
    """
    i you he she it we they who can could will would shall should may might must do does did don't doesn't
    didn't let's won't can't couldn't i'll we'll you'll they'll he'll she'll i'd we'd gonna wanna gotta help
    helps please
    """
)
_COPULAS = word_set(
    """
    is was are were be been being am feel felt feels so very really too pretty super quite that's it's i'm he's
    she's we're they're you're more most seems looks sounds getting got stay stayed keep
    """
)
_ADVERBS_NOT = word_set(
    """
    family italy july reply supply assembly belly jelly bully ally fly butterfly emily sally lily kelly molly
    polly billy holly
    """
)
_ADJECTIVES = word_set(
    """
    able alone beginning end start middle eight five four nine one six ten three two brave busy certain creative crucial different
    difficult easy free full general hard high hopeful important kind large low main necessary old open
    optimistic plain ready real safe seven several short similar simple small sorry strong sure tough unique
    various vital weak whole worth young
    """
)
_NAME_STARTS = word_set("new great big little good old high")
_NO_CONCEPTS = STOP_WORDS | FILLERS | CALENDAR_WORDS | (PURE_VERBS - ACTIVITIES) | _ADJECTIVES
_ENDS = frozenset(".!?\n")
_ADJECTIVE = re.compile(r"\w{2,}(?:ful|ous|able|ible|less|iest|ier)")
_PLURAL_LOOK = word_set(
    """
    news series species clothes lens tennis christmas gas bus plus canvas physics economics politics mathematics
    athletics chess business glasses jeans pants shorts headphones atlas campus virus trans
    """
)


class Chunk(NamedTuple):
    """A run of at most three words: their names, where it stands, and whether it is written as a name."""

    words: tuple[str, ...]
    start: int
    end: int
    proper: bool


class _Kind(Enum):
    BREAK = 0
    MAYBE_VERB = 1
    CONTENT = 2
    LAST = 3  # a possessive: what follows is another concept


class _Token(NamedTuple):
    name: str
    kind: _Kind
    kept: int  # characters of it that belong to the name
    capital: bool
    person: bool  # written as names of people are: not an acronym


class _Placed(NamedTuple):
    token: _Token
    start: int


def chunks(text: str) -> list[Chunk]:
    """Cut ``text`` into its runs of content words, in order."""
    found: list[Chunk] = []
    run: list[_Placed] = []
    before, lead = ".", "."
    for match in _TOKEN.finditer(text):
        token = _token(match.group())
        if token.kind is _Kind.BREAK or (token.kind is _Kind.MAYBE_VERB and _is_verb(run, before)):
            if run:
                found.extend(_closed(run, lead))
                run = []
        else:
            if not run:
                lead = before
            run.append(_Placed(token, match.start()))
            if token.kind is _Kind.LAST or len(run) == _LONGEST_RUN:
                found.extend(_closed(run, lead))
                run = []
        before = token.name
    if run:
        found.extend(_closed(run, lead))
    return found


def _is_verb(run: list[_Placed], before: str) -> bool:
    """Tell whether a word that may be either is a verb here: after a name, or where no article or the like leads."""
    if run:
        return all(placed.token.person for placed in run)
    return before not in _OPENERS


@lru_cache(maxsize=65536)
def _token(written: str) -> _Token:
    name = written.lower().replace("\u2019", "'")
    capital = written[0].isupper()
    person = capital and not written[1:2].isupper()
    kind = _kind(name, capital)
    if kind is not _Kind.BREAK and name.endswith("'s"):
        return _Token(name[:-2], _Kind.LAST, len(written) - 2, capital, person)
    return _Token(name, kind, len(written), capital, person)


def _kind(name: str, capital: bool) -> _Kind:
    word = name.removesuffix("'s")
    if not word[:1].isalpha() or len(word) > _LONGEST or (len(word) > _LONGEST_HAN and _HAN.match(word)):
        return _Kind.BREAK
    if capital and word in _NAME_STARTS:
        return _Kind.CONTENT
    if word in _NO_CONCEPTS or "'" in word or (word.endswith("ly") and word not in _ADVERBS_NOT):
        return _Kind.BREAK
    if word in ACTIVITIES:
        return _Kind.CONTENT
    if negates(word) or (word in NOUN_LIKE_VERBS and word.endswith("ing")):
        return _Kind.BREAK
    verbish = word in NOUN_LIKE_VERBS or (not capital and word.endswith("ed") and len(word) > len("seed"))
    return _Kind.MAYBE_VERB if verbish else _Kind.CONTENT


def _closed(run: list[_Placed], lead: str) -> list[Chunk]:
    """Make chunks of a finished run, cut from its end in threes; ``lead`` is the word before it."""
    while run and _leads_astray(run, lead):
        run = run[1:]
    found: list[Chunk] = []
    while run:
        piece, run = run[-MAX_WORDS:], run[:-MAX_WORDS]
        if len(piece) > 1 or _stands_alone(piece[0].token, lead if not run else ""):
            last = piece[-1]
            first_of_all = not run and lead in _ENDS
            proper = all(placed.token.capital for placed in piece) and (not first_of_all or len(piece) > 1)
            head = last.token.name if proper or (last.token.capital and len(piece) > 1) else singular(last.token.name)
            names = (*(placed.token.name for placed in piece[:-1]), head)
            found.append(Chunk(names, piece[0].start, last.start + last.token.kept, proper))
    return found[::-1]


def _leads_astray(run: list[_Placed], lead: str) -> bool:
    """Whether the first word is a verb form or an adverb before the concept itself ("researching adoption agencies")."""
    name = run[0].token.name
    if name in _NAME_STARTS:
        return len(run) == 1 or not run[1].token.capital
    if run[0].token.kind is _Kind.MAYBE_VERB and name.endswith("ed"):
        return True
    if lead in _SUBJECTS and not run[0].token.capital:
        return True
    return len(run) > 1 and name.endswith("ing") and lead not in _OPENERS


def _stands_alone(token: _Token, lead: str) -> bool:
    if len(token.name) < _SHORTEST and not (token.capital and len(token.name) > 1) and token.name.isascii():
        return False
    if token.capital:
        return True
    return lead not in _COPULAS and not _ADJECTIVE.fullmatch(token.name)


def singular(word: str) -> str:
    """Give the singular of a regular English plural; other words as they are."""
    if (
        len(word) <= _SHORTEST
        or not word.endswith("s")
        or word in _PLURAL_LOOK
        or word.endswith(("ss", "us", "is", "'s"))
    ):
        return word
    if word.endswith("ies") and len(word) > len("ties"):
        return f"{word[:-3]}y"
    return word[:-2] if word.endswith(("sses", "shes", "ches", "xes", "zzes")) else word[:-1]
