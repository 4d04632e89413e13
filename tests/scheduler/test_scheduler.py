"""Upkeep: spaces are swept and logs are sealed though nobody asks for it."""

import threading
import time
from datetime import UTC, datetime, timedelta

from support.raw_graph import services_like, value

from memos_graph import Memory, MemOS, Message
from memos_graph.scheduler.scheduler import MemScheduler


def test_a_round_sweeps_and_seals_what_has_something_new(memos: MemOS, space: Memory) -> None:
    soon = datetime.now(UTC) + timedelta(milliseconds=100)
    (cube,) = space.add([Message(id="m1", text="The ladder leans on the pear tree.")], expires_at=soon).added
    time.sleep(0.15)
    scheduler = MemScheduler(memos._services, only=[space.space])
    scheduler.round(seal=True)
    assert value(memos, "MATCH (c:MemCube {id: $c}) RETURN c.state", c=cube) == "expired"
    (sweep,) = space.logs.query(action="sweep")
    assert (sweep.principal, sweep.request_id.startswith("upkeep-")) == (space.owner, True)
    assert len(space.audit.seals()) == 1
    space.logs.query()
    scheduler.round(seal=True)
    sizes = [seal.size for seal in space.audit.seals()]
    space.add([Message(id="m2", text="The gate creaks.")])
    scheduler.round(seal=False)
    assert [seal.size for seal in space.audit.seals()] == sizes
    scheduler.round(seal=True)
    assert len(space.audit.seals()) == len(sizes) + 1
    assert space.audit.verify().whole


def test_it_runs_by_itself_and_ends(memos: MemOS, space: Memory) -> None:
    space.add([Message(id="m1", text="The ladder leans on the pear tree.")])
    scheduler = MemScheduler(services_like(memos, upkeep_minutes=1, seal_hours=1), only=[space.space])
    scheduler.start()
    deadline = time.monotonic() + 60
    while not space.audit.seals() and time.monotonic() < deadline:
        time.sleep(0.2)
    scheduler.stop()
    assert space.audit.seals()
    assert "memos-upkeep" not in {thread.name for thread in threading.enumerate()}
