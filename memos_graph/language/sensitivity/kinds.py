"""Kinds of sensitive content and how sensitive each is, declared in one table."""

from bisect import bisect_left
from collections.abc import Callable, Iterable
from enum import IntEnum, StrEnum
from typing import NamedTuple


class FindingKind(StrEnum):
    """What a finding is; the value is what people write in a policy and read in place of the text."""

    NAME = "name"
    EMAIL = "e-mail"
    PHONE = "phone"
    IP_ADDRESS = "ip address"
    PAYMENT_CARD = "payment card"
    IBAN = "iban"
    IDENTITY_NUMBER = "identity number"
    API_KEY = "api key"
    PASSWORD = "password"  # noqa: S105 - the kind's name, not one
    PRIVATE_KEY = "private key"


class Level(IntEnum):
    """How sensitive a text is; a reader of one level may see everything up to it."""

    PUBLIC = 0
    PERSONAL = 1
    CONFIDENTIAL = 2
    SECRET = 3


class LevelName(StrEnum):
    """The four levels of sensitivity by name, lowest first; their places are ``Level``."""

    PUBLIC = "public"
    PERSONAL = "personal"
    CONFIDENTIAL = "confidential"
    SECRET = "secret"  # noqa: S105 - the level's name

    @property
    def level(self) -> int:
        """Its number, 0 to 3."""
        return list(LevelName).index(self)


LEVELS: dict[FindingKind, Level] = {
    FindingKind.NAME: Level.PERSONAL,
    FindingKind.EMAIL: Level.PERSONAL,
    FindingKind.PHONE: Level.PERSONAL,
    FindingKind.IP_ADDRESS: Level.PERSONAL,
    FindingKind.PAYMENT_CARD: Level.CONFIDENTIAL,
    FindingKind.IBAN: Level.CONFIDENTIAL,
    FindingKind.IDENTITY_NUMBER: Level.CONFIDENTIAL,
    FindingKind.API_KEY: Level.SECRET,
    FindingKind.PASSWORD: Level.SECRET,
    FindingKind.PRIVATE_KEY: Level.SECRET,
}


class Finding(NamedTuple):
    """A sensitive piece of a text: ``text[start:end]``, characters."""

    kind: FindingKind
    start: int
    end: int

    @property
    def level(self) -> Level:
        """How sensitive it is."""
        return LEVELS[self.kind]


Detector = Callable[[str], tuple[Finding, ...]]


def clearance(findings: Iterable[Finding]) -> int:
    """Return the highest level of ``findings``: what a reader needs to see all of the text. 0 where there are none."""
    return max((int(each.level) for each in findings), default=0)


def kinds_of(findings: Iterable[Finding]) -> tuple[str, ...]:
    """Return the kinds found, each once, in the order of ``FindingKind``."""
    found = {each.kind for each in findings}
    return tuple(kind.value for kind in FindingKind if kind in found)


def settled(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return ``findings`` by place, none over another: of two that overlap, the more sensitive stays, then the longer."""
    kept: list[Finding] = []  # by place, so that what could overlap one is beside where it would stand
    for each in sorted(findings, key=lambda found: (-found.level, found.start - found.end, found.start)):
        place = bisect_left(kept, each.start, key=lambda found: found.start)
        after = place == len(kept) or each.end <= kept[place].start
        if after and (place == 0 or kept[place - 1].end <= each.start):
            kept.insert(place, each)
    return tuple(kept)
