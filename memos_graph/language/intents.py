"""The intent of a question or an instruction, by its first words."""

import re

from memos_graph.language.types import Intent

_COURTESY = re.compile(
    r"^[\s\"'\u201c\u2018(]*(?:(?:hey|hi|hello|ok|okay|so|and|but|well|now|also|please|kindly|just|by the way|btw)\b[\s,]*"
    r"|(?:can|could|would|will) you (?:please |kindly |just )?(?=\w)"
    r"|(?:do|did) you (?:know|remember|recall)(?: if| whether)?\b[\s,:]*"
    r"|(?:tell|show|remind) me(?= (?:who|what|when|where|which|why|how|about|whether|if|all|every))[\s,:]*"
    r"|i(?:'d| would) (?:like|love) to know[\s,:]*|i(?:'m| am) (?:wondering|curious)[\s,:]*|i wonder[\s,:]*"
    r"|i(?: want| need) (?:you )?to (?:know )?|any idea[\s,:]*)",
    re.IGNORECASE,
)
_MOST_COURTESIES = 4

_PLACES = (
    r"(?:place|city|town|country|state|location|address|street|venue|restaurant|room|neighbou?rhood|region|continent)"
)
_TIMES = r"(?:date|dates|day|days|year|years|month|months|time|week|weekend|season|hour|age)"
_PEOPLE = r"(?:person|people|friend|friends|colleague|colleagues|relative|family member|one of (?:us|them)|speaker|team member)"
_AUXILIARY = (
    r"(?:is|are|was|were|am|do|does|did|has|have|had|can|could|will|would|shall|should|may|might|must)(?:n['\u2019]t)?"
)
_PATTERNS: tuple[tuple[Intent, str], ...] = (
    ("remember", r"(?:remember|don['\u2019]?t forget|do not forget)(?! (?:when|how|the time|what|who|where|why)\b)\W+\w"),
    ("remember", r"(?:note|keep in mind|make a note|take a note|memori[sz]e|remind me (?:to|that|of|about)|save|store|write down|add)\b"),
    ("forget", r"(?:forget|delete|remove|erase|drop|discard|wipe|unlearn)\b"),
    ("update", r"(?:actually\b(?!.*\?\s*$)|correction|update|correct|change|replace|fix|amend|edit|revise|rename)\b"),
    ("summarize", r"(?:summari[sz]e|sum up|recap|give (?:me |us )?(?:a |an |the )?(?:short |brief |quick )?(?:summary|overview|recap)|what(?:['\u2019]s| is) the (?:summary|gist)|catch me up|(?:tell me )?(?:all|everything) (?:you know )?(?:about|that)|what do (?:you|we) know about)\b"),
    ("count", r"(?:how (?:many|often|much)|count|(?:what(?:['\u2019]s| is| was) )?(?:the )?(?:total )?number of|how frequently)\b"),
    ("when", rf"(?:when|since when|until when|how long|how recently|at what {_TIMES}|(?:in|on|at|since|by|during|for|around)?\s*(?:what|which) {_TIMES}\b|how old|what(?:['\u2019]s| is| was) the (?:exact )?(?:date|day|year|time|deadline)\b)"),
    ("where", rf"(?:where|(?:in|at|to|from)?\s*(?:what|which) (?:\w+ )?{_PLACES}\b|what(?:['\u2019]s| is| was) the (?:address|location|name of the (?:place|city|town|country|street|venue)))"),
    ("who", rf"(?:who|whom|whose|(?:with|to|from|by|for)\s+whom?|(?:with|to|from|by|for)?\s*which {_PEOPLE}\b|what(?:['\u2019]s| is| was) the name of (?:the )?{_PEOPLE})\b"),
    ("list", r"(?:list|name|enumerate|give (?:me )?(?:a list|all|every|examples)|show (?:me )?(?:all|every)|(?:what|which) (?:are|were|all|else|other|kinds|types|sorts)\b)"),
    ("list", r"(?:in |at |on |for |to )?(?:what|which) (?!(?:kind|type|sort|is|was|will|would|do|does|did|has|have|had|can|could|should|made|if|about)\b)(?:\S+ ){0,2}(?!(?:is|was|has|does|his|this|its|news|series|bus|class|address|business|yes|always|us|process|status|princess|dress|illness|access|success|focus|campus|virus|progress|basis|analysis|thus|as|across|less)\b)[\w-]{2,}s\b"),
    ("yes_no", rf"{_AUXILIARY}\b"),
)  # fmt: skip
_RULES = tuple((intent, re.compile(pattern, re.IGNORECASE)) for intent, pattern in _PATTERNS)


def intent_of(text: str) -> Intent:
    """Tell what is asked; ``recall`` where no rule fits."""
    asked = without_courtesy(text)
    return next((intent for intent, rule in _RULES if rule.match(asked)), "recall")


def without_courtesy(text: str) -> str:
    """Leave out what only leads up to a question: greetings, "please", "can you tell me"."""
    for _ in range(_MOST_COURTESIES):
        found = _COURTESY.match(text)
        if not found or found.end() == 0 or not text[found.end() :].strip():
            break
        text = text[found.end() :]
    return text.lstrip(" \"'\u201c\u2018(")
