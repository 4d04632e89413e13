"""The closed set of English ways to name a time that are resolved, as one pattern with a named group for each form."""

import re
from collections.abc import Iterator

from memos_graph.formats.dates import MONTHS
from memos_graph.language.calendar import HOLIDAYS, PARTS_OF_DAY, SEASONS, WEEKDAYS

_SMALL = (
    "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen",
    "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty",
)  # fmt: skip
_TENS = {"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90}
COUNTS = {
    **{word: number for number, word in enumerate(_SMALL, start=1)},
    **_TENS,
    **{f"{ten}-{_SMALL[one - 1]}": value + one for ten, value in _TENS.items() for one in range(1, 10)},
    "a": 1, "an": 1, "the": 1, "a couple of": 2, "a couple": 2, "couple of": 2, "couple": 2, "a dozen": 12, "a hundred": 100,
}  # fmt: skip
"""Number words to numbers; "a couple" is two."""

VAGUE_COUNTS = ("a few", "few", "several", "some", "many")
"""Counts that are no number: two to six of a unit."""

_ORDINALS = [
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
    "eleventh",
    "twelfth",
    "thirteenth",
    "fourteenth",
    "fifteenth",
    "sixteenth",
    "seventeenth",
    "eighteenth",
    "nineteenth",
    "twentieth",
]
ORDINALS = {
    **{word: number for number, word in enumerate(_ORDINALS, start=1)},
    **{f"twenty-{word}": 20 + number for number, word in enumerate(_ORDINALS[:9], start=1)},
    "thirtieth": 30, "thirty-first": 31,
}  # fmt: skip
"""Ordinal words to 1…31."""

UNITS = ("hour", "day", "weekend", "week", "fortnight", "month", "quarter", "year", "decade")
DECADES = {"fifties": 50, "sixties": 60, "seventies": 70, "eighties": 80, "nineties": 90}


def _any(words: object) -> str:
    return "|".join(sorted(map(re.escape, map(str, words)), key=len, reverse=True))  # type: ignore[call-overload]


_NUMBER = rf"(?:\d{{1,3}}|{_any(word for word in COUNTS if word != 'the')})"
_COUNT = rf"(?:(?:{_NUMBER}(?: or |-| to ){_NUMBER}|(?:a|one) UNIT or (?:two|so))|{_NUMBER}|{_any(VAGUE_COUNTS)})"
_UNIT = rf"(?:{_any(UNITS)})"
_LONG = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_LONG_DAY = rf"(?-i:{_any([*_LONG, *map(str.capitalize, _LONG)])})"
_DAY_NAME = (
    rf"(?:{_LONG_DAY}|(?-i:{_any(name.capitalize() for name in WEEKDAYS if name not in _LONG and name != 'sun')})\b)"
)
_NAMES = [name for name in MONTHS if len(name) > len("sept")]
_MONTH = (
    rf"(?-i:{_any([*map(str.capitalize, MONTHS), *(name for name in (*_NAMES, 'june', 'july') if name != 'march')])})"
)
_ANY_MONTH = rf"(?:{_any(name for name in MONTHS if len(name) > len('sep') or name == 'may')})"
_SURE_MONTH = rf"(?-i:{_any(name.capitalize() for name in MONTHS if name not in {'april', 'may', 'june', 'august', 'jan', 'march', 'mar'})})"
_SEASON = rf"(?:{_any(SEASONS)})"
_PART = rf"(?:{_any(PARTS_OF_DAY)})"
_DAY = r"(?:0?[1-9]|[12]\d|3[01])"
_TH = r"(?:st|nd|rd|th)"
_DAY_TH = rf"(?:{_DAY}{_TH}?|{_any(ORDINALS)})"
_YEAR = r"(?:1[6-9]\d\d|20\d\d)"
_TO = r"(?: ?[-\u2013\u2014] ?| to | until | till | through | and )"
_TO_OF = r"(?: ?[-\u2013\u2014] ?| to | until | till | through )"
_EARLY = "early|mid|late|beginning of|start of|middle of|end of"
_STAGE = rf"(?:(?:the )?(?:(?P<@_stage>{_EARLY})[ -](?:the )?)?)"
_ANY_YEAR = rf"(?:,? (?P<@_way>last|this|next) year|,? (?P<@_ago>{_NUMBER}) years? ago|,? (?:of )?(?P<@_year>{_YEAR})|,? of (?P<@_ofway>last|this|next) year)"
_IN = r"(?:back )?(?:in|since|during|until|till|throughout|by|from|for|around) "
_BEFORE_END = r"(?=\s*(?:$|[.,;:!?)\n]|and\b|but\b))"
_FREE = (
    r"(?=\s*(?:$|[.,;:!?)\n])|\s+(?:at|and|but|to|until|with|because|when|if|as|was|is|the|a|we|I|you|he|she|they|it|my|our|his|her|their|there"
    r"|of (?:this|next|last) month)\b)"
)
_NO_STREET = r"(?! (?:Street|St|Road|Rd|Avenue|Lane|Square|Place|Drive|Way|Court|Crescent|van|von|de)\b)(?! (?!was|is|has|as|its|this|his|does|us)[a-z]+s\b(?<!\b[a-z]ss))"
_NOT_COUNTED = r"(?! ?[%€$£:]| (?:people|times|euros|dollars|kids|hours|minutes|days|weeks|km|miles|points|percent|metres|meters|degrees)\b)"

# Order matters: the first form that fits at a place wins. "@" stands for the form's own name.
_FORMS = {
    "iso": rf"(?P<@_date>{_YEAR}[-/](?:0?[1-9]|1[0-2])[-/]{_DAY})(?:T\d\d:\d\d(?::\d\d)?(?:Z|[+-]\d\d:?\d\d)?)?(?!\d)",
    "figures": rf"(?P<@_one>\d\d?)(?P<@_sign>[./])(?P<@_two>\d\d?)(?P=@_sign)(?P<@_year>{_YEAR})(?![\d/]|\.\d)(?! (?:m|km|kg|metres|meters|degrees|euros|dollars|people|points)\b)",
    "two_dates": rf"(?:on |from |between )?(?:the )?(?P<@_day>{_DAY_TH})(?: of)? (?P<@_month>{_MONTH})(?:\.(?=,? ?\d))?(?: (?P<@_year>{_YEAR}))?{_TO}(?:the )?(?P<@_day2>{_DAY_TH})(?: of)? (?P<@_month2>{_MONTH})\b(?:\.(?=,? ?\d))?(?:,? (?P<@_year2>{_YEAR}))?(?![-\w])",
    "dates_two": rf"(?:on |from |between )?(?P<@_month>{_MONTH})(?:\.(?=,? ?\d))? (?P<@_day>{_DAY_TH})(?:,? (?P<@_year>{_YEAR}))?{_TO}(?P<@_month2>{_MONTH})\b(?:\.(?=,? ?\d))? (?P<@_day2>{_DAY_TH})(?:,? (?P<@_year2>{_YEAR}))?(?![-\w])",
    "days": rf"(?:on |from |between )?(?:the )?(?P<@_day>{_DAY_TH})\.?(?:, {_DAY_TH})*,?{_TO}(?:the )?(?P<@_day2>{_DAY_TH})\.?(?: of)? (?P<@_month>{_MONTH})\b(?:\.(?=,? ?\d))?(?:,? (?P<@_year2>{_YEAR}))?(?![-\w])",
    "month_days": rf"(?:on |from |between )?(?P<@_month>{_MONTH})\b(?:\.(?=,? ?\d))? (?:the )?(?P<@_day>{_DAY_TH})(?:, {_DAY_TH})*,?{_TO}(?:the )?(?P<@_day2>{_DAY_TH})(?:,? (?P<@_year2>{_YEAR}))?(?![-\w:]|\.\d){_NOT_COUNTED}",
    "day_month": rf"(?:(?:on |by |until |till |since |from )?(?P<@_wd>{_DAY_NAME}|Sun\b)\.?,? )?(?:on |by |until |till |since )?(?:the )?(?P<@_day>{_DAY_TH})\.?(?: of |[ -])(?P<@_month>{_MONTH}|(?<=\d[a-z][a-z] ){_ANY_MONTH}|(?<=of ){_ANY_MONTH})\b(?:\.(?=,? ?\d))?(?:{_ANY_YEAR}|-(?P<@_dashed>{_YEAR})|(?<=[a-z]){_NO_STREET})(?![-\w]|['\u2019]s)",
    "month_day": rf"(?:(?:on |by |until |till |since |from )?(?P<@_wd>{_DAY_NAME}|Sun\b)\.?,? )?(?:on |by |until |till |since )?(?P<@_month>{_MONTH}|{_ANY_MONTH}(?= {_DAY}{_TH}))\b(?:\.(?=,? ?\d))? (?:the )?(?P<@_day>{_DAY_TH})\b{_ANY_YEAR}?(?![-\w:]|\.\d){_NOT_COUNTED}",
    "weekday_day": rf"(?:on |by |until |till |since |from )?(?P<@_wd>{_LONG_DAY}),? (?:the )?(?P<@_day>{_DAY}){_TH}(?![-\w])",
    "week_day": rf"(?:(?:on )?(?P<@_wd>{_LONG_DAY})(?: (?P<@_part>{_PART}))?,?(?: of)? (?P<@_way>last|this|next) week|(?P<@_way2>last|this|next) week,?(?: on)? (?P<@_wd2>{_LONG_DAY})(?: (?P<@_part2>{_PART}))?)(?![-\w]|['\u2019]s)",
    "month_year": rf"(?:(?:back )?(?:in|since|during|until|till|by|at|towards) )?{_STAGE}(?P<@_month>{_MONTH})\b(?:\.(?=,? ?\d))?{_ANY_YEAR}(?![-\w]|\.\d)",
    "months": rf"(?:from |between )(?P<@_month>{_MONTH})\b(?:,? (?P<@_year>{_YEAR}))?{_TO}(?P<@_month2>{_MONTH})\b(?:,? (?P<@_year2>{_YEAR}))?(?! \d)(?![-\w]|['\u2019]s)",
    "month_span": rf"(?P<@_month>{_MONTH})\b(?:\.(?=,? ?\d))?{_TO_OF}(?P<@_month2>{_MONTH})\b(?:\.(?=,? ?\d))?,? (?P<@_year2>{_YEAR})(?![-\w])",
    "years": rf"(?:from |between )(?P<@_year>{_YEAR}){_TO}(?P<@_year2>{_YEAR})(?![-\w]|\.\d)",
    "nth": rf"(?:(?:on|in|by|during|at|until|since) )?(?:the )?(?P<@_nth>first|second|third|fourth|last) (?P<@_what>week|weekend|half|day|{_LONG_DAY}) (?:of|in) (?:(?P<@_month>{_MONTH})\b(?:,? (?P<@_year>{_YEAR}))?|(?:(?P<@_which>the|this|next|last) month))(?![-\w]|['\u2019]s)",
    "half_of": rf"(?:(?:in|during|for|by) )?the (?P<@_nth>first|second) half of (?:(?P<@_year>{_YEAR})|(?P<@_way>last|this|next) year)(?![-\w])",
    "quarter_of": rf"(?:the )?(?:Q(?P<@_q>[1-4])|(?P<@_nth>first|second|third|fourth|last) quarter(?= (?:of |20|19|last |this |next )|, )){_ANY_YEAR}?(?![-\w])",
    "near_two": r"(?:the )?(?P<@_which>day before yesterday|day after tomorrow|night before last)",
    "near_day": rf"(?P<@_day>yesterday|today|tomorrow)\b(?! (?:a|one|two|three) (?:week|month|year)s? ago)(?: (?P<@_part>{_PART}))?",
    "near_part": rf"(?:earlier |late )?(?:last night|tonight|(?P<@_part>this {_PART}))",
    "other_day": r"the other (?P<@_what>day|night|week)\b",
    "ago": rf"(?:(?P<@_rough>about|around|roughly|some|(?:more|less|fewer) than|over|under|at least|nearly|almost|up to) )?(?P<@_count>half an?|{_COUNT.replace('UNIT', _UNIT)}(?: and a half)?)(?:[ -](?P<@_unit>{_UNIT}|{_LONG_DAY})s?)?(?: and a half)? (?:ago|back\b(?! (?:to|then|in|on)))(?:(?P<@_today> today)| (?:last|on|this|in) (?P<@_more>{_LONG_DAY}|{_MONTH}|week|weekend|month|year|spring|summer|autumn|fall|winter))?",
    "ahead": rf"in (?:(?P<@_rough>about|around|roughly|(?:more|less|fewer) than|over|under|at least|nearly|almost|up to) )?(?P<@_count>half an?|{_COUNT.replace('UNIT', _UNIT)})(?: (?P<@_unit>{_UNIT})s?)?(?P<@_time>['\u2019]s? time)?\b",
    "from_now": rf"(?P<@_count>{_NUMBER}) (?P<@_unit>{_UNIT})s? (?:from now|hence)",
    "span": rf"(?:the )?(?P<@_way>last|past|next|coming) (?P<@_count>\d{{1,3}}|{_any([*(word for word in COUNTS if word not in {'a', 'an', 'the'}), *VAGUE_COUNTS])}) (?P<@_unit>{_UNIT})s?",
    "span_one": r"(?:the (?P<@_way>last|past|next|coming)|this past|(?<=past )|past) (?P<@_unit>day|week|month|quarter|year|decade)\b(?! before| after| of)",
    "twice": rf"(?:the )?(?P<@_unit>week|month|year|weekend|{_DAY_NAME}) (?P<@_way>before last|after next)",
    "phase": rf"(?:the )?(?P<@_stage>{_EARLY}|earlier|later)[ -](?P<@_which>the|this|last|next) (?P<@_unit>week|month|quarter|year)(?! (?:of|before|after)\b)",
    "relative": rf"(?:the )?(?P<@_way>last|this past|this coming|this|next|coming|past) (?P<@_unit>hour|weekend|week|month|quarter|year|decade|{_DAY_NAME}|{_MONTH}|{_SEASON})(?: (?P<@_part>{_PART}))?(?! (?:of|before|after)\b|['\u2019]s (?:name|birthday))",
    "narrative": rf"the (?:(?P<@_next>next|following|previous) (?P<@_unit2>day|morning|week|weekend|month|year)|(?P<@_unit>day|week|weekend|month|year) (?P<@_way>before|after){_BEFORE_END})",
    "season_year": rf"{_STAGE}(?P<@_season>{_SEASON})(?: of|,)? (?:(?P<@_year>{_YEAR})(?!\d)|(?P<@_way>last|this|next) year)",
    "season": rf"(?:in|over|during) the (?P<@_season>{_SEASON})(?! of\b)",
    "holiday": rf"(?:on |by |at |over |for |until |since )?(?:(?P<@_which>last|this|next) )?(?P<@_name>{_any(HOLIDAYS)})(?: (?:of )?(?P<@_year>{_YEAR})| (?P<@_way>last|this|next) year)?(?! (?:tree|trees|card|cards|dinner|party|parties|present|presents|market|markets|cake|song|songs|music|carol|carols|gift|gifts|movie|film|cookies|lights|break|holidays?|season)\b)(?![-\w]|['\u2019]s)",
    "month": rf"(?:(?:back )?(?:in|since|during|until|till|throughout) {_STAGE}(?P<@_month>{_MONTH})|(?P<@_lead>by|from|for|around|to) (?P<@_sure>{_SURE_MONTH})|(?:(?:by|from|for|around|at|towards) )?(?:the )?(?P<@_stage2>{_EARLY})(?: in |[ -])(?P<@_month2>{_MONTH}))\b(?:\.(?=,? ?\d))?(?! ?\d)(?![-\w]|['\u2019])",
    "decade": rf"(?:the )?(?:(?:early|mid|late)[ -])?(?:(?P<@_year>(?:1[6-9]|20)\d0)s|(?<=the )(?:['\u2019]?(?P<@_short>[5-9]0)s|(?P<@_word>{_any(DECADES)})))",
    "year": rf"(?:{_IN}|(?:the )?year |(?:(?:at|by|towards|since|until) )?(?:the )?(?={_EARLY})){_STAGE}(?P<@_year>{_YEAR})(?![\d.,%/-]\d|\d|%|\w|[-\u2013/]| ?[€$£])(?! (?!was |is |has |as |its |this |his )[a-z]*(?:[a-rt-z]s|people|percent|km|men|women|kg)\b)",
    "weekdays": rf"(?:(?:from |between |on )?(?P<@_wd>{_LONG_DAY}){_TO_OF}|between (?P<@_wd0>{_LONG_DAY}) and )(?P<@_wd2>{_LONG_DAY})\b",
    "the_weekend": r"(?:at|on|over|during|for) the weekend\b(?! of)",
    "weekday": rf"(?:(?P<@_lead>on|by|since|until|till) )?(?P<@_wd>{_LONG_DAY}|(?<=on ){_DAY_NAME})(?: (?P<@_part>{_PART}))?(?![-\w]|['\u2019]s)",
    "nths": rf"(?:from |between )the (?P<@_day>{_DAY}){_TH}{_TO}(?:the )?(?P<@_day2>{_DAY}){_TH}{_FREE}",
    "on_nth": rf"(?:on|by|until|till|since) the (?P<@_day>{_DAY}){_TH}{_FREE}(?: of (?P<@_way>this|next|last) month\b)?",
}  # fmt: skip
MENTION = re.compile(
    "(?<![\\w$€£#.,:/-])(?:"
    + "|".join(f"(?P<{name}>{form.replace('@', name)})" for name, form in _FORMS.items())
    + r")(?!\w)",
    re.IGNORECASE,
)
"""A mention of a time; the outer group's name is its form."""

CLOCK_AFTER = re.compile(
    r",?(?: at| around| by| from)? (?:(?P<hour>1[0-2]|0?[1-9])(?:[:.](?P<minute>[0-5]\d))? ?(?P<half>[ap])\.?m\b|(?P<hour24>1[3-9]|2[0-3]|0\d)[:.](?P<minute24>[0-5]\d)(?![\d.])|(?P<noon>noon)\b)",
    re.IGNORECASE,
)
CLOCK_BEFORE = re.compile(
    rf"(?:(?:at|around|by) )?{CLOCK_AFTER.pattern[CLOCK_AFTER.pattern.index('(?:(?P<hour>') :]},? (?:on )?$",
    re.IGNORECASE,
)
"""A time of day that is sure ("9 am", "15:30", "noon"), just after or just before a day."""

COUNTED = re.compile(
    rf"(?<![\w-])(?P<count>{_NUMBER}|the) (?P<unit>day|week|fortnight|month|year)s? (?P<way>from|before|after) (?:the )?$",
    re.IGNORECASE,
)
"""What stands before a day that something is counted from: "a week from", "two days after"."""

WEEKS_ON = re.compile(rf"(?<![\w-])(?P<count>{_NUMBER}) (?P<unit>week|fortnight|day|month|year)s? $", re.IGNORECASE)
"""What stands before "today" and "on Tuesday" where a day some weeks later is meant."""

AROUND = re.compile(
    rf"(?:the )?(?P<what>weekend|week|{_PART}) (?:of|beginning|starting|commencing)(?: on)? (?:the )?$", re.IGNORECASE
)
"""What stands before a day and means more or less than it: "the weekend of"."""

OR_OTHER = re.compile(
    rf" and (?:a|\d+|two|three|four|five|six) (?:day|week|month|hour|year)s?\b| or (?:so|later|earlier|thereabouts|before|after|two|\d|(?:in |on |the )*(?:{_LONG_DAY}|{_MONTH}|{_any(ORDINALS)}|tomorrow|next|last)\b)",
    re.IGNORECASE,
)
"""What stands after a time that is one of two, or not quite meant."""

ELSEWHERE = re.compile(
    r"(?<![\w-])(?:before|after|prior to|than|instead of|not(?: on)?|or|half of|(?:year|month|week|day|hour)s? and|every|each|most|any|alternate|called|named|titled|entitled)(?: (?:on|in|the|around|about))? ?$",
    re.IGNORECASE,
)
"""What stands before words that name no time, or not this one."""

NUMBERED = re.compile(
    r"(?<![\w-])(?:version|v|release|build|room|flat|page|chapter|section|no\.|number|tel|phone|ip|act|verse|psalm|unit|gate|platform|bus"
    r"|line|route|size|model|order|invoice|case|article|paragraph|paragraphs|pages|items?|points?|score|scored|won|lost|\d) ?$",
    re.IGNORECASE,
)
"""What stands before figures that are no date."""

NAMED = re.compile(
    r"(?<![\w-])(?:nice|lovely|great|pleasant|relaxing|quiet|long|wonderful|some|other|one|the|a|an|no|my|our|his|her|their|your|last|black|good|ash|cyber|happy|maundy|shrove|fat|casual|ruby) ?$",
    re.IGNORECASE,
)
"""What stands before a bare weekday or holiday that is not simply that day."""

_FIRST_WORDS = frozenset(
    word
    for words in (
        ("the on in by until till since from between back for during at over around towards throughout about roughly more less fewer under"
        " nearly almost up half last past this next coming early mid late beginning start middle end earlier later day night tonight week"
        " month year weekend q1 q2 q3 q4 yesterday today tomorrow sun"),
        *COUNTS, *VAGUE_COUNTS, *ORDINALS, *MONTHS, *WEEKDAYS, *SEASONS, *HOLIDAYS,
    )
    for word in re.findall(r"[^\W_]+", words)
)  # fmt: skip
_WORD = re.compile(r"[^\W_]+")
_NAMES_A_TIME = re.compile(
    rf"\d|day|week|month|year|hour|night|noon|morning|morrow|ago|evening|decade|fortnight|quarter|halloween|christmas|nineties"
    rf"|{_any(SEASONS)}|{_any(name for name in MONTHS if len(name) > len('sep'))}|\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)\b|ties\b"
)


def mentions(text: str) -> Iterator[re.Match[str]]:
    """Yield the matches of ``MENTION`` in order; it is tried only at words that a mention begins with, which is what takes time."""
    if not _NAMES_A_TIME.search(text.lower()):
        return
    ended = 0
    for word in _WORD.finditer(text):
        start = word.start()
        if start < ended or not (text[start].isdecimal() or word.group().lower() in _FIRST_WORDS):
            continue
        if found := MENTION.match(text, start):
            ended = found.end()
            yield found
