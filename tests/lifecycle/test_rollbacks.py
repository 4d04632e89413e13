"""An older copy of the database is put back: what was erased or revoked since does not come back unseen."""

import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from support.raw_graph import copy_of, put_back, rows

from memos_graph import Memory, MemOS, Message
from memos_graph.cli.doctor_keys import rolled_back
from memos_graph.errors import NotFoundError, UnauthenticatedError
from memos_graph.governance import Action

# Whoever opens the store meanwhile settles what was put back.
pytestmark = [pytest.mark.tampers, pytest.mark.alone]


@pytest.fixture
def filled(space: Memory) -> Memory:
    space.add(
        [
            Message(id="m1", speaker="Zelda Quist", text="I keep nine bees in Porto."),
            Message(id="m2", speaker="Alice", text="The bakery opens at seven."),
            Message(id="m3", speaker="Alice", text="The ferry leaves at noon."),
        ],
        source="chat",
    )
    return space


def texts(space: Memory) -> str:
    return " ".join(hit.cube.text for hit in space.search("bees bakery ferry", limit=20).hits)


def held(memos: MemOS, space: Memory) -> list[str]:
    """What was taken away again, without what was found of the log itself."""
    found = [each.what for each in memos._services.rollbacks.held() if each.space == space.space]
    assert any(what.startswith("On ") for what in found)
    return [what for what in found if not what.startswith("On ")]


def test_who_was_forgotten_does_not_come_back_and_the_receipt_is_there(memos: MemOS, filled: Memory) -> None:
    old = copy_of(memos, filled.space)
    receipt = filled.forget("Zelda Quist")
    assert receipt.complete
    put_back(memos, old)
    assert filled.forgetting.receipts() == []
    memos._services.rollbacks.check()
    assert "bees" not in texts(filled)
    assert "bakery" in texts(filled)
    assert receipt.id in {each.id for each in filled.forgetting.receipts()}
    assert filled.forgetting.verify(filled.forgetting.receipt(receipt.id), subject="Zelda Quist").about
    left = rows(memos, "MATCH (n) WHERE n.space = $s RETURN properties(n) AS p", s=filled.space)
    assert "Zelda" not in str(left)
    assert any(receipt.id in what for what in held(memos, filled))
    told = [each.what for each in filled.audit.verify().broken]
    assert any("an older one put back" in what for what in told)


def test_a_deleted_memory_is_deleted_again_by_the_first_act(memos: MemOS, filled: Memory) -> None:
    victim = next(each.id for each in filled.page(level="whole") if "ferry" in each.text)
    old = copy_of(memos, filled.space)
    filled.delete(victim)
    put_back(memos, old)
    filled.add([Message(id="m9", text="The mill is shut.")], source="chat")
    assert "ferry" not in texts(filled)
    entries = [(e.action, e.reason) for e in filled.log(limit=200) if e.action in {"delete", "rolled_back"}]
    assert [action for action, _ in entries] == ["delete", "rolled_back"]
    memos._services.rollbacks.settle()
    assert len(held(memos, filled)) == 1


def test_a_second_copy_put_back_is_settled_again(memos: MemOS, filled: Memory) -> None:
    victim = next(each.id for each in filled.page(level="whole") if "ferry" in each.text)
    old = copy_of(memos, filled.space)
    filled.delete(victim)
    for _ in range(2):
        put_back(memos, old)
        memos._services.rollbacks.check()
        assert "ferry" not in texts(filled)
    assert len(held(memos, filled)) == 2


def test_rights_that_were_taken_away_are_taken_away_again(
    memos: MemOS, filled: Memory, principal: str, mount: Callable[..., Memory]
) -> None:
    gone, narrowed, denied, later = (f"{name}-{principal}" for name in ("gone", "narrowed", "denied", "later"))
    for each in (gone, narrowed, denied, later):
        filled.grant(each, [Action.WRITE])
    topic = next(hit.path.topic for hit in filled.search("bakery", limit=3).hits if hit.path and hit.path.topic)
    filled.permissions.grant(f"topic-{principal}", [Action.READ], topic=topic)
    old = copy_of(memos, filled.space)
    filled.revoke(gone)
    filled.permissions.revoke(f"topic-{principal}", topic=topic)
    filled.grant(narrowed, [Action.READ], expires_at=datetime.now(UTC) + timedelta(hours=1))
    filled.permissions.deny(denied, [Action.READ], reason="left")
    filled.revoke(later)
    filled.grant(later, [Action.WRITE])
    put_back(memos, old)
    memos._services.rollbacks.check()
    for who in (gone, denied):
        with pytest.raises(NotFoundError):
            mount(as_=who)
    grants = {(each.principal, each.denied): each for each in filled.permissions.every()}
    assert grants[narrowed, False].actions == (Action.READ,)
    assert grants[narrowed, False].expires_at is not None
    assert (f"topic-{principal}", False) not in grants
    assert Action.WRITE in grants[later, False].actions
    assert len(held(memos, filled)) == 4
    filled.grant(gone, [Action.READ])
    memos._services.rollbacks.check()
    mount(as_=gone).search("bakery")


def test_a_role_that_nobody_had_heard_of_is_of_its_owners_tenant_when_its_denial_is_made_again(
    memos: MemOS, filled: Memory, principal: str, mount: Callable[..., Memory]
) -> None:
    services, role = memos._services, f"lea-{principal}/team"
    lea, member = f"lea-{principal}", f"mo-{principal}"
    for each in (lea, member):
        services.governance.create_principal(each)
    services.tenants.join(f"t-{principal}", [principal, lea, member])
    filled.grant(member, [Action.WRITE])
    old = copy_of(memos, filled.space)
    filled.permissions.deny(role, [Action.READ], reason="before they begin")
    put_back(memos, old)
    rows(memos, "MATCH (r:Role {id: $r}) DETACH DELETE r", r=role)  # which an older copy has not either
    services.rollbacks.check()
    made = rows(memos, "MATCH (r:Role {id: $r}) RETURN properties(r) AS p, labels(r) AS labels", r=role)[0]
    assert {name: made["p"].get(name) for name in ("kind", "owner", "tenant", "created_at")} == {
        "kind": "role", "owner": lea, "tenant": f"t-{principal}", "created_at": None,
    }  # fmt: skip
    mount(as_=member).search("bakery")
    services.roles.create(role, lea)
    services.roles.add(role, lea, member)
    with pytest.raises(NotFoundError):
        mount(as_=member).search("bakery")


def test_keys_roles_mandates_and_tenants_are_as_they_were_last_said_to_be(memos: MemOS, principal: str) -> None:
    services, role, agent = memos._services, f"{principal}/team", f"agent-{principal}"
    services.governance.create_principal(principal)
    key, secret = services.api_keys.create(principal)
    services.roles.create(role, principal)
    services.roles.add(role, principal, "somebody")
    services.roles.delegate(principal, agent)
    services.api_keys.revoke(key.id)
    services.roles.remove(role, principal, "somebody")
    services.roles.end(principal, agent)
    services.tenants.join(f"t-{principal}", [principal])
    before = len(services.rollbacks.held())
    services.rollbacks.check()
    assert len(services.rollbacks.held()) == before
    rows(
        memos,
        """MATCH (k:ApiKey {id: $key}), (m:Mandate {id: $mandate}), (p:Principal {id: $p}), (r:Role {id: $role}), (s:Principal {id: 'somebody'})
        REMOVE k.revoked_at, m.expires_at, p.tenant, p.tenant_at
        CREATE (s)-[:HAS_ROLE {at: datetime('2026-01-01T00:00:00Z'), by: $p}]->(r)""",
        key=key.id, mandate=f"{agent}>{principal}", p=principal, role=role,
    )  # fmt: skip
    assert services.api_keys.authenticate(secret) == principal
    services.rollbacks.check()
    with pytest.raises(UnauthenticatedError):
        services.api_keys.authenticate(secret)
    assert services.roles.members(role, principal) == []
    assert services.roles.mandates(principal)[0].expires_at is not None
    assert principal in next(each.principals for each in services.tenants.all() if each.tenant == f"t-{principal}")
    found = services.rollbacks.held()[before:]
    assert len(found) == 4
    assert services.rollbacks.confirm([each.id for each in found]) == 4
    assert services.rollbacks.confirm([found[0].id]) == 0
    services.roles.add(role, principal, "somebody")
    services.rollbacks.check()
    assert len(services.roles.members(role, principal)) == 1


KILLED = """
import os, signal, sys
from memos_graph import MemOS, Settings
from memos_graph.audit.journal import Journal
Journal.done = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
with MemOS.open(Settings.load(home=sys.argv[1])) as memos:
    memos.mount(sys.argv[2], principal=sys.argv[3]).delete(sys.argv[4])
"""


def test_what_a_killed_process_took_away_is_taken_away_again(memos: MemOS, filled: Memory) -> None:
    """Killed after the commit, before anybody could note that it came through."""
    victim = next(each.id for each in filled.page(level="whole") if "ferry" in each.text)
    old = copy_of(memos, filled.space)
    home = str(memos._services.settings.home)
    done = subprocess.run(
        [sys.executable, "-c", KILLED, home, filled.space, filled.principal, victim], timeout=300, check=False
    )
    assert done.returncode == -signal.SIGKILL
    assert "ferry" not in texts(filled)
    (doubtful,) = memos._services.rollbacks.journal.takings(filled.space, doubtful=True)
    assert victim in doubtful.body["cubes"]
    put_back(memos, old)
    memos._services.rollbacks.check()
    assert "ferry" not in texts(filled)


def test_payloads_that_an_older_copy_has_and_has_not_are_reconciled(memos: MemOS, filled: Memory) -> None:
    services = memos._services
    ferry = next(each.id for each in filled.page(level="whole") if "ferry" in each.text)
    before = filled.kv.build().cube.id
    old = copy_of(memos, filled.space)
    filled.update(ferry, text="The ferry leaves at one.")
    after = filled.kv.build().cube.id
    (row,) = rows(memos, "MATCH (a:Activation {id: $c}) RETURN a.payload_files AS files", c=after)
    lie = [services.host.process.home.caches / name for name in row["files"]]
    assert lie
    assert all(path.exists() for path in lie)
    put_back(memos, old)
    services.rollbacks.check()
    assert not any(path.exists() for path in lie), "nobody accounts for it"
    assert [(each.id, each.usable) for each in filled.kv.list()] == [(before, False)], "its files are erased"
    assert any(entry.action == "drop" and entry.reason for entry in filled.log(limit=50))
    assert filled.kv.build().cube.usable


def test_what_was_never_committed_is_not_taken_away(memos: MemOS, filled: Memory) -> None:
    victim = next(each.id for each in filled.page(level="whole") if "ferry" in each.text)
    old = copy_of(memos, filled.space)

    def fails() -> None:
        filled.delete(victim)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        memos._services.runner.unit(fails)
    assert memos._services.rollbacks.journal.takings(filled.space) == []
    filled.add([Message(id="m9", text="The mill is shut.")], source="chat")
    put_back(memos, old)
    memos._services.rollbacks.check()
    assert "ferry" in texts(filled)


def test_an_operator_is_told_until_it_is_confirmed(memos: MemOS, filled: Memory) -> None:
    services = memos._services
    services.rollbacks.confirm([each.id for each in services.rollbacks.held()])
    assert rolled_back(services.settings, services.runner, memos.endpoint)[0].ok
    old = copy_of(memos, filled.space)
    filled.search("bees")
    services.audit.flush()
    put_back(memos, old)
    services.rollbacks.check()
    (check,) = rolled_back(services.settings, services.runner, memos.endpoint)
    assert not check.ok
    assert "memos audit rollbacks" in str(check.advice)
    waiting = [each for each in services.rollbacks.held() if each.confirmed is None]
    assert [each.space for each in waiting] == [filled.space]
    services.rollbacks.confirm([waiting[0].id])
    assert rolled_back(services.settings, services.runner, memos.endpoint)[0].ok
    assert not filled.audit.verify().whole
