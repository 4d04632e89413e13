"""Who sends a file and goes has nothing read for it any more."""

import asyncio
from typing import Any

from memos_graph import Memory, MemOS
from memos_graph.api import Metrics, create_app


def test_a_file_is_given_up_when_who_sent_it_is_gone(memos: MemOS, space: Memory, principal: str) -> None:
    app = create_app(memos, metrics=Metrics())
    _, key = memos._services.api_keys.create(principal, label="test")
    owner, _, name = space.space.partition("/")
    path = f"/v1/spaces/{owner}/{name}/documents"
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "scheme": "http",
        "query_string": b"source=open.html",
        "headers": [(b"authorization", f"Bearer {key}".encode()), (b"content-type", b"text/html")],
        "client": ("127.0.0.1", 1),
        "server": ("memos", 80),
    }
    sent: list[dict[str, Any]] = []
    body = b"<html>" + b"<" * 20_000_000  # takes longer than may be
    asked = 0

    async def receive() -> dict[str, Any]:
        nonlocal asked
        asked += 1
        if asked == 1:
            return {"type": "http.request", "body": body, "more_body": False}
        await asyncio.sleep(0.3)
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(dict(message))

    async def work() -> None:
        await asyncio.wait_for(app(scope, receive, send), 60)

    asyncio.run(work())
    assert sent[0]["status"] == 422
    assert b"nobody waits for it any more" in sent[1]["body"]
    assert space.page() == []
