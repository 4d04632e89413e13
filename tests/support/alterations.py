"""Edits of a memory past the product, really committed, and taken back; for tests of every way of reading memories."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from memos_graph import Action, Memory, MemOS, Message
from memos_graph.kit.clock import now
from support.raw_graph import rows, value

FORGED = "forged by Mallory"
# Of memory `c`; `o` is another one of its space. Each with what takes it back.
_EDITS = {
    "text": (
        "MATCH (c)-[:CURRENT]->(v) SET c.text = $forged, v.text = $forged",
        "MATCH (c)-[:CURRENT]->(v) SET c.text = $text, v.text = $text",
    ),
    "metadata": ("SET c.speaker = $forged", "SET c.speaker = $speaker"),
    "edge": (
        "MATCH (o:MemCube {id: $other}) CREATE (c)-[:SUPERSEDES {at: datetime(), by: $forged}]->(o)",
        "MATCH (c)-[r:SUPERSEDES {by: $forged}]->() DELETE r",
    ),
    "grant": (
        "MERGE (p:Principal {id: 'mallory'}) CREATE (p)-[:GRANTED {actions: ['read'], by: $forged, at: datetime()}]->(c)",
        "MATCH (:Principal {id: 'mallory'})-[g:GRANTED]->(c) DELETE g",
    ),
}
EDITS = tuple(_EDITS)
ASKED = "Where does Dana live?"


@dataclass(frozen=True)
class Held:
    """A space with a memory that is altered (``whole``, and ``fact``, the sentence of it), and others."""

    memory: Memory
    whole: str
    fact: str
    other: str
    guest: str
    before: datetime
    """When it said something else."""
    then: datetime
    """When it said what it says."""

    def says(self, answer: str, victim: str) -> bool:
        """Whether an answer gives the victim, or something of an edit, away."""
        return victim in answer or FORGED in answer


def held(memos: MemOS, space: Memory) -> Held:
    """Make a space in which every way of reading shows ``whole`` or ``fact``."""
    who = space.principal
    said = ["Dana lives in Lisbon.", "Dana lives in Porto", "Dana lives in Porto!", "The kiln is fired on Mondays."]
    _, whole, twin, _ = space.add(
        [
            Message(id=f"m{n}", speaker="Ana", text=text, at=datetime(2026, 3 + n, 1, tzinfo=UTC))
            for n, text in enumerate(said)
        ],
        source="talk",
    ).added
    before = now()
    space.update(whole, text="Dana lives in Porto.", reason="as she said")
    then = now()
    guest = f"{who}-guest"
    (fact,) = (node.id for node in space.lineage(whole).downstream())
    for cube in (whole, fact):
        space.permissions.grant(guest, [Action.READ], cube=cube)
    return Held(space, whole, fact, twin, guest, before, then)


@contextmanager
def altered(memos: MemOS, kind: str, victim: str, other: str) -> Iterator[None]:
    """Have a memory be altered inside the block."""
    edit, undo = _EDITS[kind]
    was = rows(memos, "MATCH (c:MemCube {id: $c}) RETURN c.text AS text, c.speaker AS speaker", c=victim)[0]
    given = {"victim": victim, "other": other, "forged": FORGED, **was}
    found = "CYPHER 25 MATCH (c:MemCube {id: $victim}) WITH c "
    rows(memos, found + edit, **given)
    try:
        yield
    finally:
        rows(memos, found + undo, **given)


def withheld_in_log(memos: MemOS, held: Held, victim: str) -> int:
    """How often the log says that a memory was held back."""
    memos._services.audit.flush()
    statement = "MATCH (e:AuditEvent {space: $s, action: 'withheld'})-[:ON]->(:MemCube {id: $c}) RETURN count(e)"
    return int(value(memos, statement, s=held.memory.space, c=victim))
