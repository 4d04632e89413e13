"""The words of many languages for the two halves of the day (day periods ``a`` and ``b`` of CLDR)."""

import re

MORNING, AFTERNOON = "am", "pm"

_MORNING_WORDS = """
    vorm Vorm vormittags morgens früh öö ÖÖ дп ДП ص صباحًا صباحاً 午前 上午 早上 清晨 凌晨 오전 fm ap dop πμ π.μ SA PG paradite
    पूर्वाह्न পূর্বাহ্ণ ก่อนเที่ยง לפנה״צ ق.ظ priekšp priešpiet
    ጥዋት পূৰ্বাহ্ন སྔ་དྲོ་ སྔ་ཆ་ ŋdi subaka N’ụtụtụ ꎸꄑ Isuk Kiroko тң moies ntɔ́ngɔ́ ກ່ອນທ່ຽງ Dinda претпл ү.ө နံနက် Z.MU صبح පෙ.ව ቅ.ቀ
    go.öň چ.ب Àárọ̀ भोर নুমাং फुं सवेर ب.ن ᏌᎾᎴ 上晝 ЭИ ТО АМ פֿאַרמיטאָג
"""
_AFTERNOON_WORDS = """
    nachm Nachm nachmittags abends ös ÖS пп ПП م مساءً مساء 午後 下午 傍晚 晚上 오후 em ip odp μμ μ.μ CH PTG pasdite
    अपराह्न অপরাহ্ণ หลังเที่ยง אחה״צ ب.ظ pēcp popiet
    ከሰዓት অপৰাহ্ন ཕྱི་དྲོ་ ཕྱི་ཆ་ ɣetrɔ kikiiɗe N’abalị ꁯꋒ Wengi Hwaĩ-inĩ тк nomëttes mpókwa ຫຼັງທ່ຽງ Dilolo попл ү.х ညနေ Z.MW شام ප.ව ድ.ቀ
    go.soň چ.ك Ọ̀sán सांझ बेलासे स’ञ د.ن ᏒᎯᏱᎢ 下晝 ЭК ТК ПМ נאָכמיטאָג nam wótp
"""
_NOON_WORDS = ("中午", "mittags")
# Names, too: they tell the half only right before the dash behind a stamp.
_SHORT_MORNINGS = "AN TO GH SF WD BN HH ND vm dop de atm A.M r.n f.h f.m i.b p.d к.у Sub yb ap"
_SHORT_AFTERNOONS = "ANW TK GD YM WB PN EA LK nm odp pop du ptm G.M i.n e.h e.m e.b m.d к.х Ngo yh ip"

_HALVES = {word.casefold(): MORNING for word in f"{_MORNING_WORDS} {_SHORT_MORNINGS}".split()}
_HALVES |= {word.casefold(): AFTERNOON for word in f"{_AFTERNOON_WORDS} {_SHORT_AFTERNOONS}".split()}
_LISTED = sorted({*_MORNING_WORDS.split(), *_AFTERNOON_WORDS.split(), *_NOON_WORDS}, key=len, reverse=True)

HALF = (
    r"(?:[AaPp]\s?\.?\s?[Mm](?![^\W\d_])\.?|(?:e\s)?(?:"
    + "|".join(map(re.escape, _LISTED))
    + r")(?![^\W\d_\u4e00-\u9fff\uac00-\ud7af])\.?)"
)
"""A pattern of such a word, in any spelling: AM, a.m., p. m., nachm., 午後."""


SHORT_HALF = (
    r"(?:(?:"
    + "|".join(
        re.escape(word).replace(r"\.", r"\. ?")
        for word in sorted(f"{_SHORT_MORNINGS} {_SHORT_AFTERNOONS}".split(), key=len, reverse=True)
    )
    + r")\.?(?=\s[-\u2013]\s))"
)
"""A pattern of one that is a name or a word elsewhere, before the dash that ends a stamp."""


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
