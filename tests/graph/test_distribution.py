import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from memos_graph.config import Settings
from memos_graph.errors import DownloadError
from memos_graph.graph import distribution
from memos_graph.graph.distribution import class_path, damaged, missing, pins, repository


@pytest.fixture(scope="module")
def real() -> Iterator[Path]:
    """The machine's own cache, filled once, and unspoilt by these tests."""
    folder = Settings.load().cache
    class_path(folder)
    yield folder
    assert damaged(folder) == []


@pytest.fixture
def cache(tmp_path: Path, real: Path) -> Path:
    """A cache with every jar of the machine's own, as links, so that a test can spoil one for itself."""
    for jar in pins().jars:
        link = repository(tmp_path) / jar.path
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(repository(real) / jar.path)
    return tmp_path


def smallest(cache: Path) -> Path:
    return min((repository(cache) / jar.path for jar in pins().jars), key=lambda path: path.stat().st_size)


def test_the_list_names_each_jar_once_and_no_host() -> None:
    listed = pins()
    assert len({jar.path for jar in listed.jars}) == len(listed.jars) > 200
    assert all(len(jar.sha256) == 64 for jar in listed.jars)
    text = Path(distribution.__file__).with_name("jars.sha256").read_text()
    assert "://" not in text
    for coordinate in distribution.COORDINATES:
        group, name, version = coordinate.split(":")
        assert f"{group.replace('.', '/')}/{name}/{version}/{name}-{version}.jar" in text


def test_the_whole_class_path_comes_in_the_lists_order(cache: Path) -> None:
    jars = class_path(cache)
    assert [path.relative_to(repository(cache)).as_posix() for path in jars] == [str(j.path) for j in pins().jars]
    assert sum(path.stat().st_size for path in jars) == pins().total_bytes


def test_a_tampered_jar_is_refused_and_removed(cache: Path) -> None:
    victim = smallest(cache)
    content = victim.read_bytes()
    victim.unlink()
    victim.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(DownloadError, match=victim.name) as caught:
        class_path(cache)
    assert caught.value.hint
    assert not victim.exists()


def test_a_missing_jar_is_fetched_verified_and_reported(cache: Path) -> None:
    victim = smallest(cache)
    size = victim.stat().st_size
    victim.unlink()
    assert [jar.path.name for jar in missing(cache)] == [victim.name]
    told: list[tuple[str, int, int | None]] = []
    class_path(cache, lambda *step: told.append(step))
    assert victim.is_file()
    assert not victim.is_symlink()
    assert told[-1][1] == size
    assert not list(cache.glob("download-*"))


def test_a_download_with_another_content_never_reaches_the_cache(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    victim = smallest(cache)
    victim.unlink()
    wrong = tuple(distribution.Jar(jar.path, "0" * 64) if jar.path.name == victim.name else jar for jar in pins().jars)
    with monkeypatch.context() as patch:
        patch.setattr(distribution, "pins", lambda: distribution.Pins(wrong, 1))
        with pytest.raises(DownloadError, match="another content"):
            class_path(cache)
    assert not victim.exists()
    assert not list(cache.glob("download-*"))


def test_a_first_start_downloads_only_what_is_listed(tmp_path: Path) -> None:
    assert len(missing(tmp_path)) == len(pins().jars)
    assert damaged(tmp_path) == []
    shutil.rmtree(tmp_path)
    assert len(missing(tmp_path)) == len(pins().jars)


def test_docker_compose_runs_the_same_version_and_publishes_on_loopback_only() -> None:
    compose = (Path(__file__).parents[2] / "docker-compose.yml").read_text()
    assert re.findall(r"^ +image: (.+)$", compose, re.MULTILINE) == [f"neo4j:{distribution.VERSION}"]
    published = re.findall(r'^ +- "(.+:\d+)"$', compose, re.MULTILINE)
    assert len(published) == 3
    assert all(port.startswith("127.0.0.1:") for port in published)
    assert "condition: service_healthy" in compose
    assert not re.search(r"^ +(?:NEO4J_AUTH|\w*PASSWORD\w*):", compose, re.MULTILINE)
