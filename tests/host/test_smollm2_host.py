"""SmolLM2 in a host process: it streams, its caches outlive a kill, and adapters go in and out by hand, each for itself."""

import os
import signal
from collections.abc import Callable, Iterator

import pytest
from support.lora_support import save_adapter
from support.processes import wait_until
from support.smollm import MEMORY, QUESTIONS, require_smollm2

from memos_graph import Settings
from memos_graph.errors import HostUnavailableError
from memos_graph.host.client import HostClient
from memos_graph.host.engine import ModelEngine
from memos_graph.host.keys import PayloadKeys
from memos_graph.host.protocol import BuildCache, Generate, Generated, TokenEvent, Turn
from memos_graph.host.record import HostHome
from memos_graph.host.smollm2 import SMOLLM2
from memos_graph.host.supervisor import HostProcess
from memos_graph.kit.crypto.keyring import Keyring
from memos_graph.vault.payloads import payload_keys

require_smollm2()

A, B = "00000000-a", "00000000-b"


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    home = tmp_path_factory.mktemp("smollm2") / "home"
    found = Settings.load(home=home, model=SMOLLM2, host_threads=1, host_idle=120.0, kv_reuse="always")
    yield found
    HostProcess(found).stop()


@pytest.fixture(scope="module")
def keys(settings: Settings) -> PayloadKeys:
    return payload_keys(Keyring(settings.keys_folder))


@pytest.fixture(scope="module")
def client(settings: Settings, keys: PayloadKeys) -> Iterator[HostClient]:
    with HostClient(settings, keys) as made:
        yield made


def ask(question: str, *, cached: bool = True, adapter: str | None = None, tokens: int = 16) -> Generate:
    turns = (Turn(role="user", text=question),)
    return Generate(
        space="u/notes", memory=MEMORY, turns=turns, max_new_tokens=tokens, use_cache=cached, adapter=adapter
    )


def answer(client: HostClient, request: Generate) -> tuple[Generated, list[str]]:
    *pieces, done = list(client.generate(request))
    assert isinstance(done, Generated)
    told = [piece.text for piece in pieces if isinstance(piece, TokenEvent)]
    assert "".join(told).strip() == done.text
    return done, told


def test_it_streams_and_a_kept_cache_outlives_a_host_that_is_killed(client: HostClient):
    health = client.health()
    assert (health.model, health.context_length, health.parameters) == (SMOLLM2, 8192, 134_515_008)
    plain, told = answer(client, ask(QUESTIONS[0], cached=False))
    assert len(told) > 3
    built = client.build_cache(BuildCache(space="u/notes", memory=MEMORY))
    cached, _ = answer(client, ask(QUESTIONS[0]))
    assert (plain.cached_tokens, cached.cached_tokens) == (0, built.tokens)
    assert cached.text == plain.text

    events = client.generate(ask(QUESTIONS[0], tokens=2000))
    next(events)
    os.kill(health.pid, signal.SIGKILL)
    with pytest.raises(HostUnavailableError, match="ended"):
        list(events)
    wait_until(lambda: client.process.running() is None)
    again, _ = answer(client, ask(QUESTIONS[0]))
    assert (again.cached_tokens, again.text) == (built.tokens, plain.text)
    assert client.read_cache(built.key).lines == MEMORY


def test_adapters_go_in_and_out_by_hand_and_each_answers_for_itself(
    client: HostClient, settings: Settings, keys: PayloadKeys, loaded: Callable[[str], ModelEngine]
):
    folder = HostHome.of(settings).adapters
    sums = {
        name: save_adapter(loaded(SMOLLM2), folder / name, seed=seed, key=keys.make(name))
        for seed, name in enumerate((A, B))
    }
    base, _ = answer(client, ask(QUESTIONS[0]))
    for name, sha256 in sums.items():
        assert client.load(name, sha256).loaded
    said = {name: answer(client, ask(QUESTIONS[0], adapter=name))[0] for name in sums}
    assert len({base.text, *(each.text for each in said.values())}) == 3
    assert {each.cached_tokens for each in said.values()} == {0}  # the model's own cache is not theirs
    assert {each.id for each in client.health().adapters} == {A, B}
    for name in sums:
        assert client.unload(name).count == 1
    assert client.health().adapters == ()
    after, _ = answer(client, ask(QUESTIONS[0]))
    assert (after.text, after.cached_tokens) == (base.text, base.cached_tokens)
