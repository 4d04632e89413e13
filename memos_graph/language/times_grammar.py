"""The closed set of English ways to name a time that are resolved, as one pattern with a named group for each form."""

import re

from memos_graph.formats.dates import MONTHS
from memos_graph.language.calendar import PARTS_OF_DAY, SEASONS, WEEKDAYS

COUNTS = {
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "eleven": 11, "twelve": 12, "a couple of": 2, "a couple": 2, "couple of": 2, "couple": 2,
}  # fmt: skip
"""Number words to numbers; "a couple" is two."""

VAGUE_COUNTS = ("a few", "few", "several", "some", "many")
"""Counts that are no number: two to six of a unit."""

UNITS = ("hour", "day", "weekend", "week", "month", "year", "decade")


def _any(words: object) -> str:
    return "|".join(sorted(map(re.escape, map(str, words)), key=len, reverse=True))  # type: ignore[call-overload]


_COUNT = rf"(?:\d{{1,3}}|{_any([*COUNTS, *VAGUE_COUNTS])})"
_UNIT = rf"(?:{_any(UNITS)})"
_WEEKDAY = rf"(?:{_any(WEEKDAYS)})"
_LONG_WEEKDAY = r"(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday)"
_MONTH = rf"(?:{_any(MONTHS)})"
_CAPITAL_MONTH = rf"(?-i:{_any(name.capitalize() for name in MONTHS)})"
_SEASON = rf"(?:{_any(SEASONS)})"
_PART = rf"(?:{_any(PARTS_OF_DAY)})"
_DAY = r"(?:0?[1-9]|[12]\d|3[01])"
_YEAR = r"(?:1[6-9]\d\d|20\d\d)"
_STAGES = r"(?:early|mid|late|the (?:start|beginning|middle|end) of)[ -]"
_STAGE = rf"(?:{_STAGES})?"
_IN = r"(?:back )?(?:in|since|during|by|until|till|of|from|for|around|throughout) "
_BEFORE_END = r"(?=\s*(?:$|[.,;:!?)\n]|and\b|but\b))"

# Order matters: the first form that fits at a place wins.
_FORMS = (
    rf"(?P<iso>{_YEAR}[-/](?:0?[1-9]|1[0-2])[-/]{_DAY})(?!\d)",
    rf"(?P<day_month>(?:(?:on |{_LONG_WEEKDAY},? )?the )?(?P<dm_day>{_DAY})(?:st|nd|rd|th)?(?: of)? (?P<dm_month>{_CAPITAL_MONTH})\b(?:\.?,? (?P<dm_year>{_YEAR}))?)(?!\d)",
    rf"(?P<month_day>(?P<md_month>{_CAPITAL_MONTH})\b\.? (?:the )?(?P<md_day>{_DAY})(?:st|nd|rd|th)?\b(?!:)(?:,? (?P<md_year>{_YEAR}))?)(?!\d)",
    rf"(?P<month_year>{_STAGE}(?P<my_month>{_CAPITAL_MONTH})\b\.?,?(?: of)? (?P<my_year>{_YEAR}))(?!\d)",
    r"(?P<two_days>(?:the )?day (?P<td_way>before yesterday|after tomorrow))",
    rf"(?P<near_day>(?P<nd_day>yesterday|today|tomorrow)(?: (?P<nd_part>{_PART}))?)",
    rf"(?P<near_part>(?P<np_which>last night|tonight|this {_PART}|earlier this {_PART}|late last night))",
    r"(?P<other_day>the other (?:day|night|week)\b)",
    rf"(?P<ago>(?P<ago_count>{_COUNT})[ -](?P<ago_unit>{_UNIT}|{_LONG_WEEKDAY})s? (?:ago|back\b(?! to)))",
    rf"(?P<ahead>(?:in (?P<ah_count>{_COUNT}) (?P<ah_unit>{_UNIT})s?(?:' time)?|(?P<fn_count>{_COUNT}) (?P<fn_unit>{_UNIT})s? from (?:now|today)))",
    rf"(?P<span>(?P<sp_way>last|past|next|previous|coming) (?P<sp_count>\d{{1,3}}|{_any([*list(COUNTS)[2:], *VAGUE_COUNTS])}) (?P<sp_unit>{_UNIT})s?)",
    rf"(?P<relative>{_STAGE}(?P<re_way>last|past|this past|this coming|this|next|coming|previous|following) (?P<re_unit>week before last|{_UNIT}|{_WEEKDAY}|{_MONTH}|{_SEASON})(?: (?P<re_part>{_PART}))?)",
    rf"(?P<narrative>the (?P<na_unit>day|week|weekend|month|year) (?P<na_way>before last|before|after){_BEFORE_END})",
    rf"(?P<season_year>(?P<se_season>{_SEASON})(?: of|,)? (?P<se_year>{_YEAR}))(?!\d)",
    rf"(?P<month>(?:{_IN}{_STAGE}|{_STAGES})(?P<mo_month>{_CAPITAL_MONTH}))(?! \d)",
    r"(?P<decade>(?:the )?(?P<de_year>(?:1[6-9]|20)\d0)s)",
    rf"(?P<year>(?:{_IN}|(?:the )?year |{_STAGES}){_STAGE}(?P<ye_year>{_YEAR}))(?![\d.,%-]\d|\d|%)",
    rf"(?P<weekday>(?:(?:on|by|since|until|till) )?(?P<wd_day>(?-i:{_any(name.capitalize() for name in ('monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'))}))(?: (?P<wd_part>{_PART}))?)",
    rf"(?P<month_day_only>on the (?P<mdo_day>{_DAY})(?:st|nd|rd|th))",
)
MENTION = re.compile(rf"(?<![\w-])(?:{'|'.join(_FORMS)})(?!\w)", re.IGNORECASE)
"""A mention of a time; the outer group's name is its form."""

_SIGNS = (
    "day", "week", "month", "year", "hour", "night", "morning", "noon", "evening", "tomorrow", "decade", "summer",
    "winter", "spring", "autumn", "fall", "last ", "next ", "this ", "16", "17", "18", "19", "20",
    *(f"on the {digit}" for digit in "0123456789"),
)  # fmt: skip
_CAPITAL_SIGNS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def may_hold(text: str) -> bool:
    """Whether ``text`` may hold a mention; about 3 µs, where the pattern takes 100."""
    low = text.lower()
    return any(sign in low for sign in _SIGNS) or any(sign in text for sign in _CAPITAL_SIGNS)


FUTURE = re.compile(
    r"\b(?:will|gonna|going to|shall|plan(?:s|ning|ned)? (?:to|for|on)|upcoming|hop(?:e|ing) to|looking forward|due"
    r"|deadline|scheduled|expect(?:s|ing)?|starts?|begins?|opens?)\b|['\u2019]ll\b|\bcan't wait",
    re.IGNORECASE,
)
"""Signs that a sentence is about what is to come."""

PAST = re.compile(
    r"\b(?:was|were|had|did|went|met|came|got|took|saw|made|left|bought|sold|began|gave|found|told|said|ran|won|lost"
    r"|born|since|back|(?!need|feed|seed|speed|bleed|breed|indeed)\w{2,}ed)\b",
    re.IGNORECASE,
)
"""Signs that a sentence is about what has been."""
