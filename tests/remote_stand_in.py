"""A stand-in for an OpenAI-compatible server and for vLLM, which can't run here."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class StandIn(BaseHTTPRequestHandler):
    """Streams an answer as such servers do, and keeps what it was sent."""

    seen: list[dict[str, Any]]
    adapters: list[str]
    broken = False

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.seen.append({"path": self.path, "key": self.headers.get("Authorization"), **body})
        if self.broken:
            self.send_error(500)
            return
        if self.path.endswith("_lora_adapter"):
            self._manage(str(body["lora_name"]))
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

    def _manage(self, name: str) -> None:
        """Load or unload, and say what vLLM says of an adapter it has already, or has not."""
        loads, has = self.path.endswith("/load_lora_adapter"), name in self.adapters
        if loads == has:
            said = "has already been loaded" if has else "cannot be found"
            self._say(400 if has else 404, f"The lora adapter '{name}' {said}.")
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
def stand_in() -> Iterator[tuple[str, type[StandIn]]]:
    """Serve on a free port; gives the address and what was sent there."""
    handler = type("Handler", (StandIn,), {"seen": [], "adapters": []})
    listening = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=listening.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{listening.server_port}/v1", handler
    listening.shutdown()
    thread.join()
    listening.server_close()
