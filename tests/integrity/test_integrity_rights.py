"""Whoever may write anything to the database gives nobody a right, takes none and changes no rule unseen."""

import os
import random
import sys
from typing import Any

import pytest
from support.raw_graph import rows

from memos_graph import Memory, MemOS, Message
from memos_graph.audit.verify import inspect
from memos_graph.governance import Action
from memos_graph.graph.runner import Transaction
from memos_graph.scheduler.scheduler import MemScheduler

# Edits by raw Cypher of space `s` ($s), of its owner `p` ($p), or of a reader ($r); each is undone: its transaction never commits.
EDITS = {
    "a grant made": "MERGE (m:Principal {id: 'mallory'}) CREATE (m)-[:GRANTED {actions: ['read'], by: $p, at: datetime()}]->(s)",
    "a grant's acts": "WITH s MATCH ({id: $r})-[g:GRANTED]->(s) SET g.actions = ['read', 'write', 'administer']",
    "a grant's end": "WITH s MATCH ({id: $r})-[g:GRANTED]->(s) SET g.expires_at = datetime('2050-01-01T00:00:00Z')",
    "a grant's purpose": "WITH s MATCH ({id: $r})-[g:GRANTED]->(s) SET g.purposes = ['care']",
    "how much a grant sees": "WITH s MATCH ({id: $r})-[g:GRANTED]->(s) SET g.sees = 0",
    "who gave a grant": "WITH s MATCH ({id: $r})-[g:GRANTED]->(s) SET g.by = 'mallory'",
    "a grant taken": "WITH s MATCH ({id: $r})-[g:GRANTED]->(s) DELETE g",
    "a grant on a topic made": "WITH s MATCH (t:Topic {space: $s}) WITH t LIMIT 1 MATCH (r:Principal {id: $r}) "
    "CREATE (r)-[:GRANTED {actions: ['read']}]->(t)",
    "a denial made": "WITH s MATCH (r:Principal {id: $r}) CREATE (r)-[:DENIED {actions: ['read']}]->(s)",
    "a denial taken": "WITH s MATCH (:Principal)-[d:DENIED]->(s) DELETE d",
    "a denial's acts": "WITH s MATCH (:Principal)-[d:DENIED]->(s) SET d.actions = ['write']",
    "a denial of a memory taken": "WITH s MATCH (:Principal)-[d:DENIED]->(:MemCube {space: $s}) DELETE d",
    "the owner": "SET s.owner = $r",
    "an owner more": "WITH s MATCH (r:Principal {id: $r}) CREATE (r)-[:OWNS]->(s)",
    "the owner's link taken": "WITH s MATCH (:Principal)-[o:OWNS]->(s) DELETE o",
    "the space's tenant": "SET s.tenant = 'acme'",
    "what everybody sees": "SET s.sees_default = 0",
    "who sees what": "SET s.sees_names = ['mallory'], s.sees_levels = [3]",
    "what is recorded first": "SET s.reads_first = NOT coalesce(s.reads_first, false)",
    "a policy's text": "WITH s MATCH (s)-[:GOVERNED_BY]->(y:Policy) SET y.text = 'policy: 1\\nname: forged\\n'",
    "a policy's checksum": "WITH s MATCH (s)-[:GOVERNED_BY]->(y:Policy) SET y.sha256 = 'forged'",
    "who applied a policy": "WITH s MATCH (s)-[:GOVERNED_BY]->(y:Policy) SET y.applied_by = 'mallory'",
    "an earlier policy": "WITH s MATCH (s)-[:GOVERNED_BY]->(:Policy)-[:REPLACES]->(y) SET y.text = 'forged'",
    "a policy taken": "WITH s MATCH (s)-[o:GOVERNED_BY]->(:Policy) DELETE o",
    "the policy before in force again": "WITH s MATCH (s)-[o:GOVERNED_BY]->(:Policy)-[:REPLACES]->(y) DELETE o "
    "CREATE (s)-[:GOVERNED_BY]->(y)",
    "a policy inserted": "CREATE (s)-[:GOVERNED_BY]->(:Policy {id: 'x', space: $s, version: 9, text: 'forged'})",
    "a receipt": "WITH s MATCH (s)-[:HAS_RECEIPT]->(x) SET x.body = 'forged'",
    "a receipt taken": "WITH s MATCH (s)-[:HAS_RECEIPT]->(x) DETACH DELETE x",
    "a snapshot's moment": "WITH s MATCH (n:Snapshot {space: $s}) SET n.at = n.at - duration({days: 1})",
    "a snapshot taken": "WITH s MATCH (n:Snapshot {space: $s}) DETACH DELETE n",
    "a snapshot made": "CREATE (:Snapshot {id: $s + '/x', space: $s, name: 'x', at: datetime(), by: $p})",
    "a role given": "WITH s MATCH (m:Principal {id: 'mallory'}), (o:Role {owner: $p}) CREATE (m)-[:HAS_ROLE]->(o)",
    "a role taken": "WITH s MATCH ()-[h:HAS_ROLE]->(:Role {owner: $p}) DELETE h",
    "a role's end": "WITH s MATCH ()-[h:HAS_ROLE]->(:Role {owner: $p}) SET h.expires_at = datetime('2050-01-01T00:00:00Z')",
    "a role's owner": "WITH s MATCH (o:Role {owner: $p}) SET o.owner = 'mallory'",
    "a mandate's end": "WITH s MATCH (m:Mandate)-[:COMBINES]->({id: $p}) SET m.expires_at = datetime('2050-01-01T00:00:00Z')",
    "a mandate's acts": "WITH s MATCH (m:Mandate)-[:COMBINES]->({id: $p}) SET m.actions = ['read', 'administer']",
    "a mandate's purpose": "WITH s MATCH (m:Mandate)-[:COMBINES]->({id: $p}) SET m.purpose = 'else'",
    "a mandate of others": "WITH s MATCH (m:Mandate)-[c:COMBINES]->({id: $p}) DELETE c",
    "a mandate made": "WITH s MATCH (o:Principal {id: $p}) "
    "CREATE (:Principal:Mandate {id: 'mallory>' + $p, kind: 'mandate'})-[:COMBINES]->(o)",
    "a principal's tenant": "WITH s MATCH (o:Principal {id: $p}) SET o.tenant = 'acme'",
    "a principal's kind": "WITH s MATCH (o:Principal {id: $r}) SET o.kind = 'role'",
    "a key's hash": "WITH s MATCH (k:ApiKey)-[:OF]->({id: $p}) SET k.hash = k.id",
    "a key back in force": "WITH s MATCH (k:ApiKey)-[:OF]->({id: $p}) REMOVE k.revoked_at",
    "a key moved": "WITH s MATCH (k:ApiKey)-[o:OF]->({id: $p}), (r:Principal {id: $r}) DELETE o CREATE (k)-[:OF]->(r)",
    "a key inserted": "WITH s MATCH (o:Principal {id: $p}) CREATE (:ApiKey {id: 'x', hash: 'forged'})-[:OF]->(o)",
    "the digest of the space": "SET s.digest = reverse(s.digest)",
    "the digest taken": "REMOVE s.digest",
    "the space's key": "SET s.space_key = 'forged'",
}
TRIALS = int(os.environ.get("MEMOS_TAMPER_TRIALS", str(len(EDITS))))


@pytest.fixture
def governed(memos: MemOS, space: Memory) -> Memory:
    """A space with rights and rules of every kind."""
    owner, services = space.principal, memos._services
    first, second = space.add([Message(id=f"m{i}", text=f"Dana keeps {n} bees.") for i, n in enumerate("27")]).added
    space.grant(f"{owner}.reader", [])
    services.roles.create(f"{owner}/nurses", owner)
    services.roles.add(f"{owner}/nurses", owner, f"{owner}.nora")
    space.grant(f"{owner}/nurses", [Action.WRITE])
    space.permissions.deny(f"{owner}.reader", [Action.SHARE])
    space.permissions.deny(f"{owner}.reader", [Action.READ], cube=second)
    services.roles.delegate(owner, f"{owner}.bot", purpose="support")
    key, _ = services.api_keys.create(owner, label="laptop")
    services.api_keys.create(owner, label="phone")
    services.api_keys.revoke(key.id, principal=owner)
    space.policy.apply("policy: 1\nname: first\n")
    space.policy.apply("policy: 1\nname: second\nkeep: {default: 90 years}\n")
    space.snapshot("before", reason="to compare")
    space.delete(first, reason="asked to")
    space.add([Message(id="z", text="Zed Quill likes tea.")])
    space.forget("Zed Quill")
    return space


@pytest.mark.timeout(300 + 3 * TRIALS)
def test_every_edit_of_rights_and_rules_is_found(
    memos: MemOS, governed: Memory, capsys: pytest.CaptureFixture[str]
) -> None:
    services, owner = memos._services, governed.principal
    found = governed.audit.verify()
    assert found.whole, found.broken
    unseen: list[str] = []
    seed = int(os.environ.get("MEMOS_TAMPER_SEED") or random.SystemRandom().randrange(2**32))
    names = [list(EDITS)[trial % len(EDITS)] for trial in range(TRIALS)]
    random.Random(seed).shuffle(names)
    for kind in names:
        with memos.driver.session(database=memos.endpoint.database) as session, session.begin_transaction() as tx:
            tx.run("MERGE (m:Principal {id: 'mallory'})").consume()
            values: dict[str, Any] = {"s": governed.space, "p": owner, "r": f"{owner}.reader"}
            done = tx.run(f"CYPHER 25 MATCH (s:Space {{id: $s}}) {EDITS[kind]}", values).consume()
            assert done.counters.contains_updates, kind
            if inspect(Transaction(tx).run, services.audit.chain, services.seals, governed.space).whole:
                unseen.append(kind)
            tx.rollback()
    with capsys.disabled():
        sys.stdout.write(f"\n{TRIALS} edits of {len(EDITS)} kinds, seed {seed}: {TRIALS - len(unseen)} found\n")
    assert unseen == []
    assert governed.audit.verify().whole


@pytest.mark.tampers
def test_a_later_act_does_not_vouch_for_an_edit_of_rights(memos: MemOS, governed: Memory) -> None:
    reader = f"{governed.principal}.reader"
    rows(
        memos,
        "MATCH ({id: $r})-[g:GRANTED]->(s:Space {id: $s}) SET g.actions = ['read', 'write', 'administer']",
        r=reader,
        s=governed.space,
    )
    governed.grant(f"{governed.principal}.other", [])
    governed.snapshot("after")
    told = [broken.what for broken in governed.audit.verify().broken]
    assert told == ["What is granted in the space is not as it was set."]


@pytest.mark.tampers
def test_upkeep_tells_once_of_rights_that_were_edited(memos: MemOS, governed: Memory) -> None:
    where = {"r": f"{governed.principal}.reader", "s": governed.space}
    grant = "MATCH ({id: $r})-[g:GRANTED]->(s:Space {id: $s}) "
    upkeep = MemScheduler(memos._services, only=[governed.space])
    (was,) = rows(memos, grant + "RETURN g.actions AS actions", **where)
    rows(memos, grant + "SET g.actions = ['read', 'write', 'administer']", **where)
    for _ in range(2):
        upkeep.round(seal=False)
        assert memos._services.rights.altered == 1
    told = [entry.detail for entry in governed.log(limit=200) if entry.action == "altered"]
    assert told == ["What is granted in the space is not as it was set."]
    rows(memos, grant + "SET g.actions = $actions", **where, **was)
    upkeep.round(seal=False)
    assert memos._services.rights.altered == 0
