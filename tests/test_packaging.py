"""The wheel and the sdist hold everything the package needs: a forgotten folder vanishes from them without a warning."""

import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LINKED = ("api", "cypher", "graph")


def test_every_module_stands_in_a_package() -> None:
    for room in ("memos_graph", *LINKED):
        for module in (ROOT / room).rglob("*.py"):
            assert (module.parent / "__init__.py").is_file(), f"{module} stands in a folder that is no package"


def test_the_rooms_outside_are_linked_into_the_package() -> None:
    for name in LINKED:
        link = ROOT / "memos_graph" / name
        assert link.is_symlink()
        assert link.readlink() == Path("..") / name
        tracked = subprocess.run(
            ["git", "ls-files", "-s", f"memos_graph/{name}"], cwd=ROOT, capture_output=True, text=True, check=False
        )
        if tracked.returncode == 0:
            assert tracked.stdout.startswith("120000 ")


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of this tree, in which a build may leave what it likes."""
    pytest.importorskip("setuptools", reason="both are built without the network, with the setuptools at hand")
    copied = tmp_path_factory.mktemp("tree") / "project"
    copy_tree(copied)
    return copied


@pytest.fixture(scope="module")
def built(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel of this tree, made without a warning that those who install it would see."""
    return build(tree, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def wheel(built: Path) -> set[str]:
    """Names of the files in it."""
    return content(built)


def build(tree: Path, out: Path) -> Path:
    command = ["-m", "pip", "wheel", ".", "--no-deps", "--no-build-isolation", "--no-index", "-q", "-w", str(out)]
    command.append("--disable-pip-version-check")
    done = subprocess.run([sys.executable, *command], cwd=tree, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (done.stdout, done.stderr) == ("", "")
    (made,) = out.glob("memos_graph-*.whl")
    return made


def content(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def copy_tree(tree: Path) -> None:
    """Copy what a build reads, so that it leaves nothing in this tree."""
    tree.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        (tree / name).write_bytes((ROOT / name).read_bytes())
    for room in ("memos_graph", *LINKED):
        for path in (ROOT / room).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                target = tree / path.relative_to(ROOT)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(path.read_bytes())
    for name in LINKED:
        (tree / "memos_graph" / name).symlink_to(Path("..") / name)


def test_the_wheel_holds_every_module_statement_and_list(wheel: set[str]) -> None:
    expected = {"memos_graph/py.typed", "memos_graph/graph/jars.sha256"}
    for room in ("memos_graph", *LINKED):
        prefix = "" if room == "memos_graph" else "memos_graph/"
        for pattern in ("*.py", "*.cypher"):
            expected |= {f"{prefix}{path.relative_to(ROOT).as_posix()}" for path in (ROOT / room).rglob(pattern)}
    console = ROOT / "memos_graph" / "console"
    for part in ("templates", "static"):
        expected |= {path.relative_to(ROOT).as_posix() for path in (console / part).rglob("*") if path.is_file()}
    assert sum(name.endswith(".cypher") for name in expected) > 60
    assert expected - wheel == set()


def test_the_wheel_holds_nothing_else(wheel: set[str]) -> None:
    strangers = {name for name in wheel if not name.startswith("memos_graph/") and ".dist-info/" not in name}
    assert strangers == set()
    assert any(name.endswith("licenses/LICENSE") for name in wheel)
    assert not any(name.endswith((".pyc", ".orig")) for name in wheel)


def test_the_sdist_makes_the_same_wheel(tree: Path, wheel: set[str], tmp_path: Path) -> None:
    program = f"from setuptools import build_meta; build_meta.build_sdist({str(tmp_path)!r})"
    done = subprocess.run([sys.executable, "-c", program], cwd=tree, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (packed,) = tmp_path.glob("memos_graph-*.tar.gz")
    with tarfile.open(packed) as archive:
        archive.extractall(tmp_path, filter="data")
    (unpacked,) = (each for each in tmp_path.iterdir() if each.is_dir())
    again = tmp_path / "again"
    again.mkdir()
    assert content(build(unpacked, again)) == wheel


TRIES = """
import memos_graph
from memos_graph.cypher import names, query
from memos_graph.formats import parse
print(memos_graph.__file__)
print(len([query(name) for name in names()]) > 60, parse("The ferry leaves at noon.", name="notes.txt").kind)
from memos_graph.cli.program import main
main(["policy", "template", "personal-assistant"])
"""


def test_what_the_wheel_holds_runs(built: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(built) as archive:
        archive.extractall(tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", TRIES],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(tmp_path), "MEMOS_HOME": str(tmp_path / "home")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    where, read, *template = done.stdout.splitlines()
    assert Path(where).is_relative_to(tmp_path)
    assert read == "True document"
    assert any(line.startswith("policy: 1") for line in template)
