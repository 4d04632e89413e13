"""The words of many languages for the two halves of the day (day periods ``a`` and ``b`` of CLDR)."""

import re

MORNING, AFTERNOON = "am", "pm"

_MORNING_WORDS = """
    vorm Vorm vormittags morgens früh öö ÖÖ дп ДП ص صباحًا صباحاً 午前 上午 早上 清晨 凌晨 오전 fm ap dop πμ π.μ SA PG paradite
    पूर्वाह्न পূর্বাহ্ণ ก่อนเที่ยง לפנה״צ ق.ظ priekšp priešpiet
"""
_AFTERNOON_WORDS = """
    nachm Nachm nachmittags abends ös ÖS пп ПП م مساءً مساء 午後 下午 傍晚 晚上 오후 em ip odp μμ μ.μ CH PTG pasdite
    अपराह्न অপরাহ্ণ หลังเที่ยง אחה״צ ب.ظ pēcp popiet
"""
_NOON_WORDS = ("中午", "mittags")

_HALVES = {word.casefold(): MORNING for word in _MORNING_WORDS.split()}
_HALVES |= {word.casefold(): AFTERNOON for word in _AFTERNOON_WORDS.split()}
_LISTED = sorted({*_MORNING_WORDS.split(), *_AFTERNOON_WORDS.split(), *_NOON_WORDS}, key=len, reverse=True)

HALF = (
    r"(?:[AaPp]\s?\.?\s?[Mm](?![^\W\d_])\.?|(?:e\s)?(?:"
    + "|".join(map(re.escape, _LISTED))
    + r")(?![^\W\d_\u4e00-\u9fff\uac00-\ud7af])\.?)"
)
"""A pattern of such a word, in any spelling: AM, a.m., p. m., nachm., 午後."""


def half_of(word: str, hour: int) -> str:
    """Return which half of the day ``word`` names; around noon both sides of it are called the same."""
    plain = word.replace(" ", "").rstrip(".").casefold()
    if plain in _NOON_WORDS:
        return AFTERNOON if hour in {12, 1, 2} else MORNING
    if plain in _HALVES:
        return _HALVES[plain]
    bare = plain.removeprefix("e")
    if bare in _HALVES:
        return _HALVES[bare]
    return MORNING if plain.startswith("a") else AFTERNOON
