"""API, worker, model host and Neo4j killed with -9 in the middle of acts: no acknowledged act is lost, none is half done."""

import os
import random
import shutil
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest
from support.crash_checks import check_erased, check_payloads, check_space, quiet, wholes
from support.crash_hands import Act, Answer, Api, Hands, Worker, end
from support.crash_model import Expected, pipeline_content
from support.raw_graph import rows, value

import memos_graph
from memos_graph import Memory, MemOS, Settings
from memos_graph.errors import StateError
from memos_graph.graph.engine import Engine
from memos_graph.graph.home import ServerHome
from memos_graph.host.protocol import Recipe
from memos_graph.host.supervisor import HostProcess
from memos_graph.pipelines import RunState
from memos_graph.types import State

TRIALS = int(os.environ.get("MEMOS_CRASH_TRIALS", "13"))
pytestmark = pytest.mark.timeout(300 + 60 * TRIALS)  # processes are started anew, and the server once in six

PRINCIPAL = "crash"
# One deck of victims; it is shuffled, and dealt again when it is used up.
DECK = ["worker"] * 5 + ["api"] * 3 + ["host"] * 2 + ["neo4j"] * 2
# Dealt with each deck: an older copy of the database is put back, with kills before it, and sometimes in the midst of it.
OLDER = "older copy"
_OPENING_S = 12.0
_FIRST_S = {"pipeline": 2.0, "build": 2.0, "distill": 25.0}  # how long an act takes that was not done yet
_PATIENCE_S = 120.0
_ENDS = "UNWIND $spaces AS id MATCH (s:Space {id: id}) RETURN id AS space, s.audit_seq AS seq"
_GROWN = """
UNWIND $ends AS end
MATCH (e:AuditEvent {space: end.space}) WHERE e.seq > end.seq
RETURN e.space AS space, collect(DISTINCT e.action) AS actions
"""
UNAVAILABLE = ("unavailable", "was not acknowledged", "pipeline-failed")


@dataclass
class House:
    """One store and the programs that use it; what was killed is started again when it is next needed."""

    settings: Settings
    environment: dict[str, str]
    memos: MemOS
    worker: Worker | None = None
    api: Api | None = None
    secret: str = ""
    took: dict[str, float] = field(default_factory=dict)

    def hands(self, kind: str) -> Hands:
        """Return the worker or the API, running."""
        if kind == "worker":
            self.worker = self.worker or Worker(self.environment).ready()
            return self.worker
        if self.api is None:
            self.api = Api(self.environment, self.settings.home / "api.log").ready()
            self.api.know(PRINCIPAL, self.secret)
        return self.api

    def kill(self, victim: str) -> None:
        """Kill a program with -9."""
        if victim == "worker":
            assert self.worker is not None
            end(self.worker.process)
        elif victim == "api":
            assert self.api is not None
            end(self.api.process)
        else:
            record = HostProcess(self.settings).running() if victim == "host" else None
            pid = record.pid if record else self.memos.endpoint.pid if victim == "neo4j" else None
            assert pid is not None
            os.kill(pid, signal.SIGKILL)
            if victim == "host":
                psutil.wait_procs([psutil.Process(pid)] if psutil.pid_exists(pid) else [], timeout=30)

    def recover(self, victim: str) -> None:
        """Open what was killed anew, as its user would."""
        if victim == "worker":
            assert self.worker is not None
            self.worker.close()
            self.worker = None
        elif victim == "api":
            assert self.api is not None
            self.api.close()
            self.api = None
        elif victim == "neo4j":
            self.memos.close()
            self.memos = MemOS.open(self.settings)

    def copy(self, folder: Path) -> None:
        """Copy the files of the database while it is down."""
        self._down()
        shutil.copytree(ServerHome(self.settings.home).data, folder)
        self.memos = MemOS.open(self.settings)

    def put_back(self, folder: Path, *, killed_after: float | None) -> None:
        """Put a copy of the database's files back; who opens it first may be killed meanwhile."""
        self._down()
        data = ServerHome(self.settings.home).data
        shutil.rmtree(data)
        shutil.copytree(folder, data)
        if killed_after is not None:
            opening = Worker(self.environment)
            time.sleep(killed_after)
            opening.close()
        self.memos = MemOS.open(self.settings)

    def rest(self) -> None:
        """End what does acts, and the upkeep."""
        for hands in (self.worker, self.api):
            if hands is not None:
                hands.close()
        self.worker = self.api = None

    def _down(self) -> None:
        """End what uses the database, and the server, but not the model host."""
        self.rest()
        self.memos.close()
        Engine(self.settings).stop(timeout=60)

    def close(self) -> None:
        """End everything that was started."""
        self._down()
        HostProcess(self.settings).stop()


@pytest.fixture
def house(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """A home and a server of its own, which nobody else's tests use."""
    chosen = {
        "MEMOS_HOME": str(tmp_path_factory.mktemp("crash") / "home"),
        "MEMOS_ENGINE_HEAP_MB": "512",
        "MEMOS_ENGINE_PAGE_CACHE_MB": "128",
        "MEMOS_AUDIT_DELAY_MS": "20",
        "MEMOS_TIMEOUT_S": "60",  # how long a machine takes that others use as well is not what is tested
        "MEMOS_API_PORT": "0",
        "MEMOS_HOST_THREADS": "1",
        "MEMOS_KV_REUSE": "always",
        "PYTHONPATH": str(Path(memos_graph.__file__).parents[1]),  # the same package in every program
    }
    for name in ("NEO4J_URI", "MEMOS_NEO4J_URI"):
        monkeypatch.delenv(name, raising=False)
    for name, setting in chosen.items():
        monkeypatch.setenv(name, setting)
    settings = Settings.load()
    house = House(settings, dict(os.environ), MemOS.open(settings))
    house.secret = house.memos._services.api_keys.create(PRINCIPAL)[1]  # which older copies know, too
    yield house
    house.close()


@dataclass
class Trial:
    """One kill: acts that are acknowledged, one that is under way as the victim dies, and what is found afterwards."""

    house: House
    victim: str
    memory: Memory
    expected: Expected
    chance: random.Random
    doubtful: Act | None = None
    """What was under way and was not done, as far as anybody can see."""

    def run(self) -> str:
        """Return what was under way, and what became of it."""
        hands = self.prepare()
        act = self._last(hands)
        hands.begin(act)
        time.sleep(self.chance.random() * self.house.took.get(act.name, _FIRST_S.get(act.name, 0.3)))
        self.house.kill(self.victim)
        if self.victim == "neo4j":
            self.house.recover(self.victim)  # who is still there may get through with what it repeats
            self.memory = self.house.memos.mount(self.memory.space, principal=PRINCIPAL)
        answer = hands.answer()
        if self.victim != "neo4j":
            self.house.recover(self.victim)
        quiet(self.house.memos, self.memory.space)
        return f"{act.name} {self._settle(act, answer)}"

    def prepare(self) -> Hands:
        """Do some acts to their end."""
        hands = self.house.hands(self._hands())
        self._prepare(hands)
        return hands

    def check(self) -> None:
        """Look for what is lost, half done, or of nobody."""
        self.memory.sweep()
        check_space(self.house.memos, self.memory, self.expected)
        check_erased(self.house.memos, self.expected.erased)
        check_payloads(self.house.memos)

    def _hands(self) -> str:
        return self.victim if self.victim in {"worker", "api"} else self.chance.choice(["worker", "worker", "api"])

    def _prepare(self, hands: Hands) -> None:
        self._do(hands, self.expected.draw("add"))
        for _ in range(self.chance.randint(0, 9)):
            self._do(hands, self.expected.draw())
        if self.victim == "host":
            self._do(hands, self.expected.draw("add"))
            self._do(hands, self.expected.draw("build"))
            self._do(hands, self.expected.draw("add"))

    def _last(self, hands: Hands) -> Act:
        """Draw the act that is under way; where the host dies, mostly one that needs it."""
        if self.victim != "host":
            return self.expected.draw()
        return self.expected.draw(
            "build", "forget", "update", "distill", *(["chat", "chat"] if hands is self.house.worker else [])
        )

    def _do(self, hands: Hands, act: Act) -> None:
        """Do an act to its end."""
        started = time.monotonic()
        hands.begin(act)
        answer = hands.answer()
        assert answer is not None
        assert answer.error is None, (act, answer.error)
        took = time.monotonic() - started
        self.house.took[act.name] = min(took, self.house.took.get(act.name, took))
        self.expected = self.expected.after(act, answer.result)

    def _settle(self, act: Act, answer: Answer | None) -> str:
        """Find out whether the last act was done, which must be so when it was acknowledged; whole, or not at all."""
        if answer is not None and answer.error is None:
            self.expected = self.expected.after(act, answer.result)
            return "acknowledged"
        if answer is not None:
            assert self.victim in {"host", "neo4j"}, answer.error
            assert any(each in answer.error for each in UNAVAILABLE), answer.error
        if act.name == "pipeline":
            return self._resume(act)
        if act.name == "distill":
            return self._resume_distilling(act)
        found = wholes(self.house.memos, self.memory.space)
        if act.name == "snapshot":
            done = act.given["name"] in {each.name for each in self.memory.snapshots()}
        elif act.name in {"grant", "revoke"}:
            granted = act.given["grantee"] in {each.principal for each in self.memory.grants()}
            done = granted == (act.name == "grant")
        else:
            done = not self.expected.matches(found)
        if done:
            self.expected = self.expected.after(act)
        else:
            self.doubtful = act
        return "done" if done else "not done"

    def _resume(self, act: Act) -> str:
        """A pipeline is as far as its run says, and goes on to its end."""
        runs = [run for run in self.memory.pipelines.list() if run.state is not RunState.DONE]
        all_runs = self.memory.pipelines.list()
        if len(all_runs) == self.expected.acts["pipeline"]:
            return "not begun"
        units = value(self.house.memos, "MATCH (s:Step {run: $run, state: 'done'}) RETURN count(s)", run=all_runs[0].id)
        assert units % 2 == 0
        interrupted = self.expected.after(act, units=units // 2)
        assert interrupted.matches(wholes(self.house.memos, self.memory.space))
        if runs:
            assert self.memory.pipelines.resume(runs[0].id).state is RunState.DONE
        self.expected = self.expected.after(act)
        return f"interrupted after {units // 2} of {len(pipeline_content(act.given['declaration'])[0])} units"

    def _resume_distilling(self, act: Act) -> str:
        """A distillation that was begun goes on from where it is to its end."""
        begun = [each for each in self.memory.lora.list() if each.id not in self.expected.adapters]
        begun = [each for each in begun if each.state != State.EXPIRED]
        if not begun:
            return "not begun"
        (adapter,) = begun
        until = time.monotonic() + _PATIENCE_S
        while adapter.state == State.GENERATED:
            try:
                self.memory.lora.resume(adapter.id, recipe=Recipe(**act.given["recipe"]))
                break
            except StateError as error:  # the process that teaches outlives who asked for it
                if "Another process distils" not in str(error) or time.monotonic() > until:
                    raise
                time.sleep(1)
        self.expected = self.expected.after(act, adapter.id)
        return "resumed" if adapter.state == State.GENERATED else "done"


def roll_back(house: House, spaces: list[Expected], chance: random.Random, number: int, folder: Path) -> str:
    """Copy the database, do acts and kills, put the copy back; ``spaces`` is then what is to be there. Return what was done."""
    memory = house.memos.mount(f"{PRINCIPAL}/trial-{number}", principal=PRINCIPAL)
    trial = Trial(house, "worker", memory, Expected(memory.space, PRINCIPAL, chance), chance)
    trial.prepare()
    then, told = trial.expected, list[str]()
    house.rest()
    ends = rows(house.memos, _ENDS, spaces=[each.space for each in spaces])
    house.copy(folder)
    for name in (memory.space, f"{PRINCIPAL}/since-{number}")[: chance.randint(1, 2)]:
        memory = house.memos.mount(name, principal=PRINCIPAL)
        expected = then if name == then.space else Expected(name, PRINCIPAL, chance)
        latest = Trial(house, chance.choice(DECK), memory, expected, chance)
        told.append(latest.run())
        latest.check()
        trial = latest if name == then.space else trial
    house.rest()
    grown = {row["space"]: row["actions"] for row in rows(house.memos, _GROWN, ends=ends)}
    assert all(actions == ["seal"] for actions in grown.values()), grown  # by the upkeep of `memos up`
    for each in spaces:
        each.put_back |= each.space in grown
    killed_after = chance.random() * _OPENING_S if chance.random() < 0.5 else None
    house.put_back(folder, killed_after=killed_after)
    shutil.rmtree(folder)
    assert not value(house.memos, "MATCH (s:Space) WHERE s.id CONTAINS '/since-' RETURN count(s)")
    trial.memory = house.memos.mount(then.space, principal=PRINCIPAL)
    trial.expected = after_putting_back(trial, then)
    quiet(house.memos, then.space)
    trial.check()
    spaces.append(trial.expected)
    return (
        f"{', '.join(told)}{'' if killed_after is None else f', killed {killed_after:.1f} s after it was started anew'}"
    )


def after_putting_back(trial: Trial, then: Expected) -> Expected:
    """Return what is to be there; what was being taken away by who was killed may be gone, too: somebody had asked for it."""
    done, act = trial.expected.put_back_to(then), trial.doubtful
    if act is not None and act.name == "forget" and not done.matches(wholes(trial.house.memos, then.space)):
        done.leave_out(act.given["subject"])
        done.erased.append(act.given["subject"])
    if act is not None and act.name == "revoke" and act.given["grantee"] in done.readers:
        granted = {each.principal for each in trial.memory.grants()}
        done.readers = [each for each in done.readers if each in granted or each != act.given["grantee"]]
    return done


def test_no_acknowledged_act_is_lost_and_none_is_half_done(
    house: House, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seed = int(os.environ.get("MEMOS_CRASH_SEED") or random.SystemRandom().randrange(2**32))
    chance, deck, kills = random.Random(seed), list[str](), Counter[str]()
    spaces: list[Expected] = []
    with capsys.disabled():
        sys.stdout.write(f"\n{TRIALS} kills, seed {seed}\n")
        for number in range(TRIALS):
            if not deck:
                deck = chance.sample([*DECK, OLDER], len(DECK) + 1)
            victim, started = deck.pop(), time.monotonic()
            kills[victim] += 1
            if victim == OLDER:
                became = roll_back(house, spaces, chance, number, tmp_path / "older")
                sys.stdout.write(f"  {number + 1} {victim}: {became}, {time.monotonic() - started:.1f} s\n")
                sys.stdout.flush()
                continue
            memory = house.memos.mount(f"{PRINCIPAL}/trial-{number}", principal=PRINCIPAL)
            trial = Trial(house, victim, memory, Expected(memory.space, PRINCIPAL, chance), chance)
            became = trial.run()
            trial.check()
            spaces.append(trial.expected)
            sys.stdout.write(f"  {number + 1} {victim}: {became}, {time.monotonic() - started:.1f} s\n")
            sys.stdout.flush()
        for each in spaces:
            check_space(house.memos, house.memos.mount(each.space, principal=PRINCIPAL), each)
        check_erased(house.memos, [name for each in spaces for name in each.erased])
        sys.stdout.write(f"  {dict(kills)}, {sum(sum(each.acts.values()) for each in spaces)} acts\n")
