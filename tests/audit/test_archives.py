"""Reads that left the graph: they are verified, proved and told as before, and killed in the midst of it nothing is lost."""

import gzip
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from support.raw_graph import services_like, value
from support.sealed_log import forge, read_often

from memos_graph import Action, LogEntry, Memory, MemOS, Message
from memos_graph.audit import Event, archiving, merkle
from memos_graph.audit.seals import checked, event_of
from memos_graph.errors import ForbiddenError, IntegrityError
from memos_graph.kit.clock import now
from memos_graph.scheduler.scheduler import MemScheduler

pytestmark = pytest.mark.tampers
READS = 600
COUNT = "MATCH (e:AuditEvent {space: $s}) RETURN count(e)"
KILLED = """
import os, signal, sys
from memos_graph import MemOS, Settings
from memos_graph.audit import archives, archiving
from memos_graph.graph.runner import Transaction

space, principal, at = sys.argv[1:]
def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

archiving._PAGE = 100
if at == "writing":
    line, lines = archives._line, [0]
    def counted(*given):
        lines[0] += 1
        return die() if lines[0] > 200 else line(*given)
    archives._line = counted
elif at == "written":
    archives._sync = die
else:
    run, taken = Transaction.run, [0]
    def once(self, name, /, **params):
        taken[0] += name == "audit/take_out"
        return die() if taken[0] > 2 else run(self, name, **params)
    Transaction.run = once
with MemOS.open(Settings.load()) as memos:
    memos.mount(space, principal=principal).audit.archive(days=0)
"""


@pytest.fixture
def sealed(memos: MemOS, space: Memory) -> Memory:
    """A space of which two blocks of events are sealed, most of them reads of three memories."""
    space.add([Message(id=f"m{n}", speaker="Ana", text=f"Jar {n} holds plums.") for n in range(3)], source="shelf")
    cube = space.page(level="whole")[0].id
    space.update(cube, text="Jar 0 holds pears.", reason="looked again")
    space.grant("reader", [])
    reader = Event(space.space, "search", "reader", cubes=[cube], request_id="asked-by-reader")
    memos._services.audit.read(reader)
    read_often(memos, space, READS)
    space.update(cube, text="Jar 0 holds figs.", reason="and again")
    space.audit.seal()
    memos._services.audit.flush()
    return space


def files(memos: MemOS, space: Memory) -> list[Path]:
    return [each.path for each in memos._services.audit.chain.archives.of(space.space)]


def whole_log(space: Memory) -> list[LogEntry]:
    found: list[LogEntry] = []
    before = None
    while page := asked(space, before=before, limit=150):
        found += page
        before = page[-1].seq
    return found


def asked(space: Memory, **filters: Any) -> list[LogEntry]:
    """Return entries with their memories in one order: it means nothing."""
    found = space.logs.query(**filters)
    return [
        each.model_copy(update={"cubes": tuple(sorted(each.cubes, key=lambda touched: touched.id))}) for each in found
    ]


def test_what_left_the_graph_is_verified_proved_and_told_as_before(memos: MemOS, sealed: Memory) -> None:
    before, held = whole_log(sealed), value(memos, COUNT, s=sealed.space)
    done = sealed.audit.archive(days=0)
    assert done.until == 2 * merkle.BLOCK
    assert done.events > 480
    assert value(memos, COUNT, s=sealed.space) == held - done.events + 1
    after = whole_log(sealed)
    assert [each.action for each in after[:1]] == ["archive-log"]
    assert after[1:] == before
    (path,) = files(memos, sealed)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    for full in (False, True):
        found = sealed.audit.verify(full=full)
        assert found.whole, found.broken
    assert found.events == len(whole_log(sealed)) - 1
    for event in ("1", "40", "300", "511", "512", "513"):
        proof = sealed.audit.prove(event)
        assert checked(proof)
        assert event_of(proof)["seq"] == int(event)
    old = next(each for each in before if each.seq == 40)
    assert event_of(sealed.audit.prove(old.id))["id"] == old.id
    again = sealed.audit.archive(days=0)
    assert (again.events, again.until) == (0, done.until)


def test_every_filter_of_the_log_reaches_into_archives(memos: MemOS, sealed: Memory) -> None:
    cubes = [cube.id for cube in sealed.page(level="whole")]
    at = whole_log(sealed)[300].at
    every: list[dict[str, Any]] = [
        {"cube": cubes[1]},
        {"actor": "reader"},
        {"action": "search"},
        {"request_id": "asked-by-reader"},
        {"since": at},
        {"until": at},
        {"before": 200, "after": 100},
        {"action": "update"},
    ]
    told = [asked(sealed, limit=80, **each) for each in every]
    sealed.audit.archive(days=0)
    for filters, before in zip(every, told, strict=True):
        if "since" in filters:
            filters["before"] = before[0].seq + 1  # the act of archiving is later
        assert asked(sealed, limit=80, **filters) == before, filters
    assert {each.principal for each in told[0]} == {sealed.principal}


def test_an_archive_tells_a_reader_no_more_than_the_log_did(memos: MemOS, sealed: Memory) -> None:
    cubes = [cube.id for cube in sealed.page(level="whole")]
    sealed.grant("clerk", [Action.ADMINISTER])
    sealed.permissions.deny("clerk", [Action.READ], cube=cubes[1])
    reader, clerk = (memos.mount(sealed.space, principal=who) for who in ("reader", "clerk"))
    before = [asked(each, limit=200, before=400) for each in (reader, clerk)]
    sealed.audit.archive(days=0)
    assert [asked(each, limit=200, before=400) for each in (reader, clerk)] == before
    assert {each.principal for each in before[0]} == {"reader"}
    assert cubes[1] not in str(before)
    assert clerk.logs.query(cube=cubes[1]) == []
    for act in (reader.audit.archive, reader.audit.verify):
        with pytest.raises(ForbiddenError):
            act()


def test_what_is_said_in_words_and_what_vouches_stays_in_the_graph(memos: MemOS, sealed: Memory) -> None:
    before = "MATCH (e:AuditEvent {space: $s}) WHERE e.said IS NOT NULL OR e.written IS NOT NULL RETURN collect(e.id)"
    stays = set(value(memos, before, s=sealed.space))
    sealed.audit.archive(days=0)
    assert stays < set(value(memos, before, s=sealed.space))
    text = gzip.decompress(files(memos, sealed)[0].read_bytes()).decode()
    assert "looked again" not in text
    assert "said" not in text


def test_an_erasure_tells_of_names_in_archives(memos: MemOS, sealed: Memory) -> None:
    for name in ("Wanda", "wanda lopez"):
        memos._services.audit.read(Event(sealed.space, "search", sealed.principal, request_id=f"about {name}"))
    read_often(memos, sealed, 300)
    sealed.audit.seal()
    sealed.add("Wanda Lopez keeps bees.")
    sealed.audit.archive(days=0)
    receipt = sealed.forget(["Wanda"], mentions="erase")
    assert receipt.left == {"AuditEvent.request_id": 2}
    assert not receipt.complete
    found = sealed.audit.verify(full=True)
    assert found.whole, found.broken


def test_an_edit_of_an_archive_is_found(memos: MemOS, sealed: Memory) -> None:
    sealed.audit.archive(days=0)
    (path,) = files(memos, sealed)
    lines = gzip.decompress(path.read_bytes()).splitlines(keepends=True)
    forged = [line.replace(sealed.principal.encode(), b"mallory") if n == 30 else line for n, line in enumerate(lines)]
    for content, told in (
        (gzip.compress(b"".join(forged)), "is not what was recorded"),
        (gzip.compress(b"".join(lines[:30] + lines[31:])), "is missing"),
        (gzip.compress(b"".join(lines))[:-400], "can't be read"),
    ):
        path.write_bytes(content)
        assert any(told in each.what for each in sealed.audit.verify(full=True).broken), told
    path.write_bytes(gzip.compress(b"".join(forged)))
    assert [each.seq for each in whole_log(sealed) if each.altered]
    with pytest.raises(IntegrityError):
        sealed.audit.prove("30")
    path.unlink()
    assert "missing" in sealed.audit.verify(full=True).broken[0].what
    path.write_bytes(gzip.compress(b"".join(lines)))
    assert sealed.audit.verify(full=True).whole


def test_a_log_that_was_edited_is_not_archived(memos: MemOS, sealed: Memory) -> None:
    forge(memos, sealed, 40)
    held = value(memos, COUNT, s=sealed.space)
    with pytest.raises(IntegrityError, match=r"Event 40 .* is not what was sealed"):
        sealed.audit.archive(days=0)
    assert files(memos, sealed) == []
    assert value(memos, COUNT, s=sealed.space) == held
    assert sealed.audit.verify().broken[0].seq == 40


def test_an_event_taken_from_the_graph_that_no_archive_has_is_missing(memos: MemOS, sealed: Memory) -> None:
    sealed.audit.archive(days=0)
    victim = value(memos, "MATCH (e:AuditEvent {space: $s, action: 'update'}) RETURN min(e.seq)", s=sealed.space)
    forge(memos, sealed, victim, "DETACH DELETE e")
    told = [each.what for each in sealed.audit.verify(full=True).broken]
    assert f"Event {victim} is missing." in told


@pytest.mark.parametrize("at", ["writing", "written", "taking out"])
def test_killed_in_the_midst_nothing_is_lost(memos: MemOS, sealed: Memory, at: str) -> None:
    before = whole_log(sealed)
    environment = {**os.environ, **environment_of(memos)}
    command = [sys.executable, "-c", KILLED, sealed.space, sealed.principal, at]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == -9, done.stderr
    assert whole_log(sealed) == before
    for full in (False, True):
        found = sealed.audit.verify(full=full)
        assert found.whole, found.broken
    again = sealed.audit.archive(days=0)
    assert again.until == 2 * merkle.BLOCK
    (path,) = files(memos, sealed)
    assert {each.name for each in path.parent.iterdir()} == {path.name, "lock"}
    told = [each for each in whole_log(sealed) if each.action not in {"archive-log", "verify"}]
    assert told == before
    assert len([each for each in whole_log(sealed) if each.action == "archive-log"]) == 1
    found = sealed.audit.verify(full=True)
    assert found.whole, found.broken


def environment_of(memos: MemOS) -> dict[str, str]:
    settings = memos.settings
    return {
        "MEMOS_HOME": str(settings.home),
        "MEMOS_CACHE": str(settings.cache),
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }


def test_a_policy_has_the_upkeep_archive_what_is_old(
    memos: MemOS, sealed: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    upkeep = MemScheduler(services_like(memos), only=[sealed.space])
    upkeep.round(seal=False)
    applied = sealed.policy.apply_text("policy: 1\nname: reads\nlog:\n  archive_after: 30 days\n")
    assert applied.version == 1
    upkeep.round(seal=False)
    assert files(memos, sealed) == []
    monkeypatch.setattr(archiving, "now", lambda: now() + timedelta(days=31))
    upkeep.round(seal=False)
    assert len(files(memos, sealed)) == 1
    (act,) = sealed.logs.query(action="archive-log")
    assert act.request_id.startswith("upkeep-")
    assert act.detail == "events 1 to 512"


def test_another_home_of_the_database_with_the_same_folder_goes_on(memos: MemOS, sealed: Memory) -> None:
    """What this machine saw last may be archived by another: it is looked for there before the log counts as put back."""
    chain = memos._services.audit.chain
    at = value(memos, "MATCH (e:AuditEvent {space: $s, seq: 300}) RETURN e.hash", s=sealed.space)
    sealed.audit.archive(days=0)
    with chain.witness._ledger.transaction() as connection:
        connection.execute("UPDATE heads SET seq = 300, hash = ? WHERE space = ?", (at, sealed.space))
    chain._grown.clear()
    sealed.add("Jar 9 holds figs.")
    assert chain.witness.contradictions(sealed.space) == []
