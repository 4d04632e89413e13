"""One managed server for the whole run, on a home of its own; each test gets a principal and a space of its own."""

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import hypothesis
import pytest
from raw_graph import revouch, ungoverned, unvouched
from uuid_utils import uuid4, uuid7

from memos_graph import Memory, MemOS, Settings
from memos_graph.graph.engine import Engine
from memos_graph.host.supervisor import HostProcess

# The same examples every time, so that a run says something about the change and nothing about luck;
# HYPOTHESIS_PROFILE=explore looks for new ones.
hypothesis.settings.register_profile("repeatable", derandomize=True)
hypothesis.settings.register_profile("explore", max_examples=2_000, deadline=None)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))


# Folders whose tests start servers or kill processes of their own, without asking for the one everybody shares.
_OWN_SERVERS = ("tests/crash/", "tests/graph/test_engine", "tests/cli/test_cli_up_stays.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs a Neo4j server: ``make check`` runs the rest."""
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        if "settings" in fixtures or item.nodeid.startswith(_OWN_SERVERS):
            item.add_marker(pytest.mark.server)


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Settings of a home whose server ends with the tests; the jars come from the cache every home shares."""
    found = Settings.load(
        home=tmp_path_factory.mktemp("memos") / "home",
        neo4j_uri=None,
        engine_heap_mb=512,
        engine_page_cache_mb=128,
        audit_delay_ms=20,
        api_port=0,
        host_threads=1,
        kv_reuse="always",  # what is faster depends on how busy the machine is; test_kv_rates.py is about that
    )
    yield found
    HostProcess(found).stop()
    Engine(found).stop(timeout=60)


@pytest.fixture(scope="session")
def memos(settings: Settings) -> Iterator[MemOS]:
    """An open MemOS on that server."""
    with MemOS.open(settings) as opened:
        # What is imported to load the model changes the filters of warnings, which belong to all threads: here no other runs yet.
        opened.services.embedder.encode_query("warm up")
        yield opened


@pytest.fixture(scope="module")
def _beginning() -> tuple[str, datetime]:
    return str(uuid7()), datetime.now(UTC)


@pytest.fixture(autouse=True)
def _in_step(request: pytest.FixtureRequest, _beginning: tuple[str, datetime]) -> Iterator[None]:
    """After each test everything that its module made must still be vouched for, unless the test ``tampers`` with the graph itself."""
    uses = "memos" in request.fixturenames
    memos = request.getfixturevalue("memos") if uses else None
    yield
    if memos is None:
        return
    if request.node.get_closest_marker("tampers"):
        revouch(memos)
    cube, moment = _beginning
    assert unvouched(memos, since=cube) == [], "a statement changes more than its header says it touches"
    assert ungoverned(memos, since=moment) == [], "a statement changes more than its header says it governs"


@pytest.fixture
def principal() -> str:
    """Somebody nobody has heard of."""
    return f"u{uuid4().hex[:12]}"


@pytest.fixture
def mount(memos: MemOS, principal: str) -> Callable[..., Memory]:
    """Mount a space, by default the principal's own ``<principal>/<name>``."""

    def mounted(name: str = "notes", *, owner: str = principal, as_: str = principal) -> Memory:
        return memos.mount(f"{owner}/{name}", principal=as_)

    return mounted


@pytest.fixture
def space(mount: Callable[..., Memory]) -> Memory:
    """An empty space with a principal of its own, mounted."""
    return mount()
