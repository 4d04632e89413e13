"""What must hold after a crash: read straight from the graph and from the folders of the model host."""

import time
from collections import Counter

from memos_graph import Memory, MemOS
from memos_graph.host.protocol import BuildCache
from memos_graph.types import State
from memos_graph.vault.payloads import key_name
from support.crash_model import Expected, Said
from support.raw_graph import holders, rows, value

_PATIENCE_S = 60.0
_WHOLES = """
MATCH (c:MemCube {space: $space, level: 'whole'}) WHERE c.state <> 'deleted'
MATCH (v:MemVersion {cube: c.id})
WITH c, v ORDER BY v.number
RETURN c.id AS id, c.speaker AS who, c.state AS state, collect(v.text) AS texts
ORDER BY id
"""
# Memories that lack a part of what an act writes with them, and spaces that count what is not there.
_HALF = """
MATCH (c:MemCube {space: $space}) WHERE c.level IN ['whole', 'fact'] AND c.state <> 'deleted'
WITH c, CASE
  WHEN COUNT { (c)-[:CURRENT]->(:MemVersion {number: c.version}) } <> 1 THEN 'no current version'
  WHEN COUNT { MATCH (v:MemVersion {cube: c.id}) RETURN v } <> c.version THEN 'versions with gaps'
  WHEN c.live <> (c.state IN ['activated', 'frozen']) THEN 'live against its state'
  WHEN c.live AND (c.embedding IS NULL OR (c.level = 'whole' AND c.context IS NULL)) THEN 'not to be found'
  WHEN c.level = 'whole' AND COUNT { (c)-[:FROM]->(:Source) } <> 1 THEN 'no source'
  WHEN c.level = 'whole' AND c.live AND NOT EXISTS { (c)<-[:DERIVED_FROM {transform: 'extracted'}]-(:MemCube {live: true}) }
    THEN 'without its facts'
  WHEN c.level = 'fact' AND c.live AND NOT EXISTS { (c)-[:DERIVED_FROM]->(:MemCube {live: true, level: 'whole'}) }
    THEN 'a fact nobody says'
  WHEN c.state = 'merged' AND COUNT { (c)-[:MERGED_INTO]->(:MemCube) } <> 1 THEN 'merged into nothing'
END AS fault
WHERE fault IS NOT NULL
RETURN c.id AS id, c.level AS level, c.state AS state, fault
"""
_COUNTED = """
MATCH (s:Space {id: $space})
RETURN s.cubes = COUNT { MATCH (c:MemCube {space: s.id, level: 'whole', live: true}) RETURN c } AS rightly
"""
_CACHES = """
MATCH (a:Activation) WHERE a.state = 'activated' UNWIND a.payload_files AS file
RETURN DISTINCT file
"""
_ADAPTERS = """
MATCH (a:Parametric) WHERE a.state IN ['generated', 'activated', 'archived'] AND a.payload_uri IS NOT NULL
RETURN a.payload_uri AS adapter, a.state <> 'generated' AS whole
"""
_LOGGED = """
MATCH (e:AuditEvent {space: $space})
WHERE e.action IN ['update', 'rollback', 'merge', 'archive', 'restore', 'snapshot', 'forget', 'grant', 'revoke']
RETURN e.action AS action, count(e) AS count
"""
_READERS = "MATCH (p:Principal)-[:GRANTED]->(s:Space {id: $space}) WHERE p.id <> s.owner RETURN p.id AS id ORDER BY id"
# What an older copy that is put back has done again: each counts in the log once more.
_AGAIN = ("forget", "revoke")


def quiet(memos: MemOS, space: str) -> None:
    """Wait until nobody is at work for those who died: the server with a last transaction, the model host with a build."""
    until = time.monotonic() + _PATIENCE_S
    while rows(memos, "SHOW TRANSACTIONS YIELD currentQuery AS asked WHERE NOT asked STARTS WITH 'SHOW' RETURN asked"):
        assert time.monotonic() < until, "Transactions of a process that was killed stay open."
        time.sleep(0.02)
    if memos._services.host.process.running() is not None:
        # Builds come one after the other; the sweep takes this one away, as no memory accounts for it.
        memos._services.host.build_cache(BuildCache(space=space, memory=("The last one.",)))


def wholes(memos: MemOS, space: str) -> dict[str, Said]:
    """Return the whole memories of a space that were not erased, with every version."""
    return {row["id"]: Said(row["who"], row["texts"], row["state"]) for row in rows(memos, _WHOLES, space=space)}


def logged(memos: MemOS, space: str) -> Counter[str]:
    """Count the events of acts in a space's log."""
    return Counter({row["action"]: row["count"] for row in rows(memos, _LOGGED, space=space)})


def check_space(memos: MemOS, memory: Memory, expected: Expected) -> None:
    """Everything acknowledged is there, nothing is half done, and the log is whole and has each act once."""
    found = wholes(memos, memory.space)
    assert expected.matches(found), f"expected {expected.cubes}, found {found}"
    half = rows(memos, _HALF, space=memory.space)
    assert not half, half
    assert value(memos, _COUNTED, space=memory.space)
    assert [row["id"] for row in rows(memos, _READERS, space=memory.space)] == sorted(expected.readers)
    check_log(memos, memory, expected)
    assert {each.name for each in memory.snapshots()} == set(expected.snapshots)
    receipts = {receipt.id: receipt for receipt in memory.forgetting.receipts(memory.space)}
    assert len(receipts) == len(expected.erased) or (expected.put_back and len(receipts) > len(expected.erased))
    assert set(expected.receipts) <= set(receipts)
    for receipt in receipts.values():
        assert receipt.complete
        assert memory.forgetting.verify(receipt).genuine
    assert set(expected.adapters) <= {cube.id for cube in memory.lora.list() if cube.state != State.EXPIRED}
    usable = {cube.id for cube in memory.kv.list() if cube.usable}
    assert set(expected.caches) <= usable


def check_log(memos: MemOS, memory: Memory, expected: Expected) -> None:
    """The log is whole and has each act once; after an older copy was put back, it tells of that, and of what was done again."""
    log, wanted = logged(memos, memory.space), expected.events
    told = [each.what for each in memory.audit.verify(full=True).broken]
    if not expected.put_back:
        assert log == wanted, (log, wanted)
        assert told == []
        return
    again = {name: log.pop(name, 0) - wanted.pop(name, 0) for name in _AGAIN}
    assert log == wanted, (log, wanted)
    assert min(again.values()) >= 0, again
    assert value(
        memos, "MATCH (e:AuditEvent {space: $space, action: 'rolled_back'}) RETURN count(e)", space=memory.space
    )
    assert told
    assert all("an older one put back" in what or "are not those that were sealed" in what for what in told), told


def check_erased(memos: MemOS, names: list[str]) -> None:
    """Nothing in the whole database names them."""
    if names:
        found = holders(memos, *names)
        assert not found, found


def check_payloads(memos: MemOS) -> None:
    """Payload files, the cubes that account for them and the keys are of each other, and nothing else lies there."""
    home, keys = memos._services.host.process.home, memos._services.payloads.keys.folder
    caches = {row["file"] for row in rows(memos, _CACHES)}
    adapters = {row["adapter"]: row["whole"] for row in rows(memos, _ADAPTERS)}
    for folder, belongs, under_way in (
        (home.caches, caches, set[str]()),
        (home.adapters, {name for name, whole in adapters.items() if whole}, set(adapters)),
        (
            keys,
            {f"{key_name(each)}.key" for each in (*caches, *(name for name, whole in adapters.items() if whole))},
            {f"{name}.key" for name in adapters},
        ),
    ):
        found = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
        assert belongs <= found <= belongs | under_way, (folder.name, found - belongs - under_way, belongs - found)
    assert not (waiting := memos._services.payloads.waiting()), waiting
