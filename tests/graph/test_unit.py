"""A unit: one transaction that several acts join, all or nothing, with what they see, record and leave behind."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from support.raw_graph import mounted, rows, services_like, value

from memos_graph import Memory, MemOS, Message
from memos_graph.errors import DatabaseUnavailableError, InputError, NotFoundError, TransactionTimeoutError
from memos_graph.graph.runner import Runner, Transaction

AT = datetime(2026, 5, 4, 9, tzinfo=UTC)
SAID = Message(id="m1", speaker="Dana", text="I moved to Lisbon.", at=AT)


@pytest.fixture
def runner(memos: MemOS) -> Runner:
    return memos._services.runner


def told(space: Memory) -> str:
    return space.add([SAID], source="talk").added[0]


def test_acts_in_a_unit_commit_together(runner: Runner, space: Memory, memos: MemOS) -> None:
    cube = told(space)

    def work() -> None:
        space.update(cube, text="I moved to Porto.")
        space.add([Message(id="m2", speaker="Dana", text="I play the cello.", at=AT)], source="talk")
        assert value(memos, "MATCH (c:MemCube {id: $id}) RETURN c.text", id=cube) == "I moved to Lisbon."

    runner.unit(work)
    assert space.get(cube).text == "I moved to Porto."
    assert {each.text for each in space.page(level="whole")} == {"I moved to Porto.", "I play the cello."}


def test_a_read_in_a_unit_sees_what_the_unit_wrote(runner: Runner, space: Memory) -> None:
    cube = told(space)

    def work() -> tuple[str, str, int]:
        space.update(cube, text="I moved to Porto.")
        found = space.search("Where did Dana move?", limit=1).hits[0].cube
        return space.get(cube).text, found.text, len(space.history(cube))

    assert runner.unit(work) == ("I moved to Porto.", "I moved to Porto.", 2)


def test_a_failure_undoes_all_of_it(runner: Runner, space: Memory, memos: MemOS) -> None:
    cube = told(space)
    log = len(space.log())

    def work() -> None:
        space.update(cube, text="I moved to Porto.")
        space.search("Where did Dana move?")
        raise InputError("changed my mind")

    with pytest.raises(InputError, match="changed my mind"):
        runner.unit(work)
    memos._services.audit.flush()
    assert len(space.log()) == log
    assert [version.number for version in space.history(cube)] == [1]
    assert value(memos, "MATCH (c:MemCube {id: $id}) RETURN c.text", id=cube) == "I moved to Lisbon."


def test_a_nested_failure_fails_the_unit_even_when_it_is_let_pass(runner: Runner, space: Memory) -> None:
    cube = told(space)

    def work() -> None:
        space.update(cube, text="I moved to Porto.")
        with pytest.raises(NotFoundError):
            space.delete("nothing")

    with pytest.raises(NotFoundError, match="nothing"):
        runner.unit(work)
    assert space.get(cube).text == "I moved to Lisbon."


def test_an_answer_that_is_no_failure_of_the_transaction_may_be_let_pass(runner: Runner, space: Memory) -> None:
    cube = told(space)

    def work() -> None:
        space.update(cube, text="I moved to Porto.")
        with pytest.raises(NotFoundError):
            space.get("nothing")

    runner.unit(work)
    assert space.get(cube).text == "I moved to Porto."


def test_a_unit_is_repeated_whole_when_the_server_asks(
    runner: Runner, memos: MemOS, mount: Callable[..., Memory]
) -> None:
    """Two units that write two spaces in opposite order: the server ends one as a deadlock, which is then repeated."""
    first, second = mount("first"), mount("second")
    meet, calls, failed = threading.Barrier(2), [], []

    def cross(one: Memory, other: Memory) -> None:
        said = Message(id=one.space, speaker="Dana", text=f"I keep bees near {one.space[-5:]}.", at=AT)

        def work() -> None:
            calls.append(one.space)
            one.add([said], source="talk")
            if len(calls) <= 2:
                meet.wait(timeout=60)
            other.add([said], source="talk")

        try:
            runner.unit(work)
        except Exception as error:  # noqa: BLE001 - shown by the assertion below
            failed.append(error)

    threads = [threading.Thread(target=cross, args=pair) for pair in ((first, second), (second, first))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    assert failed == []
    assert len(calls) == 3
    for memory in (first, second):
        assert len(memory.page(level="whole")) == 2
        assert [entry.action for entry in memory.log()].count("add") == 2


def test_reads_in_a_unit_are_recorded_once_and_with_it(runner: Runner, space: Memory) -> None:
    cube = told(space)

    def work() -> None:
        space.get(cube)
        space.search("Where did Dana move?")
        space.update(cube, text="I moved to Porto.")

    runner.unit(work)
    assert [entry.action for entry in space.log()][:3] == ["search", "read", "update"]
    assert [entry.seq for entry in space.log()] == [4, 3, 2, 1]


def test_reads_in_a_unit_do_not_wait_for_a_full_queue_that_waits_for_them(space: Memory, memos: MemOS) -> None:
    services = services_like(memos, audit_queue=1, audit_delay_ms=60_000)
    memory = mounted(services, space)
    cube = told(memory)
    memory.get(cube)  # the queue is full now

    def work() -> None:
        memory.update(cube, text="I moved to Porto.")
        for _ in range(3):
            memory.get(cube)
        assert [entry.action for entry in memory.log()][:1] == [
            "update"
        ]  # asks for a flush, which must not wait either

    services.runner.unit(work, timeout_s=30)
    services.audit.close()
    assert [entry.action for entry in space.log()][:4].count("read") >= 3


def test_a_rolled_back_unit_leaves_nothing_in_the_caches_of_searches(
    runner: Runner, space: Memory, memos: MemOS
) -> None:
    cube = told(space)

    def work() -> None:
        space.add([Message(id="m9", speaker="Zora", text="Dana moved to Porto, not Lisbon.", at=AT)], source="talk")
        assert len(space.search("Where did Dana move?").hits) == 2
        raise InputError("no")

    with pytest.raises(InputError):
        runner.unit(work)
    # Another process writes, and so counts the revision that the unit had counted.
    mounted(services_like(memos), space).update(cube, text="I moved to Faro.")
    assert {hit.cube.text for hit in space.search("Where did Dana move?").hits} == {"I moved to Faro."}
    assert space.read_question("What did Zora say?").people == ()


def test_what_follows_a_change_waits_for_the_commit(runner: Runner, space: Memory) -> None:
    done: list[str] = []

    def work() -> None:
        runner.after_commit(lambda: done.append("after"))
        assert done == []

    def failing() -> None:
        runner.after_commit(lambda: done.append("never"))
        raise InputError("no")

    runner.unit(work)
    with pytest.raises(InputError):
        runner.unit(failing)
    runner.after_commit(lambda: done.append("at once"))
    assert done == ["after", "at once"]


def test_a_unit_that_takes_too_long_is_rolled_back(runner: Runner, space: Memory) -> None:
    cube = told(space)

    def work() -> None:
        space.update(cube, text="I moved to Porto.")
        time.sleep(1.2)
        space.get(cube)

    with pytest.raises(TransactionTimeoutError):
        runner.unit(work, timeout_s=1)
    assert space.get(cube).text == "I moved to Lisbon."


def test_a_unit_that_waits_too_long_for_a_lock_ends(runner: Runner, space: Memory) -> None:
    cube = told(space)
    locked, go = threading.Event(), threading.Event()

    def hold(tx: Transaction) -> None:
        tx.run("ingest/describe_space", space=space.space, added=0, speakers=[])
        locked.set()
        go.wait(timeout=60)

    holder = threading.Thread(target=lambda: runner.transact(hold))
    holder.start()
    assert locked.wait(timeout=30)
    started = time.monotonic()
    try:
        with pytest.raises((TransactionTimeoutError, DatabaseUnavailableError)):
            runner.unit(lambda: space.update(cube, text="I moved to Porto."), timeout_s=1.5)
        assert time.monotonic() - started < 20
    finally:
        go.set()
        holder.join(timeout=60)
    assert len(space.history(cube)) == 1


def test_another_thread_is_not_part_of_the_unit(runner: Runner, space: Memory) -> None:
    cube = told(space)

    def work() -> list[str]:
        space.update(cube, text="I moved to Porto.")
        seen: list[str] = []
        other = threading.Thread(target=lambda: seen.append(space.get(cube).text))
        other.start()
        other.join(timeout=30)
        return seen

    assert runner.unit(work) == ["I moved to Lisbon."]


def test_a_unit_in_a_unit_is_part_of_it(runner: Runner, space: Memory) -> None:
    cube = told(space)

    def outer() -> None:
        runner.unit(lambda: space.update(cube, text="I moved to Porto."))
        raise InputError("no")

    with pytest.raises(InputError):
        runner.unit(outer)
    assert len(space.history(cube)) == 1


def test_payloads_are_erased_after_the_commit_and_not_before(runner: Runner, space: Memory, memos: MemOS) -> None:
    cube = told(space)
    rows(
        memos,
        "CREATE (:Job {id: $id, kind: 'erase', state: 'waiting', space: $space, cube: $cube, memory_type: 'activation',"
        " payload: '', created_at: datetime(), created_by: $by})",
        id=f"job-{cube}",
        space=space.space,
        cube=cube,
        by=space.principal,
    )

    def work() -> None:
        space.update(cube, text="I moved to Porto.")
        assert len(memos._services.payloads.waiting(space.space)) == 1

    runner.unit(work)
    assert memos._services.payloads.waiting(space.space) == []
