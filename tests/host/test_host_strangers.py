"""Another program takes the host's port, or a proxy stands in the environment: neither is told the token or a memory."""

import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
from support.processes import freeze, wait_until
from support.stranger import stranger

from memos_graph import Settings
from memos_graph.errors import HostUnavailableError, RemoteBusyError
from memos_graph.host.client import HostClient
from memos_graph.host.completions import CompletionServer
from memos_graph.host.protocol import BuildCache, Generate, Generated, Turn
from memos_graph.host.supervisor import HostProcess, ask_health
from memos_graph.host.wire import CHALLENGE, NONCE_BYTES, ProvenTransport, proof
from memos_graph.kit.crypto.keyring import Keyring
from memos_graph.vault.payloads import payload_keys

MEMORY = ("Dana moved to Lisbon in May.",)
ASKED = Generate(space="u/notes", memory=MEMORY, turns=(Turn(role="user", text="Where does Dana live?"),))


@pytest.fixture
def settings(tmp_path: Path, model_folder: Callable[[str], Path]) -> Iterator[Settings]:
    found = Settings.load(home=tmp_path / "home", model=str(model_folder("qwen3")), host_threads=1, timeout_s=6.0)
    yield found
    HostProcess(found).stop()


@pytest.fixture
def client(settings: Settings) -> Iterator[HostClient]:
    with HostClient(settings, payload_keys(Keyring(settings.keys_folder))) as made:
        yield made


def told_nothing(said: bytes, *secrets: str) -> bool:
    return not any(word.encode() in said for word in (*secrets, "Bearer", "Dana", "Lisbon"))


@pytest.mark.parametrize("kind", ["http", "bolt"])
def test_who_takes_the_port_of_a_dead_host_is_told_nothing(client: HostClient, tmp_path: Path, kind: str) -> None:
    record = client.process.ensure()
    client.health()
    os.kill(record.pid, signal.SIGKILL)
    wait_until(lambda: client.process.running() is None)
    with stranger(record.port, tmp_path / "told", kind) as found:
        wait_until(found.listens)
        with pytest.raises(HostUnavailableError):
            ask_health(record)
        transport = ProvenTransport(5.0)
        transport.expect(record.port, record.token)
        with httpx.Client(transport=transport) as unaware, pytest.raises(httpx.TransportError):
            unaware.post(f"{record.url}/generate", headers={"Authorization": f"Bearer {record.token}"}, json=MEMORY)
        with httpx.Client(transport=ProvenTransport(5.0)) as unaware, pytest.raises(httpx.TransportError):
            unaware.post(f"{record.url}/generate", headers={"Authorization": f"Bearer {record.token}"}, json=MEMORY)
        # A host is started elsewhere; one that passes challenges on to it speaks for another port.
        assert isinstance(list(client.generate(ASKED))[-1], Generated)
        assert client.process.ensure().port != record.port
        assert found.told.count(CHALLENGE.encode()) == 3
        assert told_nothing(found.told, record.token)


def test_a_proof_is_of_one_host_one_port_and_one_number(client: HostClient) -> None:
    record, nonce = client.process.ensure(), os.urandom(NONCE_BYTES)
    asked = httpx.get(f"{record.url}{CHALLENGE}", params={"nonce": nonce.hex()}, trust_env=False)
    assert asked.text == proof(record.token, record.port, nonce)
    assert len({asked.text, proof(record.token, record.port + 1, nonce), proof("other", record.port, nonce)}) == 3
    for bad in ("", "00", "zz" * NONCE_BYTES, nonce.hex() * 2):
        assert httpx.get(f"{record.url}{CHALLENGE}", params={"nonce": bad}, trust_env=False).status_code == 400
    assert record.token not in asked.text + str(asked.headers)


def test_a_proxy_of_the_environment_is_told_nothing(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        for each in (name, name.lower()):
            monkeypatch.setenv(each, f"http://127.0.0.1:{port}")
    with stranger(port, tmp_path / "told", "http") as proxy:
        wait_until(proxy.listens)
        with HostClient(settings, payload_keys(Keyring(settings.keys_folder))) as client:
            assert isinstance(list(client.generate(ASKED))[-1], Generated)
            assert client.process.health() is not None
        assert httpx.get("http://127.0.0.1:9/", timeout=5).status_code == 200  # who trusts the environment goes there
        assert b"127.0.0.1:9" in proxy.told
        assert told_nothing(proxy.told)
        assert CHALLENGE.encode() not in proxy.told


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "LOCALHOST.", "127.1", "127.8.8.8", "0.0.0.0", "[::1]", "[::ffff:127.0.0.1]"]
)
def test_a_remote_model_on_this_machine_is_asked_past_the_proxy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    with socket.socket() as free, socket.socket() as other:
        free.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.1", 0))
        port, there = free.getsockname()[1], other.getsockname()[1]
    monkeypatch.setenv("ALL_PROXY", f"http://127.0.0.1:{port}")
    with stranger(port, tmp_path / "told", "http") as proxy, stranger(there, tmp_path / "model", "http") as model:
        wait_until(lambda: proxy.listens() and model.listens())
        for address, reached in ((f"http://{host}:{there}/v1", False), ("http://model.example/v1", True)):
            server = CompletionServer(Settings.load(llm_url=address, llm_model="m", llm_key="the key", llm_retry=0))
            with suppress(RemoteBusyError):  # there may be no IPv6 here
                server.asked("GET", "models", seconds=5)
            server.close()
            assert (b"the key" in proxy.told) is reached


@pytest.mark.parametrize("call", ["fit", "stream"])
def test_a_host_that_hangs_is_an_error_in_the_declared_time(client: HostClient, call: str) -> None:
    pid = client.health().pid
    events = client.generate(ASKED.model_copy(update={"max_new_tokens": 3000}))
    next(events)
    freeze(pid)
    started = time.monotonic()
    waiting = {
        "stream": lambda: list(events),
        "fit": lambda: client.build_cache(BuildCache(space="u/n", memory=MEMORY)),
    }
    with pytest.raises(HostUnavailableError, match="hangs"):
        waiting[call]()
    assert time.monotonic() - started < client.process.settings.timeout_s
    os.kill(pid, signal.SIGCONT)
