"""Several homes and engines of one database: an erasure is complete once each of them has confirmed it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from support.raw_graph import rows
from support.remote_stand_in import remote_model, stand_in

from memos_graph import Memory, MemOS, Message, Settings
from memos_graph.errors import InputError, NotFoundError
from memos_graph.lifecycle.receipts import Receipt, Wait, read_receipt, signed
from memos_graph.scheduler.scheduler import MemScheduler
from memos_graph.vault.payloads import Payloads
from memos_graph.vault.places import declare_gone

AT = datetime(2026, 5, 4, 9, tzinfo=UTC)
NAME = "Quillbert"


@pytest.fixture
def other(memos: MemOS, settings: Settings, tmp_path: Path) -> Iterator[MemOS]:
    """Another home on the same database, with the same keys: a model host and files of its own."""
    changed = {
        "home": tmp_path / "other",
        "keys": settings.keys or settings.home / "secrets",
        "neo4j_uri": memos.endpoint.uri,
        "neo4j_password": memos.endpoint.password,
    }
    with MemOS.open(settings.model_copy(update=changed)) as opened:
        yield opened


@pytest.fixture
def told(space: Memory) -> Memory:
    space.add([Message(id="m1", speaker="Ada", text=f"{NAME} moved to Lisbon.", at=AT)], source="talk")
    return space


def files(memos: MemOS) -> set[Path]:
    return set(memos._services.host.process.home.caches.iterdir())


@pytest.mark.alone
def test_a_receipt_waits_for_another_home_and_is_complete_once_that_has_confirmed(
    told: Memory, memos: MemOS, other: MemOS
) -> None:
    memos._services.host.health()
    before = files(memos)
    built = told.kv.build()
    assert files(memos) - before
    there = other.mount(told.space, principal=told.principal)
    receipt = there.forget(NAME)
    (wait,) = receipt.waits
    assert memos._services.payloads.places.home in wait.place
    assert (receipt.complete, receipt.left, [each.erased for each in receipt.payloads]) == (False, {}, [False])
    assert there.forgetting.verify(receipt).genuine
    # What another home does does not confirm it, however often.
    assert not there.forgetting.receipt(receipt.id).complete
    assert memos._services.host.holds_cache(built.cube.key or "")
    MemScheduler(memos._services, only=[told.space]).round(seal=False)
    assert files(memos) == before
    assert not memos._services.host.holds_cache(built.cube.key or "")
    stored = rows(memos, "MATCH (r:Receipt {id: $id}) RETURN r.complete AS complete", id=receipt.id)
    assert stored == [{"complete": True}], "without having been asked for"
    done = there.forgetting.receipt(receipt.id)
    assert (done.complete, done.waits, [each.erased for each in done.payloads]) == (True, (), [True])
    verdict = there.forgetting.verify(done, subject=NAME)
    assert (verdict.genuine, verdict.ours, verdict.about) == (True, True, True)


def test_a_home_confirms_what_it_was_not_up_for_when_it_starts(told: Memory, memos: MemOS, other: MemOS) -> None:
    other.mount(told.space, principal=told.principal).kv.build()
    folder = other._services.host.process.home.caches
    assert list(folder.iterdir())
    other._services.host.process.stop()
    other.close()
    receipt = told.forget(NAME)
    (wait,) = receipt.waits
    assert wait.place.endswith(other._services.payloads.places.home)
    assert not receipt.complete
    with MemOS.open(other._services.settings):
        assert list(folder.iterdir()) == []
    assert told.forgetting.receipt(receipt.id).complete


def test_what_a_crash_left_at_another_home_is_waited_for_too(told: Memory, memos: MemOS, other: MemOS) -> None:
    # As a build leaves it that was killed before its cube was written.
    other._services.payloads.places.keep(told.space)
    stray = other._services.host.process.home.caches / "0123456789abcdef.0.safetensors"
    stray.write_bytes(b"of what is forgotten now")
    receipt = told.forget(NAME)
    assert [each.place.endswith(other._services.payloads.places.home) for each in receipt.waits] == [True]
    assert stray.exists()
    other._services.payloads.erase()
    assert not stray.exists()
    assert told.forgetting.receipt(receipt.id).complete


def test_a_home_that_is_no_more_can_be_declared_so_and_the_receipt_says_that_nobody_saw_it(
    told: Memory, memos: MemOS, other: MemOS
) -> None:
    services, home = memos._services, other._services.payloads.places.home
    other._services.payloads.places.keep(told.space)
    receipt = told.forget(NAME)
    assert not receipt.complete
    (place,) = [each for each in services.payloads.places.all() if each.id == home]
    assert (place.kind, place.spaces, place.waiting) == ("home", 1, 1)
    declare_gone(services.runner, services.audit, home)
    done = told.forgetting.receipt(receipt.id)
    assert (done.complete, done.declared) == (True, (place.name,))
    assert told.log(limit=1)[0].detail == place.name
    with pytest.raises(InputError, match="already"):
        declare_gone(services.runner, services.audit, home)
    with pytest.raises(NotFoundError):
        declare_gone(services.runner, services.audit, "nothing")


@pytest.mark.tampers
def test_an_engine_is_waited_for_by_its_address_also_by_programs_that_do_not_speak_to_it(
    told: Memory, memos: MemOS, settings: Settings
) -> None:
    services, name = memos._services, str(uuid4())
    with stand_in() as (url, engine):
        secretly = url.replace("http://", "http://me:secret@")
        remote = remote_model(
            settings.model_copy(update={"llm_url": secretly, "llm_model": "m", "llm_engine": "vllm", "llm_retry": 0})
        )
        beside = Payloads(services.runner, services.host, services.host.process.home, services.payloads.keys, remote)
        beside.places.keep_in_engine(told.space)
        engine.adapters.append(name)
        (cube,) = [row["id"] for row in rows(
            memos,
            """MATCH (c:MemCube {space: $space, level: 'whole'})
            CREATE (p:MemCube:Parametric {id: $name, space: $space, memory_type: 'parametric', payload_uri: $name, state: 'activated',
              live: false, created_by: $who, created_at: $at, version: 1})-[:DERIVED_FROM {transform: 'distilled'}]->(c)
            RETURN p.id AS id""",
            space=told.space, name=name, who=told.principal, at=AT,
        )]  # fmt: skip
        opened = services.host.process.home.opened / name
        opened.mkdir(parents=True)
        receipt = told.forget(NAME)
        assert not opened.exists()
        assert [each.place for each in receipt.waits] == [url]
        assert ([each.cube for each in receipt.payloads], receipt.payloads[0].erased) == ([cube], False)
        engine.broken = True
        beside.erase(told.space)
        (wait,) = told.forgetting.receipt(receipt.id).waits
        assert "did not give up" in (wait.problem or "") or "failed" in (wait.problem or "")
        engine.broken = False
        beside.erase(told.space)
        assert engine.adapters == []
    done = told.forgetting.receipt(receipt.id)
    assert (done.complete, done.waits, done.payloads[0].erased) == (True, (), True)
    remote.close()


def test_a_receipt_is_never_complete_while_something_is_left(told: Memory, memos: MemOS) -> None:
    receipt = told.forget(NAME)
    assert receipt.complete
    body = receipt.model_dump()
    for more in ({"left": {"MemCube.text": 1}}, {"waits": (Wait(place="there"),)}):
        with pytest.raises(ValueError, match="not complete"):
            Receipt.model_validate(body | more)
        assert Receipt.model_validate(body | more | {"complete": False})


@pytest.mark.tampers
def test_a_receipt_of_the_first_form_is_genuine_still_and_is_looked_at_again(told: Memory, memos: MemOS) -> None:
    keyring = memos._services.keyring
    first = told.forget("Nobody").model_copy(
        update={"format": "memos-graph erasure receipt 1", "left": {"DENIED.reason": 1}, "signature": None}
    )
    old = signed(first, keyring)
    assert "waits" not in old.body
    assert told.forgetting.verify(read_receipt(old.model_dump_json())).genuine
    text = old.model_dump_json(exclude={"signature", "public_key", "waits", "declared"})
    rows(memos, "MATCH (r:Receipt {id: $id}) SET r.body = $body, r.signature = $by RETURN r.id",
         id=old.id, body=text, by=old.signature)  # fmt: skip
    again = told.forgetting.receipt(old.id)
    assert (again.complete, again.format[-1], again.left) == (False, "2", {"DENIED.reason": 1})
    assert told.forgetting.verify(again).genuine
