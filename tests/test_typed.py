"""A program that uses this package type-checks as written: by mypy without any plugin, and by pyright's engine, both strict.

The checkers see the package as its users' do: through ``py.typed``, with the defaults of fields as they stand in the source.
"""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

PROGRAM = """
from collections.abc import Sequence
from datetime import UTC, datetime

from memos_graph import (
    Action,
    AsyncMemory,
    ChatAnswer,
    Filters,
    Form,
    Hit,
    Memory,
    MemOS,
    Message,
    NotFoundError,
    Pipeline,
    Recipe,
    RemoteMemory,
    Run,
    SearchResult,
    Selection,
    SemanticType,
    Settings,
    Terms,
    Turn,
)


def best(notes: Memory | RemoteMemory, question: str) -> Hit | None:
    found: SearchResult = notes.search(question, limit=3, filters=Filters(speaker="Marta"))
    return found.hits[0] if found.hits else None


def converse(notes: Memory, said: Sequence[str]) -> ChatAnswer:
    return notes.chat([Turn(role="user", text=each) for each in said], form=Form.PLAINTEXT)


def keep(notes: Memory, cube: str) -> None:
    until = datetime(2031, 1, 1, tzinfo=UTC)
    notes.set(cube, Terms(expires_at=until, tags=("garden",)))
    notes.set(cube, Terms(priority=2))
    notes.kv.build(Selection(concepts=("garden",)))
    notes.lora.distill(Selection(), recipe=Recipe())
    notes.grant("ben", {Action.READ})


def anywhere(notes: Memory | RemoteMemory) -> list[str]:
    notes.grant("ben", {Action.READ}, expires_at=datetime(2031, 1, 1, tzinfo=UTC))
    value: dict[str, object] = notes.documents.get(("users",), "ben", refresh_ttl=False).value
    return [each.text for each in notes.page(level="whole")] + list(notes.export()) + sorted(value)


async def awaited(notes: AsyncMemory) -> str:
    found: SearchResult = await notes.search("What colour is the shed?", limit=3)
    async for piece in notes.chat_stream("What colour is the shed?"):
        if isinstance(piece, ChatAnswer):
            return piece.text
    await notes.grant("ben", {Action.READ})
    other = await notes.beside("marta/other")
    return (await other.get(found.hits[0].cube.id)).text


def run(notes: Memory) -> Run:
    return notes.run(Pipeline.from_yaml("nightly.yaml"))


with MemOS.open(Settings.load(audit_reads="sync")) as memos:
    space = memos.mount("marta/notes", principal="marta")
    space.add([Message(id="m1", speaker="Marta", text="The shed is painted green.")])
    space.add(Message(text="The shed has two windows."), source="walk")
    try:
        hit = best(space, "What colour is the shed?")
        if hit is not None:
            print(hit.cube.text, hit.score, hit.fact.text if hit.fact else "", hit.cube.descriptive.semantic_type)
            print(Filters(semantic_type=SemanticType.FACT, minimum_score=0.2).any)
    except NotFoundError as error:
        print(error.message, error.hint)
"""

PROGRAM += """

def remotely(key: str) -> str:
    with MemOS.connect("https://memos.example.com", key) as client:
        notes = client.mount("marta/notes")
        anywhere(notes)
        return notes.chat("What colour is the shed?", form=Form.QUOTE).text
"""

FAULTY = """
from memos_graph import Filters, RemoteMemory, Selection

Filters(speakr="Marta")
Selection(concepts=3)


def find(notes: RemoteMemory) -> None:
    notes.documents.get(("users",), key=3)
    notes.archive("c", resaon="old")
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with a program of a user's own and the checkers' strict settings."""
    (tmp_path / "program.py").write_text(PROGRAM)
    (tmp_path / "faulty.py").write_text(FAULTY)
    (tmp_path / "mypy.ini").write_text(
        f"[mypy]\nstrict = true\nmypy_path = {ROOT}\nfollow_imports = silent\n"
        f"cache_dir = {ROOT / '.mypy_cache' / 'without-plugin'}\n"
    )
    (tmp_path / "pyrightconfig.json").write_text(
        f'{{"typeCheckingMode": "strict", "extraPaths": ["{ROOT}"], "pythonVersion": "3.11"}}'
    )
    return tmp_path


def check(command: list[str], project: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", *command], cwd=project, capture_output=True, text=True, check=False)


CHECKERS = {
    "mypy": ["mypy", "--config-file", "mypy.ini"],
    "pyright": ["basedpyright", "--project", "pyrightconfig.json", "--pythonpath", sys.executable],
}


@pytest.mark.parametrize("checker", CHECKERS)
def test_a_program_type_checks_as_written(checker: str, project: Path) -> None:
    done = check([*CHECKERS[checker], "program.py"], project)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("checker", CHECKERS)
def test_a_misspelt_field_is_found(checker: str, project: Path) -> None:
    done = check([*CHECKERS[checker], "faulty.py"], project)
    assert done.returncode == 1
    assert "speakr" in done.stdout
    assert "faulty.py:5" in done.stdout
    assert "faulty.py:9" in done.stdout
    assert "resaon" in done.stdout
