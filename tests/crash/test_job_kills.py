"""Workers killed and stopped past their leases, and the database killed under them: each job has its effect once, and none is lost."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest
from support.raw_graph import rows

import memos_graph
from memos_graph import Memory, MemOS, Message, Settings
from memos_graph.graph.engine import Engine
from memos_graph.jobs.job import Job, JobState

JOBS = int(os.environ.get("MEMOS_CRASH_JOBS", "40"))
WORKERS, LEASE_S, A_JOB_S = 4, 2.0, 4.0
RESTARTS = max(1, JOBS // 250)
pytestmark = pytest.mark.timeout(300 + 4 * JOBS)

OWNER = "crash"
_ARCHIVED = """
MATCH (e:AuditEvent {space: $space, action: 'archive'})-[:ON]->(c:MemCube {level: 'whole'})
RETURN c.id AS cube, count(e) AS times
"""
_WAITING = "MATCH (j:Job {space: $space}) WHERE j.state IN ['queued', 'running'] AND j.kind = 'archive' RETURN count(j) AS waiting"


@dataclass
class Crew:
    """Workers in processes of their own, some of them stopped."""

    environment: dict[str, str]
    log: Path
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)
    stopped: set[int] = field(default_factory=set)
    killed: int = 0

    def hire(self) -> subprocess.Popen[bytes]:
        """Start one."""
        with self.log.open("ab") as errors:
            return subprocess.Popen(
                [sys.executable, "-m", "memos_graph.cli", "work"],
                env=self.environment,
                stdout=subprocess.DEVNULL,
                stderr=errors,
            )

    def harm(self, chance: random.Random) -> None:
        """Kill one, stop one, or let one that was stopped go on: it has slept past its lease by then."""
        assert all(each.poll() is None for each in self.workers), self.log.read_text()
        at = chance.randrange(len(self.workers))
        if at in self.stopped:
            self.workers[at].send_signal(signal.SIGCONT)
            self.stopped.discard(at)
        elif chance.random() < 0.5 and len(self.stopped) < WORKERS - 2:
            self.workers[at].send_signal(signal.SIGSTOP)
            self.stopped.add(at)
        elif self.killed < JOBS // 10:  # a worker takes longer to start than a job
            self.dismiss(at)
            self.workers[at] = self.hire()
            self.killed += 1

    def dismiss(self, at: int) -> None:
        """End one, stopped or not, at once."""
        self.workers[at].kill()
        self.workers[at].wait()


@pytest.fixture
def settings(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """A home and a server of its own, which nobody else's tests use."""
    chosen = {
        "MEMOS_HOME": str(tmp_path_factory.mktemp("jobs") / "home"),
        "MEMOS_ENGINE_HEAP_MB": "512",
        "MEMOS_ENGINE_PAGE_CACHE_MB": "128",
        "MEMOS_TIMEOUT_S": "60",
        "MEMOS_JOB_LEASE_S": str(LEASE_S),
        "PYTHONPATH": str(Path(memos_graph.__file__).parents[1]),
    }
    for name in ("NEO4J_URI", "MEMOS_NEO4J_URI"):
        monkeypatch.delenv(name, raising=False)
    for name, setting in chosen.items():
        monkeypatch.setenv(name, setting)
    settings = Settings.load()
    yield settings
    Engine(settings).stop(timeout=60)


def restarted(memos: MemOS, settings: Settings) -> MemOS:
    """Kill the database and start it again."""
    pid = memos.endpoint.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    psutil.wait_procs([psutil.Process(pid)] if psutil.pid_exists(pid) else [], timeout=30)
    memos.close()
    return MemOS.open(settings)


def test_each_effect_comes_once_whoever_dies(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seed = int(os.environ.get("MEMOS_CRASH_SEED") or random.SystemRandom().randrange(2**32))
    chance, restarts = random.Random(seed), 0
    memos = MemOS.open(settings)
    space = memos.mount(f"{OWNER}/films", principal=OWNER)
    films = [Message(id=str(number), text=f"Dana has seen film number {number}.") for number in range(JOBS)]
    cubes = list(space.add(films, source="films").added)
    jobs = [space.jobs.submit("archive", {"cubes": [cube]}) for cube in cubes]
    crew = Crew(dict(os.environ), tmp_path / "workers.log")
    started = time.monotonic()
    try:
        crew.workers = [crew.hire() for _ in range(WORKERS)]
        while left := waiting(memos, space):
            assert time.monotonic() - started < 120 + A_JOB_S * JOBS, unended(space, jobs)
            time.sleep(chance.uniform(0.2, 1.0))
            if left == JOBS:
                continue  # none is up yet
            crew.harm(chance)
            if left < JOBS * (RESTARTS - restarts) / (RESTARTS + 1):
                memos, restarts = restarted(memos, settings), restarts + 1
                space = memos.mount(space.space, principal=OWNER)
    finally:
        for at in range(len(crew.workers)):
            crew.dismiss(at)
    took = time.monotonic() - started
    assert {space.jobs.get(job.id).state for job in jobs} == {JobState.DONE}
    counted = {row["cube"]: row["times"] for row in rows(memos, _ARCHIVED, space=space.space)}
    memos.close()
    assert counted == dict.fromkeys(cubes, 1)
    assert restarts == RESTARTS
    with capsys.disabled():
        sys.stdout.write(
            f"\n{JOBS} jobs, {crew.killed} workers killed, {restarts} restarts, {took:.0f} s, seed {seed}\n"
        )


def waiting(memos: MemOS, space: Memory) -> int:
    """Return how many jobs have not ended."""
    (row,) = rows(memos, _WAITING, space=space.space)
    return int(row["waiting"])


def unended(space: Memory, jobs: list[Job]) -> list[Job]:
    """Return the jobs that nobody has ended."""
    return [job for each in jobs if (job := space.jobs.get(each.id)).ended_at is None]
