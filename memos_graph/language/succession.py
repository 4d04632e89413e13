"""When a newer sentence takes the place of an older one about the same subject and relation: what can be only one thing at a time.

A home, an address, the day of an appointment, a price have one value at a time: another value later replaces the first. What
somebody likes, has or did has many, so nothing in it replaces anything.
"""

import re
from collections.abc import Iterable
from enum import StrEnum

from memos_graph.language.relations import Relation, relation_of
from memos_graph.language.stems import content_stems

# Relations (``relations.relation_of``) of which some values replace each other.
_SCHEDULED = frozenset(
    ["be", "start", "begin", "end", "finish", "open", "close", "arriv", "depart", "leav", "take", "happen"]
)
_QUANTITIES = frozenset({"weigh", "cost", "earn"})
_MEASURED = _QUANTITIES | {"be", "have"}
SINGLE_VALUED = frozenset({"live", "work"} | _SCHEDULED | _MEASURED)
"""Relations of facts that may succeed each other."""

_HEDGED = re.compile(
    r"\b(?:want(?:s|ed)? to|would|could|might|hop(?:e|es|ing)|plan(?:s|ning)?|if|maybe|perhaps|think(?:s|ing)? (?:of|about)|"
    r"consider\w*|used to|dream\w*|wish\w*|nearly|almost|going to|will|about to|should)\b|['\u2019]ll\b",
    re.IGNORECASE,
)
_MAY = re.compile(r"\bmay\b")
_UNSURE = re.compile(r"\b(?:would|could|might|if|maybe|perhaps|used to|wish\w*|nearly|almost)\b", re.IGNORECASE)
_NEGATED = re.compile(r"n['\u2019]t\b|\b(?:not|never|no longer|nor|neither)\b", re.IGNORECASE)
_INSTEAD = re.compile(
    r"[,;]?\s*(?:\b(?:and|but)\s+)?\b(?:not|instead of|rather than)\s+(?P<old>[^,;.!?]+)", re.IGNORECASE
)

_MONTH = r"jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sep(?:t(?:ember)?)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?"
_WEEKDAY = r"(?:mon|tues|wednes|thurs|fri|satur|sun)day"
_DATE_WORD = re.compile(rf"(?:{_MONTH}|{_WEEKDAY})$", re.IGNORECASE)
_NAME = r"[A-Z\u00c0-\u00de][\w'\u2019-]*"
_PLACE = re.compile(
    rf"\b(?:in|to|at|near)\s+(?:the\s+)?(?P<place>{_NAME}(?:\s+(?:(?:de|la|upon|am|of|the)\s+)?{_NAME})*)"
)
_PLAIN_PLACE = re.compile(
    r"\b(?:live|lives|living|based|moved|relocated|settled)\s+(?:back\s+|over\s+)?(?:in|to)\s+(?P<place>[^\W\d]{3,})"
)
_LIVES = re.compile(
    r"\b(?:live|lives|living|reside|resides|residing|based)\b|(?:have|has|['\u2019]ve|['\u2019]s)\s+lived\b"
)
_MOVED = re.compile(
    r"\b(?:moved|relocated|settled)\s+(?:(?:back|over|away|out|house|home|down|up|north|south|permanently|together)\s+)*(?:to|from|in)\b",
    re.IGNORECASE,
)
_EMPLOYER = re.compile(
    rf"\b(?:work(?:s|ing)?\s+(?:at|for)|joined|(?:employed|hired)\s+(?:by|at))\s+(?:the\s+)?(?P<employer>{_NAME}(?:\s+{_NAME})*)"
)
_TWO = re.compile(rf"\s*(?:and|or|,)\s+{_NAME}")

_DAY = re.compile(
    rf"\b(?P<weekday>{_WEEKDAY})\b|\b(?P<iso>\d{{4}}-\d\d-\d\d)\b|\b(?P<day>\d{{1,2}})(?:st|nd|rd|th)\b(?:\s+(?:of\s+)?(?P<month>{_MONTH})\b)?|"
    rf"\b(?P<day2>\d{{1,2}})\s+(?P<month2>{_MONTH})\b|\b(?P<month3>{_MONTH})\s+(?P<day3>\d{{1,2}})\b",
    re.IGNORECASE,
)
_HOURS = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
_CLOCK = re.compile(
    rf"\b(?P<hour>\d{{1,2}})(?:[:.](?P<minute>\d\d))?\s*[ap]\.?m\b|\b(?P<hour2>\d{{1,2}}):(?P<minute2>\d\d)\b|"
    rf"\bat\s+(?P<hour3>\d{{1,2}}|{'|'.join(_HOURS)})\b(?![:.]\d|\s*[\w%])|\b(?P<noon>noon|midnight)\b",
    re.IGNORECASE,
)
_AMOUNT = re.compile(
    r"(?P<sign>[$\u20ac\u00a3])\s?(?P<n>\d[\d.,]*)|\b(?P<n2>\d[\d.,]*)\s?(?P<unit>[^\W\d_]{1,}|%|\u20ac)"
)
_AGE = re.compile(
    r"\b(?:am|is|['\u2019]m|['\u2019]s)\s+(?P<age>\d{1,3})\b(?:\s+years?(?:\s+old)?)?\s*(?:now)?\s*[.!]?$",
    re.IGNORECASE,
)
_IDENTITY = re.compile(
    r"(?:\b(?:name|surname|nickname|birthday|address|e-?mail|(?:phone|mobile|room|account|house)?\s?number|pin|username|seat|gate|"
    r"hometown|nationality|deadline|boss|manager|landlord|dentist|doctor|supervisor|desk|locker)|\bfavou?rite\b.*)$"
)
_PEOPLE = re.compile(
    r"\b(?:sister|brother|mum|mom|mother|dad|father|wife|husband|partner|son|daughter|friend|colleague|boss|aunt|uncle|cousin|"
    r"neighbou?r|girlfriend|boyfriend|grandma|grandpa)\b"
)
_OF_A_THING = re.compile(
    r"\W*(?:(?:actually|now|so|and|but|then|well|ok(?:ay)?|sorry|correction|update|no|oh|wait)\W+)*(?:the|our|my|this)\s",
    re.IGNORECASE,
)
_VALUE = re.compile(r"\b(?:is|are|was|['\u2019]s)\s+(?:now\s+|called\s+)?(?P<value>[^,;.!?]+)")
_VALUE_ENDS = re.compile(r"\s+(?:and|but|because|since|now|instead)\b.*$", re.IGNORECASE)
# Headings, times of a plan and labelled items of a list are laid out, not said of anything.
_LAID_OUT = re.compile(r"\s*(?:#|\||(?:[-*\u2022>]\s*|\[[ xX]\]\s*|\d+[.)]\s+)*(?:\d|\*\*)|[-*\u2022>].*?\w:(?:\s|\*))")


class Succession(StrEnum):
    """How surely a newer fact takes the place of an older one."""

    CERTAIN = "certain"
    LIKELY = "likely"


def succession(
    newer: str, older: str, *, speaker: str | None = None, older_speaker: str | None = None
) -> Succession | None:
    """Return how surely ``newer`` takes the place of ``older``, or ``None``: it does not, or nobody can tell.

    * ``speaker``, ``older_speaker`` who said each; needed where a sentence says "I" or "my".
    * Certain: both say plainly where somebody lives, or the newer one names the value that it takes back.
    """
    if _LAID_OUT.match(newer) or _LAID_OUT.match(older):
        return None
    about = relation_of(newer, speaker=speaker)
    if about is None or about != relation_of(older, speaker=older_speaker) or about.relation not in SINGLE_VALUED:
        return None
    said, before = _stated(newer, about.subject, about.relation), _stated(older, about.subject, about.relation)
    changed = {aspect for aspect in said.keys() & before.keys() if not _same(said[aspect], before[aspect])}
    if not changed or not _about_one_thing(newer, older, changed, about):
        return None
    if (taken_back := _INSTEAD.search(newer)) and _names(taken_back["old"], before):
        return Succession.CERTAIN
    plainly = all(_LIVES.search(each) for each in (newer, older))
    return Succession.CERTAIN if "home" in changed and plainly else Succession.LIKELY


def _stated(sentence: str, subject: str, relation: str) -> dict[str, str]:
    """Return the single values a sentence states, each by its aspect."""
    sentence = _INSTEAD.sub("", sentence)
    if _NEGATED.search(sentence):
        return {}
    if relation == "live" and (_LIVES.search(sentence) or _MOVED.search(sentence)):
        place = _name_in(_PLACE, sentence, "place") or (_plain_place(sentence))
        return {"home": place} if place and not _hedged(sentence) else {}
    if relation == "work":
        employer = _name_in(_EMPLOYER, sentence, "employer")
        return {"employer": employer} if employer and not _hedged(sentence) else {}
    if _UNSURE.search(sentence) or _MAY.search(_DAY.sub("", sentence)):
        return {}
    found = _when(sentence) if relation in _SCHEDULED else {}
    if relation in _MEASURED:
        found |= _amounts(_CLOCK.sub("", _DAY.sub("", sentence)))
    if relation == "be":
        found |= _identity(sentence, subject)
    return found


def _hedged(sentence: str) -> bool:
    return bool(_HEDGED.search(sentence) or _MAY.search(sentence))


def _name_in(pattern: re.Pattern[str], sentence: str, group: str) -> str | None:
    for found in pattern.finditer(sentence):
        first = found[group].split()[0]
        if not _DATE_WORD.match(first):
            return None if _TWO.match(sentence, found.end()) else found[group].lower()
    return None


def _plain_place(sentence: str) -> str | None:
    """Return the place in a sentence that is written without capitals."""
    if any(letter.isupper() for letter in sentence):
        return None
    found = _PLAIN_PLACE.search(sentence)
    return (
        found["place"]
        if found and found["place"] not in {"the", "our", "his", "her", "their", "this", "that"}
        else None
    )


def _when(sentence: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for day in _DAY.finditer(sentence):
        parts = {
            "weekday": day["weekday"],
            "date": day["iso"],
            "day": day["day"] or day["day2"] or day["day3"],
            "month": (day["month"] or day["month2"] or day["month3"] or "")[:3],
        }
        found |= {aspect: value.lower().lstrip("0") for aspect, value in parts.items() if value}
    for clock in _CLOCK.finditer(sentence):
        found["clock"] = _hour(clock)
    return found


def _hour(clock: re.Match[str]) -> str:
    """Return the time of day without its half, which people leave out."""
    if clock["noon"]:
        return "0:00"
    written = clock["hour"] or clock["hour2"] or clock["hour3"]
    hour = _HOURS.index(written.lower()) + 1 if written.lower() in _HOURS else int(written)
    return f"{hour % 12}:{clock['minute'] or clock['minute2'] or '00'}"


def _amounts(sentence: str) -> dict[str, str]:
    return {
        f"amount in {(each['sign'] or each['unit']).lower().rstrip('s')}": (each["n"] or each["n2"]).rstrip(".,")
        for each in _AMOUNT.finditer(sentence)
    }


def _identity(sentence: str, subject: str) -> dict[str, str]:
    if age := _AGE.search(sentence):
        return {"age": age["age"]}
    value = _VALUE.search(sentence)
    if not _IDENTITY.search(subject) or value is None:
        return {}
    words = _VALUE_ENDS.sub("", value["value"]).strip()
    telling = "favo" in subject or any(each.isupper() or each.isdigit() for each in words)
    return {"identity": words.lower()} if telling and words else {}


def _same(one: str, other: str) -> bool:
    """Whether two values are one, or one of them says more of the same: ``ana``, ``ana silva``."""
    short, long = sorted((one, other), key=len)
    return short == long or (not short[0].isdigit() and long.startswith(f"{short} "))


def _about_one_thing(newer: str, older: str, changed: set[str], about: Relation) -> bool:
    """Whether both speak of one appointment or amount: a thing has one of each, a person many, told apart by the other words."""
    if changed & {"home", "employer", "identity", "age"}:
        return True
    thing = any(map(_OF_A_THING.match, (newer, older))) and not _PEOPLE.search(about.subject)
    if thing or about.relation in _QUANTITIES:
        return True
    first, second = ({*_rest(each)} - {about.relation} for each in (newer, older))
    return bool(first and second) and (first <= second or second <= first)


def _rest(sentence: str) -> Iterable[str]:
    """Return the stems of what a sentence says beside its single values."""
    for pattern in (_INSTEAD, _DAY, _CLOCK, _AMOUNT):
        sentence = pattern.sub("", sentence)
    return content_stems(sentence)


def _names(taken_back: str, before: dict[str, str]) -> bool:
    """Whether what a correction takes back is what the older sentence says."""
    words = taken_back.strip().lower()
    values = _when(f"at {taken_back}") | _amounts(taken_back)
    return any(before.get(aspect) == value for aspect, value in values.items()) or any(
        words.removeprefix("in ").removeprefix("the ") == value for value in before.values()
    )
