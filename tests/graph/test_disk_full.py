"""A disk that is really full: who writes is told, nothing that was acknowledged is lost, and the server starts again."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from support.raw_graph import mounted, services_like, value

from memos_graph import Memory, MemOS, Message, Settings
from memos_graph.errors import DatabaseUnavailableError, DiskFullError, EngineStartError
from memos_graph.graph.engine import Engine

_DISK = "300m"
BEFORE = [Message(id="before", speaker="Alice", text="Dana moved to Lisbon before the disk was full.")]
LONG = "Crates of apples of many kinds, sweet and sour, stand in the yard. " * 60

pytestmark = pytest.mark.apart


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small disk of its own, where this user may mount one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={_DISK}", "tmpfs", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"A disk to fill can't be mounted here: {done.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture
def own(settings: Settings, disk: Path) -> Iterator[Settings]:
    """Settings of a server whose store lies on it."""
    found = settings.model_copy(update={"home": disk / "home", "min_free_disk_mb": 0})
    yield found
    Engine(found).stop(timeout=60)


def fill(disk: Path) -> Path:
    """Write until nothing more can be written."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while file.write(b"x" * (1 << 16)):
            pass
    assert shutil.disk_usage(disk).free == 0
    return filler


def add_until_refused(space: Memory) -> Iterator[None]:
    """Add long messages one by one, until one is refused."""
    for number in range(200):
        space.add([Message(id=f"m{number}", speaker="Alice", text=f"{number}. {LONG}")], source="yard")
        yield


def test_a_full_disk_is_told_and_loses_nothing(memos: MemOS, own: Settings, disk: Path) -> None:
    with MemOS.open(own) as opened:
        services = replace(services_like(opened), embedder=memos._services.embedder)
        space = mounted(services, opened.mount("alice/yard", principal="alice"))
        space.add(BEFORE, source="yard")
        filler = fill(disk)
        told: list[None] = []
        with pytest.raises(DiskFullError, match="was not written"):
            told.extend(add_until_refused(space))
        with pytest.raises(DatabaseUnavailableError, match="must be restarted"):
            space.page(limit=1)

    with pytest.raises(EngineStartError, match="filled the disk"):
        MemOS.open(own)

    filler.unlink()
    with MemOS.open(own) as opened:
        assert value(opened, "MATCH (s:Space {id: 'alice/yard'}) RETURN s.cubes") == 1 + len(told)
        services = replace(services_like(opened), embedder=memos._services.embedder)
        space = mounted(services, opened.mount("alice/yard", principal="alice"))
        assert space.search("Where did Dana move?").hits[0].cube.text == BEFORE[0].text
        assert space.add([Message(id="after", speaker="Alice", text="There is room again.")], source="yard").added
        assert space.audit.verify().whole
