"""What time it is says the database: a process whose clock is off reads, writes and orders like any other, and is told."""

import itertools
import json
import logging
import os
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest

from memos_graph import ConfigurationError, InputError, Memory, MemOS, Message, Settings, Terms
from memos_graph.cli.doctor import store_checks
from memos_graph.governance import Action
from memos_graph.graph.runner import Runner
from memos_graph.kit import clock as kit
from memos_graph.kit.clock import now
from memos_graph.kit.ids import new_id

# Shifts what Python tells of the machine's wall clock, then acts.
PROGRAM = """
import datetime as module, json, sys, time
off, home, owner, reader, cube, ended = float(sys.argv[1]), *sys.argv[2:]
right = time.time

class Shifted(module.datetime):
    @classmethod
    def now(cls, tz=None):
        return module.datetime.fromtimestamp(right() + off, tz)

time.time = lambda: right() + off
from memos_graph.kit import clock
clock.datetime = Shifted
from memos_graph import MemOS, NotFoundError, Settings

wrong, told = clock.now(), {}

def tried(read):
    try:
        read()
    except NotFoundError:
        return "refused"
    return "read"

with MemOS.open(Settings.load(home=home, neo4j_uri=None, audit_delay_ms=20)) as memos:
    mine = memos.mount(f"{owner}/notes", principal=owner)
    told["ahead"] = (clock.now() - wrong).total_seconds()
    told["grant"] = tried(lambda: memos.mount(f"{owner}/notes", principal=reader))
    told["memory"] = tried(lambda: mine.get(ended))
    before = clock.now()
    mine.update(cube, text="The spare key hangs in the hall.")
    told["as of before"] = mine.get(cube, as_of=before).text
    told["as of now"] = mine.get(cube, as_of=clock.now()).text
    mine.archive(cube)
    mine.restore(cube)
    told["new"] = mine.add("The ladder stands in the shed.").added[0]
print(json.dumps(told))
"""


@pytest.fixture
def cube(space: Memory) -> str:
    return space.add([Message(id="m1", speaker="Ines", text="The spare key lies under the pot.")], source="chat").added[
        0
    ]


def _orders(memory: Memory, cube: str) -> None:
    """Hold every history of a cube and its space to its order."""
    versions = memory.history(cube)
    for version, following in itertools.pairwise(versions):
        assert version.known_from < following.known_from
        assert version.known_to == following.known_from
    events = [entry.at for entry in reversed(memory.logs.query(limit=200))]
    assert events == sorted(events)


@pytest.mark.parametrize("off", [-86_400.0, 86_400.0])
def test_a_process_whose_clock_is_off(memos: MemOS, settings: Settings, space: Memory, cube: str, off: float) -> None:
    reader, owner = f"{space.principal}-reader", space.principal
    ended = space.add([Message(id="m2", speaker="Ines", text="The code is 4711 today.")], source="chat").added[0]
    space.grant(reader, [Action.READ], expires_at=now() + timedelta(seconds=0.3))
    space.set(ended, Terms(expires_at=now() + timedelta(seconds=0.3)))
    time.sleep(0.4)
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(off), str(settings.home), owner, reader, cube, ended],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["ahead"] + off == pytest.approx(0, abs=60)  # it ran long, but by the database's clock
    assert (told["grant"], told["memory"]) == ("refused", "refused")
    assert told["as of before"] == "The spare key lies under the pot."
    assert told["as of now"] == "The spare key hangs in the hall."
    way = "ahead of" if off > 0 else "behind"
    assert f"This machine's clock is 86400 s {way} the database's" in done.stderr
    # And who comes after it, with the right clock, finds everything in order.
    space.update(cube, text="The spare key is lost.")
    _orders(space, cube)
    page = [each.id for each in space.page(level="whole")]
    assert page.index(told["new"]) > page.index(cube)
    assert abs((space.history(cube)[1].known_from - datetime.now(UTC)).total_seconds()) < 600
    assert space.audit.verify().whole


@pytest.fixture
def yesterday(memos: MemOS, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this process believe that it is yesterday, as one of an earlier release did."""
    clock = memos._services.runner.clock
    reading = clock._reading
    assert reading is not None
    monkeypatch.setattr(clock, "_reading", reading._replace(moment=reading.moment - timedelta(days=1)))


def test_histories_order_whatever_clocks_do(
    memos: MemOS, space: Memory, cube: str, request: pytest.FixtureRequest
) -> None:
    space.update(cube, text="The spare key hangs in the hall.")
    request.getfixturevalue("yesterday")
    assert now() < datetime.now(UTC) - timedelta(hours=23)
    space.update(cube, text="The spare key is lost.")
    space.archive(cube)
    space.restore(cube)
    space.freeze(cube)
    space.thaw(cube, reason="found")
    named = space.snapshot("found")
    space.update(cube, text="The spare key is found.")
    _orders(space, cube)
    assert space.get(cube, as_of=named.at).text == "The spare key is lost."
    rows = memos.driver.execute_query(
        "MATCH (:MemCube {id: $cube})-[:WAS]->(p:PastState) RETURN p.known_from AS a, p.known_to AS b", cube=cube
    ).records
    assert len(rows) >= 6
    assert all(row["a"] < row["b"] for row in rows)
    assert space.audit.verify().whole


def test_what_a_clock_that_was_ahead_wrote_goes_back(space: Memory, cube: str, request: pytest.FixtureRequest) -> None:
    first, then = space.get(cube).text, now()
    space.update(cube, text="The spare key hangs in the hall.")
    other = space.add("The ladder stands in the shed.").added[0]
    request.getfixturevalue("yesterday")  # all of that was written by a clock that is a day ahead of this one
    one = space.roll_back_to(then, cube=cube)
    assert (space.get(cube).text, one.cubes[0]) == (first, cube)
    space.roll_back_to(one.undo, cube=cube)
    assert space.get(cube).text == "The spare key hangs in the hall."
    done = space.roll_back_to(then)
    assert other in done.archived
    assert space.get(cube).text == first
    with pytest.raises(InputError, match="passed"):
        space.roll_back_to(now() + timedelta(days=3))
    _orders(space, cube)


def test_a_clock_that_was_set_is_asked_anew(
    memos: MemOS, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, request: pytest.FixtureRequest
) -> None:
    request.getfixturevalue("yesterday")
    assert now() < datetime.now(UTC) - timedelta(hours=23)
    right = time.time
    monkeypatch.setattr("memos_graph.kit.clock.time.time", lambda: right() - 7_200)
    with caplog.at_level(logging.WARNING, logger="memos_graph.kit.clock"):
        assert abs((now() - datetime.now(UTC)).total_seconds()) < 1
    assert "This machine's clock is 7200 s behind the database's" in caplog.text


def test_a_connection_that_broke_has_it_asked_anew(memos: MemOS, request: pytest.FixtureRequest) -> None:
    request.getfixturevalue("yesterday")
    memos._services.runner.clock.doubt()
    assert abs((now() - datetime.now(UTC)).total_seconds()) < 1


def test_a_clock_that_does_not_answer_is_believed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    answers: list[datetime | None] = [datetime(2030, 1, 1, tzinfo=UTC)]
    clock = kit.Clock(lambda: answers[0])
    assert clock.measure()
    answers[0] = None
    clock.doubt()
    assert datetime(2030, 1, 1, tzinfo=UTC) <= clock.now() < datetime(2030, 1, 1, 0, 1, tzinfo=UTC)
    assert not clock.measure()


def test_a_search_asks_for_no_time(memos: MemOS, space: Memory, cube: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(Runner, "_database_time", asked.append)
    space.search("Where is the spare key?")
    space.get(cube)
    assert not asked


def test_two_databases_of_different_times_are_not_open_at_once(
    memos: MemOS, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Runner, "_database_time", lambda _: datetime.now(UTC) + timedelta(hours=1))
    with pytest.raises(ConfigurationError, match="differs from that of another"):
        MemOS.open(settings)
    assert abs((now() - datetime.now(UTC)).total_seconds()) < 1


def test_the_doctor_tells_whose_clock_is_off(memos: MemOS, monkeypatch: pytest.MonkeyPatch) -> None:
    def line() -> tuple[bool, str]:
        return next(
            (each.ok, each.detail)
            for each in store_checks(memos._services.settings, memos.endpoint)
            if each.name == "clock"
        )

    assert line()[0]
    right = time.time
    monkeypatch.setattr("memos_graph.kit.clock.time.time", lambda: right() + 30)
    ok, detail = line()
    assert not ok
    assert "30 s ahead of" in detail


def test_ids_sort_as_they_were_made(request: pytest.FixtureRequest, memos: MemOS) -> None:
    made = [new_id() for _ in range(5_000)]
    assert made == sorted(set(made))
    request.getfixturevalue("yesterday")
    assert new_id() < made[0]  # by the clock again, not held ahead of it for a day


def test_a_forked_process_goes_by_the_machine_until_it_opens_its_own(memos: MemOS) -> None:
    reads, writes = os.pipe()
    child = os.fork()
    if not child:
        os.write(writes, str(abs((now() - datetime.now(UTC)).total_seconds()) < 1).encode())
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(reads, 10) == b"True"
    os.close(reads)
    os.close(writes)


def test_a_database_that_hangs_holds_nobody_up() -> None:
    hanging = threading.Event()

    def ask() -> datetime:
        if hanging.is_set():
            time.sleep(30)
        return datetime(2030, 1, 1, tzinfo=UTC)

    clock = kit.Clock(ask)
    assert clock.measure()
    hanging.set()
    clock.doubt()
    began = time.monotonic()
    for _ in range(100):
        assert clock.now() < datetime(2030, 1, 1, 0, 5, tzinfo=UTC)
    assert time.monotonic() - began < 4  # waited for once
