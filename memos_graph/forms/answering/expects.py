"""What kind of answer a question expects, by its words, and whether a text holds one of that kind."""

import re
from collections.abc import Callable, Collection

from memos_graph.language.stems import stem
from memos_graph.language.words import CALENDAR_WORDS, STOP_WORDS

_ANY = "any"
_QUESTIONS = (
    ("age", r"\bhow old\b|\bwhat age\b"),
    ("span", r"\bhow (?:long|often)\b"),
    ("number", r"\bhow (?:many|much|big|tall|far|high|heavy)\b|\b(?:cost|price|number|code|rent|fee|salary)\b"),
    ("when", r"\bwhen\b|\b(?:what|which) (?:time|days?|dates?|years?|months?)\b|\bdeadline\b"),
    ("where", r"\bwhere\b|\b(?:what|which) (?:city|town|country|place|address|room|street)\b"),
    ("who", r"\b(?:who|whom|whose)\b"),
    ("why", r"\bwhy\b"),
)
_KINDS = tuple((kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in _QUESTIONS)
_NUMBER = re.compile(
    r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fifteen|sixteen|twenty|thirty|forty"
    r"|fifty|hundred|half|both|dozen|once|twice)\b",
    re.IGNORECASE,
)
_UNIT = re.compile(r"\b(?:second|minute|hour|day|night|week|month|year)s?\b|\b(?:until|since)\b", re.IGNORECASE)
_AGE = re.compile(r"\b(?:old|age|born|birthday|turn(?:s|ed)?|years?)\b", re.IGNORECASE)
_TIME = re.compile(
    r"\b(?:mon|tues|wednes|thurs|fri|satur|sun)days?\b|\b(?:19|20)\d\d\b|\b\d{1,2}(?:st|nd|rd|th)\b|\b\d{1,2}:\d\d\b"
    r"|\b(?:january|february|march|april|may|june|july|august|september|october|november|december)\b"
    r"|\b(?:today|tomorrow|yesterday|tonight|noon|midnight|christmas|easter)\b"
    r"|\b(?:morning|evening|night|week|month|year|spring|summer|autumn|winter)s?\b"
    r"|\b(?:at|till|until|by) (?:half|quarter|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\d)\b",
    re.IGNORECASE,
)
_PLACE = re.compile(
    r"\b(?:in|at|on|under|behind|near|inside|with|to|from|by|beside|next to|above|below|outside) "
    r"(?:(?i:the|my|our|a|an|his|her|their)\b|[^\W\d_a-z])"
)
_REASON = re.compile(r"\b(?:because|since|so|cause|reason|as|due|but|too|to|can't|until|no)\b", re.IGNORECASE)
_NAME = re.compile(r"(?<!^)(?<![.!?] )\b[^\W\d_a-z][^\W\d_A-Z]+\b")
_SOMEBODY = re.compile(
    r"\b(?:mother|father|mum|mom|dad|sister|brother|aunt|uncle|cousin|wife|husband|son|daughter|friend|colleague|neighbour"
    r"|doctor|man|woman|teacher|grandma|grandpa|boss)s?\b",
    re.IGNORECASE,
)
_SELF = re.compile(r"\b(?:i|i'll|i'm|me|we)\b", re.IGNORECASE)


def expected(question: str) -> str:
    """Name the kind of answer a question expects; ``any`` where its words don't say."""
    return next((kind for kind, words in _KINDS if words.search(question)), _ANY)


def holds(kind: str, text: str, *, speaker: str | None, asked: Collection[str]) -> bool:
    """Whether ``text`` holds an answer of that kind; ``asked`` are the stems of the question, whose names answer nothing."""
    if kind == "who":
        return _somebody(text, speaker, asked)
    rule = _RULES.get(kind)
    return rule is None or rule(text)


_RULES: dict[str, Callable[[str], bool]] = {
    "age": lambda text: bool(_NUMBER.search(text) and _AGE.search(text)) or "birthday" in text,
    "span": lambda text: bool(_UNIT.search(text) and (_NUMBER.search(text) or _TIME.search(text))),
    "number": lambda text: bool(_NUMBER.search(text)),
    "when": lambda text: bool(_TIME.search(text)),
    "where": lambda text: bool(_PLACE.search(text)),
    "why": lambda text: bool(_REASON.search(text)),
}


def _somebody(text: str, speaker: str | None, asked: Collection[str]) -> bool:
    if speaker and _SELF.search(text):
        return True
    names = (found.group().lower() for found in _NAME.finditer(text))
    return bool(_SOMEBODY.search(text)) or any(
        stem(name) not in asked and name not in STOP_WORDS and name not in CALENDAR_WORDS for name in names
    )
