"""The process that waits for a host's first distillation: used once, never missed when it is gone, never left behind."""

import os
import signal
import stat
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from support.lora_support import LINES, save_small
from support.processes import wait_until

from memos_graph import Settings
from memos_graph.errors import ModelError
from memos_graph.host.client import HostClient
from memos_graph.host.protocol import Distill, Distilled, Event, ProgressEvent, Recipe
from memos_graph.host.supervisor import HostProcess
from memos_graph.kit.crypto.keyring import Keyring
from memos_graph.vault.payloads import payload_keys

pytestmark = pytest.mark.teaches

STEPS = 25
FIRST, SECOND = "00000000-a", "00000000-b"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_small(tmp_path_factory.mktemp("small"))


@pytest.fixture
def client(model: Path, tmp_path: Path) -> Iterator[HostClient]:
    settings = Settings.load(home=tmp_path / "home", model=str(model), host_device="cpu", host_threads=1)
    with HostClient(settings, payload_keys(Keyring(settings.keys_folder))) as made:
        yield made
    HostProcess(settings).stop()


def _host(client: HostClient) -> psutil.Process:
    return psutil.Process(client.health().pid)


def _distil(client: HostClient, name: str) -> Iterator[Event]:
    return client.distill(Distill(id=name, lines=LINES, recipe=Recipe(steps=STEPS, rank=4, learning_rate=0.01)))


def _rest(events: Iterator[Event]) -> Distilled:
    *progress, done = events
    assert all(isinstance(each, ProgressEvent) for each in progress)
    assert isinstance(done, Distilled)
    return done


def test_it_does_the_first_distillation_and_another_process_the_next(client: HostClient) -> None:
    host = _host(client)
    (waiting,) = host.children()
    assert waiting.nice() < 10
    events = _distil(client, FIRST)
    next(events)
    assert host.children() == [waiting]
    assert waiting.nice() >= 10
    assert _rest(events).evaluation.facts == len(LINES)
    assert not waiting.is_running()
    log = client.process.home.adapters / FIRST / "distill.log"
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    events = _distil(client, SECOND)
    next(events)
    (started,) = host.children()
    assert started != waiting
    assert _rest(events).evaluation.facts == len(LINES)


def test_killed_it_is_an_error_that_says_so_and_the_distillation_goes_on_in_another(client: HostClient) -> None:
    (waiting,) = _host(client).children()
    events = _distil(client, FIRST)
    next(each for each in events if isinstance(each, ProgressEvent) and each.step == 21)
    waiting.kill()
    with pytest.raises(ModelError, match="status -9 before it was done"):
        list(events)
    events = _distil(client, FIRST)
    first = next(events)
    assert isinstance(first, ProgressEvent)
    assert first.step == 20, "it did not go on from the checkpoint"
    _rest(events)


def test_killed_while_it_waits_it_is_not_missed(client: HostClient) -> None:
    (waiting,) = _host(client).children()
    waiting.kill()
    wait_until(lambda: waiting.status() == psutil.STATUS_ZOMBIE)
    assert _rest(_distil(client, FIRST)).evaluation.facts == len(LINES)


def test_it_ends_with_its_host(client: HostClient) -> None:
    host = _host(client)
    (waiting,) = host.children()
    os.kill(host.pid, signal.SIGKILL)
    wait_until(lambda: not waiting.is_running())
