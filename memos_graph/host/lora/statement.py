"""A sentence taken apart for asking: who, does or is what, where, when. English, by the forms of words alone."""

import re
from dataclasses import dataclass

from memos_graph.language.times_grammar import mentions
from memos_graph.language.verbs import NOUN_LIKE_VERBS, PURE_VERBS

_LINE = re.compile(r"(?:\[[^\]]*\] )?(?:(?P<speaker>[^:\[\]]{1,60}): )?(?P<said>.+)", re.DOTALL)
_BE = frozenset(("is", "are", "was", "were"))
_HELPERS = _BE | {"has", "have", "had", "will", "can", "must", "should", "would", "could"}
_PLACES = frozenset(("in", "at", "near", "behind", "under", "above", "beside", "inside", "opposite"))
# "to Lisbon" is a place for who moves there, and none for who belongs to a club; likewise "on the wall".
_PLACES_OF = {
    "to": frozenset("move go travel drive fly walk relocate return run sail come ride".split()),  # noqa: SIM905
    "on": frozenset("hang lie stand sit live sleep".split()),  # noqa: SIM905
}
_PREPOSITIONS = _PLACES | {"to", "on", "from", "by", "into", "for", "with", "about", "of", "since", "during", "as"}
_TIME_WORDS = r"(?<!\S)(?:(?:on|in|at|since|until|till|from|by|for|during|before|after) )?(?:the )?$"
_CLOCK = re.compile(r"(?<!\S)at (?:noon|midnight|\d{1,2}(?:[:.]\d{2})?(?: ?[ap]\.?m\.?)?)$", re.IGNORECASE)
_NO_SUBJECTS = frozenset(
    ("it", "he", "she", "they", "we", "you", "this", "that", "there", "these", "those", "who", "what")
)
_IRREGULAR = dict(
    pair.split("-")
    for pair in [
        "ate-eat",
        "became-become",
        "began-begin",
        "bent-bend",
        "bit-bite",
        "blew-blow",
        "bore-bear",
        "bought-buy",
        "bred-breed",
        "broke-break",
        "brought-bring",
        "built-build",
        "burnt-burn",
        "came-come",
        "caught-catch",
        "chose-choose",
        "cost-cost",
        "crept-creep",
        "cut-cut",
        "dealt-deal",
        "did-do",
        "drank-drink",
        "dreamt-dream",
        "drew-draw",
        "drove-drive",
        "dug-dig",
        "fed-feed",
        "fell-fall",
        "felt-feel",
        "flew-fly",
        "forgave-forgive",
        "forgot-forget",
        "fought-fight",
        "found-find",
        "froze-freeze",
        "gave-give",
        "got-get",
        "grew-grow",
        "heard-hear",
        "held-hold",
        "hid-hide",
        "hit-hit",
        "hung-hang",
        "hurt-hurt",
        "kept-keep",
        "knew-know",
        "laid-lay",
        "lay-lie",
        "learnt-learn",
        "led-lead",
        "left-leave",
        "lent-lend",
        "let-let",
        "lit-light",
        "lost-lose",
        "made-make",
        "meant-mean",
        "met-meet",
        "paid-pay",
        "put-put",
        "ran-run",
        "rang-ring",
        "read-read",
        "rode-ride",
        "rose-rise",
        "said-say",
        "sang-sing",
        "sank-sink",
        "sat-sit",
        "saw-see",
        "sent-send",
        "set-set",
        "shone-shine",
        "shook-shake",
        "shot-shoot",
        "shut-shut",
        "slept-sleep",
        "sold-sell",
        "sought-seek",
        "spelt-spell",
        "spent-spend",
        "split-split",
        "spoke-speak",
        "sprang-spring",
        "spread-spread",
        "stole-steal",
        "stood-stand",
        "struck-strike",
        "stuck-stick",
        "swam-swim",
        "swept-sweep",
        "swore-swear",
        "swung-swing",
        "taught-teach",
        "thought-think",
        "threw-throw",
        "told-tell",
        "took-take",
        "tore-tear",
        "understood-understand",
        "went-go",
        "wept-weep",
        "withdrew-withdraw",
        "woke-wake",
        "won-win",
        "wore-wear",
        "wrote-write",
    ]
)
_ARTICLES = frozenset(("a", "an", "the", "my", "our", "their", "his", "her", "its"))
_MOST_WORDS_OF_A_SUBJECT = 6


@dataclass(frozen=True, slots=True)
class PlainStatement:
    """What one sentence says.

    * ``sentence`` in the third person, with its full stop. * ``subject`` whom or what it is about.
    * ``said`` the verb as it stands (``moved``, ``is``, ``will play``); ``helper`` and ``form`` the same for a question
      (``did`` … ``move``, ``is`` … nothing).
    * ``thing`` what follows the verb, ``place`` and ``time`` with their prepositions; each may be empty.
    """

    sentence: str
    subject: str
    said: str
    helper: str
    form: str
    thing: str
    place: str
    time: str

    @property
    def person(self) -> bool:
        """Whether the subject is written as a name."""
        return all(word[:1].isupper() for word in self.subject.split())


def read_statement(line: str) -> PlainStatement | None:
    """Take a line of memory apart; ``None`` for one that is no plain sentence about something it names."""
    found = _LINE.fullmatch(" ".join(line.split()))
    if found is None or found["said"].rstrip().endswith("?"):
        return None
    first = re.split(r"(?<=[.!])\s+(?=[A-Z])", found["said"].strip())[0].rstrip(".! ")
    sentence = _third_person(first, found["speaker"])
    words = sentence.split()
    at = _verb_at(words)
    if at is None or words[0].lower() in _NO_SUBJECTS:
        return None
    subject, said, rest = " ".join(words[:at]), words[at], words[at + 1 :]
    helper, form = _asking(said)
    led = said.lower() in _HELPERS - {"has", "have", "had"} - _BE
    if (led and rest) or (said.lower() in _BE and len(rest) > 1 and _belongs_to_be(*rest[:2])):
        said, form, rest = f"{said} {rest[0]}", rest[0], rest[1:]
    if not rest:
        return None
    thing, place, time = _parts(" ".join(rest), form)
    return PlainStatement(f"{sentence}.", _inside(subject), said, helper, form, thing, place, time)


def _third_person(said: str, speaker: str | None) -> str:
    if speaker is None:
        return said
    own = f"{speaker}'s"
    said = re.sub(r"^(?:I am|I'm|I\u2019m)\b", f"{speaker} is", said)
    said = re.sub(r"^I have\b", f"{speaker} has", said)
    said = re.sub(r"^My\b", own, said)
    if said.startswith("I ") and len(words := said.split()) > 1:
        verb = words[1]
        past = verb in _IRREGULAR or verb.endswith("ed") or verb in _HELPERS
        words[:2] = [speaker, verb if past else _with_s(verb)]
        said = " ".join(words)
    return re.sub(r"\bmy\b", own, said)


def _with_s(verb: str) -> str:
    if verb.endswith("y") and verb[-2:-1] not in "aeiou":
        return f"{verb[:-1]}ies"
    return f"{verb}es" if verb.endswith(("s", "sh", "ch", "x", "z", "o")) else f"{verb}s"


def _verb_at(words: list[str]) -> int | None:
    """Return where the verb stands: behind a name the first word in small letters, else the first that is one."""
    named = words[0][:1].isupper() and words[0].lower() not in _ARTICLES
    for at, word in enumerate(words[1 : _MOST_WORDS_OF_A_SUBJECT + 1], 1):
        low = word.lower()
        if low in _HELPERS or low in _IRREGULAR:
            return at
        owned = words[at - 1].endswith(("'s", "\u2019s"))
        if owned or low in _PREPOSITIONS or low in {"and", "the", "a"}:
            named = False  # "Dana's sister plays": the sister is no verb
            continue
        if low != word:
            continue
        if low.endswith(("s", "ed")) and (named or low in PURE_VERBS or low in NOUN_LIKE_VERBS):
            return at
    return None


def _asking(verb: str) -> tuple[str, str]:
    """Return the helping verb of a question and the form of the verb that goes with it."""
    low = verb.lower()
    if low in {"has", "have"}:
        return "does", "have"
    if low == "had":
        return "did", "have"
    if low in _HELPERS:
        return low, ""
    if low in _IRREGULAR:
        return "did", _IRREGULAR[low]
    if low.endswith("ed"):
        return "did", _base(low, (low[:-2], low[:-1], low[:-3], f"{low[:-3]}y"))
    return "does", _base(low, (low[:-1], low[:-2], f"{low[:-3]}y"))


def _base(said: str, forms: tuple[str, ...]) -> str:
    if said.endswith(("ies", "ied")):
        return f"{said[:-3]}y"
    known = [each for each in forms if each in PURE_VERBS or each in NOUN_LIKE_VERBS]
    return known[0] if known else forms[0]


def _parts(rest: str, verb: str) -> tuple[str, str, str]:
    """Part what follows a verb (in its plain form; none: is) into a thing, a place and a time."""
    time = ""
    for mention in list(mentions(rest))[-1:]:
        led = re.search(_TIME_WORDS, rest[: mention.start()])
        start = led.start() if led else mention.start()
        if mention.end() >= len(rest):  # in the middle it belongs to something else
            rest, time = rest[:start].rstrip(" ,"), rest[start:]
    if not time and (clock := _CLOCK.search(rest)):
        rest, time = rest[: clock.start()].rstrip(" ,"), clock[0].strip()
    words = rest.split()
    # "Orlin is allergic to hazelnuts": what follows a word that says what somebody is belongs to it.
    limit = len(words) if verb else 1
    at = next((place for place, word in enumerate(words[:limit]) if _is_place(word.lower(), verb)), len(words))
    return " ".join(words[:at]), " ".join(words[at:]), time


def _belongs_to_be(word: str, following: str) -> bool:
    """Whether what stands behind a form of "be" goes with it: "was born in Tolmezzo", "is allergic to nuts"; not "is a friend of"."""
    return word not in _PREPOSITIONS and word not in _ARTICLES and following in _PREPOSITIONS


def _is_place(word: str, verb: str) -> bool:
    return word in _PLACES or (word in _PLACES_OF and (verb in _PLACES_OF[word] or (word == "on" and not verb)))


def _inside(subject: str) -> str:
    """Return a subject as it is written inside a sentence."""
    first, _, rest = subject.partition(" ")
    return f"{first.lower()} {rest}" if rest and first in {"The", "A", "An", "Our", "Their", "His", "Her"} else subject
