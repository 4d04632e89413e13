"""What a space must hold after acts: a model of whole memories, their versions and states, kept by the test alone."""

import copy
import os
import random
import string
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import yaml

from support.crash_hands import Act

TEACHES = "MEMOS_CRASH_TRIALS" in os.environ
"""Whether adapters are taught, which takes most of a short run's time: where many kills are asked for, as by `make soak`."""

_TOWNS = ("Bergen", "Ghent", "Lisbon", "Porto", "Krakow", "Tartu", "Graz", "Lyon", "Turin", "Cork")
_UNKNOWN = "new "
Shape = tuple[str, tuple[str, ...]]


@dataclass
class Said:
    """A whole memory: who said it, every version's text, its state."""

    who: str
    texts: list[str]
    state: str = "activated"

    @property
    def shape(self) -> Shape:
        return self.state, tuple(self.texts)


@dataclass
class Expected:
    """One space, as the acts that were done left it. ``cubes`` by id, or by a name of the test where that is not known."""

    space: str
    principal: str
    chance: random.Random
    cubes: dict[str, Said] = field(default_factory=dict)
    snapshots: dict[str, dict[str, Said]] = field(default_factory=dict)
    erased: list[str] = field(default_factory=list)
    receipts: list[str] = field(default_factory=list)
    caches: list[str] = field(default_factory=list)
    adapters: list[str] = field(default_factory=list)
    readers: list[str] = field(default_factory=list)
    revoked: list[str] = field(default_factory=list)
    acts: Counter[str] = field(default_factory=Counter)
    made: int = 0
    put_back: bool = False

    def copy(self) -> "Expected":
        other = copy.copy(self)
        for name in _COPIED:
            setattr(other, name, copy.deepcopy(getattr(self, name)))
        return other

    def matches(self, found: dict[str, Said]) -> bool:
        """Whether a space holds just this; ids the test was never told may be any."""
        known = {id_: said.shape for id_, said in self.cubes.items() if not id_.startswith(_UNKNOWN)}
        new = Counter(said.shape for id_, said in self.cubes.items() if id_.startswith(_UNKNOWN))
        left = Counter(said.shape for id_, said in found.items() if id_ not in known)
        return all(id_ in found and found[id_].shape == shape for id_, shape in known.items()) and left == new

    def put_back_to(self, then: "Expected") -> "Expected":
        """Return what is to be there where a copy of the database from ``then`` was put back: less what was taken away since.

        Payloads that were in service then and are now have their files; what was revoked, and who was forgotten, is not back.
        """
        done = then.copy()
        done.made, done.put_back = self.made, True
        done.erased, done.receipts, done.revoked = list(self.erased), list(self.receipts), list(self.revoked)
        for each in self.erased:
            done.leave_out(each)
        done.readers = [each for each in done.readers if each not in self.revoked]
        done.caches = [each for each in done.caches if each in self.caches]
        done.adapters = [each for each in done.adapters if each in self.adapters]
        return done

    def leave_out(self, who: str) -> None:
        """Leave out what somebody said."""
        self.cubes = {id_: said for id_, said in self.cubes.items() if said.who != who}

    @property
    def events(self) -> Counter[str]:
        """How often the log must have each act."""
        counted = Counter({name: self.acts[name] for name in _LOGGED if self.acts[name]})
        return counted + Counter(update=self.acts["unit"], rollback=self.acts["roll_back_to"])

    # Acts at random.

    def draw(self, *names: str) -> Act:
        """Return an act that can be done now, one of ``names`` where they are given and possible."""
        wanted = [name for name in names or _WEIGHTS if TEACHES or name != "distill"]
        possible = [name for name in wanted if self._can(name)] or ["add"]
        name = self.chance.choices(possible, [_WEIGHTS.get(each, 1) for each in possible])[0]
        return Act(self.space, self.principal, name, getattr(self, f"_draw_{name}")())

    def _can(self, name: str) -> bool:
        live, gone = self._in("activated"), self._in("archived")
        return {
            "add": True,
            "snapshot": bool(live),
            "roll_back_to": bool(self.snapshots),
            "merge": bool(self._pairs()),
            "restore": bool(gone),
            "grant": True,
            "revoke": bool(self.readers),
            "rollback": any(len(self.cubes[each].texts) > 1 for each in live),
        }.get(name, bool(live))

    def _in(self, state: str) -> list[str]:
        return [id_ for id_, said in self.cubes.items() if said.state == state]

    def _pairs(self) -> list[list[str]]:
        live = self._in("activated")
        return [[a, b] for a in live for b in live if a < b and self.cubes[a].who == self.cubes[b].who]

    def _who(self) -> str:
        """A person of this space, or a new one; names stand nowhere else in the database."""
        known = sorted({said.who for said in self.cubes.values()} - set(self.erased))
        if known and self.chance.random() < 0.6:
            return self.chance.choice(known)
        return "".join(self.chance.choices(string.ascii_lowercase, k=10)).capitalize()

    def _text(self) -> str:
        self.made += 1
        return f"I moved to {self.chance.choice(_TOWNS)} with {self.made + 1} bees."

    def _message(self) -> dict[str, str]:
        text = self._text()
        return {"id": f"m{self.made}", "speaker": self._who(), "text": text, "at": "2026-05-04T09:00:00Z"}

    def _draw_add(self) -> dict[str, Any]:
        return {"messages": [self._message() for _ in range(self.chance.randint(1, 4))], "source": "talk"}

    def _draw_update(self) -> dict[str, Any]:
        return {"cube": self.chance.choice(self._in("activated")), "text": self._text()}

    def _draw_rollback(self) -> dict[str, Any]:
        cube = self.chance.choice([each for each in self._in("activated") if len(self.cubes[each].texts) > 1])
        return {"cube": cube, "to": self.chance.randint(1, len(self.cubes[cube].texts) - 1)}

    def _draw_merge(self) -> dict[str, Any]:
        return {"cubes": self.chance.choice(self._pairs()), "text": self._text()}

    def _draw_archive(self) -> dict[str, Any]:
        return {"cube": self.chance.choice(self._in("activated"))}

    def _draw_restore(self) -> dict[str, Any]:
        return {"cube": self.chance.choice(self._in("archived"))}

    def _draw_snapshot(self) -> dict[str, Any]:
        self.made += 1
        return {"name": f"snapshot {self.made}"}

    def _draw_roll_back_to(self) -> dict[str, Any]:
        return {"to": self.chance.choice(list(self.snapshots))}

    def _draw_grant(self) -> dict[str, Any]:
        self.made += 1
        return {"grantee": f"reader-{self.made}-of-{self.space.replace('/', '-')}"}

    def _draw_revoke(self) -> dict[str, Any]:
        return {"grantee": self.chance.choice(self.readers)}

    def _draw_build(self) -> dict[str, Any]:
        return {}

    def _draw_distill(self) -> dict[str, Any]:
        """One step teaches nothing, and leaves everything a whole course leaves."""
        return {"recipe": {"steps": 1}}

    def _draw_chat(self) -> dict[str, Any]:
        """Ask in words that the model host's model reads, so that it is asked."""
        people = sorted({said.who for said in self.cubes.values()}) or ["Dana"]
        return {"question": f"Where does {self.chance.choice(people)} live?"}

    def _draw_forget(self) -> dict[str, Any]:
        return {"subject": self.chance.choice(sorted({self.cubes[each].who for each in self._in("activated")}))}

    def _draw_pipeline(self) -> dict[str, Any]:
        """A chain of units, each of which corrects a memory and adds another."""
        lines = ["pipeline: chain", "inputs:", "  cube: {type: cube}", "steps:"]
        units = self.chance.randint(2, 5)
        for i in range(units):
            needs, said = f"needs: [add{i - 1}], " if i else "", self._message()
            message = ", ".join(f"{name}: '{value}'" for name, value in said.items())
            lines += [
                f"  - {{id: update{i}, act: update, {needs}arguments: {{cube: '${{inputs.cube}}', text: '{self._text()}'}}}}",
                f"  - {{id: add{i}, act: add, needs: [update{i}], arguments: {{messages: [{{{message}}}], source: talk}}}}",
            ]
        lines += ["units:", *(f"  unit{i}: [update{i}, add{i}]" for i in range(units))]
        return {"declaration": "\n".join(lines), "inputs": {"cube": self.chance.choice(self._in("activated"))}}

    # What they do.

    def after(self, act: Act, result: Any = None, *, units: int | None = None) -> "Expected":
        """Return what is to be there once ``act`` is done; of a pipeline only so many ``units``."""
        done = self.copy()
        done.acts[act.name] += 1
        if act.name == "pipeline":
            done.do_pipeline(act.given, result, units)
        else:
            getattr(done, f"do_{act.name}")(act.given, result)
        if act.name in _WITHDRAWING:
            done.caches, done.adapters = [], []
        return done

    def do_add(self, given: dict[str, Any], result: list[str] | None) -> None:
        for i, each in enumerate(given["messages"]):
            id_ = result[i] if result else f"{_UNKNOWN}{each['id']}"
            self.cubes[id_] = Said(each["speaker"], [each["text"]])

    def do_update(self, given: dict[str, Any], result: int | None) -> None:
        self.cubes[given["cube"]].texts.append(given["text"])
        assert result in (None, len(self.cubes[given["cube"]].texts))

    def do_rollback(self, given: dict[str, Any], result: int | None) -> None:
        texts = self.cubes[given["cube"]].texts
        texts.append(texts[given["to"] - 1])
        assert result in (None, len(texts))

    def do_merge(self, given: dict[str, Any], result: str | None) -> None:
        for each in given["cubes"]:
            self.cubes[each].state = "merged"
        self.cubes[result or f"{_UNKNOWN}merged"] = Said(self.cubes[given["cubes"][0]].who, [given["text"]])

    def do_archive(self, given: dict[str, Any], result: str | None) -> None:
        self.cubes[given["cube"]].state = "archived"
        assert result in (None, "archived")

    def do_restore(self, given: dict[str, Any], result: str | None) -> None:
        self.cubes[given["cube"]].state = "activated"
        assert result in (None, "activated")

    def do_snapshot(self, given: dict[str, Any], _result: str | None) -> None:
        self.snapshots[given["name"]] = copy.deepcopy(self.cubes)

    def do_roll_back_to(self, given: dict[str, Any], _result: object) -> None:
        then = self.snapshots[given["to"]]
        for id_, said in self.cubes.items():
            if id_ in then:
                if said.texts[-1] != then[id_].texts[-1]:
                    said.texts.append(then[id_].texts[-1])
                said.state = then[id_].state
            elif said.state == "activated":
                said.state = "archived"

    def do_grant(self, given: dict[str, Any], _result: object) -> None:
        self.readers.append(given["grantee"])

    def do_revoke(self, given: dict[str, Any], _result: object) -> None:
        self.readers.remove(given["grantee"])
        self.revoked.append(given["grantee"])

    def do_build(self, _given: dict[str, Any], result: str | None) -> None:
        if result and result not in self.caches:
            self.caches.append(result)

    def do_distill(self, _given: dict[str, Any], result: str | None) -> None:
        if result:
            self.adapters.append(result)

    def do_chat(self, _given: dict[str, Any], _result: object) -> None:
        """Changes nothing."""

    def do_forget(self, given: dict[str, Any], result: str | None) -> None:
        self.leave_out(given["subject"])
        self.erased.append(given["subject"])
        if result:
            self.receipts.append(result)

    def do_pipeline(self, given: dict[str, Any], result: list[str] | None, units: int | None) -> None:
        added, texts = pipeline_content(given["declaration"])
        count = len(added) if units is None else units
        self.acts["unit"] += count
        for i in range(count):
            self.cubes[given["inputs"]["cube"]].texts.append(texts[i])
            id_ = result[i] if result else f"{_UNKNOWN}{added[i]['id']}"
            self.cubes[id_] = Said(added[i]["speaker"], [added[i]["text"]])


def pipeline_content(declaration: str) -> tuple[list[dict[str, str]], list[str]]:
    """Return the messages that the units of such a chain add, and the texts they write."""
    steps = [each["arguments"] for each in yaml.safe_load(declaration)["steps"]]
    return [each["messages"][0] for each in steps if "messages" in each], [e["text"] for e in steps if "text" in e]


_WEIGHTS = {
    "add": 4,
    "update": 4,
    "rollback": 3,
    "merge": 4,
    "archive": 2,
    "restore": 2,
    "snapshot": 2,
    "roll_back_to": 4,
    "pipeline": 4,
    "build": 3,
    "distill": 1,
    "forget": 3,
    "grant": 2,
    "revoke": 2,
}
_COPIED = ("cubes", "snapshots", "erased", "receipts", "caches", "adapters", "readers", "revoked", "acts")
_LOGGED = ("update", "rollback", "merge", "archive", "restore", "snapshot", "forget", "grant", "revoke")
_WITHDRAWING = frozenset({"update", "rollback", "merge", "archive", "roll_back_to", "forget", "pipeline"})
