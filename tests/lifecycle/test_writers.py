"""Several writers of one memory at once: versions without gaps, no update lost, nobody overruled unawares."""

import itertools
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from support.raw_graph import value

from memos_graph import Memory, MemOS, Message
from memos_graph.errors import StateError, VersionConflictError

THREADS = 8


def test_of_two_writers_exactly_one_wins_and_the_other_is_told(space: Memory) -> None:
    cube = space.add([Message(id="m1", text="The gate is green.")]).added[0]
    ready = threading.Barrier(2)

    def write(colour: str) -> str:
        ready.wait(timeout=30)
        try:
            space.update(cube, text=f"The gate is {colour}.", expected_version=1)
        except VersionConflictError as error:
            return f"lost at {error.current}"
        return colour

    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(write, ["red", "blue"]))
    (lost,) = [outcome for outcome in outcomes if outcome.startswith("lost")]
    (won,) = [outcome for outcome in outcomes if outcome != lost]
    assert lost == "lost at 2"
    assert space.get(cube).text == f"The gate is {won}."
    assert [v.text for v in space.history(cube)] == ["The gate is green.", f"The gate is {won}."]


def test_writers_that_try_again_lose_no_update(memos: MemOS, space: Memory) -> None:
    cube = space.add([Message(id="m1", text="Signed by:")]).added[0]

    def sign(name: str) -> int:
        for attempt in range(1, 4 * THREADS):
            current = space.history(cube)[-1]
            try:
                space.update(cube, text=f"{current.text} {name}", expected_version=current.number)
            except VersionConflictError:
                continue
            return attempt
        return 0

    names = [f"signer{i}" for i in range(THREADS)]
    with ThreadPoolExecutor(THREADS) as pool:
        assert all(pool.map(sign, names))
    versions = space.history(cube)
    assert [v.number for v in versions] == list(range(1, THREADS + 2))
    assert sorted(versions[-1].text.split()[2:]) == sorted(names)
    assert all(new.text.startswith(old.text) for old, new in itertools.pairwise(versions))
    assert value(memos, "MATCH (:MemCube {id: $c})-[r:CURRENT]->() RETURN count(r)", c=cube) == 1


def test_writers_of_one_source_keep_its_order_whole(memos: MemOS, space: Memory) -> None:
    def add(writer: int) -> int:
        return sum(
            len(
                space.add(
                    [Message(id=f"{writer}-{i}", text=f"Crate {i} of lorry {writer} is full.")], source="yard"
                ).added
            )
            for i in range(3)
        )

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(add, range(4))) == [3, 3, 3, 3]
    statement = "MATCH (c:MemCube {space: $s, level: 'whole'}) WITH c.position AS p ORDER BY p RETURN collect(p)"
    assert value(memos, statement, s=space.space) == list(range(12))
    longest = "MATCH path = (:MemCube {space: $s, position: 0})-[:NEXT*11]->() RETURN count(path)"
    assert value(memos, longest, s=space.space) == 1


def test_eight_writers_of_the_same_memories_lose_nothing(memos: MemOS, space: Memory) -> None:
    """Updates, archives, restores and freezes of three cubes at once: versions and events without gaps."""
    cubes = space.add([Message(id=f"m{i}", text=f"Crate {i} is full.") for i in range(3)]).added
    acts = ("update", "archive", "restore", "freeze", "thaw", "update")

    def write(writer: int) -> Counter[tuple[str, str]]:
        done: Counter[tuple[str, str]] = Counter()
        for step in range(9):
            cube, act = cubes[(writer + step) % 3], acts[(writer * 5 + step) % len(acts)]
            try:
                if act == "update":
                    space.update(cube, text=f"Crate of {writer} in step {step} is full.")
                elif act == "thaw":
                    space.thaw(cube, reason="next")
                else:
                    getattr(space, act)(cube)
            except StateError:  # another writer was there before: its state or version forbids this act
                continue
            done[cube, act] += 1
        return done

    with ThreadPoolExecutor(THREADS) as pool:
        done: Counter[tuple[str, str]] = sum(pool.map(write, range(THREADS)), Counter())
    memos._services.audit.flush()
    logged = Counter(
        (each.id, entry.action)
        for entry in space.logs.query(limit=200)
        for each in entry.cubes
        if each.id in cubes and entry.action in acts
    )
    assert sum(done.values()) > THREADS
    assert logged == done
    for cube in cubes:
        numbers = [version.number for version in space.history(cube)]
        assert numbers == list(range(1, done[cube, "update"] + 2))
        moves = sum(done[cube, act] for act in acts[1:5])
        changes = "MATCH (:MemCube {id: $c})-[:WAS]->(p) RETURN count(p)"
        assert value(memos, changes, c=cube) == moves + done[cube, "update"]
    seqs = "MATCH (e:AuditEvent {space: $s}) WITH e.seq AS q ORDER BY q RETURN collect(q)"
    found = value(memos, seqs, s=space.space)  # asked once: the reads above may be recorded in between
    assert found == list(range(1, len(found) + 1))
