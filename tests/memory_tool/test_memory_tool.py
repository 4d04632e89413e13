"""Files of a model are memories: versions, rights, redaction, erasure and the log hold for them; bad input is told in the tool's own form."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import anyio
import httpx2
import pytest
from anthropic import Anthropic
from anthropic.lib.tools import ToolError

from memos_graph import Memory, MemOS
from memos_graph.errors import FrozenError, NotFoundError
from memos_graph.governance import Action
from memos_graph.language.sensitivity import LevelName
from memos_graph.memory_tool import AsyncMemosMemoryTool, MemosMemoryTool


@pytest.fixture
def tool(space: Memory) -> MemosMemoryTool:
    return MemosMemoryTool(space)


def ask(tool: MemosMemoryTool, command: str, **given: Any) -> str:
    return tool.call({"command": command, **given})


def refused(tool: MemosMemoryTool, command: Any, **given: Any) -> str:
    with pytest.raises(ToolError) as told:
        tool.call({"command": command, **given})
    return str(told.value)


def reading(memos: MemOS, space: Memory, *actions: Action, sees: LevelName | None = None) -> MemosMemoryTool:
    who = f"{space.principal}.other"
    space.permissions.grant(who, [Action.READ, *actions], **({"sees": sees} if sees else {}))
    return MemosMemoryTool(memos.mount(space.space, principal=who))


def cube_of(space: Memory, key: str, *namespace: str) -> str:
    return space.documents.get(("memories", *namespace), key).cube


def test_an_edit_is_a_version_and_a_new_path_keeps_them(space: Memory, tool: MemosMemoryTool) -> None:
    ask(tool, "create", path="/memories/ada.txt", file_text="Ada drinks tea.\n")
    cube = cube_of(space, "ada.txt")
    ask(tool, "str_replace", path="/memories/ada.txt", old_str="tea", new_str="coffee")
    ask(tool, "rename", old_path="/memories/ada.txt", new_path="/memories/people/ada.md")
    assert cube_of(space, "ada.md", "people") == cube
    ask(tool, "rename", old_path="/memories/people", new_path="/memories/friends")
    assert cube_of(space, "ada.md", "friends") == cube
    assert [len(version.text) for version in space.history(cube)] == [28, 31]
    assert space.get(cube).descriptive.source == "store:memories/friends/ada.md"
    (hit,) = space.search("Who drinks coffee?", limit=1).hits
    assert hit.cube.id == cube
    moves = [entry.detail for entry in space.logs.query(action="move", limit=10)]
    assert moves[-1] == "store:memories/ada.txt to store:memories/people/ada.md"
    space.rollback(cube, to=1)
    assert "drinks tea" in ask(tool, "view", path="/memories/friends/ada.md")
    ask(tool, "create", path="/memories/ada.txt", file_text="Another.")
    assert cube_of(space, "ada.txt") != cube
    ask(tool, "delete", path="/memories/friends")
    with pytest.raises(NotFoundError):
        space.get(cube)
    assert space.audit.verify().whole


def test_rights_hold_and_what_is_denied_is_not_there(memos: MemOS, space: Memory, tool: MemosMemoryTool) -> None:
    ask(tool, "create", path="/memories/plan.txt", file_text="The plan.")
    ask(tool, "create", path="/memories/open.txt", file_text="For all.")
    reader = reading(memos, space)
    assert "The plan." in ask(reader, "view", path="/memories/plan.txt")
    for command, given in (
        ("create", {"path": "/memories/new.txt", "file_text": "x"}),
        ("str_replace", {"path": "/memories/plan.txt", "old_str": "plan", "new_str": "x"}),
        ("delete", {"path": "/memories/plan.txt"}),
        ("rename", {"old_path": "/memories/plan.txt", "new_path": "/memories/x"}),
    ):
        assert "write" in refused(reader, command, **given)
    writer = reading(memos, space, Action.WRITE)
    space.permissions.deny(f"{space.principal}.other", [Action.READ], cube=cube_of(space, "plan.txt"))
    assert "plan.txt" not in ask(writer, "view", path="/memories")
    missing = refused(writer, "view", path="/memories/none.txt")
    assert refused(writer, "view", path="/memories/plan.txt") == missing.replace("none", "plan")
    assert "does not exist" in refused(writer, "delete", path="/memories/plan.txt")
    assert "is taken" in refused(writer, "create", path="/memories/plan.txt", file_text="mine")
    assert "is taken" in refused(writer, "rename", old_path="/memories/open.txt", new_path="/memories/plan.txt")
    assert "The plan." in ask(tool, "view", path="/memories/plan.txt")
    space.permissions.revoke(f"{space.principal}.other")
    assert "does not exist" in refused(writer, "view", path="/memories/open.txt")


def test_a_denial_goes_with_a_file_that_gets_another_path(memos: MemOS, space: Memory, tool: MemosMemoryTool) -> None:
    ask(tool, "create", path="/memories/plan.txt", file_text="The plan.")
    reader = reading(memos, space)
    space.permissions.deny(f"{space.principal}.other", [Action.READ], cube=cube_of(space, "plan.txt"))
    ask(tool, "rename", old_path="/memories/plan.txt", new_path="/memories/moved.txt")
    assert "does not exist" in refused(reader, "view", path="/memories/moved.txt")


def test_who_sees_a_part_of_a_file_does_not_edit_the_rest_away(
    memos: MemOS, space: Memory, tool: MemosMemoryTool
) -> None:
    ask(tool, "create", path="/memories/ada.txt", file_text="Write to ada@example.org.\nShe drinks tea.\n")
    other = reading(memos, space, Action.WRITE, sees=LevelName.PUBLIC)
    shown = ask(other, "view", path="/memories/ada.txt")
    assert "[e-mail]" in shown
    assert "ada@" not in shown
    for command, given in (
        ("str_replace", {"old_str": "tea", "new_str": "milk"}),
        ("insert", {"insert_line": 0, "insert_text": "x"}),
    ):
        said = refused(other, command, path="/memories/ada.txt", **given)
        assert "may not see" in said
        assert "ada@" not in said
    assert "ada@example.org" in ask(tool, "view", path="/memories/ada.txt")


def test_a_frozen_file_stays_where_it_is(space: Memory, tool: MemosMemoryTool) -> None:
    ask(tool, "create", path="/memories/a/one", file_text="1")
    ask(tool, "create", path="/memories/a/two", file_text="2")
    space.freeze(cube_of(space, "two", "a"), reason="evidence")
    assert "frozen" in refused(tool, "rename", old_path="/memories/a", new_path="/memories/b")
    assert "frozen" in refused(tool, "delete", path="/memories/a")
    assert [each.key for each in space.documents.every()] == ["two", "one"]
    with pytest.raises(FrozenError):
        space.documents.edit(("memories", "a"), "two", lambda _: {"text": "3"})


def test_edits_at_the_same_time_are_all_kept(space: Memory, tool: MemosMemoryTool) -> None:
    ask(tool, "create", path="/memories/log", file_text="")
    lines = [f"line {number}" for number in range(8)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda line: ask(tool, "insert", path="/memories/log", insert_line=0, insert_text=line), lines))
    text = space.documents.get(("memories",), "log").value["text"]
    assert sorted(text.splitlines()) == lines


def test_documents_of_other_programs_are_shown_and_left_as_they_are(space: Memory, tool: MemosMemoryTool) -> None:
    space.documents.put(("memories", "prefs"), "ada", {"drinks": "tea"})
    assert "ada" in ask(tool, "view", path="/memories")
    assert '"drinks": "tea"' in ask(tool, "view", path="/memories/prefs/ada")
    assert "not text" in refused(tool, "str_replace", path="/memories/prefs/ada", old_str="tea", new_str="milk")
    assert "is a file" in refused(tool, "create", path="/memories/prefs/ada/x", file_text="x")
    assert "inside of it" in refused(tool, "rename", old_path="/memories/prefs", new_path="/memories/prefs/x")
    assert space.documents.get(("memories", "prefs"), "ada").value == {"drinks": "tea"}


@pytest.mark.parametrize(
    "given",
    [
        None,
        "view",
        {},
        {"command": "view"},
        {"command": "view", "path": 5},
        {"command": "view", "path": None},
        {"command": "view", "path": "/memories", "view_range": "1-2"},
        {"command": "create", "path": "/memories/a"},
        {"command": "create", "path": "/memories/a", "file_text": "x" * 200_000},
        {"command": "create", "path": "/memories/a", "file_text": "\ud800"},
        {"command": "create", "path": f"/memories/{'x' * 2000}", "file_text": "x"},
        {"command": "insert", "path": "/memories/a", "insert_line": "first", "insert_text": "x"},
        {"command": "insert", "path": "/memories/a", "insert_line": 10**30, "insert_text": "x"},
        {"command": "format", "path": "/memories"},
        {"command": ["view"], "path": "/memories"},
    ],
)
def test_what_is_no_command_is_told_to_the_model(space: Memory, tool: MemosMemoryTool, given: Any) -> None:
    with pytest.raises(ToolError):
        tool.call(given)
    assert list(space.documents.every()) == []


def test_it_is_the_same_where_it_is_awaited(space: Memory) -> None:
    tool = AsyncMemosMemoryTool(space, cache_control={"type": "ephemeral"})
    assert tool.to_dict() == MemosMemoryTool(space, cache_control={"type": "ephemeral"}).to_dict()

    async def use() -> list[str]:
        steps: list[dict[str, Any]] = [
            {"command": "create", "path": "/memories/a", "file_text": "tea"},
            {"command": "insert", "path": "/memories/a", "insert_line": 1, "insert_text": "milk"},
            {"command": "str_replace", "path": "/memories/a", "old_str": "tea", "new_str": "coffee"},
            {"command": "rename", "old_path": "/memories/a", "new_path": "/memories/b"},
            {"command": "view", "path": "/memories/b"},
            {"command": "delete", "path": "/memories/b"},
        ]
        done = [await tool.call(step) for step in steps]
        with pytest.raises(ToolError, match="does not exist"):
            await tool.call({"command": "view", "path": "/memories/b"})
        return [*done, await tool.clear_all_memory()]

    done = anyio.run(use)
    assert done[4] == "Here's the content of /memories/b with line numbers:\n     1\tcoffee\n     2\tmilk\n     3\t"
    assert done[-1] == "All memory cleared"


@pytest.fixture
def scripted() -> Iterator[Callable[[list[dict[str, Any]]], tuple[Anthropic, list[Any]]]]:
    """A model that asks for what it is told to, and what it was sent."""
    opened: list[Anthropic] = []

    def make(commands: list[dict[str, Any]]) -> tuple[Anthropic, list[Any]]:
        sent: list[Any] = []
        steps = iter(commands)

        def answer(request: httpx2.Request) -> httpx2.Response:
            sent.append(json.loads(request.content))
            step = next(steps, None)
            said = (
                {"type": "text", "text": "Done."}
                if step is None
                else {"type": "tool_use", "id": f"t{len(sent)}", "name": "memory", "input": step}
            )
            return httpx2.Response(
                200,
                json={
                    "id": f"m{len(sent)}",
                    "type": "message",
                    "role": "assistant",
                    "model": "claude",
                    "content": [said],
                    "stop_reason": "end_turn" if step is None else "tool_use",
                    "stop_sequence": None,
                    "usage": {"input_tokens": 1, "output_tokens": 1},
                },
            )

        client = Anthropic(api_key="none", http_client=httpx2.Client(transport=httpx2.MockTransport(answer)))
        opened.append(client)
        return client, sent

    yield make
    for client in opened:
        client.close()


def test_the_sdk_runs_it(tool: MemosMemoryTool, scripted: Callable[..., tuple[Anthropic, list[Any]]]) -> None:
    client, sent = scripted(
        [
            {"command": "create", "path": "/memories/ada.txt", "file_text": "Ada drinks tea."},
            {"command": "view", "path": "/memories/nothing"},
            {"command": "view", "path": "/memories/ada.txt"},
        ]
    )
    runner = client.beta.messages.tool_runner(
        model="claude", max_tokens=100, messages=[{"role": "user", "content": "Remember."}], tools=[tool]
    )
    assert runner.until_done().content[0].type == "text"
    results = [each["messages"][-1]["content"][0] for each in sent[1:]]
    assert [bool(each.get("is_error")) for each in results] == [False, True, False]
    assert "     1\tAda drinks tea." in str(results[2]["content"]).replace("\\t", "\t")
