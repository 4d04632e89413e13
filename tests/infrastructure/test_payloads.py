"""Payloads of changed memories: erased with the change, or queued, named by the doctor, and tried again."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from memos_graph import Memory, MemOS, Message
from memos_graph.cli.doctor import store_checks
from memos_graph.host.protocol import BuildCache
from memos_graph.infrastructure.payloads import inside

AT = datetime(2026, 5, 4, 9, tzinfo=UTC)


@pytest.fixture
def told(space: Memory) -> Memory:
    space.add([Message(id="m1", speaker="Dana", text="I moved to Lisbon.", at=AT)], source="talk")
    return space


def test_what_can_not_be_erased_stays_queued_and_is_erased_later(told: Memory, memos: MemOS) -> None:
    folder = memos.services.host.process.home.caches
    memos.services.host.health()  # starts it, which makes the folder
    before = set(folder.iterdir())
    told.kv.build()
    made = sorted(set(folder.iterdir()) - before)
    assert made
    # The host is gone, and a file has become what no unlink removes.
    memos.services.host.process.stop()
    for path in made:
        path.unlink()
    made[0].mkdir()
    said = told.page(level="whole")[0].id
    told.update(said, text="I moved to Porto.")
    assert [cube.usable for cube in told.kv.list()] == [False]
    (job,) = memos.services.payloads.waiting(told.space)
    assert made[0].name in job["problem"] or "irectory" in job["problem"]
    (check,) = [each for each in store_checks(memos.endpoint) if each.name == "payloads"]
    assert not check.ok
    assert "not erased yet" in check.detail

    made[0].rmdir()
    assert memos.services.payloads.erase(told.space) == 1
    assert memos.services.payloads.waiting(told.space) == []
    assert next(each for each in store_checks(memos.endpoint) if each.name == "payloads").ok


def test_a_sweep_erases_what_no_memory_accounts_for(told: Memory, memos: MemOS) -> None:
    kept = told.kv.build()
    home, keys = memos.services.host.process.home, memos.services.payloads.keys.folder
    # As a build leaves them whose program was killed before its cube was written.
    built = memos.services.host.build_cache(BuildCache(space=told.space, memory=("Ravi works for Harbour Labs.",)))
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
