"""One managed server for the whole run, on a home of its own; each test gets a principal and a space of its own."""

import math
import os
from collections.abc import Callable, Generator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import hypothesis
import pytest
from filelock import FileLock
from support.faces import FACES, Faces, Loop
from support.raw_graph import leave_engines, revouch, ungoverned, unvouched
from support.servers import start_for_minutes
from support.serving import served
from support.turns import Turns, worker
from uuid_utils import uuid4, uuid7

from memos_graph import Memory, MemOS, Settings
from memos_graph.api import create_app
from memos_graph.graph.engine import Engine
from memos_graph.host.supervisor import HostProcess
from memos_graph.kit import clock as clocks

# The same examples every time, so that a run says something about the change and nothing about luck;
# HYPOTHESIS_PROFILE=explore looks for new ones.
hypothesis.settings.register_profile("repeatable", derandomize=True)
hypothesis.settings.register_profile("explore", max_examples=2_000, deadline=None)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))

_TURNS = pytest.StashKey[Turns]()

# Tests that start servers or kill processes of their own, without asking for the one everybody shares.
_OWN_SERVERS = (
    "tests/crash/",
    "tests/graph/test_doctor",
    "tests/graph/test_engine",
    "tests/graph/test_hanging",
    "tests/graph/test_strangers",
    "tests/lifecycle/test_older_copy",
    "tests/cli/test_cli_up_stays",
)


# Begun first, so that none of them is left for one process to end with while the others have nothing to do.
_LONGEST = (
    "tests/crash/test_kills",
    "tests/lifecycle/test_deletion",
    "tests/lifecycle/test_older_copy",
    "tests/api/test_api_adversarial",
    "tests/graph/test_disk_full",
    "tests/cli/test_demo",
    "tests/vault/test_unavailable",
    "tests/api/test_api_schemathesis",
    "tests/governance/test_leakage",
    "tests/graph/test_strangers",
    "tests/forms/test_lora",
    "tests/integrity/test_integrity",
    "tests/audit/test_endings",
    "tests/lifecycle/test_rollbacks",
    "tests/forms/test_quoting",
    "tests/lifecycle/test_erasure_places",
    "tests/governance/test_rights",
    "tests/test_linear",
    "tests/formats/test_format_limits",
)


def _whole_run(config: pytest.Config) -> Path:
    """Return the folder of this run, which all of its processes share."""
    mine: Path = config._tmp_path_factory.getbasetemp()  # type: ignore[attr-defined]
    return mine.parent if worker() else mine


def _shared(folder: Path) -> Settings:
    """Settings of the home that every test process of a run uses; the jars come from the cache every home shares."""
    return Settings.load(
        home=folder / "memos" / "home",
        neo4j_uri=None,
        engine_heap_mb=768,
        engine_page_cache_mb=128,
        audit_delay_ms=20,
        api_port=0,
        host_threads=1,
        kv_reuse="always",  # what is faster depends on how busy the machine is; test_kv_rates.py is about that
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs a Neo4j server, as ``make check`` runs the rest; begin with what takes longest."""
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        if "settings" in fixtures or item.nodeid.startswith(_OWN_SERVERS):
            item.add_marker(pytest.mark.server)
    place = {name: at for at, name in enumerate(_LONGEST)}
    items.sort(key=lambda item: place.get(item.nodeid.partition(".py")[0], len(place)))


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    start_for_minutes()
    config.stash[_TURNS] = Turns(_whole_run(config))


def pytest_unconfigure(config: pytest.Config) -> None:
    """End what the test processes shared; whoever started them does, since any of them may be the first to end."""
    if not worker():
        _end(_shared(_whole_run(config)))


def _end(found: Settings) -> None:
    HostProcess(found).stop()
    Engine(found).stop(timeout=60)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Run what uses the store everybody shares in its turn, setting up and tearing down included."""
    if "settings" not in getattr(item, "fixturenames", ()) or item.get_closest_marker("apart"):
        return (yield)
    with item.config.stash[_TURNS].taken(alone=any(map(item.get_closest_marker, ("alone", "tampers")))):
        return (yield)


@pytest.fixture(scope="session")
def settings(request: pytest.FixtureRequest) -> Settings:
    """Settings of a home whose server ends with the tests."""
    return _shared(_whole_run(request.config))


@pytest.fixture(scope="session")
def memos(request: pytest.FixtureRequest, settings: Settings) -> Iterator[MemOS]:
    """An open MemOS on that server."""
    folder = _whole_run(request.config)
    with request.config.stash[_TURNS].taken(alone=False), FileLock(folder / "opening.lock"):  # one makes the store
        opened = MemOS.open(settings)
    with opened:
        # What is imported to load the model changes the filters of warnings, which belong to all threads: here no other runs yet.
        opened._services.embedder.encode_query("warm up")
        yield opened


@pytest.fixture(scope="module")
def _beginning() -> tuple[str, datetime]:
    return str(uuid7()), datetime.now(UTC)


@pytest.fixture(autouse=True)
def _in_step(request: pytest.FixtureRequest, _beginning: tuple[str, datetime]) -> Iterator[None]:
    """After each test everything that its module made must still be vouched for, unless the test ``tampers`` with the graph itself."""
    uses = "memos" in request.fixturenames and not request.node.get_closest_marker("apart")
    memos = request.getfixturevalue("memos") if uses else None
    yield
    if memos is None:
        return
    if request.node.get_closest_marker("tampers"):
        revouch(memos)
    cube, moment = _beginning
    told = "a statement changes more than its header says it"
    turns = request.config.stash[_TURNS]
    assert _at_last(turns, lambda: unvouched(memos, since=cube)) == [], f"{told} touches"
    assert _at_last(turns, lambda: ungoverned(memos, since=moment)) == [], f"{told} governs"


def _at_last(turns: Turns, look: Callable[[], list[str]]) -> list[str]:
    """Return what is amiss, beside other test processes once none of them has anything half set up by hand."""
    if (found := look()) and worker():
        with turns.stepping_aside():
            found = look()
    return found


@pytest.fixture
def pass_time(memos: MemOS, monkeypatch: pytest.MonkeyPatch) -> Callable[[timedelta], None]:
    """Let this process's clock, which tells the database's time, go on at once: in place of a sleep."""

    def passed(by: timedelta) -> None:
        clock = clocks._used[0]
        reading = clock._reading
        assert reading is not None
        monkeypatch.setattr(clock, "_reading", reading._replace(moment=reading.moment + by))
        monkeypatch.setattr(clock, "_due", math.inf)  # asked again, it would tell the time that it is

    return passed


@pytest.fixture
def principal(request: pytest.FixtureRequest) -> Iterator[str]:
    """Somebody nobody has heard of, of whom nothing waits for an engine that ends with the test."""
    name = f"u{uuid4().hex[:12]}"
    memos = request.getfixturevalue("memos") if "memos" in request.fixturenames else None
    yield name
    if memos is not None:
        leave_engines(memos, name)


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


@pytest.fixture(scope="session")
def service(memos: MemOS) -> Iterator[str]:
    """The REST API on that server, by a real port: its address."""
    with served(create_app(memos)) as url:
        yield url


@pytest.fixture(scope="session")
def loop() -> Iterator[Loop]:
    """An event loop, for clients that are awaited."""
    running = Loop()
    yield running
    running.close()


@pytest.fixture
def faces(memos: MemOS, service: str, loop: Loop) -> Iterator[Faces]:
    """Clients of the REST API."""
    made = Faces(memos, service, loop)
    yield made
    made.close()


@pytest.fixture(params=FACES[:2])
def mount_by_face(request: pytest.FixtureRequest, faces: Faces, principal: str) -> Callable[..., Memory]:
    """As ``mount``, by each face in turn: a module that overrides ``mount`` with this one runs on all."""
    return faces.mounts(request.param, principal)
