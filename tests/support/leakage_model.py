"""Who may read what, worked out a second time in plain Python: what test_leakage.py holds every answer against.

Written from docs/governance.md alone. It shares no code with the package and knows no Cypher.
"""

import random
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

# Levels of sensitivity, public to secret; an e-mail address is personal.
ALL, PERSONAL = 3, 1
EVERY = frozenset({"read", "write", "transform", "share", "administer"})
SECRET = re.compile(r"zq(?:[bdfgkmprtvz][aou]){4}k", re.IGNORECASE)
ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")


def secret(chosen: random.Random) -> str:
    """Return a word that nobody has said before; no stemmer shortens it."""
    return "zq" + "".join(chosen.choice("bdfgkmprtvz") + chosen.choice("aou") for _ in range(4)) + "k"


@dataclass
class Permit:
    """What is granted or denied, for which purposes (none: any), until when (none: for good), up to which level of sensitivity."""

    actions: frozenset[str]
    purposes: frozenset[str] | None = None
    until: datetime | None = None
    sees: int = ALL

    def holds(self, at: datetime, purpose: str | None) -> bool:
        return lasts(self.until, at) and (self.purposes is None or purpose in self.purposes)


Permits = defaultdict[tuple[str, str], dict[str, Permit]]


@dataclass
class Mandate:
    """An agent that acts for a user: it may do what all parties may do."""

    parties: tuple[str, ...]
    purpose: str | None = None
    actions: frozenset[str] | None = None
    until: datetime | None = None


@dataclass
class Known:
    """A memory: where it is, what it was made from, when it ends, and whether searches find it."""

    id: str
    space: str
    whole: bool = True
    made_from: set[str] = field(default_factory=set)
    ends: datetime | None = None
    gone: bool = False
    archived: bool = False
    topics: frozenset[str] = frozenset()  # what it is about, as targets of grants; found by machine, asked of the graph
    followed: bool = False  # another memory of its conversation has its words in its context


@dataclass
class Word:
    """A secret: the memory that says it, who wrote it as a reason, if it is one, and how sensitive it is."""

    cube: str
    reason_of: str | None = None
    level: int = 0


def lasts(until: datetime | None, at: datetime) -> bool:
    return until is None or until > at


def moment() -> datetime:
    return datetime.now(UTC)


class Model:
    """The world as it should be seen."""

    def __init__(self) -> None:
        self.owners: dict[str, str] = {}
        self.cubes: dict[str, Known] = {}
        self.words: dict[str, Word] = {}
        # By grantee and target: each giver's is one of its own.
        self.grants: Permits = defaultdict(dict)
        self.denials: Permits = defaultdict(dict)
        self.tenants: dict[str, str | None] = {}
        self.sharing: dict[str, str | None] = {}  # spaces whose policy lets only the owner, or administrators, share
        self.roles: dict[str, dict[str, datetime | None]] = defaultdict(dict)
        self.mandates: dict[str, Mandate] = {}

    def stands(self, me: str, at: datetime) -> bool:
        """Whether ``me`` is somebody, or a mandate that has not ended."""
        return me not in self.mandates or lasts(self.mandates[me].until, at)

    def held(self, me: str, space: str, at: datetime, *, cube: str | None = None, alone: bool = True) -> frozenset[str]:
        """Return what ``me`` may do in ``space``, or with ``cube``; ``alone`` counts grants on that memory or its topics."""
        if not self.stands(me, at):
            return frozenset()
        mandate = self.mandates.get(me) or Mandate((me,))
        held = EVERY if mandate.actions is None else mandate.actions
        for party in mandate.parties:
            held &= self._of(party, mandate.purpose, space, at, cube, alone)
        return held if "read" in held else frozenset()

    def _of(
        self, party: str, purpose: str | None, space: str, at: datetime, cube: str | None, alone: bool
    ) -> frozenset[str]:
        if party == self.owners[space]:
            return EVERY
        mine = {role for role, members in self.roles.items() if party in members}
        in_force = {role for role in mine if lasts(self.roles[role][party], at)}
        granted = {space} | self._alone(cube, alone=alone)
        if self.tenant(party) != self.tenant(space):
            return frozenset()
        # A denial reaches what was made of the memory, and whoever ever had the role.
        denied = {space} | (self.origins(cube) if cube else set())
        allowed = self._union(self.grants, {party, *in_force}, granted, at, purpose)
        return allowed - self._union(self.denials, {party, *mine}, denied, at, purpose)

    def sees(self, me: str, space: str, at: datetime, *, cube: str | None = None, alone: bool = True) -> int:
        """Return up to which level ``me`` sees what is sensitive: what the best grant of each party shows, of all parties."""
        mandate = self.mandates.get(me) or Mandate((me,))
        return min(self._sees(party, mandate.purpose, space, at, cube, alone) for party in mandate.parties)

    def _sees(self, party: str, purpose: str | None, space: str, at: datetime, cube: str | None, alone: bool) -> int:
        if party == self.owners[space]:
            return ALL
        who = {party, *(role for role, members in self.roles.items() if party in members and lasts(members[party], at))}
        if self.tenant(party) != self.tenant(space):
            return 0
        found = self._given(self.grants, who, {space} | self._alone(cube, alone=alone))
        return max((permit.sees for permit in found if permit.holds(at, purpose)), default=0)

    def _alone(self, cube: str | None, *, alone: bool) -> set[str]:
        return {cube, *self.cubes[cube].topics} if cube and alone else set()

    def tenant(self, name: str) -> str | None:
        """Return the tenant of a principal, of a role, which is its owner's, or of a space."""
        return self.tenants.get(name.partition("/")[0])

    def _given(self, permits: Permits, who: Iterable[str], targets: set[str]) -> list[Permit]:
        keys = ((name, target) for name in who for target in targets)
        return [permit for key in keys if key in permits for permit in permits[key].values()]

    def bounds(
        self, me: str, space: str, actions: Iterable[str], at: datetime, cube: str | None
    ) -> tuple[datetime | None, frozenset[str] | None]:
        """Return until when, and for which purposes only, ``me`` holds ``actions``, and so can give them."""
        mandate = self.mandates.get(me) or Mandate((me,))
        ends, purposes = [mandate.until] if mandate.until else [], list[frozenset[str]]()
        for party in mandate.parties:
            if party == self.owners[space]:
                continue
            roles = {role: members[party] for role, members in self.roles.items() if party in members}
            names = {party: None, **{role: until for role, until in roles.items() if lasts(until, at)}}
            for action in actions:
                by = [
                    (permit, [each for each in (permit.until, until) if each])
                    for name, until in names.items()
                    for permit in self._given(self.grants, [name], {space} | self._alone(cube, alone=True))
                    if action in permit.actions and permit.holds(at, mandate.purpose)
                ]
                if by and all(limits for _, limits in by):
                    ends.append(max(min(limits) for _, limits in by))
                if by and all(permit.purposes is not None for permit, _ in by):
                    purposes.append(frozenset().union(*(permit.purposes or () for permit, _ in by)))
        return min(ends, default=None), frozenset.intersection(*purposes) if purposes else None

    def shares(self, me: str, space: str, at: datetime) -> bool:
        """Whether the policy of the space lets ``me``, who holds the right, share and revoke."""
        who = self.sharing.get(space)
        return (
            who is None
            or (who == "owner" and me == self.owners[space])
            or (who == "administrators" and "administer" in self.held(me, space, at))
        )

    def _union(
        self,
        permits: Permits,
        who: Iterable[str],
        targets: set[str],
        at: datetime,
        purpose: str | None,
    ) -> frozenset[str]:
        found = self._given(permits, who, targets)
        return frozenset().union(*(permit.actions for permit in found if permit.holds(at, purpose)))

    def origins(self, cube: str) -> set[str]:
        """Return the memory and all it was made from."""
        known = self.cubes[cube]
        return {cube}.union(*(self.origins(each) for each in known.made_from))

    def reads(self, me: str, cube: str, at: datetime, *, alone: bool = True, ended: bool = False) -> bool:
        """Whether ``me`` may read a memory; ``ended``: leaving aside whether it has come to its end or was erased."""
        known = self.cubes[cube]
        stands = ended or self.is_there(cube, at)
        return stands and "read" in self.held(me, known.space, at, cube=cube, alone=alone)

    def is_there(self, cube: str, at: datetime) -> bool:
        """Whether a memory was neither erased nor has come to its end."""
        return not self.cubes[cube].gone and lasts(self.ends(cube), at)

    def ends(self, cube: str) -> datetime | None:
        """Return when a memory ends; a fact ends with the last memory that says it."""
        known = self.cubes[cube]
        if known.whole:
            return known.ends
        ends = [self.cubes[each].ends for each in known.made_from]
        return None if None in ends else max(each for each in ends if each)

    def wholes(self, space: str) -> Iterator[Known]:
        return (known for known in self.cubes.values() if known.space == space and known.whole)

    def facts(self, cube: str) -> Iterator[Known]:
        return (known for known in self.cubes.values() if not known.whole and cube in known.made_from)

    def says(self, me: str, word: str, at: datetime, *, alone: bool, ended: bool) -> bool:
        """Whether ``me`` may be told a secret: it may read the memory that says it, or a fact of it."""
        said = self.words.get(word.lower())
        if said is None:
            return False
        if said.reason_of == me:
            return True
        sayers = [said.cube, *(fact.id for fact in self.facts(said.cube))]
        return any(
            self.reads(me, each, at, alone=alone, ended=ended)
            and said.level <= self.sees(me, self.cubes[each].space, at, cube=each, alone=alone)
            for each in sayers
        )

    def leaks(
        self, me: str, text: str, since: datetime, until: datetime, *, alone: bool = False, ended: bool = False
    ) -> list[str]:
        """Return every secret and every id in ``text`` that ``me`` might not be told at either end of the act."""
        moments = (since, until)
        words = {
            word
            for word in set(SECRET.findall(text))
            if not any(self.says(me, word, at, alone=alone, ended=ended) for at in moments)
        }
        ids = {
            cube
            for cube in set(ID.findall(text)) & self.cubes.keys()
            if not any(self.reads(me, cube, at, alone=alone, ended=ended) for at in moments)
        }
        return sorted(words | ids)
