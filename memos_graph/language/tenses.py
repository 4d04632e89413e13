"""Whether a sentence speaks of what has been or of what is to come, as far as its verbs tell."""

import re
from typing import Literal

from memos_graph.language.verbs import NOUN_LIKE_VERBS, PURE_VERBS

Tense = Literal["past", "future"]

_LOOK = 160  # characters of the sentence before and after a mention
_STOP = re.compile(r"(?<!\b[ap]\.m)(?<!\bmr)(?<!\bmrs)(?<!\bdr)(?<!\bst)[.!?](?=\s|$)|\n")
_CLAUSE = re.compile(
    r"[,;:()\u2013\u2014]|\b(?:and|but|because|so|that|which|who|when|while|although|though|if|where|what|whether|before|after)\b",
)
_HABIT = re.compile(
    r"\b(?:usually|always|often|normally|sometimes|typically|generally|regularly|every|each|annually|yearly|weekly|monthly"
    r"|daily|(?:once|twice|times) an?|tends?|used to|(?<!if )(?<!when )(?:it|there) (?:rains|snows|freezes|thaws)|(?:gets?|is|are) (?:\w+ )?(?:hot|cold|warm|wet|dry|rainy"
    r"|busy|quiet|crowded|beautiful|lovely|dark)|(?<!will )(?<!['\u2019]ll )never(?! forget))\b",
)
_BE = r"(?:(?:am|is|are|isn['\u2019]t|aren['\u2019]t)\b|['\u2019](?:m|re|s)\b)"
_BETWEEN = r"(?: (?:not|also|both|all|only|just|already|never|ever|probably|finally|still|actually|\w+ly))?"
_IRREGULAR = """
    was were wasn't weren't had hadn't did didn't went met came got took saw made left bought sold began gave found told said ran
    won lost knew thought felt kept held heard wrote drove flew ate drank slept spent paid sent built caught taught brought fought
    sang swam rode rose broke chose spoke stole woke wore drew grew threw fell forgot hid shook stood understood became
    overcame led fed fled bit blew dug hung lent lit meant rang sank shot shone sought slid spun stuck struck swore swept
    tore withdrew wept wound dealt bent bred bound burnt learnt dreamt spilt spoilt knelt leapt crept forgave froze sewed
    shrank sprang stank swung underwent undertook rebuilt remade overslept mistook born
"""
_PARTICIPLE = r"(?:been|gone|done|seen|taken|given|made|got|had|met|come|become|written|driven|flown|eaten|begun|bought|sold|found|lost|won|left|sent|built|kept|moved|\w{2,}ed)"
_SAME_IN_PAST = "put|cut|set|hit|let|quit|read|cost|hurt|shut|split|spread|bet|cast|beat|upset|rid"
_SCHEDULED = (
    "starts|begins|restarts|opens|reopens|closes|ends|leaves|departs|arrives|lands|runs|expires|comes|goes|flies|moves|returns|turns|takes"
    "|happens|gets|meets|visits|plays|performs|launches|finishes|resumes|sails|sets|falls|needs|wants|has|does|doesn['\u2019]t|hosts"
    "|celebrates|retires|marries|joins|switches|becomes|stays|can|can['\u2019]t|cannot"
)
_TOGETHER = "come|arrive|leave|move|go|start|begin|open|close|end|fly|return|meet|play|visit|get|turn|sign|need|want|take|expire|finish|land|depart|sing"
_ARRANGED = "moving|coming|leaving|starting|flying|getting|meeting|travelling|traveling|visiting|returning|arriving|scheduled|planned|booked|set|due|supposed|meant|going|expected|invited|moved|postponed|about|to"
_IMPERATIVE = re.compile(
    r"\s*(?:please |so |ok |okay |then |do |just )*(?:call|meet|bring|buy|pick|come|book|send|pay|see|tell|ask|remind|remember|return|submit"
    r"|finish|collect|get|go|write|email|check|order|water|feed|visit|keep|let|save|don['\u2019]t)\b",
)
# What after "we" is no verb of the present, or has a sign of its own.
_NO_BASE = "|".join(
    [
        *_IRREGULAR.split(),
        "and|or|on|in|at|by|all|both|who|two|three|the|as|from|to|not|just|will|would|could|might|may|should|have|has|do|did|am",
        "are|is|can|must|shall|need|gonna|won|(?!fly|rely|apply|reply|supply)[a-z]*ly",
        _SAME_IN_PAST,
    ]
)
# Tried in this order at each place.
_SIGNS = re.compile(
    rf"""\b(?P<open>(?:was|were)(?:n['\u2019]t)?\ (?:{_ARRANGED})\b|would|could|might|may|should\ have|
        (?:promised|agreed|decided|planned|hoped|asked|told|intended|meant|invited|offered|wanted|expected|arranged|ordered)\ (?:\w+\ )?to)\b
    |\b(?P<future>will|won['\u2019]t|shall|gonna|going\ to|upcoming|due|deadline|scheduled\ for|must|should|let['\u2019]?s|let\ us|needs?|can['\u2019]t\ wait|looking\ forward
        |(?:plan|hope|intend|want|ought|have|has|expect|aim|promise)s?\ to|please|remind|don['\u2019]t\ forget|hoping\ to|planning\ (?:to|on|for))\b
    |['\u2019](?P<will>ll)\b
    |{_BE}{_BETWEEN}\ (?P<coming>being\ \w+ed|(?!feeling|being)\w+ing(?:\ (?:married|engaged|divorced))?|(?!tired|married|bored|worried|excited|pleased|interested)\w{{2,}}ed|booked|set|off|away|back|on\ leave|on\ holiday)\b
    |(?:\b(?:have|has)|['\u2019](?:ve|s))\ (?P<owns>got)\ (?:an?|to|some|no|another|two|three)\b
    |(?:\b(?:have|has|haven['\u2019]t|hasn['\u2019]t)|['\u2019]ve){_BETWEEN}\ (?P<perfect>{_PARTICIPLE})\b
    |\b(?P<past>{"|".join(_IRREGULAR.split())}|(?<!\bbe\ )(?<!\bget\ )(?<!\bgets\ )(?!need|feed|seed|speed|bleed|breed|indeed|hundred|sacred|wicked|naked|biped|shed|sled|embed)\w{{2,}}ed)\b
    |\b(?:i|we|you|they)\ (?:\w+ly\ |also\ |both\ |all\ |never\ |only\ )?(?P<same>{_SAME_IN_PAST})\b
    |\b(?:he|she|it)\ (?:\w+ly\ |also\ )?(?P<same_past>{_SAME_IN_PAST})\b
    |\b(?P<present>am|is|are|isn['\u2019]t|aren['\u2019]t|do|don['\u2019]t|have|{_SCHEDULED})\b
    |\b(?:i|it|she|he|that|we|they|you|what|when|where|who|there)['\u2019](?P<short>m|re|s)\b
    |\b(?:i|we|you|they)\ (?:\w+ly\ |also\ |both\ |all\ |only\ )?(?P<base>(?!(?:{_NO_BASE})\b|\w{{2,}}ed\b)[a-z]{{2,}})\b
    |(?<=s\ )(?P<plural>{_TOGETHER})\b
    |\b(?:he|she|it)\ (?P<third>(?!was\b|has\b|is\b|his\b)[a-z]{{2,}}s)\b""",
    re.VERBOSE,
)  # fmt: skip
_KINDS = {
    "open": None, "future": "future", "will": "future", "coming": "future", "perfect": "perfect", "owns": "future", "past": "past", "same": None,
    "same_past": "past", "present": "future", "short": "future", "base": "future", "third": "future", "plural": "future",
}  # fmt: skip
_BASE_FORMS = frozenset(
    word
    for word in (*PURE_VERBS, *NOUN_LIKE_VERBS)
    if not word.endswith(("ed", "ing")) and word not in _IRREGULAR.split()
) - frozenset(_SAME_IN_PAST.split("|"))
_TO = re.compile(r"\b(?:to|did|didn['\u2019]t|could|would|might)\s")
_THOUGHT = frozenset(
    ("think", "know", "believe", "guess", "suppose", "remember", "mean", "hear", "see", "feel", "hope", "say", "says")
)
_DETERMINERS = frozenset("a an the my our your his her its their this that these those some any no one of".split())  # noqa: SIM905
_AHEAD = re.compile(
    r"\b(?:booked|reserved|invited|planned|scheduled|arranged|fixed|set|postponed|moved|ordered|bought|got|made|signed up"
    r"|registered|enrolled|rescheduled|shifted|changed|pushed|delayed)\b",
)


def tense_around(sentence: tuple[str, str], lead: str) -> Tense | None:
    """Tell whether the words before and after a time in its sentence, in lower case, speak of the past or of what is to come; none: unsure.

    The verb nearest in its own clause tells, before the time rather than after it; else those of the sentence, where they agree.
    ``lead`` is the preposition before the time, in lower case, or empty: "since Monday" has been, "booked for Monday" is to come.
    """
    before, after = sentence
    if is_habit(sentence):
        return None
    if lead == "since":
        return "past"
    left = before[max((found.end() for found in _CLAUSE.finditer(before)), default=0) :]
    cut = _CLAUSE.search(after)
    right = after[: cut.start()] if cut else after
    for clause, place in ((left, -1), (right, 0)):
        if signs := _signs(clause):
            return _weighed(signs, place % len(signs), clause, lead)
    first = left.split(None, 1)[0].lower() if left.strip() else ""
    if first in _BASE_FORMS and left != before:  # "I got the job and start on 2 November"
        return None if _TO.search(before) else "future"
    if _IMPERATIVE.match(before):
        return "future"
    told = {_weighed([sign], 0, before + after, lead) for sign in (*_signs(before), *_signs(after))}
    return told.pop() if len(told) == 1 else None


def is_habit(sentence: tuple[str, str]) -> bool:
    """Tell whether the sentence around a time speaks of what comes again and again."""
    return any(_HABIT.search(part) for part in sentence)


def sentence_around(text: str, start: int, end: int) -> tuple[str, str]:
    """Return what stands before and after ``text[start:end]`` in its sentence, in lower case."""
    before = text[max(0, start - _LOOK) : start].lower()
    after = text[end : end + _LOOK].lower()
    stop = _STOP.search(after)
    return before[max((found.end() for found in _STOP.finditer(before)), default=0) :], after[
        : stop.start()
    ] if stop else after


def _signs(clause: str) -> list[tuple[str, str]]:
    """Return the signs of tense in a clause, each with its word, without what only looks like a verb ("the signed lease")."""
    found = []
    for sign in _SIGNS.finditer(clause):
        kind = str(sign.lastgroup)
        words = clause[: sign.start()].rsplit(None, 1)
        if kind == "past" and words and words[-1].lower() in _DETERMINERS:
            continue
        found.append((kind, sign[kind]))
    # "I think Tom moved": thinking is no time.
    return [each for each in found if each[1] not in _THOUGHT] or found


def _weighed(signs: list[tuple[str, str]], place: int, clause: str, lead: str) -> Tense | None:
    """Tell the tense of the sign at ``place``, seen with the others of its clause and with the preposition."""
    kind, word = signs[place]
    told = _KINDS[kind]
    if kind in {"present", "base"} and any(other in {"did", "didn't", "didn\u2019t"} for _, other in signs[:place]):
        told = "past"  # "What did we do on Friday?"
    if kind in {"present", "base"} and any(other == "open" for other, _ in signs[:place]):
        return None  # "I would have it on Friday"
    ahead = lead in {"for", "to", "until", "till", "by"}
    if told == "perfect":  # "I have met" goes with no day that was; "I have booked a table for Friday"
        return "future" if ahead else None
    if told == "past" and word.endswith("ed") and any(_KINDS[other] == "future" for other, _ in signs):
        return "future" if ahead else None  # "I need the lease signed by Friday"
    if told == "past" and lead in {"for", "to", "until", "till"}:
        return "future" if lead in {"for", "to"} and _AHEAD.search(clause) else None
    return "past" if told == "past" else "future" if told == "future" else None
