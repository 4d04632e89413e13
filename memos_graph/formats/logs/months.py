"""Names of months in the languages whose chat programs write them out, short and long."""

from memos_graph.formats.dates import MONTHS

_LISTED = (
    "januar jän janvier janv enero ene janeiro gennaio gen januari январь января янв ocak oca styczeń stycznia sty",
    "februar febr février févr fevrier febrero fevereiro fev febbraio februari февраль февраля февр фев şubat şub luty lut",
    "märz mrz mär mars marzo março mart maart mrt marts март марта мар marzec marca",
    "avril avr abril abr aprile апрель апреля апр nisan nis kwiecień kwietnia kwi",
    "mai mayo maio maggio mag mei maj май мая mayıs",
    "juni juin junio junho jun giugno giu июнь июня июн haziran haz czerwiec czerwca cze",
    "juli juillet juil julio julho jul luglio lug июль июля июл temmuz tem lipiec lipca lip",
    "août aout agosto ago augustus augusti agustus agt август августа авг ağustos ağu sierpień sierpnia sie",
    "septembre septiembre setiembre setembro settembre set сентябрь сентября сент сен eylül eyl wrzesień września wrz",
    "oktober okt octobre octubre outubro out ottobre ott октябрь октября окт ekim eki październik października paź",
    "noviembre novembro novembre ноябрь ноября нояб ноя kasım kas listopad listopada",
    "dezember dez décembre déc diciembre dic dezembro dicembre desember des декабрь декабря дек aralık ara grudnia gru",
)
_MONTHS = {name: number for number, names in enumerate(_LISTED, start=1) for name in names.split()} | MONTHS

MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
"""A pattern of any of them, to be used with IGNORECASE."""


def month_of(name: str) -> int:
    """Return 1 to 12 for a name that matches ``MONTH``."""
    return _MONTHS[name.lower()]
