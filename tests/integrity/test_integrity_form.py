"""What digests are made over does not change with how it is made: a store written before stays whole, and what was broken broken."""

import base64
import hmac
import struct

import pytest
from support.raw_graph import rows

from memos_graph import Memory, MemOS, Message
from memos_graph.integrity import Integrity

# How properties, and the edges of a memory, were spelt by the first release that vouched for memories.
SPELLED = """reduce(spelt = '', name IN COLLECT {
  UNWIND keys(of) AS name
  WITH name WHERE NOT name IN [
    'digest', 'past_digest', 'embedding', 'access_count', 'last_accessed_at', 'relevance',
    'revision', 'audit_seq', 'audit_hash', 'locked', 'cubes', 'speakers', 'tally', 'tally_mark'
  ]
  RETURN name ORDER BY name
} | spelt + ';' + name + '=' + CASE
  WHEN of[name] IS :: STRING THEN size(of[name]) + ':' + of[name]
  WHEN of[name] IS :: LIST<ANY> THEN reduce(items = '[', item IN of[name] | items + size(toString(item)) + ':' + toString(item))
  ELSE coalesce(toStringOrNull(of[name]), valueType(of[name]))
END)"""
SAID = f"""CYPHER 25 MATCH (each:MemCube) WHERE each.space = $space
RETURN each.id AS id,
  size(labels(each)) + toString(each:Plaintext) + toString(each:Parametric) + head([of IN [properties(each)] | {SPELLED}])
  + reduce(edges = '', edge IN COLLECT {{
    MATCH (each)-[of]->(other)
    WHERE NOT type(of) IN ['NEXT', 'WAS']
    RETURN '\\n>' + type(of) + size(coalesce(other.id, other.name, '')) + ':' + coalesce(other.id, other.name, '')
      + coalesce(other.number, '') + {SPELLED} AS edge
    ORDER BY edge
  }} | edges + edge)
  + '\\n<' + COUNT {{ (each)<-[:GRANTED]-() }} + '/' + COUNT {{ (each)<-[:DENIED]-() }} AS said"""
STRANGE = """MATCH (c:MemCube {space: $space}) SET c.Upper = 'A', c.`a b` = 1, c.`ä` = [1.5, 2.0], c.`x;y=1:z` = [], c.tiny = 1e-7,
  c.many = ['a', '', '😀'], c.when = date('2024-05-01'), c.where = point({x: 1, y: 2}), c.`😀` = '😀\\n', c.no = false"""


@pytest.mark.tampers
def test_it_is_spelt_as_ever_whatever_there_is(memos: MemOS, space: Memory) -> None:
    space.add(
        [
            Message(id="m1", speaker="Zoë 😀", text="Dana lives in Lisbon. Her card is 4111 1111 1111 1111."),
            Message(id="m2", speaker="Bob", text="Dana keeps seven bees near the old chapel in Öland."),
        ],
        source="chat",
        tags=["home", "bees"],
    )
    (kept,) = space.add("The kiln in Porto is fired on Mondays.").added
    space.update(kept, text="The kiln in Porto is fired on Tuesdays.", reason="moved")
    integrity = memos._services.runner.vouching
    assert isinstance(integrity, Integrity)
    for strange in (False, True):
        if strange:
            rows(memos, STRANGE, space=space.space)
        before = {row["id"]: row["said"] for row in rows(memos, SAID, space=space.space)}
        now = memos._services.runner.read("integrity/present", cubes=sorted(before), probe=integrity.probe)
        assert len(before) >= 6
        assert {row["present"]["id"]: row["present"]["said"] for row in now} == before
        assert (";where=" in "".join(before.values())) is strange


def test_a_digest_is_the_hmac_it_is_said_to_be(memos: MemOS) -> None:
    integrity, keyring = memos._services.runner.vouching, memos._services.keyring
    assert isinstance(integrity, Integrity)
    raw = base64.urlsafe_b64decode(integrity.digests.of("past", {"near": 0.25, "said": "what is said: ü"}))
    salt, covered, mac = raw[:8], raw[8:16], raw[16:]
    pad = hmac.digest(keyring.derived("memory digests, numbers"), salt, "sha256")
    number = bytes(a ^ b for a, b in zip(covered, pad, strict=False))
    assert struct.unpack(">d", number) == (0.25,)
    content = b"past\n" + salt + number + b"\n" + "what is said: ü".encode()
    assert mac == hmac.digest(keyring.derived("memory digests"), content, "sha256")[:16]
