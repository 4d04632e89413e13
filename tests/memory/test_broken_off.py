"""Who loses the right to read in the middle of a long answer is told: no stream and no list then ends as if it were whole."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from memos_graph import Memory, MemOS, Message, NotFoundError
from memos_graph.api import Metrics, create_app
from memos_graph.cli.program import main
from memos_graph.exchange import export
from memos_graph.governance import Action

TALK = [Message(id=f"m{i}", speaker="Ines", text=f"Box {i} stands on shelf {i}.") for i in range(7)]


@pytest.fixture
def reader(space: Memory, memos: MemOS) -> Memory:
    space.add(TALK, source="chat")
    space.grant(f"{space.principal}-reader", [Action.READ])
    return memos.mount(space.space, principal=f"{space.principal}-reader")


@pytest.fixture
def revoked_midway(space: Memory, reader: Memory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the reader's grant revoked while its export gives out the third memory; pages hold two."""
    seen, marked = 0, export.marked

    def marking(*args: Any) -> Any:
        nonlocal seen
        seen += 1
        if seen == 3:
            space.revoke(reader.principal)
        return marked(*args)

    monkeypatch.setattr(export, "_PAGE", 2)
    monkeypatch.setattr(export, "marked", marking)


@pytest.mark.usefixtures("revoked_midway")
def test_an_export_in_python(reader: Memory) -> None:
    lines = reader.export()
    given = [next(lines) for _ in range(4)]
    assert len(given) == 4
    with pytest.raises(NotFoundError, match="its export is not whole"):
        next(lines)


@pytest.mark.usefixtures("revoked_midway")
def test_an_export_over_rest(memos: MemOS, space: Memory, reader: Memory) -> None:
    _, secret = memos._services.api_keys.create(reader.principal, label="test")
    with TestClient(create_app(memos, metrics=Metrics()), headers={"Authorization": f"Bearer {secret}"}) as client:
        answer = client.get(f"/v1/spaces/{space.space}/export")
    *lines, last = map(json.loads, answer.text.splitlines())
    assert len(lines) == 4
    assert all("text" in line for line in lines)
    assert set(last) == {"error"}
    assert (last["error"]["code"], last["error"]["status"]) == ("not-found", 404)


@pytest.mark.usefixtures("revoked_midway")
def test_an_export_on_the_command_line(
    settings: Any, reader: Memory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MEMOS_HOME", str(settings.home))
    monkeypatch.delenv("NEO4J_URI", raising=False)
    written = tmp_path / "notes.jsonl"
    written.write_text("what was there before")
    with pytest.raises(SystemExit) as ended:
        main(["export", "-o", str(written), "--space", reader.space, "--as", reader.principal])
    assert ended.value.code == 1
    assert "its export is not whole" in capfd.readouterr().err
    assert written.read_text() == "what was there before"
    assert [each.name for each in tmp_path.iterdir()] == ["notes.jsonl"]


def test_an_export_that_is_whole_says_nothing(space: Memory, reader: Memory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "_PAGE", 2)
    assert [json.loads(line)["text"] for line in reader.export()] == [message.text for message in TALK]


@pytest.mark.parametrize(
    "read",
    [
        lambda memory, after: memory.page(after=after, limit=5),
        lambda memory, after: memory.page(after=after, limit=5, level="fact"),
        lambda memory, after: memory.logs.query(before=1000, limit=50),
        lambda memory, after: next(memory.logs.follow(every_s=0.01)),
        lambda memory, after: memory.pipelines.list(before="~"),
        lambda memory, after: memory.snapshots(),
    ],
    ids=["page", "facts", "log", "follow", "runs", "snapshots"],
)
def test_a_list(space: Memory, reader: Memory, read: Callable[[Memory, str], object]) -> None:
    after = reader.page(limit=5)[-1].id
    space.revoke(reader.principal)
    with pytest.raises(NotFoundError):
        read(reader, after)


def test_an_answer_of_a_chat(space: Memory, reader: Memory) -> None:
    def rest(pieces: Iterator[object]) -> list[object]:
        return list(pieces)

    pieces = reader.chat_stream("Where does box 3 stand?", form="quote")
    assert "shelf 3" in str(next(pieces))
    space.revoke(reader.principal)
    with pytest.raises(NotFoundError):
        rest(pieces)
