"""A program killed in the middle of a pipeline, again and again: resumed, every unit was applied exactly once."""

import os
import random
import subprocess
import sys
import time
from datetime import UTC, datetime

import pytest
from support.raw_graph import rows, value

from memos_graph import Memory, MemOS, Message, Pipeline
from memos_graph.audit import request
from memos_graph.errors import StateError
from memos_graph.pipelines import RunState, StepRecord

pytestmark = pytest.mark.timeout(900)  # each kill costs the start of a process

AT = datetime(2026, 5, 4, 9, tzinfo=UTC)
UNITS = 16
TOWNS = ["Bergen", "Ghent", "Lisbon", "Porto", "Krakow", "Tartu", "Graz", "Lyon"]

# Runs or resumes a pipeline, and says at each step what has become of it.
RUNNER = """
import sys
from memos_graph import MemOS, Pipeline, Settings
home, space, principal, cube, run = sys.argv[1:]
tell = lambda step: print(step.id, step.state.value, flush=True)
with MemOS.open(Settings.load(home=home, neo4j_uri=None)) as memos:
    notes = memos.mount(space, principal=principal)
    print("open", flush=True)
    if run == "new":
        notes.run(Pipeline.from_text(sys.stdin.read()), {"cube": cube}, progress=tell)
    else:
        notes.pipelines.resume(run, progress=tell)
print("all", flush=True)
"""


def chain() -> str:
    """A pipeline of many units, each of which corrects one memory and adds another."""
    lines = ["pipeline: chain", "inputs:", "  cube: {type: cube}", "steps:"]
    for i in range(UNITS):
        needs = f"needs: [add{i - 1}], " if i else ""
        town = TOWNS[i % len(TOWNS)]
        moved = f"{{cube: '${{inputs.cube}}', text: 'I moved to {town}, number {i}.'}}"
        lines += [
            f"  - {{id: update{i}, act: update, {needs}arguments: {moved}}}",
            f"  - {{id: add{i}, act: add, needs: [update{i}], arguments: {{text: 'Friend {i} lives in {town}.'}}}}",
        ]
    return "\n".join([*lines, "units:", *(f"  unit{i}: [update{i}, add{i}]" for i in range(UNITS))])


def killed(memos: MemOS, space: Memory, cube: str, run: str, chance: random.Random) -> list[str]:
    """Run or resume in a process of its own, and kill that somewhere after its first step; returns what it said."""
    where = [str(memos._services.settings.home), space.space, space.principal, cube, run]
    environment = {**os.environ, "MEMOS_HOST_THREADS": "1", "MEMOS_KV_REUSE": "always"}
    with subprocess.Popen(
        [sys.executable, "-c", RUNNER, *where],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    ) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdin.write(chain() if run == "new" else "")
        child.stdin.close()
        said = [child.stdout.readline().strip() for _ in range(2 + chance.randrange(8))]
        time.sleep(chance.random() * 0.05)
        child.kill()
    return said


def test_units_killed_at_random_are_applied_exactly_once(memos: MemOS, space: Memory) -> None:
    chance = random.Random(7)
    (cube,) = space.add([Message(id="m1", speaker="Dana", text="I moved to Cork.", at=AT)], source="talk").added
    said = [killed(memos, space, cube, "new", chance)]
    (listed,) = space.pipelines.list()
    assert listed.state is RunState.INTERRUPTED
    for _ in range(3):
        said.append(killed(memos, space, cube, listed.id, chance))
        check_whole(memos, space, cube, listed.id)
    assert all(each[0] == "open" and "all" not in each for each in said), said
    done = space.pipelines.resume(listed.id)
    assert done.state is RunState.DONE
    versions = space.history(cube)
    assert [version.text for version in versions[1:]] == [
        f"I moved to {TOWNS[i % len(TOWNS)]}, number {i}." for i in range(UNITS)
    ]
    friends = sorted(each.text for each in space.page(level="whole", limit=100) if each.id != cube)
    assert friends == sorted(f"Friend {i} lives in {TOWNS[i % len(TOWNS)]}." for i in range(UNITS))
    updates = [entry for entry in space.logs.query(request_id=listed.id, limit=200) if entry.action == "update"]
    assert len(updates) == UNITS
    assert sum(step.attempt for step in done.steps) > 2 * UNITS - 1


def check_whole(memos: MemOS, space: Memory, cube: str, run: str) -> None:
    """Whatever is done is done whole: so many versions, memories and finished steps go together."""
    done = value(memos, "MATCH (s:Step {run: $run, state: 'done'}) RETURN count(s)", run=run)
    assert done % 2 == 0
    assert len(space.history(cube)) - 1 == done // 2
    assert value(memos, "MATCH (s:Space {id: $s}) RETURN s.cubes", s=space.space) - 1 == done // 2
    made = value(memos, "MATCH (:Step {run: $run})-[m:MADE]->() RETURN count(m)", run=run)
    assert made == done


class Crash(BaseException):
    """Ends a run as the death of its process would: nothing of this package catches it."""


def crashing(step: str, state: str):
    """Crash as soon as a step is in a state."""

    def tell(record: StepRecord) -> None:
        if (record.id, record.state.value) == (step, state):
            raise Crash

    return tell


WARM = (
    Pipeline("warm")
    .step("add", "add", {"messages": [{"id": "m1", "speaker": "Dana", "text": "I moved to Lisbon."}]})
    .step("build", "kv.build", needs=["add"])
    .step("ask", "search", {"question": "Where does Dana live?"}, needs=["build"])
)


def test_an_act_outside_that_was_broken_off_is_undone_and_repeated(space: Memory, memos: MemOS) -> None:
    with pytest.raises(Crash):
        space.run(WARM, progress=crashing("build", "running"))
    (listed,) = space.pipelines.list()
    assert listed.state is RunState.INTERRUPTED
    # The act itself was through, and its step not noted yet.
    with request(listed.id):
        stray = space.kv.build()
    assert stray.built
    done = space.pipelines.resume(listed.id)
    assert done.state is RunState.DONE
    (cache,) = space.kv.list()
    assert cache.id != stray.cube.id
    assert done.outputs["build"]["cube"].id == cache.id
    assert memos._services.payloads.waiting(space.space) == []


def test_an_act_outside_that_was_noted_is_not_repeated(space: Memory) -> None:
    with pytest.raises(Crash):
        space.run(WARM, progress=crashing("build", "done"))
    (cache,) = space.kv.list()
    (listed,) = space.pipelines.list()
    done = space.pipelines.resume(listed.id)
    assert [each.id for each in space.kv.list()] == [cache.id]
    assert [step.attempt for step in done.steps] == [1, 1, 1]


def test_a_unit_whose_commit_nobody_was_told_of_is_not_repeated(space: Memory, memos: MemOS) -> None:
    with pytest.raises(Crash):
        space.run(WARM, progress=crashing("add", "done"))
    (listed,) = space.pipelines.list()
    done = space.pipelines.resume(listed.id)
    assert done.outputs["add"]["count"] == 1
    made = "MATCH (:Step {run: $run, id: 'add'})-[:MADE]->(c) RETURN c.id AS id"
    assert len(rows(memos, made, run=listed.id)) == 1


def test_a_run_in_living_hands_is_not_taken_from_them(space: Memory) -> None:
    tried: list[StateError] = []

    def tell(record: StepRecord) -> None:
        if (record.id, record.state.value) == ("add", "done"):
            (listed,) = space.pipelines.list()
            assert listed.state is RunState.RUNNING
            with pytest.raises(StateError, match="under way") as caught:
                space.pipelines.resume(listed.id)
            tried.append(caught.value)

    assert space.run(WARM, progress=tell).state is RunState.DONE
    assert len(tried) == 1
