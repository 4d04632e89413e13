"""Payloads of changed memories: erased with the change, or queued, named by the doctor, and tried again."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from support.remote_stand_in import StandIn, remote_model, stand_in

from memos_graph import Memory, MemOS, Message, Settings
from memos_graph.cli.doctor import store_checks
from memos_graph.host.protocol import BuildCache
from memos_graph.vault.payloads import Payloads, inside

AT = datetime(2026, 5, 4, 9, tzinfo=UTC)


@pytest.fixture
def told(space: Memory) -> Memory:
    space.add([Message(id="m1", speaker="Dana", text="I moved to Lisbon.", at=AT)], source="talk")
    return space


@pytest.mark.alone
def test_what_can_not_be_erased_stays_queued_and_is_erased_later(told: Memory, memos: MemOS) -> None:
    folder = memos._services.host.process.home.caches
    memos._services.host.health()  # starts it, which makes the folder
    before = set(folder.iterdir())
    told.kv.build()
    made = sorted(set(folder.iterdir()) - before)
    assert made
    # The host is gone, and a file has become what no unlink removes.
    memos._services.host.process.stop()
    for path in made:
        path.unlink()
    made[0].mkdir()
    said = told.page(level="whole")[0].id
    told.update(said, text="I moved to Porto.")
    (left,) = memos._services.payloads.left_of(told.space)
    assert str(folder) not in left.problem, "which is told to people who need not know where files lie"
    assert [cube.usable for cube in told.kv.list()] == [False]
    (job,) = memos._services.payloads.waiting(told.space)
    assert made[0].name in job["problem"] or "irectory" in job["problem"]
    (check,) = [each for each in store_checks(memos._services.settings, memos.endpoint) if each.name == "payloads"]
    assert not check.ok
    assert "not erased yet" in check.detail

    made[0].rmdir()
    assert memos._services.payloads.erase(told.space) == 1
    assert memos._services.payloads.waiting(told.space) == []
    assert next(each for each in store_checks(memos._services.settings, memos.endpoint) if each.name == "payloads").ok


@pytest.fixture
def engine() -> Iterator[tuple[str, type[StandIn]]]:
    with stand_in() as serving:
        yield serving


@pytest.fixture
def beside(memos: MemOS, settings: Settings, engine: tuple[str, type[StandIn]]) -> Iterator[Payloads]:
    """The erasing of payloads as it is beside another engine."""
    services = memos._services
    remote = remote_model(settings.model_copy(update={"llm_url": engine[0], "llm_model": "m", "llm_engine": "vllm"}))
    home = services.host.process.home
    yield Payloads(services.runner, services.host, home, services.payloads.keys, remote)
    remote.close()


def laid_out(memos: MemOS, told: Memory, name: str) -> list[Path]:
    """Lay out files as of an adapter that another engine reads, and queue its erasing as a change does; returns its folders."""
    home = memos._services.host.process.home
    folders = [home.adapters / name, home.opened / name]
    for folder in folders:
        folder.mkdir(parents=True)
        (folder / "adapter_model.safetensors").write_bytes(b"what was taught")
    memos._services.payloads.keys.make(name)
    properties = {
        "id": name, "kind": "erase", "state": "waiting", "space": told.space, "cube": name,
        "memory_type": "parametric", "payload": name, "created_at": AT, "created_by": told.principal,
    }  # fmt: skip
    with memos.driver.session(database=memos.endpoint.database) as session:
        session.run("CREATE (j:Job) SET j = $properties", properties=properties).consume()
    return folders


@pytest.mark.parametrize("state", ["holds", "evicted", "other words", "without the calls"])
def test_an_adapter_is_gone_whatever_state_the_other_engine_is_in(
    told: Memory, memos: MemOS, beside: Payloads, engine: tuple[str, type[StandIn]], state: str
) -> None:
    name, handler = str(uuid4()), engine[1]
    folders = laid_out(memos, told, name)
    handler.adapters = [name] if state == "holds" else []
    handler.words = ("ist da", "ist nicht da") if state == "other words" else handler.words
    handler.manages = state != "without the calls"
    assert beside.erase(told.space) == 1
    assert not any(folder.exists() for folder in folders)
    assert not memos._services.payloads.keys.exists(name)
    assert (handler.adapters, beside.left_of(told.space)) == ([], ())


def test_an_engine_that_does_not_answer_keeps_no_file_and_is_asked_again(
    told: Memory, memos: MemOS, settings: Settings
) -> None:
    name, services = str(uuid4()), memos._services
    folders = laid_out(memos, told, name)
    with stand_in() as (url, _):
        port = int(url.split(":")[2].partition("/")[0])
    remote = remote_model(settings.model_copy(update={"llm_url": url, "llm_model": "m", "llm_engine": "vllm"}))
    payloads = Payloads(services.runner, services.host, services.host.process.home, services.payloads.keys, remote)
    assert payloads.erase(told.space) == 0
    assert not any(folder.exists() for folder in folders)
    (left,) = payloads.left_of(told.space)
    assert (left.cube, "does not answer" in left.problem) == (name, True)
    # It is up again, with the adapter still in its memory; it does not give it up, then it does.
    with stand_in(port=port) as (_, handler):
        handler.adapters.append(name)
        handler.manages = False
        assert payloads.erase(told.space) == 0
        assert f"did not give up adapter {name}" in payloads.left_of(told.space)[0].problem
        handler.manages = True
        assert payloads.erase(told.space) == 1
        assert handler.adapters == []
    assert payloads.left_of(told.space) == ()
    remote.close()


def test_a_sweep_erases_what_no_memory_accounts_for(told: Memory, memos: MemOS) -> None:
    kept = told.kv.build()
    home, keys = memos._services.host.process.home, memos._services.payloads.keys.folder
    # As a build leaves them whose program was killed before its cube was written.
    built = memos._services.host.build_cache(BuildCache(space=told.space, memory=("Ravi works for Harbour Labs.",)))
    stray = {home.caches / built.files[0], keys / f"{built.key}.key"}
    assert all(path.exists() for path in stray)
    told.sweep()
    assert not any(path.exists() for path in stray)
    assert told.chat("Where does Dana live?", form="activation").payload == kept.cube.id


def test_a_payload_name_can_not_lead_out_of_its_folder(tmp_path: Path) -> None:
    assert inside(tmp_path, "a.safetensors") == tmp_path / "a.safetensors"
    for name in ("../a", "/etc/passwd", ".", "a/../../b"):
        with pytest.raises(OSError, match="does not lie in"):
            inside(tmp_path, name)


def test_a_kept_payload_that_others_share_stays(told: Memory, memos: MemOS) -> None:
    first = told.kv.build()
    told.add([Message(id="m2", speaker="Ravi", text="I work for Harbour Labs.", at=AT)], source="talk")
    second = told.kv.build()
    told.kv.drop(first.cube.id)
    answer = told.chat("Who does Ravi work for?", form="activation")
    assert (answer.payload, answer.usage.cached_tokens) == (second.cube.id, second.cube.tokens)
