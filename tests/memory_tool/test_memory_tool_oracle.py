"""Command for command the tool answers as the SDK's own does on a disk, and leaves the same files."""

import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest
from anthropic.lib.tools import ToolError
from anthropic.lib.tools._beta_builtin_memory_tool import BetaLocalFilesystemMemoryTool
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test
from uuid_utils import uuid4

from memos_graph import Memory
from memos_graph.memory_tool import MemosMemoryTool

NAMES = st.sampled_from(["a", "b", "c.txt", "d e.md", ".hidden", "ü", "10%"])
PATHS = st.lists(NAMES, max_size=3).map(lambda names: "/".join(["/memories", *names]))
ODD = st.sampled_from(
    [
        "/memories/",
        "/memories//a",
        "/memories/./b/",
        "/memories/a/../b",
        "/memories/../memories/a",
        "/memories/..",
        "/memories/../../etc/passwd",
        "/memories/../x",
        "/memoriesa",
        "/etc/passwd",
        "memories/a",
        "",
        "/memories/a/./..//c.txt",
        "/memories/a\x00b",
        "/memories/\ud800",
    ]
)
ANY_PATH = PATHS | PATHS | PATHS | ODD
WORDS = st.sampled_from(["tea", "tea\n", "milk\r\n", "", "\n", "aa", "a", "ü🍵", "Ada's tea\n\nand milk", "\t-\x00-"])
TEXTS = st.lists(WORDS, max_size=5).map("".join)
LINES = st.none() | st.lists(st.integers(-2, 8), min_size=0, max_size=3)


class Twins(RuleBasedStateMachine):
    """One tool on a disk, the other in the graph; what one is asked, so is the other."""

    space: ClassVar[Memory]
    ended: ClassVar[Counter[tuple[str, str]]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.home = Path(tempfile.mkdtemp())
        self.disk = BetaLocalFilesystemMemoryTool(str(self.home))
        self.namespace = ("files", str(uuid4()))
        self.graph = MemosMemoryTool(self.space, namespace=self.namespace)

    def ask(self, command: str, **given: Any) -> None:
        before = set(self.folders())
        asked = {"command": command, **given}
        answers = [outcome(lambda tool=tool: tool.call(asked)) for tool in (self.disk, self.graph)]  # type: ignore[misc]
        self.ended[command, answers[0].partition(" ")[0]] += 1
        if answers[0].startswith(("refused", "broken")):
            # A command that is refused changes nothing here; on a disk it may leave a directory.
            for each in sorted(set(self.folders()) - before, reverse=True):
                each.rmdir()
        if answers[0].startswith("broken"):  # what the system said, which is no answer of the tool
            assert answers[1].startswith("refused"), (asked, answers)
        else:
            assert plain(answers[0]) == plain(answers[1]), asked

    def folders(self) -> Iterator[Path]:
        return (each for each in (self.home / "memories").rglob("*") if each.is_dir())

    @rule(path=ANY_PATH, lines=LINES)
    def view(self, path: str, lines: list[int] | None) -> None:
        self.ask("view", path=path, view_range=lines)

    @rule(path=ANY_PATH, text=TEXTS)
    def create(self, path: str, text: str) -> None:
        self.ask("create", path=path, file_text=text)

    @rule(path=PATHS, text=TEXTS)
    def create_another(self, path: str, text: str) -> None:
        self.ask("create", path=path, file_text=text)

    @rule(path=ANY_PATH, old=WORDS, new=TEXTS)
    def str_replace(self, path: str, old: str, new: str) -> None:
        self.ask("str_replace", path=path, old_str=old, new_str=new)

    @rule(path=ANY_PATH, line=st.integers(-1, 6), text=TEXTS)
    def insert(self, path: str, line: int, text: str) -> None:
        self.ask("insert", path=path, insert_line=line, insert_text=text)

    @rule(path=ANY_PATH)
    def delete(self, path: str) -> None:
        self.ask("delete", path=path)

    @rule(old=ANY_PATH, new=ANY_PATH)
    def rename(self, old: str, new: str) -> None:
        self.ask("rename", old_path=old, new_path=new)

    @rule(data=st.data(), text=TEXTS, line=st.integers(0, 4), old=WORDS, new=PATHS)
    def one_that_is_there(self, data: st.DataObject, text: str, line: int, old: str, new: str) -> None:
        there = sorted(self.home.joinpath("memories").rglob("*"))
        if there:
            path = f"/{data.draw(st.sampled_from(there)).relative_to(self.home)}"
            self.ask("insert", path=path, insert_line=line, insert_text=text)
            self.ask("str_replace", path=path, old_str=old, new_str=text)
            self.ask("view", path=path)
            if data.draw(st.booleans()):
                self.ask("rename", old_path=path, new_path=new)

    def teardown(self) -> None:
        self.ask("view", path="/memories")
        kept = {
            "/".join((*each.namespace[2:], each.key)): each.value["text"]
            for each in self.space.documents.every(self.namespace)
            if each.key
        }
        root = self.home / "memories"
        files = (each for each in root.rglob("*") if each.is_file())
        assert kept == {str(each.relative_to(root)): each.read_bytes().decode() for each in files}
        shutil.rmtree(self.home)
        self.graph.clear_all_memory()
        assert list(self.space.documents.every(self.namespace)) == []


def outcome(act: Callable[[], Any]) -> str:
    try:
        return f"answered {act()}"
    except ToolError as error:
        return f"refused {error}"
    except (OSError, ValueError) as error:
        return f"broken {error!r}"


def plain(answer: str) -> str:
    """Return an answer without the sizes of directories, which say how a disk keeps them."""
    if not answer.startswith("answered Here're"):
        return answer
    head, top, *rows = answer.split("\n")
    without = [re.sub(r"^\S+\t", "\t", row) if row.endswith("/") else row for row in rows]
    return "\n".join([head, re.sub(r"^\S+\t", "\t", top), *without])


@pytest.mark.timeout(0)
def test_each_command_answers_as_it_does_on_a_disk(space: Memory) -> None:
    Twins.space = space
    run_state_machine_as_test(
        Twins,
        settings=settings(
            max_examples=20,
            stateful_step_count=25,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert space.audit.verify().whole
    for command in ("view", "create", "str_replace", "insert", "delete", "rename"):
        assert Twins.ended[command, "answered"], Twins.ended
        assert Twins.ended[command, "refused"], Twins.ended
