"""Payloads in a vault: kept before they serve, brought back where a home lost them, gone with what they were made of."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from support.failing_store import FailingStore
from support.raw_graph import rows
from support.s3 import s3_server
from support.vaults import kept, vault_under

from memos_graph import Memory, MemOS, Message, Settings
from memos_graph.errors import ForbiddenError, VaultError
from memos_graph.forms.chat import Form
from memos_graph.governance import Action
from memos_graph.host.lora.payload import AdapterFolder
from memos_graph.host.supervisor import HostProcess
from memos_graph.scheduler.scheduler import MemScheduler
from memos_graph.vault.keeping import Vault
from memos_graph.vault.parts import PLAIN, SEALED
from memos_graph.vault.stores.opening import open_store

AT = datetime(2026, 5, 4, 9, tzinfo=UTC)
NAME = "Quillbert"
SAID = [
    Message(id="m1", speaker=NAME, text="I moved to Lisbon.", at=AT),
    Message(id="m2", speaker="Ravi", text="I work for Harbour Labs.", at=AT),
]
ASKED = f"Where does {NAME} live?"


@pytest.fixture
def told(space: Memory) -> Memory:
    space.add(SAID, source="talk")
    return space


@pytest.fixture
def store(tmp_path: Path) -> FailingStore:
    return FailingStore(open_store(f"memory://{tmp_path.name}-{uuid4().hex[:8]}"))


@pytest.fixture
def vault(memos: MemOS, store: FailingStore) -> Iterator[Vault]:
    with vault_under(memos, store) as under:
        yield under
        store.heal()


def files(memos: MemOS) -> set[Path]:
    return set(memos._services.host.process.home.caches.glob("*.*"))


def lose(memos: MemOS, names: set[str]) -> None:
    """Have the home lose its files, as a disk that is replaced does; the keys are elsewhere."""
    memos._services.host.process.stop()
    for path in files(memos):
        if path.name in names:
            path.unlink()


@pytest.fixture(params=["memory", "file", "s3"])
def anywhere(
    request: pytest.FixtureRequest, memos: MemOS, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Vault]:
    if request.param == "s3":
        with s3_server(monkeypatch) as url, vault_under(memos, open_store(url)) as under:
            yield under
        return
    url = {"memory": f"memory://{uuid4().hex}", "file": (tmp_path / "vault").as_uri()}[request.param]
    with vault_under(memos, open_store(url)) as under:
        yield under


@pytest.mark.alone
def test_a_cache_that_a_home_lost_is_brought_back_and_goes_with_what_it_was_made_of(
    told: Memory, memos: MemOS, anywhere: Vault
) -> None:
    built = told.kv.build()
    there = kept(anywhere, told.space)
    assert set(there) == {f"caches/{path.name}" for path in files(memos)} & set(there)
    assert len(there) >= 2
    # Nobody who reads there learns what is in it, or whose it is.
    for each in anywhere.objects(told.space):
        assert told.principal not in each.name
    assert not any(b"Lisbon" in content or told.principal.encode() in content for content in there.values())
    names = {name.partition("/")[2] for name in there}
    lose(memos, names)
    answer = told.chat(ASKED, form=Form.ACTIVATION)
    assert (answer.text, answer.payload, answer.usage.cached_tokens) == ("Lisbon", built.cube.id, built.cube.tokens)
    brought = {f"caches/{path.name}": path.read_bytes() for path in files(memos) if path.name in names}
    assert brought == there, "what was computed again would be encrypted otherwise"
    receipt = told.forget(NAME)
    assert (receipt.complete, receipt.waits) == (True, ())
    assert kept(anywhere, told.space) == {}
    assert not files(memos) & {memos._services.host.process.home.caches / name for name in names}


@pytest.mark.parametrize("silent", [False, True])
@pytest.mark.parametrize("done", [False, True])
def test_a_build_whose_copy_fails_at_any_call_is_refused_and_leaves_nothing(
    told: Memory, memos: MemOS, vault: Vault, store: FailingStore, silent: bool, done: bool
) -> None:
    memos._services.host.health()
    before = files(memos)
    failed = 0
    while True:
        store.calls, store.at, store.silent, store.done = [], failed + 1, silent, done
        try:
            told.kv.build()
        except VaultError:
            failed += 1
            assert told.kv.list() == []
            assert files(memos) == before
            store.heal()
            memos._services.payloads.erase()  # as the upkeep does
            assert kept(vault, told.space) == {}
            assert memos._services.payloads.waiting(told.space) == []
        else:
            store.heal()
            break
    assert failed >= 2
    assert len(kept(vault, told.space)) >= 2
    assert told.vault.check().sound


def test_what_a_vault_does_not_give_up_is_waited_for_and_can_not_be_read(
    told: Memory, memos: MemOS, vault: Vault, store: FailingStore
) -> None:
    built = told.kv.build()
    before = kept(vault, told.space)
    store.calls, store.at, store.silent = [], 1, True
    receipt = told.forget(NAME)
    assert not receipt.complete
    assert {each.place for each in receipt.waits} == {store.url}
    assert any("failed" in (each.problem or "") for each in receipt.waits)
    store.heal()
    assert kept(vault, told.space) == before, "nothing could be removed"
    keys = memos._services.payloads.keys
    assert not any(keys.exists(name.partition("/")[2].partition(".")[0]) for name in before), "and nobody can read it"
    assert told.vault.check().waiting >= 1
    MemScheduler(memos._services, only=[told.space]).round(seal=False)
    done = told.forgetting.receipt(receipt.id)
    assert (done.complete, done.waits) == (True, ())
    assert kept(vault, told.space) == {}
    assert built.cube.id in {each.cube for each in done.payloads}


def test_what_other_caches_share_stays_there(told: Memory, vault: Vault) -> None:
    first = told.kv.build()
    told.add([Message(id="m3", speaker="Kim", text="I play the cello.", at=AT)], source="talk")
    second = told.kv.build()
    told.kv.drop(first.cube.id)
    report = told.vault.check()
    assert (report.sound, report.payloads, report.place) == (True, 1, vault.id)
    told.kv.drop(second.cube.id)
    assert kept(vault, told.space) == {}


def damage(vault: Vault, space: str, how: str) -> None:
    objects = sorted(each.name for each in vault.objects(space))
    name = objects[0]
    content = vault.store.get(name) or b""
    if how == "missing":
        vault.store.delete(name)
    elif how == "altered":
        vault.store.put(name, content[:-1] + bytes([content[-1] ^ 1]))
    elif how == "cut off":
        vault.store.put(name, content[:-7])
    elif how == "exchanged":
        vault.store.put(name, vault.store.get(objects[1]) or b"")
    elif how == "half a build":
        vault.store.put(name.rpartition("/")[0] + "/0123456789abcdef.block", b"of what nobody knows")
    elif how == "half an adapter":
        vault.store.put(f"{'/'.join(name.split('/')[:2])}/adapters/{uuid4()}/weights.sealed", b"x")


@pytest.mark.parametrize("how", ["missing", "altered", "cut off", "exchanged", "half a build", "half an adapter"])
def test_what_a_vault_that_failed_left_is_found_and_repaired(
    told: Memory, vault: Vault, store: FailingStore, how: str
) -> None:
    built = told.kv.build()
    sound = told.vault.check()
    before = kept(vault, told.space)
    assert (sound.sound, sound.payloads, sound.objects) == (True, 1, len(before))
    assert sound.bytes == sum(map(len, before.values()))
    damage(vault, told.space, how)
    found = told.vault.check()
    assert not found.sound
    assert found.missing == ((built.cube.id,) if how == "missing" else ())
    assert found.altered == ((built.cube.id,) if how in {"altered", "cut off", "exchanged"} else ())
    assert found.strays == int("half" in how)
    # A repair that fails at any of its calls is begun again.
    store.calls = []
    for at in range(1, 50):
        store.calls, store.at = [], at
        try:
            done = told.vault.check(repair=True)
        except VaultError:
            continue
        store.heal()
        break
    assert done.sound
    assert done.withdrawn == ()
    assert (told.vault.check().sound, kept(vault, told.space)) == (True, before)
    assert told.chat(ASKED, form=Form.ACTIVATION).payload == built.cube.id
    assert told.audit.verify().broken == ()


@pytest.mark.alone
def test_a_payload_that_is_nowhere_whole_goes_out_of_service(told: Memory, memos: MemOS, vault: Vault) -> None:
    told.kv.build()
    names = {name.partition("/")[2] for name in kept(vault, told.space)}
    lose(memos, names)
    damage(vault, told.space, "altered")
    (lost,) = told.vault.check().altered
    done = told.vault.check(repair=True)
    assert (done.sound, done.withdrawn, done.payloads) == (True, (lost,), 0)
    assert kept(vault, told.space) == {}
    (dropped,) = [each for each in told.log(limit=20) if each.action == "drop"]
    assert dropped.reason == "Its payload is nowhere whole."
    assert told.kv.build().built


def test_a_vault_that_is_silent_is_asked_once_a_round_and_every_key_goes(
    told: Memory, memos: MemOS, vault: Vault, store: FailingStore
) -> None:
    first = told.kv.build()
    told.add([Message(id="m3", speaker="Kim", text="I play the cello.", at=AT)], source="talk")
    second = told.kv.build()
    names = {name.partition("/")[2].partition(".")[0] for name in kept(vault, told.space)}
    store.calls, store.at, store.silent = [], 1, True
    told.forget([NAME, "Ravi", "Kim"])
    assert len(store.calls) <= 2  # the round after the commit, and the one of the receipt
    assert not any(memos._services.payloads.keys.exists(name) for name in names)
    left = {each.cube for each in memos._services.payloads.left_of(told.space)}
    assert left == {first.cube.id, second.cube.id}
    store.heal()
    memos._services.payloads.erase()
    assert (kept(vault, told.space), memos._services.payloads.left_of(told.space)) == ({}, ())


def test_an_object_that_somebody_called_like_another_space_s_costs_that_nothing(
    told: Memory, memos: MemOS, vault: Vault, mount: Callable[..., Memory]
) -> None:
    other = mount("other")
    other.add(SAID, source="talk")
    built = other.kv.build()
    told.kv.build()
    root = next(iter(vault.objects(told.space))).name.rpartition("/")[0]
    for name in kept(vault, other.space):
        vault.store.put(f"{root}/{name.partition('/')[2]}", b"a stranger's")
    told.forget(NAME)
    assert kept(vault, told.space) == {}
    assert other.vault.check().sound
    assert other.chat(ASKED, form=Form.ACTIVATION).payload == built.cube.id


def test_only_who_may_administer_looks(told: Memory, mount: Callable[..., Memory], principal: str) -> None:
    told.permissions.grant(f"{principal}-guest", [Action.READ, Action.WRITE])
    with pytest.raises(ForbiddenError):
        mount(owner=principal, as_=f"{principal}-guest").vault.check(repair=True)


@pytest.fixture
def adapter(told: Memory, memos: MemOS) -> AdapterFolder:
    """An adapter as it lies at home once it is taught, with its cube in service."""
    name, services = str(uuid4()), memos._services
    services.payloads.places.keep(told.space)
    folder = AdapterFolder(services.host.process.home.adapters / name, services.payloads.keys.make(name))
    folder.create()
    for path in (folder.weights, folder.course, folder.record):
        folder.write(path, f"{path.name}: {NAME} lives in Lisbon".encode())
    folder.peft_config.write_text(json.dumps({"r": 8}))
    assert {each.name for each in folder.root.iterdir()} == {PLAIN, *SEALED}
    rows(
        memos,
        """MATCH (c:MemCube {space: $space, origin_id: 'm1', level: 'whole'})
        CREATE (p:MemCube:Parametric {id: $name, space: $space, memory_type: 'parametric', payload_uri: $name, state: 'activated',
          live: false, created_by: $who, created_at: $at, version: 1})-[:DERIVED_FROM {transform: 'distilled'}]->(c)
        RETURN p.id AS id""",
        space=told.space, name=name, who=told.principal, at=AT,
    )  # fmt: skip
    return folder


@pytest.mark.tampers
def test_an_adapter_that_was_made_before_there_was_a_vault_is_put_there_and_brought_back(
    told: Memory, memos: MemOS, vault: Vault, adapter: AdapterFolder
) -> None:
    payloads, name = memos._services.payloads, adapter.root.name
    assert told.vault.check().missing == (name,)
    done = told.vault.check(repair=True)
    assert (done.sound, done.repaired, done.objects) == (True, 4, 4)
    there = kept(vault, told.space)
    assert set(there) == {f"adapters/{name}/{file}" for file in (PLAIN, *SEALED)}
    assert not any(b'"r"' in content or b"Lisbon" in content for content in there.values())
    before = {each.name: each.read_bytes() for each in adapter.root.iterdir()}
    for each in adapter.root.iterdir():
        each.unlink()
    adapter.root.rmdir()
    assert payloads.bring(told.space, name)
    assert {each.name: each.read_bytes() for each in adapter.root.iterdir()} == before
    assert all(each.stat().st_mode & 0o777 == 0o600 for each in adapter.root.iterdir())
    receipt = told.forget(NAME)
    assert (receipt.complete, kept(vault, told.space), adapter.root.exists()) == (True, {}, False)
    assert not payloads.bring(told.space, name)


@pytest.mark.tampers
def test_without_a_vault_the_home_is_looked_at(told: Memory, memos: MemOS, adapter: AdapterFolder) -> None:
    told.kv.build()
    assert (told.vault.check().sound, told.vault.check().place) == (True, "this home")
    adapter.weights.unlink()
    assert told.vault.check().missing == (adapter.root.name,)
    done = told.vault.check(repair=True)
    assert (done.sound, done.withdrawn, done.payloads) == (True, (adapter.root.name,), 1)
    assert not adapter.root.exists()


def test_another_home_has_what_was_built_in_one(told: Memory, memos: MemOS, settings: Settings, tmp_path: Path) -> None:
    url = (tmp_path / "vault").as_uri()
    opened = []
    for name in ("one", "other"):
        changed = {
            "home": tmp_path / name,
            "keys": settings.keys or settings.home / "secrets",
            "neo4j_uri": memos.endpoint.uri,
            "neo4j_password": memos.endpoint.password,
            "vault_url": url,
        }
        opened.append(settings.model_copy(update=changed))
    with MemOS.open(opened[0]) as one:
        built = one.mount(told.space, principal=told.principal).kv.build()
        made = {path.name: path.read_bytes() for path in files(one)}
    with MemOS.open(opened[1]) as other:
        there = other.mount(told.space, principal=told.principal)
        assert there.vault.check().sound
        assert there.chat(ASKED, form=Form.ACTIVATION).payload == built.cube.id
        assert {path.name: path.read_bytes() for path in files(other)} == made
        receipt = there.forget(NAME)
        # The first home is down, and has its files still: unreadable, and waited for.
        assert len(receipt.waits) == 1
        assert list(Path(tmp_path / "vault").rglob("*.*")) == []
    with MemOS.open(opened[0]) as one:
        assert files(one) == set()
        assert one.mount(told.space, principal=told.principal).forgetting.receipt(receipt.id).complete
    for each in opened:
        HostProcess(each).stop()
