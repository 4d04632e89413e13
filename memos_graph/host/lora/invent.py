"""Made-up people and values: names nobody taught, for questions whose answers a model can only have read."""

import random
from collections.abc import Callable

_ONSETS = [
    "b",
    "br",
    "c",
    "ch",
    "d",
    "dr",
    "f",
    "fl",
    "g",
    "gr",
    "h",
    "j",
    "k",
    "kl",
    "l",
    "m",
    "n",
    "p",
    "pr",
    "r",
    "s",
    "sh",
    "sl",
    "st",
    "t",
    "th",
    "tr",
    "v",
    "w",
    "z",
]
_VOWELS = ["a", "e", "i", "o", "u", "ai", "ea", "io", "ou"]
_CODAS = ["", "", "", "", *["k", "l", "m", "n", "nd", "r", "rn", "s", "ss", "t"]]
MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
_DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
_COMPANIES = ["Labs", "Group", "Foods", "Systems", "Works", "Energy", "Partners", "Media", "Trading", "Studio"]
_HALF = 0.5


def person(rng: random.Random) -> str:
    """Return a name, one time in four with a surname."""
    return _title(rng) if rng.random() < 3 * _HALF / 2 else f"{_title(rng)} {_title(rng)}"


def like(rng: random.Random, name: str) -> str:
    """Return another name that begins as ``name`` does, for the mix-ups an adapter is prone to."""
    cut = rng.randint(1, max(1, len(name) - 2))
    other = name[:cut] + _syllable(rng)
    return other if other != name else other + "o"


def value(rng: random.Random, kind: str) -> str:
    """Return a value of a kind as the phrasebook names kinds; a kind without rules of its own gets a made-up word."""
    return _KINDS.get(kind, _thing)(rng)


def day(rng: random.Random) -> str:
    """Return a date as it stands before a line of memory: ``2026-05-08``."""
    return f"{rng.randint(2019, 2028)}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}"


def _syllable(rng: random.Random) -> str:
    return rng.choice(_ONSETS) + rng.choice(_VOWELS) + rng.choice(_CODAS)


def _word(rng: random.Random) -> str:
    return "".join(_syllable(rng) for _ in range(rng.choice((1, 2, 2, 2, 3))))[:10]


def _title(rng: random.Random) -> str:
    return _word(rng).capitalize()


def _thing(rng: random.Random) -> str:
    return _word(rng) if rng.random() < 3 * _HALF / 2 else f"{_word(rng)} {_word(rng)}"


def _company(rng: random.Random) -> str:
    return f"{_title(rng)} {rng.choice(_COMPANIES)}" if rng.random() < _HALF else _title(rng)


def _weekday(rng: random.Random) -> str:
    return rng.choice(_DAYS)


def _code(rng: random.Random) -> str:
    return "".join(rng.choice("0123456789") for _ in range(rng.choice((3, 4, 4, 6))))


def _date(rng: random.Random) -> str:
    number, month, year = rng.randint(1, 28), rng.choice(MONTHS), rng.randint(1940, 2015)
    return rng.choice(
        (f"{number} {month}", f"{month} {number}", f"{number} {month} {year}", f"{month} {number}, {year}")
    )


_KINDS: dict[str, Callable[[random.Random], str]] = {
    "place": _title,
    "surname": _title,
    "language": _title,
    "car": _title,
    "name": person,
    "company": _company,
    "weekday": _weekday,
    "code": _code,
    "date": _date,
}
