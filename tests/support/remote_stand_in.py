"""A stand-in for an OpenAI-compatible server and for vLLM, which can't run here: a real server that says what it is told to."""

import json
import socket
import struct
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from memos_graph import Settings
from memos_graph.host.remote import RemoteModel
from memos_graph.kit.crypto.keyring import Keyring


def remote_model(settings: Settings) -> RemoteModel:
    """A model at another server, with the keys of an installation of its own."""
    with tempfile.TemporaryDirectory() as folder:
        keyring = Keyring(Path(folder))
        keyring.derived("read while it is there")
    return RemoteModel(settings, keyring)


@dataclass(frozen=True)
class Reply:
    """What is answered to one request for a completion. ``cut``: the connection is dropped in place of an end."""

    body: bytes = b""
    status: int = 200
    kind: str = "text/event-stream"
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False


def sse(*chunks: object, done: bool = True) -> bytes:
    """Return chunks as a stream has them."""
    text = "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks)
    return (text + ("data: [DONE]\n\n" if done else "")).encode()


def piece(text: str | None, finish: str | None = None, **more: object) -> dict[str, object]:
    """Return a chunk with a piece of the answer."""
    return {"choices": [{"index": 0, "delta": {"content": text, **more}, "finish_reason": finish}]}


def whole(text: str) -> dict[str, object]:
    """Return an answer that is no stream."""
    return {"choices": [{"message": {"role": "assistant", "content": text}, "finish_reason": "stop"}]}


USAGE = {
    "choices": [],
    "usage": {"prompt_tokens": 40, "completion_tokens": 2, "prompt_tokens_details": {"cached_tokens": 32}},
}
LISBON = Reply(
    sse({"choices": [{"delta": {"role": "assistant", "content": ""}}]}, piece("Lis"), piece("bon", "stop"), USAGE)
)


class StandIn(BaseHTTPRequestHandler):
    """Streams answers as such servers do, and keeps what it was sent.

    * ``script`` the next replies; then ``LISBON``. * ``adapters`` those it holds. * ``manages`` whether it knows the calls that
      load and unload them. * ``words`` what it says of an adapter it has already, or has not. * ``lists`` whether it tells what it holds.
    """

    seen: list[dict[str, Any]]
    adapters: list[str]
    script: list[Reply]
    broken = False
    manages = True
    lists = True
    words = ("has already been loaded", "cannot be found")

    def do_GET(self) -> None:
        self.seen.append({"path": self.path})
        if self.broken or not self.lists:
            self.send_error(500 if self.broken else 404)
            return
        listed = [{"id": name, "object": "model"} for name in ("m", *self.adapters)]
        self._say(200, json.dumps({"object": "list", "data": listed}))

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.seen.append({"path": self.path, "key": self.headers.get("Authorization"), **body})
        if self.broken:
            self.send_error(500)
            return
        if self.path.endswith("_lora_adapter"):
            self._manage(str(body["lora_name"]))
            return
        self._reply(self.script.pop(0) if self.script else LISBON)

    def _reply(self, reply: Reply) -> None:
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.kind)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(reply.body)
        if reply.cut:
            self.wfile.flush()
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()

    def _manage(self, name: str) -> None:
        """Load or unload, as vLLM does where it was started so."""
        if not self.manages:
            self._say(404, '{"detail":"Not Found"}')
            return
        loads, has = self.path.endswith("/load_lora_adapter"), name in self.adapters
        if loads == has:
            self._say(400 if has else 404, f"The lora adapter '{name}' {self.words[0 if has else 1]}.")
            return
        (self.adapters.append if loads else self.adapters.remove)(name)
        self._say(200, "Success")

    def _say(self, status: int, text: str) -> None:
        self.send_response(status)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def stand_in(script: Sequence[Reply] = (), port: int = 0) -> Iterator[tuple[str, type[StandIn]]]:
    """Serve on a free port, or on ``port``; gives the address and what was sent there."""
    handler = type("Handler", (StandIn,), {"seen": [], "adapters": [], "script": list(script)})
    listening = ThreadingHTTPServer(("127.0.0.1", port), handler)
    thread = threading.Thread(target=listening.serve_forever, args=(0.02,))
    thread.start()
    yield f"http://127.0.0.1:{listening.server_port}/v1", handler
    listening.shutdown()
    thread.join()
    listening.server_close()
