"""Connections to our servers: nothing waits to be acknowledged, and no proxy of the environment is between."""

import socket
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from memos_graph import MemOS, Settings
from memos_graph.cli import server as cli_server
from memos_graph.errors import ConfigurationError
from memos_graph.host.listening import listen_on


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_what_is_accepted_sends_at_once(address: str):
    with listen_on(address, 0) as listener:
        assert listener.proto == socket.IPPROTO_TCP, "by which asyncio knows"
        listener.listen()
        with socket.create_connection(listener.getsockname()[:2]), listener.accept()[0] as accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_the_rest_api_listens_so(settings: Settings):
    with cli_server._listening(settings.model_copy(update={"api_port": 0})) as listener:
        assert listener.proto == socket.IPPROTO_TCP
        taken = settings.model_copy(update={"api_port": listener.getsockname()[1]})
        listener.listen()
        with pytest.raises(ConfigurationError, match="in use"):
            cli_server._listening(taken)


class Proxy(BaseHTTPRequestHandler):
    """Notes what is sent through it."""

    seen: list[str]

    def do_GET(self) -> None:
        self.seen.append(self.path)
        self.send_error(502)

    def do_POST(self) -> None:
        self.do_GET()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def proxy(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    handler = type("Handler", (Proxy,), {"seen": []})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as listening:
        thread = Thread(target=listening.serve_forever, args=(0.02,))
        thread.start()
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{listening.server_port}")
        for name in ("NO_PROXY", "no_proxy"):
            monkeypatch.delenv(name, raising=False)
        yield handler.seen
        listening.shutdown()
        thread.join()


def test_the_hosts_token_goes_through_no_proxy(memos: MemOS, settings: Settings, proxy: list[str]):
    with MemOS.open(settings) as opened:
        assert opened._services.host.health().model == "recall-tiny"
        assert opened._services.host.process.health() is not None
    assert proxy == []
