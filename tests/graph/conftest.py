"""One managed server for the tests of the engine; they stop and kill it, so nobody else shares it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from memos_graph.config import Settings
from memos_graph.graph.engine import Engine


@pytest.fixture(autouse=True)
def no_outer_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine's tests are about the managed server, even where the environment names another one."""
    for name in ("NEO4J_URI", "NEO4J_USER", "NEO4J_PASSWORD", "NEO4J_DATABASE"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(f"MEMOS_{name}", raising=False)


@pytest.fixture(scope="session")
def engine_settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Settings of a home whose server is stopped when the tests end."""
    home: Path = tmp_path_factory.mktemp("engine")
    settings = Settings.load(home=home / "home", engine_heap_mb=384, engine_page_cache_mb=64)
    yield settings
    Engine(settings).stop(timeout=60)


@pytest.fixture
def engine(engine_settings: Settings) -> Iterator[Engine]:
    """A kept, running server, started by the first test that asks for it or that follows one that killed it."""
    engine = Engine(engine_settings)
    engine.ensure(keep=True)
    yield engine
    engine.release()
