"""Whoever may write anything to the database can't change what was recorded, nor any version, unseen."""

import json
import os
import random
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from support.raw_graph import rows

from memos_graph import Memory, MemOS, Message, Settings
from memos_graph.audit import Chain
from memos_graph.audit.seals import checked as proven
from memos_graph.audit.seals import event_of
from memos_graph.audit.verify import Verification, inspect
from memos_graph.audit.walking import Read, events
from memos_graph.audit.witness import Witness
from memos_graph.errors import ConfigurationError, ForbiddenError, NotFoundError
from memos_graph.governance import Action
from memos_graph.graph.runner import Transaction
from memos_graph.kit.crypto.keyring import Keyring
from memos_graph.kit.digests import sha256

# Every kind of edit by raw Cypher; each is undone by the test's own transaction, which never commits.
EDITS = {
    "an event's action": "SET e.action = 'forged'",
    "an event's principal": "SET e.principal = 'mallory'",
    "an event's time": "SET e.at = e.at + duration({seconds: 1})",
    "an event's request": "SET e.request_id = 'another'",
    "an event's reason": "SET e.reason = 'because'",
    "an event's detail": "SET e.detail = 'elsewhere'",
    "an event's commitment": "SET e.said = 'forged'",
    "words claimed to be erased": "SET e.redacted = [e.seq]",
    "an event's count": "SET e.count = e.count + 1",
    "an event's hash": "SET e.hash = reverse(e.hash)",
    "an added property": "SET e.extra = 1",
    "a vouched version": "SET e.written = ['a/1/b']",
    "an erasure claimed": "SET e.erased = ['x']",
    "an event deleted": "DETACH DELETE e",
    "an event moved to another space": "SET e.space = 'elsewhere/else'",
    "an event hidden by its number's type": "SET e.seq = toString(e.seq)",
    "its author's link": "WITH e MATCH (e)-[by:BY]->() DELETE by",
    "another author linked": "MERGE (p:Principal {id: 'mallory'}) CREATE (e)-[:BY]->(p)",
    "a memory more": "WITH e MATCH (c:MemCube) WITH e, c LIMIT 1 CREATE (e)-[:ON {version: 9}]->(c)",
    "a chain link": "WITH e MATCH (x:AuditEvent {space: $s}) WHERE x.seq = 1 CREATE (e)-[:AFTER]->(x)",
    "an event inserted": "CREATE (:AuditEvent {space: $s, seq: 9999, id: 'x', at: datetime(), action: 'read', hash: ''})",
    "two events swapped": """WITH e MATCH (o:AuditEvent {space: $s}) WHERE o.seq <> e.seq WITH e, o LIMIT 1
        WITH e, o, e.seq AS a, o.seq AS b SET e.seq = -1 SET o.seq = a SET e.seq = b""",
    "the end cut off": """WITH e MATCH (x:AuditEvent {space: $s}) WHERE x.seq >= e.seq AND e.seq > 1 DETACH DELETE x
        WITH count(*) AS n MATCH (s:Space {id: $s}) SET s.audit_seq = $seq - 1, s.audit_hash = $before""",
    "a text": "WITH e MATCH (v:MemVersion {space: $s}) WHERE v.text IS NOT NULL WITH v ORDER BY rand() LIMIT 1 SET v.text = v.text + '!'",
    "a text and its checksum": """WITH e MATCH (v:MemVersion {space: $s}) WITH v ORDER BY rand() LIMIT 1
        SET v.text = 'forged', v.sha256 = $forged""",
    "a version's author": "WITH e MATCH (v:MemVersion {space: $s}) WITH v ORDER BY rand() LIMIT 1 SET v.by = 'mallory'",
    "a version's date": """WITH e MATCH (v:MemVersion {space: $s}) WITH v ORDER BY rand() LIMIT 1
        SET v.known_from = v.known_from - duration({days: 1})""",
    "a version's reason": "WITH e MATCH (v:MemVersion {space: $s}) WITH v ORDER BY rand() LIMIT 1 SET v.reason = 'forged'",
    "a version deleted": "WITH e MATCH (v:MemVersion {space: $s}) WITH v ORDER BY rand() LIMIT 1 DETACH DELETE v",
    "a version inserted": """WITH e MATCH (c:MemCube {space: $s}) WITH c ORDER BY rand() LIMIT 1
        CREATE (:MemVersion {cube: c.id, number: 7, space: $s, text: 'forged', known_from: datetime(), by: 'mallory'})""",
    "a cube's text": "WITH e MATCH (c:MemCube {space: $s}) WITH c ORDER BY rand() LIMIT 1 SET c.text = 'forged'",
    "a cube deleted": "WITH e MATCH (c:MemCube {space: $s}) WITH c ORDER BY rand() LIMIT 1 DETACH DELETE c",
    "a cube forged": "CREATE (:MemCube {id: 'zz' + randomUUID(), space: $s, text: 'forged', version: 1, state: 'activated'})",
    "the space's end": "WITH e MATCH (s:Space {id: $s}) SET s.audit_hash = reverse(s.audit_hash)",
}
TRIALS = int(os.environ.get("MEMOS_TAMPER_TRIALS", "62"))


@pytest.fixture
def history(memos: MemOS, space: Memory) -> Memory:
    """A space with a dozen acts of every kind in its log."""
    first, second, third = space.add(
        [Message(id=f"m{i}", speaker="Alice", text=f"Dana keeps {n} bees in Porto.") for i, n in enumerate("237")],
        source="chat",
    ).added
    space.update(first, text="Dana keeps nine bees in Porto.", reason="counted")
    space.rollback(first, to=1)
    space.search("Who keeps bees?")
    space.get(second)
    space.grant("reader", [])
    space.delete(third, reason="asked to")
    memos._services.audit.flush()
    return space


def check(memos: MemOS, space: Memory, read: Read) -> Verification:
    return inspect(read, memos._services.audit.chain, memos._services.seals, space.space)


def test_what_nobody_touched_is_whole(history: Memory) -> None:
    found = history.audit.verify()
    assert found.whole, found.broken
    assert found.events == len(history.log()) - 1
    assert found.versions >= 8


@pytest.mark.timeout(300 + 3 * TRIALS)
def test_every_edit_behind_the_products_back_is_found(
    memos: MemOS, history: Memory, capsys: pytest.CaptureFixture[str]
) -> None:
    """Random events, every kind of edit in turn; each edit lives in a transaction that is rolled back after the check."""
    seed = int(os.environ.get("MEMOS_TAMPER_SEED") or random.SystemRandom().randrange(2**32))
    chosen, unseen = random.Random(seed), []
    log = rows(memos, "MATCH (e:AuditEvent {space: $s}) RETURN e.hash AS hash ORDER BY e.seq", s=history.space)
    forged = sha256("forged")
    for trial in range(TRIALS):
        kind = list(EDITS)[trial % len(EDITS)]
        seq = chosen.randrange(2, len(log) + 1)
        with memos.driver.session(database=memos.endpoint.database) as session, session.begin_transaction() as tx:
            values = {"s": history.space, "seq": seq, "before": log[seq - 2]["hash"], "forged": forged}
            done = tx.run(f"MATCH (e:AuditEvent {{space: $s, seq: $seq}}) {EDITS[kind]}", values).consume()
            assert done.counters.contains_updates, kind
            if check(memos, history, Transaction(tx).run).whole:
                unseen.append((kind, seq))
            tx.rollback()
    with capsys.disabled():
        sys.stdout.write(f"\n{TRIALS} edits of {len(EDITS)} kinds, seed {seed}: {TRIALS - len(unseen)} found\n")
    assert not unseen
    assert check(memos, history, memos._services.runner.read).whole


def test_a_chain_rewritten_whole_without_the_keys_is_found(memos: MemOS, history: Memory, tmp_path: Path) -> None:
    forger = Chain(Keyring(Settings.load(keys=tmp_path / "keys").keys_folder), Witness(tmp_path))
    with memos.driver.session(database=memos.endpoint.database) as session, session.begin_transaction() as tx:
        read, previous = Transaction(tx).run, ""
        for row in events(read, history.space):
            properties = {**row["properties"], "principal": "mallory"}
            previous = forger.link(properties, row["cubes"], previous)
            tx.run(
                "MATCH (e:AuditEvent {space: $s, seq: $seq}) SET e.principal = 'mallory', e.hash = $hash",
                s=history.space, seq=properties["seq"], hash=previous,
            ).consume()  # fmt: skip
        tx.run("MATCH (s:Space {id: $s}) SET s.audit_hash = $hash", s=history.space, hash=previous).consume()
        found = check(memos, history, read)
        tx.rollback()
    assert found.broken[0].seq == 1
    assert "not what was recorded" in found.broken[0].what


@pytest.mark.tampers
def test_the_first_broken_event_is_named_with_what_changed(memos: MemOS, history: Memory) -> None:
    victim = history.page(level="whole")[0].id
    rows(memos, "MATCH (v:MemVersion {cube: $c, number: 2}) SET v.text = 'Dana keeps no bees.'", c=victim)
    first = history.audit.verify().broken[0]
    update = next(entry for entry in history.log(limit=200) if entry.action == "update")
    assert (first.seq, first.cube) == (update.seq, victim)
    assert first.what == "The text of version 2 was changed."


def test_a_log_cut_off_after_its_seal_is_found_by_seal_and_witness(memos: MemOS, history: Memory) -> None:
    seal = history.audit.seal()
    memos._services.audit.flush()
    rows(memos, "MATCH (e:AuditEvent {space: $s}) WHERE e.seq >= $n DETACH DELETE e", s=history.space, n=seal.size)
    told = " ".join(each.what for each in history.audit.verify().broken)
    assert f"The first {seal.size} events are not those that were sealed" in told
    assert "was cut off" in told or "put back or rewritten" in told


def test_writers_during_a_check_raise_no_false_alarm(memos: MemOS, space: Memory) -> None:
    space.add([Message(id="first", text="The shelf holds jam.")], source="shelf")
    ended = threading.Event()

    def write() -> None:
        for i in range(12):
            space.add([Message(id=f"n{i}", text=f"Jar {i} holds plums.")], source="shelf")
        ended.set()

    writer = threading.Thread(target=write)
    writer.start()
    while not ended.is_set():
        found = space.audit.verify()
        assert found.whole, found.broken
    writer.join()


def test_a_proof_convinces_somebody_who_has_only_the_public_key(memos: MemOS, history: Memory, tmp_path: Path) -> None:
    seal = history.audit.seal()
    entry = history.log(limit=200)[-1]
    proof = history.audit.prove(entry.id)
    assert proof.seal.root == seal.root
    assert event_of(proof)["id"] == entry.id
    assert proven(proof)

    (tmp_path / "signer.pem").write_text(memos._services.audit.chain.keyring.public_pem)
    script = Path(__file__).parents[2] / "examples" / "verify_proof.py"

    def offline(content: str) -> subprocess.CompletedProcess[str]:
        (tmp_path / "proof.json").write_text(content)
        command = [sys.executable, "-I", str(script), str(tmp_path / "proof.json"), str(tmp_path / "signer.pem")]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    assert entry.id in offline(proof.model_dump_json()).stdout
    altered = proof.model_copy(update={"leaf": proof.leaf.replace(entry.principal, "mallory")})
    assert not proven(altered)
    assert "not in the sealed log" in offline(altered.model_dump_json()).stderr
    resigned = json.loads(proof.model_dump_json())
    resigned["seal"]["size"] += 1
    assert "InvalidSignature" in offline(json.dumps(resigned)).stderr


def test_only_who_administers_may_check_and_prove(memos: MemOS, history: Memory) -> None:
    history.grant("clerk", [Action.WRITE])
    clerk = memos.mount(history.space, principal="clerk")
    for act in (clerk.audit.verify, clerk.audit.seal, clerk.audit.seals, lambda: clerk.audit.prove("1")):
        with pytest.raises(ForbiddenError):
            act()
    with pytest.raises(NotFoundError, match="no event 'nowhere'"):
        history.audit.prove("nowhere")


def test_a_store_sealed_with_other_keys_is_refused(memos: MemOS, tmp_path: Path) -> None:
    other = Chain(Keyring(Settings.load(keys=tmp_path / "keys").keys_folder), Witness(tmp_path))
    with pytest.raises(ConfigurationError, match="sealed with other keys"):
        other.adopt(memos._services.runner)
