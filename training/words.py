"""Names and values: two thirds made up, one third real ones, split by hash into those trained on and those never seen."""

import hashlib
import importlib
import random
import tomllib
from functools import cache
from pathlib import Path
from typing import Any, Literal

from faker.providers.color import Provider as Colours
from faker.providers.job import Provider as Jobs
from faker.providers.lorem.en_US import Provider as Lorem
from faker.providers.person.en import Provider as People

from memos_graph.errors import InputError

Part = Literal["train", "held_out"]

_MADE_UP_SHARE = 2 / 3
_HELD_OUT_ONE_IN = 5
_DATA: dict[str, Any] = tomllib.loads(Path(__file__).with_name("words.toml").read_text(encoding="utf-8"))
_SYLLABLES: dict[str, list[str]] = _DATA["syllables"]
_LONGEST_CITY = 24
MONTHS: tuple[str, ...] = tuple(_DATA["months"])
DAYS: tuple[str, ...] = tuple(_DATA["days"])
COMPANY_TAILS: tuple[str, ...] = tuple(_DATA["company_tails"])


def part_of(text: str) -> Part:
    """Tell which part a name or value belongs to, by its own hash: one in five is never trained on."""
    digest = hashlib.sha256(text.lower().encode()).digest()
    return "held_out" if digest[0] % _HELD_OUT_ONE_IN == 0 else "train"


def person(rng: random.Random, part: Part) -> str:
    """Draw a name as it stands in memories: a given name, one time in four with a surname. Every word of it is of the part."""
    given = _drawn(rng, part, "given")
    return f"{given} {_drawn(rng, part, 'surname')}" if rng.random() < 0.25 else given


def near(rng: random.Random, name: str, part: Part) -> str:
    """Draw a name that begins or ends as this one does, and is another."""
    for _ in range(20):
        cut = rng.randint(1, max(1, len(name) - 2))
        other = name[:cut] + made_up(rng)[:4] if rng.random() < 0.6 else made_up(rng)[:3].capitalize() + name[cut:]
        if other != name and part_of(other) == part:
            return other
    return person(rng, part)


def value(rng: random.Random, kind: str, part: Part) -> str:
    """Draw a value of this kind. Dates, codes and weekdays are few or all alike, so both parts share their words (not their hash)."""
    if kind == "weekday":
        day, hour = rng.choice(DAYS), rng.choice(("morning", "afternoon", "evening"))
        return day if rng.random() < 0.7 else f"{day} {hour}"
    if kind == "name":
        return person(rng, part)
    for _ in range(200):
        text = _date(rng) if kind == "date" else _code(rng) if kind == "code" else _drawn(rng, part, kind)
        if part_of(text) == part:
            return text
    raise InputError(f"No {part} value of kind {kind!r} was found.")


def date(rng: random.Random) -> str:
    """Draw a day as it stands before a line: ``2026-05-08``."""
    return f"{rng.randint(2019, 2028)}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}"


def made_up(rng: random.Random) -> str:
    """Make a word nobody knows, lower case: two or three syllables, or two halves of real words, or letters in no order."""
    draw = rng.random()
    if draw < 0.7:
        return "".join(_syllable(rng) for _ in range(rng.choice((1, 2, 2, 2, 2, 3))))[:10]
    if draw < 0.95:
        head, tail = rng.choice(_halves()), rng.choice(_halves())
        return head[: rng.randint(2, 6)] + tail[-rng.randint(2, 5) :]
    return "".join(rng.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(rng.randint(3, 8)))


def _syllable(rng: random.Random) -> str:
    if rng.random() < 0.5:
        return rng.choice(_SYLLABLES["plain_onsets"]) + rng.choice("aeiou")
    return "".join(rng.choice(_SYLLABLES[part]) for part in ("onsets", "nuclei", "codas"))


def _drawn(rng: random.Random, part: Part, kind: str) -> str:
    real = _real(kind, part)
    if real and rng.random() > _MADE_UP_SHARE:
        return rng.choice(real)
    while True:
        text = _shaped(rng, kind)
        if part_of(text) == part:
            return text


def _shaped(rng: random.Random, kind: str) -> str:
    word = made_up(rng)
    if kind in {"given", "surname", "language"}:
        return word.capitalize()
    if kind in {"place", "car"}:
        return word.capitalize() if rng.random() < 0.8 else f"{word.capitalize()} {made_up(rng).capitalize()}"
    if kind == "company":
        return f"{word.capitalize()} {rng.choice(COMPANY_TAILS)}" if rng.random() < 0.5 else word.capitalize()
    draw = rng.random()
    return word if draw < 0.6 else f"{word} {made_up(rng)}" if draw < 0.8 else f"{rng.choice(common_words())} {word}"


def _date(rng: random.Random) -> str:
    day, month, year = rng.randint(1, 28), rng.randint(1, 12), rng.randint(1940, 2015)
    name = MONTHS[month - 1]
    return rng.choice(
        (
            f"{day} {name}",
            f"{name} {day}",
            f"{day} {name} {year}",
            f"{name} {day}, {year}",
            f"{year}-{month:02}-{day:02}",
        )
    )


def _code(rng: random.Random) -> str:
    digits = "".join(str(rng.randint(0, 9)) for _ in range(rng.randint(2, 6)))
    letter = rng.choice("ABCDEFGHJKLMNPRSTUVWXYZ")
    return digits if rng.random() < 0.8 else rng.choice((f"{letter}{digits}", f"{digits}{letter}"))


@cache
def _real(kind: str, part: Part) -> tuple[str, ...]:
    return tuple(text for text in _all_real(kind) if part_of(text) == part)


def _all_real(kind: str) -> list[str]:
    if kind in {"given", "surname"}:
        return sorted(set(People.first_names if kind == "given" else People.last_names))
    if kind == "job":
        return sorted({job.split(",")[0].lower() for job in Jobs.jobs if "/" not in job and "(" not in job})
    if kind == "colour":
        return sorted(
            {"".join(f" {c}" if c.isupper() else c for c in name).strip().lower() for name in Colours.all_colors}
        )
    if kind == "place":
        return _cities()
    return list(_DATA["real"].get(kind, []))


def _cities() -> list[str]:
    names: set[str] = set()
    for locale in _DATA["city_locales"]:
        provider: Any = importlib.import_module(f"faker.providers.address.{locale}").Provider
        names.update(
            name for name in getattr(provider, "cities", ()) if isinstance(name, str) and len(name) < _LONGEST_CITY
        )
    return sorted(names)


@cache
def _halves() -> tuple[str, ...]:
    words = {
        word.lower()
        for kind in ("given", "place", "job", "surname")
        for text in _all_real(kind)
        for word in text.split()
    }
    return tuple(sorted(word for word in words if word.isalpha() and len(word) > 3))


@cache
def common_words() -> tuple[str, ...]:
    """List plain English words, lower case, of the trained part."""
    return tuple(
        sorted(word for word in Lorem.word_list if word.isalpha() and word.islower() and part_of(word) == "train")
    )
