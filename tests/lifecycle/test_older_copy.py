"""A whole older copy of the database's files is put back, on a server of the test's own."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from memos_graph import MemOS, Message, Settings
from memos_graph.audit.seals import read_seal
from memos_graph.errors import NotFoundError, UnauthenticatedError
from memos_graph.governance import Action
from memos_graph.graph.engine import Engine
from memos_graph.graph.home import ServerHome


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Settings]:
    settings = Settings.load(
        home=tmp_path / "home", neo4j_uri=None, engine_heap_mb=384, engine_page_cache_mb=64, audit_delay_ms=20
    )
    yield settings
    Engine(settings).stop(timeout=60)


def test_what_was_taken_away_since_does_not_come_back_with_an_older_copy(own: Settings, tmp_path: Path) -> None:
    home, old = ServerHome(own.home), tmp_path / "old"
    with MemOS.open(own) as memos:
        notes = memos.mount("ana/notes", principal="ana")
        notes.add(
            [
                Message(id="m1", speaker="Zelda Quist", text="I keep nine bees in Porto."),
                Message(id="m2", speaker="Ana", text="The bakery opens at seven."),
            ],
            source="chat",
        )
        notes.grant("reader", [Action.READ])
        key, secret = memos._services.api_keys.create("ana")
        memos.mount("ana/later", principal="ana")
    Engine(own).stop(timeout=60)
    shutil.copytree(home.data, old)
    with MemOS.open(own) as memos:
        notes = memos.mount("ana/notes", principal="ana")
        receipt = notes.forget("Zelda Quist")
        notes.revoke("reader")
        memos._services.api_keys.revoke(key.id)
        memos.mount("ana/new", principal="ana").add([Message(id="n1", text="A new room.")])
        seal = read_seal(notes.audit.seal().model_dump_json())
    Engine(own).stop(timeout=60)
    shutil.rmtree(home.data)
    shutil.copytree(old, home.data)
    with MemOS.open(own) as memos:
        with pytest.raises(UnauthenticatedError):
            memos._services.api_keys.authenticate(secret)
        with pytest.raises(NotFoundError):
            memos.mount("ana/notes", principal="reader").search("bakery")
        notes = memos.mount("ana/notes", principal="ana")
        found = " ".join(hit.cube.text for hit in notes.search("bees bakery", limit=20).hits)
        assert "bakery" in found
        assert "bees" not in found
        kept = notes.forgetting.receipt(receipt.id)
        assert (kept.signature, kept.complete) == (receipt.signature, True)
        assert {each.space for each in memos._services.rollbacks.contradictions()} == {"ana/notes", "ana/new"}
        for i in range(seal.size):  # the log grows past what was sealed
            notes.add([Message(id=f"x{i}", text=f"Jar {i} holds plums.")], source="shelf")
        told = [each.what for each in notes.audit.verify([seal]).broken]
        assert any("an older one put back" in what for what in told)
        assert any(f"The first {seal.size} events are not those that were sealed" in what for what in told)
        assert [e.action for e in notes.log(limit=200)].count("rolled_back") == 1
        assert sum(each.confirmed is None for each in memos._services.rollbacks.held()) == 3 + 2
