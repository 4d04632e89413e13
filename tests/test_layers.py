"""Imports go one way only: the order of the house, held by import-linter's contracts in pyproject.toml."""

import ast
import subprocess
import sys
import tomllib
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]


def test_the_order_of_the_house_holds() -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "from importlinter.cli import lint_imports_command; lint_imports_command()",
            "--no-cache",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 broken" in done.stdout


def test_every_room_has_its_place_in_the_order() -> None:
    layers = {name.strip() for layer in CONTRACTS[0]["layers"] for name in layer.split("|")}
    rooms = {
        path.stem
        for path in (ROOT / "memos_graph").iterdir()
        if path.suffix == ".py" or (path / "__init__.py").is_file()
    }
    assert rooms - {"__init__"} == layers


def test_no_edge_reaches_round_the_memory_api() -> None:
    for room in (
        "memos_graph/cli",
        "memos_graph/demo",
        "memos_graph/console",
        "memos_graph/mcp",
        "memos_graph/langgraph",
        "api",
    ):
        for path in (ROOT / room).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                assert not (isinstance(node, ast.Attribute) and node.attr in {"services", "_services"}), path


def test_nothing_in_the_package_reaches_for_the_benches_or_the_tests() -> None:
    for room in ("memos_graph", "graph", "cypher", "api"):
        for path in (ROOT / room).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
                names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
                for name in names:
                    assert name.partition(".")[0] not in {"bench", "tests", "graph", "cypher", "api"}, path


def test_no_public_class_name_stands_twice() -> None:
    # In api/ and cli/ a body is named as what it carries; the object view of the graph has the names of its labels.
    view = {ROOT / "graph/models.py", ROOT / "graph/records.py"}
    found: dict[str, list[str]] = {}
    for path in [*(ROOT / "memos_graph").rglob("*.py"), *(ROOT / "graph").rglob("*.py")]:
        inside = path.relative_to(ROOT).parts
        if path in view or inside[:2] in {("memos_graph", "api"), ("memos_graph", "cli"), ("memos_graph", "graph")}:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                found.setdefault(node.name, []).append("/".join(inside))
    assert {name: places for name, places in found.items() if len(places) > 1} == {}


def test_no_module_of_tests_has_the_name_of_another() -> None:
    """Modules of tests are known by their names alone: of two of one name, one would not be run."""
    counted = Counter(path.name for path in Path(__file__).parent.rglob("test_*.py"))
    assert [name for name, count in counted.items() if count > 1] == []
