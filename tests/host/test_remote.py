"""A remote engine, by a stand-in for an OpenAI-compatible server: what it is sent, and what is made of its answers."""

from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
from support.remote_stand_in import StandIn, remote_model, stand_in

from memos_graph import Settings
from memos_graph.errors import ConfigurationError, ModelError
from memos_graph.host.engines import ENGINES
from memos_graph.host.protocol import Generate, Generated, TokenEvent, Turn


@pytest.fixture
def server() -> Iterator[tuple[str, type[StandIn]]]:
    with stand_in() as serving:
        yield serving


def request(space: str = "u/notes") -> Generate:
    memory = ("[2026-05-04] Dana: I moved to\nLisbon.",)
    return Generate(space=space, memory=memory, turns=(Turn(role="user", text="Where does Dana live?"),))


def test_it_is_sent_the_memories_as_data_and_its_answer_is_ours(server: tuple[str, type[StandIn]]) -> None:
    url, handler = server
    remote = remote_model(Settings.load(llm_url=url, llm_model="m", llm_key="secret"))
    *pieces, done = remote.generate(request())
    assert [piece.text for piece in pieces if isinstance(piece, TokenEvent)] == ["Lis", "bon"]
    assert isinstance(done, Generated)
    assert (done.text, done.prompt_tokens, done.cached_tokens, done.model) == ("Lisbon", 40, 32, "m")
    (sent,) = handler.seen
    assert (sent["path"], sent["key"], "cache_salt" in sent) == ("/v1/chat/completions", "Bearer secret", False)
    system, user = sent["messages"]
    assert system["content"].endswith("\n- [2026-05-04] Dana: I moved to Lisbon.")
    assert user == {"role": "user", "content": "Where does Dana live?"}
    remote.close()


def test_vllm_shares_cached_prefixes_in_a_space_only(server: tuple[str, type[StandIn]]) -> None:
    url, handler = server
    remote = remote_model(Settings.load(llm_url=url, llm_model="m", llm_engine="vllm"))
    for space in ("u/notes", "u/notes", "somebody/else"):
        list(remote.generate(request(space)))
    elsewhere = remote_model(Settings.load(llm_url=url, llm_model="m", llm_engine="vllm"))
    list(elsewhere.generate(request("u/notes")))
    one, same, other, foreign = (sent["cache_salt"] for sent in handler.seen)
    assert one == same != other
    assert foreign not in {one, other}, "who knows the name of a space can't tell its salt"
    assert "notes" not in one
    remote.close()
    elsewhere.close()


def test_sglang_is_told_of_adapters_at_its_root_and_asked_for_them_by_model_and_name(
    server: tuple[str, type[StandIn]], tmp_path: Path
) -> None:
    url, handler = server
    remote = remote_model(Settings.load(llm_url=url, llm_model="m", llm_engine="sglang"))
    assert remote.takes_adapters
    remote.load("0192-a", tmp_path / "0192-a")
    assert (handler.seen[-1]["path"], handler.seen[-1]["lora_path"]) == ("/load_lora_adapter", str(tmp_path / "0192-a"))
    list(remote.generate(request().model_copy(update={"adapter": "0192-a", "memory": ()})))
    assert handler.seen[-1]["path"] == "/v1/chat/completions"
    assert handler.seen[-1]["model"] == "m:0192-a"
    assert len(handler.seen[-1]["cache_salt"]) == 64
    remote.unload("0192-a")
    assert handler.adapters == []
    assert [sent["path"] for sent in handler.seen[-2:]] == ["/unload_lora_adapter", "/v1/models"]
    remote.close()


def test_every_engine_that_can_be_set_is_known_and_described() -> None:
    settable = get_args(Settings.model_fields["llm_engine"].annotation)
    assert set(settable) == set(ENGINES)
    described = (Path(__file__).parents[2] / "docs" / "engines.md").read_text()
    for name, abilities in ENGINES.items():
        (row,) = [line for line in described.splitlines() if line.startswith(f"| `{name}`")]
        assert ("loaded and unloaded while it runs" in row) == abilities.takes_adapters
        assert ("cache_salt" in row) == abilities.salted


def test_vllm_answers_with_an_adapter_it_was_told_to_load(server: tuple[str, type[StandIn]], tmp_path: Path) -> None:
    url, handler = server
    remote = remote_model(Settings.load(llm_url=url, llm_model="m", llm_engine="vllm"))
    for _ in range(2):
        remote.load("0192-a", tmp_path / "0192-a")
    assert handler.adapters == ["0192-a"]
    assert handler.seen[0]["lora_path"] == str(tmp_path / "0192-a")
    list(remote.generate(request().model_copy(update={"adapter": "0192-aaaa", "memory": ()})))
    assert handler.seen[-1]["model"] == "0192-aaaa"
    assert [message["role"] for message in handler.seen[-1]["messages"]] == ["user"]
    for _ in range(2):
        remote.unload("0192-a")
    assert handler.adapters == []
    handler.manages = False
    with pytest.raises(ModelError, match=r"did not load adapter 0192-a.*Not Found.*--enable-lora"):
        remote.load("0192-a", tmp_path)
    remote.close()


@pytest.mark.parametrize("words", [("is loaded", "cannot be found"), ("已经加载", "is not loaded in this engine")])
def test_what_vllm_holds_is_seen_whatever_its_words(
    server: tuple[str, type[StandIn]], tmp_path: Path, words: tuple[str, str]
) -> None:
    url, handler = server
    handler.words = words
    remote = remote_model(Settings.load(llm_url=url, llm_model="m", llm_engine="vllm"))
    for _ in range(2):
        remote.load("0192-a", tmp_path)
    for _ in range(2):
        remote.unload("0192-a")
    # Started anew without the calls that manage adapters, it holds none.
    handler.manages = False
    remote.unload("0192-a")
    # It holds one, and does not take it out.
    handler.adapters.append("0192-a")
    with pytest.raises(ModelError, match="did not give up adapter 0192-a"):
        remote.unload("0192-a")
    # It neither takes it out nor tells what it holds.
    handler.adapters.clear()
    handler.lists = False
    with pytest.raises(ModelError, match="did not give up adapter 0192-a"):
        remote.unload("0192-a")
    remote.close()


def test_a_failing_server_is_an_error(server: tuple[str, type[StandIn]]) -> None:
    url, handler = server
    handler.broken = True
    remote = remote_model(Settings.load(llm_url=url, llm_model="m", llm_retry=0))
    with pytest.raises(ModelError, match="500"):
        list(remote.generate(request()))
    remote.close()
    with pytest.raises(ConfigurationError, match="MEMOS_LLM_MODEL"):
        remote_model(Settings.load(llm_url=url))


def test_it_answers_chats_unless_a_model_of_our_own_is_asked_for() -> None:
    assert not Settings.load().chats_remotely
    assert Settings.load(llm_url="http://127.0.0.1:1/v1", llm_model="m").chats_remotely
    ours = Settings.load(llm_url="http://127.0.0.1:1/v1", llm_model="m", model="recall-tiny")
    assert not ours.chats_remotely
    assert ours.model_copy(update={"llm_engine": "vllm"}).chats_remotely, "which serves the adapters our host distils"
