"""The model host as a process: started on demand, found by others, killed, hung, replaced, idle. Real processes throughout."""

import os
import signal
import socket
import stat
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path

import httpx
import psutil
import pytest
from support.processes import freeze, wait_until

from memos_graph import Settings
from memos_graph.errors import ConfigurationError, HostUnavailableError, InputError, ModelError
from memos_graph.host.client import HostClient
from memos_graph.host.keys import PayloadKeys
from memos_graph.host.protocol import (
    BuildCache,
    Distill,
    DropCaches,
    Generate,
    Generated,
    QueuedEvent,
    Recipe,
    TokenEvent,
    Turn,
)
from memos_graph.host.supervisor import HostProcess
from memos_graph.kit.crypto.keyring import Keyring
from memos_graph.kit.processes import called
from memos_graph.vault.payloads import payload_keys

MEMORY = ("[2026-05-04] Dana: I moved to Lisbon.", "Maya works at Harbour Labs.", "Tom plays the cello.")


def _settings(home: Path, model_folder: Callable[[str], Path]) -> Settings:
    """Settings of a host with a small random model, which hardly ever ends an answer by itself."""
    return Settings.load(
        home=home, model=str(model_folder("qwen3")), host_threads=1, host_idle=120.0, kv_reuse="always"
    )


def keys_of(settings: Settings) -> PayloadKeys:
    return payload_keys(Keyring(settings.keys_folder))


@pytest.fixture
def settings(tmp_path: Path, model_folder: Callable[[str], Path]) -> Iterator[Settings]:
    """Settings of a home of its own, whose host ends with the test."""
    found = _settings(tmp_path / "home", model_folder)
    yield found
    HostProcess(found).stop()


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory, model_folder: Callable[[str], Path]) -> Iterator[HostClient]:
    """A client of one host for the tests that leave it as it was."""
    found = _settings(tmp_path_factory.mktemp("host") / "home", model_folder)
    with HostClient(found, keys_of(found)) as made:
        yield made
    HostProcess(found).stop()


def ask(
    text: str, *, memory: tuple[str, ...] = MEMORY, space: str = "u/notes", tokens: int = 8, cached: bool = True
) -> Generate:
    turns = (Turn(role="user", text=text),)
    return Generate(space=space, memory=memory, turns=turns, max_new_tokens=tokens, use_cache=cached)


def answer(client: HostClient, request: Generate) -> Generated:
    *pieces, done = list(client.generate(request))
    assert isinstance(done, Generated)
    assert "".join(piece.text for piece in pieces if isinstance(piece, TokenEvent)).strip() == done.text
    return done


def test_it_starts_on_demand_answers_and_ends_when_told(settings: Settings) -> None:
    process = HostProcess(settings)
    assert process.running() is None
    assert process.health() is None
    with HostClient(settings, keys_of(settings)) as client:
        done = answer(client, ask("Where does Dana live?"))
        assert done.model == settings.model
        health = client.health()
    assert (health.chats, health.device) == (1, "cpu")
    assert health.memory_bytes > 50 << 20
    with HostClient(settings, keys_of(settings)) as other:
        assert other.health().pid == health.pid
    assert process.stop()
    assert process.running() is None
    assert not process.stop()


def test_started_ahead_it_is_there_for_the_first_call_which_is_told_what_failed(settings: Settings) -> None:
    process = HostProcess(settings)
    with HostClient(settings, keys_of(settings)) as client:
        client.start_ahead()
        wait_until(lambda: process.running() is not None, seconds=60)
        record = process.running()
        assert record is not None
        assert client.health().pid == record.pid
    missing = settings.model_copy(update={"model": "/no/such/model"})
    with HostClient(missing, keys_of(missing)) as client:
        client.start_ahead()
        with pytest.raises(ModelError, match="/no/such/model"):
            client.health()


def test_what_a_host_serves_is_asked_once_of_each_host(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    health = HostClient.health
    monkeypatch.setattr(HostClient, "health", lambda self: asked.append(1) or health(self))
    with HostClient(settings, keys_of(settings)) as client:
        first = client.serving()
        assert client.serving() is first
        assert (len(asked), first.pid) == (1, client.process.ensure().pid)
        os.kill(first.pid, signal.SIGKILL)
        wait_until(lambda: client.process.running() is None)
        second = client.serving()
        assert (len(asked), second.fingerprint) == (2, first.fingerprint)
        assert second.pid != first.pid


def test_its_token_is_private_and_is_asked_for(client: HostClient) -> None:
    record, home = client.process.ensure(), client.process.home
    assert stat.S_IMODE(home.record.stat().st_mode) == 0o600
    assert stat.S_IMODE(home.root.stat().st_mode) == 0o700
    assert not home.order.exists()
    assert record.token not in home.log.read_text()
    secret = keys_of(client.process.settings).wrapping.hex()
    assert secret not in home.record.read_text() + home.log.read_text()
    assert not any(secret in each for each in psutil.Process(record.pid).cmdline())
    for headers in ({}, {"Authorization": "Bearer wrong"}):
        for method, path in (("GET", "/health"), ("POST", "/generate"), ("POST", "/caches/drop")):
            reply = httpx.request(method, record.url + path, headers=headers, json={"keys": []})
            assert reply.status_code == 401
            assert reply.json()["code"] == "unauthenticated"


@pytest.mark.parametrize("moment", [0.0, 0.3, 1.5])
def test_a_host_killed_before_it_is_up_leaves_no_key(settings: Settings, moment: float) -> None:
    keys, process = keys_of(settings), HostProcess(settings, keys_of(settings))
    process.home.create()
    process.home.order.write_text("what a release before this one left")
    failed: list[BaseException] = []

    def start() -> None:
        try:
            process.ensure()
        except HostUnavailableError as error:
            failed.append(error)

    thread = threading.Thread(target=start)
    thread.start()
    wait_until(lambda: called("memos_graph.host", str(process.home.root)) is not None)
    time.sleep(moment)
    found = called("memos_graph.host", str(process.home.root))
    assert found is not None
    os.kill(found.pid, signal.SIGKILL)
    thread.join()
    assert "ended with status -9" in str(failed[0])
    files = [path for path in settings.home.rglob("*") if path.is_file()]
    secret = keys.wrapping
    assert not [path for path in files if secret in (said := path.read_bytes()) or secret.hex().encode() in said]
    assert not process.home.order.exists()


def test_a_kept_cache_is_used_and_outlives_the_process(settings: Settings) -> None:
    with HostClient(settings, keys_of(settings)) as client:
        built = client.build_cache(BuildCache(space="u/notes", memory=MEMORY))
        assert built.tokens > 10
        assert built.reused_tokens == 0
        plain = answer(client, ask("Where does Maya work?", cached=False))
        cached = answer(client, ask("Where does Maya work?"))
        foreign = answer(client, ask("Where does Maya work?", space="somebody/else"))
        assert (plain.cached_tokens, cached.cached_tokens, foreign.cached_tokens) == (0, built.tokens, 0)
        assert plain.text == cached.text == foreign.text
        os.kill(client.health().pid, signal.SIGKILL)
        wait_until(lambda: client.process.running() is None)
        again = answer(client, ask("Where does Maya work?"))
        assert (again.cached_tokens, again.text) == (built.tokens, plain.text)
        folder = client.process.home.caches
        assert all((folder / name).exists() for name in built.files)
        assert client.drop_caches(DropCaches(keys=(built.key, "no such key"))).count == 1
        assert answer(client, ask("Where does Maya work?")).cached_tokens == 0
        assert not any((folder / name).exists() for name in built.files)


def test_one_cache_asked_for_by_many_at_once_is_built_once(client: HostClient) -> None:
    client.health()
    found = []
    threads = [
        threading.Thread(
            target=lambda: found.append(client.build_cache(BuildCache(space="u/notes", memory=MEMORY * 9)))
        )
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({each.key for each in found}) == 1
    assert sorted(each.reused_tokens for each in found) == [0] + [found[0].tokens] * 3
    assert client.health().caches == 1


def test_a_host_killed_while_it_answers_is_an_error_and_the_next_one_answers(settings: Settings) -> None:
    with HostClient(settings, keys_of(settings)) as client:
        pid = client.health().pid
        events = client.generate(ask("Where does Dana live?", tokens=3000))
        next(events)
        os.kill(pid, signal.SIGKILL)
        with pytest.raises(HostUnavailableError, match="ended"):
            list(events)
        assert answer(client, ask("Where does Dana live?")).new_tokens == 8
        assert client.health().pid != pid


def test_a_host_that_falls_silent_while_it_answers_is_an_error_in_bounded_time(settings: Settings) -> None:
    with HostClient(settings.model_copy(update={"host_timeout": 2.0}), keys_of(settings)) as client:
        pid = client.health().pid
        events = client.generate(ask("Where does Dana live?", tokens=3000))
        next(events)
        freeze(pid)
        started = time.monotonic()
        with pytest.raises(HostUnavailableError, match="said nothing for 2 s"):
            list(events)
        assert time.monotonic() - started < 20
        os.kill(pid, signal.SIGCONT)
        assert answer(client, ask("Where does Dana live?")).new_tokens == 8


def test_who_is_gone_before_a_distillation_begins_keeps_no_turn(settings: Settings) -> None:
    """Frozen meanwhile, the host reads at once what was asked and that nobody listens any more."""
    asked = Distill(id="00000000-a", lines=("Dana lives in Lisbon.",), recipe=Recipe(steps=2, rank=2), principal="ada")
    with HostClient(settings, keys_of(settings)) as client:
        pid, record = client.health().pid, client.process.running()
        assert record is not None
        body = asked.model_dump_json().encode()
        head = f"POST /adapters HTTP/1.1\r\nHost: host\r\nAuthorization: Bearer {record.token}\r\n"
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        for _ in range(3):
            freeze(pid)
            with socket.create_connection(("127.0.0.1", record.port)) as connection:
                connection.sendall(head.encode() + body)
            os.kill(pid, signal.SIGCONT)
            client.health()
        wait_until(lambda: not psutil.Process(pid).children())  # nobody is taught any more
        with closing(client.distill(asked)) as events, suppress(InputError, ModelError):
            assert not isinstance(next(events), QueuedEvent)


def test_a_host_that_hangs_is_replaced(settings: Settings) -> None:
    impatient = settings.model_copy(update={"host_timeout": 2.0})
    with HostClient(impatient, keys_of(impatient)) as client:
        pid = client.health().pid
        freeze(pid)
        try:
            started = time.monotonic()
            # Its health is asked first; it is silent, so it is replaced by one that answers.
            assert answer(client, ask("Where does Dana live?")).new_tokens == 8
            assert time.monotonic() - started < 90
            assert client.health().pid != pid
        finally:
            HostProcess(settings).stop()


def test_a_model_that_does_not_exist_is_named(settings: Settings) -> None:
    wrong = settings.model_copy(update={"model": "no/such-model"})
    with HostClient(wrong, keys_of(wrong)) as client, pytest.raises(ModelError, match="no/such-model"):
        client.health()
    assert HostProcess(wrong).running() is None


def test_another_model_replaces_the_host(settings: Settings) -> None:
    first = HostProcess(settings, keys_of(settings)).ensure()
    other = HostProcess(settings.model_copy(update={"host_threads": 2}), keys_of(settings)).ensure()
    assert other.pid != first.pid
    assert first.process() is None


def test_it_ends_by_itself_when_nobody_asks(settings: Settings) -> None:
    process = HostProcess(settings.model_copy(update={"host_idle": 1.0}), keys_of(settings))
    process.ensure()
    wait_until(lambda: process.running() is None)


def test_bad_requests_are_refused_and_the_host_lives_on(client: HostClient) -> None:
    pid = client.health().pid
    with pytest.raises(InputError, match="tokens"):
        list(client.generate(ask("Where?", memory=tuple(f"Line {i} of very many." for i in range(5000)))))
    with pytest.raises(InputError):
        client.build_cache(BuildCache.model_construct(space="u/n", memory=(), adapter=None))
    record = client.process.ensure()
    reply = httpx.post(
        f"{record.url}/adapters/..%2F..%2Fetc/load",
        params={"sha256": "0" * 64},
        headers={"Authorization": f"Bearer {record.token}"},
    )
    assert reply.status_code in {400, 404}
    assert client.health().pid == pid


def test_one_with_other_payload_keys_is_replaced(settings: Settings, tmp_path: Path) -> None:
    first = HostProcess(settings, keys_of(settings)).ensure()
    others = keys_of(settings.model_copy(update={"keys": tmp_path / "other keys"}))
    second = HostProcess(settings, others).ensure()
    assert second.pid != first.pid
    assert first.process() is None
    with pytest.raises(ConfigurationError, match="without the keys"):
        HostProcess(settings.model_copy(update={"home": tmp_path / "another"})).ensure()
