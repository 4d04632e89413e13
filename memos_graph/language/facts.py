"""Which sentences are worth keeping as facts of their own."""

import re

from memos_graph.language.words import FILLERS, STOP_WORDS, WORD, negates, plain

_QUESTION = re.compile(r"[?\uff1f\u061f\u037e][^\w]*$")
_POLITE = re.compile(
    r"^\W*(?:(?:thanks?(?: you)?|thx|congrat\w*|good luck|happy birthday|see you|talk (?:to you )?soon|take care|bye|goodbye"
    r"|good (?:morning|night|evening)|hello|hi|hey|what a|how (?:nice|great|cool|lovely|sweet)|you(?:'|\u2019)?re welcome"
    r"|no (?:problem|worries|doubt)|of course|let me know|keep (?:it )?up|can(?:'|\u2019)?t wait|i can(?:'|\u2019)?t wait"
    r"|i(?:'|\u2019)?m (?:so |really |very )*(?:glad|proud of you|happy for you|happy to hear|sorry to hear)"
    r"|(?:i )?(?:totally |completely |100% )?agree|that(?:'|\u2019)?s (?:so |really |very |super )*(?:great|awesome|cool"
    r"|amazing|nice|sweet|wonderful|true|right|fantastic|lovely|awful|terrible|tough|inspiring))\b)",
    re.IGNORECASE,
)
_ADDRESSED = re.compile(r"^\W*you(?:r|(?:'|\u2019)re|(?:'|\u2019)ve|(?:'|\u2019)ll|(?:'|\u2019)d)?\b", re.IGNORECASE)
_LEAD = re.compile(
    r"^\W*(?:(?:oh|wow|hey|hi|hello|yeah|yes|yep|yup|no|nope|well|ok|okay|so|haha|aww?|thanks|thank you|sure|absolutely"
    r"|definitely|totally|exactly|right|true|awesome|cool|great|nice)\b,?(?: [A-Z][a-z]+(?=[,!.]))?[\s,!.]+)+",
    re.IGNORECASE,
)
_FIRST_PERSON = re.compile(r"\b(?:I|I['\u2019](?:m|ve|d|ll)|[Mm]y|[Ww]e|[Ww]e['\u2019](?:re|ve|d|ll)|[Oo]ur|mine|us)\b")
_THIRD_PERSON = re.compile(r"^\W*(?:she|he|they)\b", re.IGNORECASE)
_PROPER = re.compile(r"(?<=[^.!?\s] )[A-Z][^\W_]*[a-z0-9][^\W_]*|\b[A-Z]{2,}\b")
_NUMBER = re.compile(
    r"\d|\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|hundred|thousand)\b", re.IGNORECASE
)
_WIDE_LETTERS = re.compile(r"[\u0590-\u0dff\u0e00-\u0fff\u1100-\u11ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_WIDE_QUESTION = re.compile(r"[\u5417\u5462\u304b][\u3002\s]*$")
_SHORTEST_WIDE = 6
_ENOUGH, _ENOUGH_ABOUT_SELF, _ENOUGH_ABOUT_YOU = 3, 2, 4


def worth_keeping(sentence: str) -> bool:
    """Whether a sentence states something: its words carry content, and it is no question, greeting, thanks or praise.

    A statement about the speaker or a person, or with a name or a number, needs two content words; any other three, one that
    speaks to somebody ("You've got such a big heart") four.
    """
    if _QUESTION.search(sentence):
        return False
    if len(wide := _WIDE_LETTERS.findall(sentence)) * 2 > len(sentence):
        return len(wide) >= _SHORTEST_WIDE and not _WIDE_QUESTION.search(sentence)
    statement = sentence[lead.end() :] if (lead := _LEAD.match(sentence)) else sentence
    content = sum(map(_carries_content, set(WORD.findall(statement))))
    return content >= _needed(statement)


def _needed(statement: str) -> int:
    if _POLITE.match(statement):
        return _ENOUGH_ABOUT_YOU
    if _ADDRESSED.match(statement):
        return _ENOUGH_ABOUT_SELF if _NUMBER.search(statement) else _ENOUGH_ABOUT_YOU
    if any(sign.search(statement) for sign in (_FIRST_PERSON, _THIRD_PERSON, _NUMBER, _PROPER)):
        return _ENOUGH_ABOUT_SELF
    return _ENOUGH


def _carries_content(written: str) -> bool:
    word = plain(written)
    return word not in FILLERS and (negates(word) or word not in STOP_WORDS)
