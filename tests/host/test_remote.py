"""A remote engine, by a stand-in for an OpenAI-compatible server: what it is sent, and what is made of its answers."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from memos_graph import Settings
from memos_graph.errors import ConfigurationError, ModelError
from memos_graph.host.protocol import Generate, Generated, TokenEvent, Turn
from memos_graph.host.remote import RemoteModel


class StandIn(BaseHTTPRequestHandler):
    """Streams an answer as such servers do, and keeps what it was sent."""

    seen: list[dict[str, Any]]
    broken = False

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.seen.append({"path": self.path, "key": self.headers.get("Authorization"), **body})
        if self.broken:
            self.send_error(500)
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        for chunk in (
            {"choices": [{"delta": {"role": "assistant", "content": ""}}]},
            {"choices": [{"delta": {"content": "Lis"}}]},
            {"choices": [{"delta": {"content": "bon"}, "finish_reason": "stop"}]},
            {
                "choices": [],
                "usage": {"prompt_tokens": 40, "completion_tokens": 2, "prompt_tokens_details": {"cached_tokens": 32}},
            },
        ):
            self.wfile.write(f"data: {json.dumps(chunk)}\n\n".encode())
        self.wfile.write(b"data: [DONE]\n\n")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[tuple[str, type[StandIn]]]:
    handler = type("Handler", (StandIn,), {"seen": []})
    listening = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=listening.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{listening.server_port}/v1", handler
    listening.shutdown()
    thread.join()
    listening.server_close()


def request(space: str = "u/notes") -> Generate:
    memory = ("[2026-05-04] Dana: I moved to\nLisbon.",)
    return Generate(space=space, memory=memory, turns=(Turn(role="user", text="Where does Dana live?"),))


def test_it_is_sent_the_memories_as_data_and_its_answer_is_ours(server: tuple[str, type[StandIn]]) -> None:
    url, handler = server
    remote = RemoteModel(Settings.load(llm_url=url, llm_model="m", llm_key="secret"))
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
    remote = RemoteModel(Settings.load(llm_url=url, llm_model="m", llm_engine="vllm"))
    for space in ("u/notes", "u/notes", "somebody/else"):
        list(remote.generate(request(space)))
    one, same, other = (sent["cache_salt"] for sent in handler.seen)
    assert one == same != other
    assert "notes" not in one
    remote.close()


def test_a_failing_server_is_an_error(server: tuple[str, type[StandIn]]) -> None:
    url, handler = server
    handler.broken = True
    remote = RemoteModel(Settings.load(llm_url=url, llm_model="m"))
    with pytest.raises(ModelError, match="500"):
        list(remote.generate(request()))
    remote.close()
    with pytest.raises(ConfigurationError, match="MEMOS_LLM_MODEL"):
        RemoteModel(Settings.load(llm_url=url))


def test_it_answers_chats_unless_a_model_of_our_own_is_asked_for() -> None:
    assert not Settings.load().chats_remotely
    assert Settings.load(llm_url="http://127.0.0.1:1/v1", llm_model="m").chats_remotely
    assert not Settings.load(llm_url="http://127.0.0.1:1/v1", llm_model="m", model="recall-tiny").chats_remotely
