"""The conformance suite agent-memory-integrity (agmi): its eight attacks at rest, found by the check of the log and by who reads.

``python -m pytest tests/audit/test_agent_memory_integrity.py -s`` prints its scorecard.
"""

import sys
from typing import Any

import pytest
from agmi.adapters.base import MemoryAdapter, Record
from agmi.attacks.at_rest import ALL_AT_REST_ATTACKS
from agmi.runner import format_scorecard, run_matrix
from support.raw_graph import revouch, rows
from uuid_utils import uuid4

from memos_graph import Memory, MemOS, Message
from memos_graph.graph.vouching import TouchedIds

PAGE = "MATCH (c:MemCube {space: $s}) WHERE c.level = 'whole' OR c.level IS NULL"
# What stays with the slot: a replay keeps it.
SLOT = {"id", "identity", "space", "space_key"}
PASSING = {"embedding", "access_count", "last_accessed_at", "relevance", "heat", "heat_at"}
META = ("speaker", "created_by", "tags")


class Graph(MemoryAdapter):
    """Memories of a space, each a node; the attacker writes Cypher with the database's password."""

    name = "memos-graph"
    supports_replay = True
    supports_metadata = True

    def __init__(self, memos: MemOS) -> None:
        self._memos = memos
        self._mine, self._other = "", ""

    def setup(self) -> None:
        """Mount two new spaces."""
        owner = f"u{uuid4().hex[:12]}"
        self._mine, self._other = f"{owner}/mine", f"{owner}/other"

    def teardown(self) -> None:
        """Leave nothing broken behind."""
        self._memos._services.audit.flush()
        rows(self._memos, "MATCH (c:MemCube) WHERE c.space IN $s DETACH DELETE c", s=[self._mine, self._other])
        revouch(self._memos)

    def _space(self, space: str) -> Memory:
        return self._memos.mount(space, principal=space.partition("/")[0])

    def _seed(self, space: str, number: int) -> None:
        said = [Message(id=f"m{i}", speaker="Ann", text=f"{space}: the limit is {40 + i}.") for i in range(number)]
        self._space(space).add(said, source="talk")

    def seed(self, n: int) -> None:
        """Add memories."""
        self._seed(self._mine, n)

    def seed_other(self, n: int) -> None:
        """Add memories to another space."""
        self._seed(self._other, n)

    def _read(self, space: str) -> list[Record]:
        found = rows(self._memos, f"{PAGE} RETURN properties(c) AS p ORDER BY c.id", s=space)
        return [
            Record(seq=i, fields={key: value for key, value in row["p"].items() if key not in PASSING})
            for i, row in enumerate(found)
        ]

    def read_all_raw(self) -> list[Record]:
        """Read the nodes."""
        return self._read(self._mine)

    def read_other_raw(self) -> list[Record]:
        """Read those of the other space."""
        return self._read(self._other)

    def write_raw(self, record: Record) -> None:
        """Overwrite what a node says, or make one more."""
        standing = self._read(self._mine)
        if record.seq >= len(standing):
            new = {**record.fields, "id": f"zz{uuid4().hex}", "identity": uuid4().hex}
            rows(self._memos, "CREATE (c:MemCube:Plaintext) SET c = $p", p=new)
        else:
            self.replay_onto(record.seq, record)

    def delete_raw(self, seq: int) -> None:
        """Delete a node."""
        victim = self._read(self._mine)[seq].fields["id"]
        self._memos._services.audit.flush()  # what counts reads would meet a node that is going
        rows(self._memos, "MATCH (c:MemCube {id: $c}) DETACH DELETE c", c=victim)

    def replay_onto(self, victim_seq: int, donor: Record) -> None:
        """Give a node all that another says, its digests too, but for its slot."""
        victim = self._read(self._mine)[victim_seq].fields["id"]
        said = {key: value for key, value in donor.fields.items() if key not in SLOT}
        rows(self._memos, "MATCH (c:MemCube {id: $c}) SET c += $p", c=victim, p=said)

    def mutate_payload(self, record: Record) -> Record:
        """Change a text."""
        record.fields["text"] += " [TAMPERED]"
        return record

    def identity_of(self, record: Record) -> str:
        """Return the slot."""
        return str(record.fields["id"])

    def payload_of(self, record: Record) -> str:
        """Return the text."""
        return str(record.fields["text"])

    def owner_of(self, record: Record) -> str | None:
        """Return the space."""
        return str(record.fields["space"])

    def read_meta(self, seq: int) -> dict[str, Any]:
        """Return what is said of a memory."""
        fields = self._read(self._mine)[seq].fields
        return {key: fields[key] for key in (*META, "agmi_meta_tampered") if key in fields}

    def write_meta(self, seq: int, meta: dict[str, Any]) -> None:
        """Change it."""
        victim = self._read(self._mine)[seq].fields["id"]
        rows(self._memos, "MATCH (c:MemCube {id: $c}) SET c += $p", c=victim, p=meta)

    def reload(self) -> None:
        """Forget what is kept in memory."""
        self._memos._services.operator.follow(TouchedIds())

    def verify(self) -> bool:
        """Return what ``memos audit verify`` says."""
        found = self._space(self._mine).audit.verify()
        self.verify_detail = found.broken[0].what if found.broken else None
        return found.whole


class Read(Graph):
    """The same, where nobody verifies: the space is read and searched."""

    name = "memos-graph, when read"

    def verify(self) -> bool:
        """Return whether nothing is held back from a reader."""
        space = self._space(self._mine)
        shown = {cube.id for cube in space.page(level="whole", limit=200)}
        withheld = space.search("What is the limit?", limit=50).withheld
        there = {str(record.fields["id"]) for record in self.read_all_raw()}
        return not withheld and shown == there


@pytest.mark.tampers
def test_every_attack_at_rest_is_found(memos: MemOS, capsys: pytest.CaptureFixture[str]) -> None:
    attacks = [attack() for attack in ALL_AT_REST_ATTACKS]
    results = run_matrix([Graph(memos), Read(memos)], attacks)
    with capsys.disabled():
        sys.stdout.write(f"\n{format_scorecard(results, attacks)}\n")
    assert [(each.tool, each.attack, each.error or each.guard) for each in results if each.error or each.guard] == []
    # Who only reads finds that a memory is gone by its facts, which have lost what they were made from.
    assert [(each.tool, each.attack) for each in results if not each.detected] == []
