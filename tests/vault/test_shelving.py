"""KV-caches and adapters that are archived: their payloads lie in the cold vault alone, and come back, or go with their memories."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from support.failing_store import FailingStore
from support.vaults import kept, vault_under

from memos_graph import Memory, MemOS, Message
from memos_graph.errors import ConfigurationError, ForbiddenError, StateError, VaultError
from memos_graph.forms.chat import Form
from memos_graph.governance import Action
from memos_graph.scheduler.scheduler import MemScheduler
from memos_graph.vault.keeping import Vault
from memos_graph.vault.stores.opening import open_store

AT = datetime(2026, 5, 4, 9, tzinfo=UTC)
NAME = "Quillbert"
ASKED = f"Where does {NAME} live?"


@pytest.fixture
def told(space: Memory) -> Memory:
    space.add([Message(id="m1", speaker=NAME, text="I moved to Lisbon.", at=AT)], source="talk")
    return space


@pytest.fixture
def stores() -> tuple[FailingStore, FailingStore]:
    one, other = (FailingStore(open_store(f"memory://{name}-{uuid4().hex}")) for name in ("hot", "cold"))
    return one, other


@pytest.fixture
def hot(memos: MemOS, stores: tuple[FailingStore, FailingStore]) -> Iterator[Vault]:
    with vault_under(memos, *stores) as under:
        yield under
        for each in stores:
            each.heal()


@pytest.fixture
def cold(hot: Vault, memos: MemOS) -> Vault:
    found = memos._services.payloads.cold
    assert found is not None
    return found


def at_home(memos: MemOS) -> set[Path]:
    return set(memos._services.host.process.home.caches.glob("*.*"))


def test_what_is_archived_lies_in_the_cold_alone_and_comes_back(
    told: Memory, memos: MemOS, hot: Vault, cold: Vault
) -> None:
    memos._services.host.health()
    before = at_home(memos)
    built = told.kv.build()
    there = kept(hot, told.space)
    archived = told.kv.archive(built.cube.id)
    assert (archived.state, archived.usable) == ("archived", False)
    assert (kept(hot, told.space), set(kept(cold, told.space)), at_home(memos)) == ({}, set(there), before)
    assert told.vault.check().sound
    with pytest.raises(StateError):
        told.chat(ASKED, form=Form.ACTIVATION)
    with pytest.raises(StateError, match="can't be archived"):
        told.kv.archive(built.cube.id)
    restored = told.kv.restore(built.cube.id)
    assert restored.usable
    assert (kept(hot, told.space), kept(cold, told.space)) == (there, {})
    answer = told.chat(ASKED, form=Form.ACTIVATION)
    assert (answer.text, answer.payload, answer.usage.cached_tokens) == ("Lisbon", built.cube.id, built.cube.tokens)
    assert {f"caches/{path.name}": path.read_bytes() for path in at_home(memos) - before} == there
    assert told.vault.check().sound
    assert [each.action for each in told.log(limit=20) if each.action in {"archive", "restore"}] == [
        "restore",
        "archive",
    ]
    assert told.audit.verify().broken == ()


def test_what_is_forgotten_goes_from_the_cold(
    told: Memory, memos: MemOS, hot: Vault, cold: Vault, stores: tuple[FailingStore, FailingStore]
) -> None:
    built = told.kv.build()
    told.kv.archive(built.cube.id)
    names = {name.partition("/")[2].partition(".")[0] for name in kept(cold, told.space)}
    stores[1].calls, stores[1].at, stores[1].silent = [], 1, True
    receipt = told.forget(NAME)
    assert {each.place for each in receipt.waits} == {cold.id}
    assert not any(memos._services.payloads.keys.exists(name) for name in names)
    stores[1].heal()
    assert kept(cold, told.space)
    MemScheduler(memos._services, only=[told.space]).round(seal=False)
    assert told.forgetting.receipt(receipt.id).complete
    assert (kept(cold, told.space), kept(hot, told.space)) == ({}, {})


def test_what_a_change_made_untrue_does_not_come_back(told: Memory, hot: Vault, cold: Vault) -> None:
    built = told.kv.build()
    told.kv.archive(built.cube.id)
    told.update(told.page(level="whole")[0].id, text="I moved to Porto.")
    with pytest.raises(StateError):
        told.kv.restore(built.cube.id)
    assert (kept(cold, told.space), kept(hot, told.space)) == ({}, {})


@pytest.mark.parametrize("which", [0, 1])
def test_a_vault_that_fails_at_any_call_loses_nothing(
    told: Memory, hot: Vault, stores: tuple[FailingStore, FailingStore], which: int
) -> None:
    built = told.kv.build()
    failing, failed = stores[which], 0
    for act, done in ((told.kv.archive, "archived"), (told.kv.restore, "activated")):
        for at in range(1, 50):
            failing.calls, failing.at = [], at
            try:
                state = act(built.cube.id).state
            except VaultError:
                failed += 1
                failing.heal()
                assert told.kv.list()[0].state != done, "as it was before"
                assert told.vault.check().sound
                continue
            assert state == done
            missed = len(failing.calls) >= at
            failing.heal()
            assert told.vault.check().sound
            if not missed:
                break
            # What failed was the tidying up: the next round begins from where it was.
            (told.kv.restore if done == "archived" else told.kv.archive)(built.cube.id)
        failing.heal()
    assert failed
    assert told.chat(ASKED, form=Form.ACTIVATION).payload == built.cube.id


def test_what_others_share_stays_where_they_need_it(told: Memory, hot: Vault, cold: Vault) -> None:
    first = told.kv.build()
    told.add([Message(id="m2", speaker="Kim", text="I play the cello.", at=AT)], source="talk")
    second = told.kv.build()
    told.kv.archive(first.cube.id)
    assert told.vault.check().sound
    assert told.chat("Who plays the cello?", form=Form.ACTIVATION).payload == second.cube.id
    told.kv.drop(second.cube.id)
    assert told.vault.check().sound
    assert told.kv.restore(first.cube.id).usable
    assert told.chat(ASKED, form=Form.ACTIVATION).payload == first.cube.id


def test_who_may_not_transform_archives_nothing_and_without_a_vault_nobody_does(
    told: Memory, mount: Callable[..., Memory], principal: str
) -> None:
    built = told.kv.build()
    with pytest.raises(ConfigurationError, match="no vault"):
        told.kv.archive(built.cube.id)
    told.permissions.grant(f"{principal}-guest", [Action.READ])
    with pytest.raises((ForbiddenError, ConfigurationError)):
        mount(owner=principal, as_=f"{principal}-guest").kv.archive(built.cube.id)
