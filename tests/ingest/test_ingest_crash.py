"""A program killed while it adds leaves whole messages only, and a second run completes them to the same graph."""

import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime

from support.raw_graph import mounted, rows, services_like, shape, value

from memos_graph import Memory, MemOS, Message

# Adds the same messages as `talk`, two a transaction, and says how far it has got.
WRITER = """
import sys
from datetime import UTC, datetime
from memos_graph import MemOS, Message, Settings
at = datetime(2024, 5, 10, tzinfo=UTC)
home, space, principal, count = sys.argv[1:]
texts = [line.rstrip("\\n") for line in sys.stdin]
talk = [Message(id=f"m{i}", speaker="Alice" if i % 2 else "Bob", text=text, at=at) for i, text in enumerate(texts)]
with MemOS.open(Settings.load(home=home, neo4j_uri=None, ingest_batch=2)) as memos:
    memos.mount(space, principal=principal).add(talk, source="chat", progress=lambda d, t: print(d, flush=True))
print("all", flush=True)
"""

_COUNT = 30
AT = datetime(2024, 5, 10, tzinfo=UTC)
TOWNS = ["Bergen", "Ghent", "Lisbon", "Porto", "Krakow", "Tartu", "Graz", "Lyon", "Turin", "Cork"]
CRAFTS = ["repairs violins", "keeps bees", "teaches piano", "builds boats", "restores books", "grows tulips"]

BROKEN = """
MATCH (c:MemCube {space: $space})
WHERE COUNT { (c)-[:CURRENT]->(:MemVersion {number: 1}) } <> 1 OR c.embedding IS NULL
   OR (c.level = 'whole' AND COUNT { (c)-[:FROM]->(:Source) } <> 1)
   OR (c.level = 'fact' AND COUNT { (c)-[:DERIVED_FROM]->(:MemCube) } = 0)
RETURN count(c)
"""


def texts() -> list[str]:
    return [
        f"My friend number {i} {CRAFTS[i % 6]} in {TOWNS[i % 10]}. The weather there was fine." for i in range(_COUNT)
    ]


def talk() -> list[Message]:
    return [
        Message(id=f"m{i}", speaker="Alice" if i % 2 else "Bob", text=text, at=AT) for i, text in enumerate(texts())
    ]


def killed_midway(memos: MemOS, space: Memory) -> int:
    """Run the writer until it has reported twice, then kill it; returns how many messages are stored."""
    command = [
        sys.executable,
        "-c",
        WRITER,
        str(memos._services.settings.home),
        space.space,
        space.principal,
        str(len(texts())),
    ]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdin is not None
        assert writer.stdout is not None
        writer.stdin.write("\n".join(texts()) + "\n")
        writer.stdin.close()
        assert [writer.stdout.readline().strip() for _ in range(2)] == ["2", "4"]
        writer.kill()
        assert "all" not in writer.stdout.read()
    return int(value(memos, "MATCH (s:Space {id: $id}) RETURN s.cubes", id=space.space))


def test_a_killed_writer_leaves_whole_messages_and_the_next_run_completes_them(
    memos: MemOS, space: Memory, mount: Callable[..., Memory]
) -> None:
    stored = killed_midway(memos, space)
    assert 4 <= stored < _COUNT
    assert value(memos, BROKEN, space=space.space) == 0
    assert value(memos, "MATCH (s:Source {space: $s}) RETURN s.length", s=space.space) == stored
    ids = rows(
        memos,
        "MATCH (c:MemCube {space: $s, level: 'whole'}) RETURN c.origin_id AS id ORDER BY c.position",
        s=space.space,
    )
    assert [row["id"] for row in ids] == [f"m{i}" for i in range(stored)]
    facts = value(
        memos, "MATCH (:MemCube {space: $s, level: 'whole'})<-[d:DERIVED_FROM]-() RETURN count(d)", s=space.space
    )

    report = mounted(services_like(memos, ingest_batch=2), space).add(talk(), source="chat")
    assert (report.unchanged, len(report.added)) == (stored, _COUNT - stored)
    whole = mount("uninterrupted")
    unbroken = mounted(services_like(memos, ingest_batch=2), whole).add(talk(), source="chat")
    assert shape(memos, space.space) == shape(memos, whole.space)
    assert facts + report.facts + report.repeated_facts == unbroken.facts + unbroken.repeated_facts
