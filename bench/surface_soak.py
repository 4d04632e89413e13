"""Many clients at once, over REST and MCP, of two principals that may not read each other: errors, foreign words, and what the service keeps."""

import time
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from statistics import quantiles
from typing import Any

import anyio
import httpx
import httpx2
import psutil
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from bench.service import key_of

_SECRETS = {"ann": "zanzibar", "ben": "quixotic"}
_THINGS = ("kiln", "ferry", "cello", "garden", "harbour", "lease", "recipe", "train")
_ADDS_EVERY = 10
_WARM_S = 5.0
Act = Callable[[str, str], Awaitable[tuple[bool, str]]]


class Tally:
    """What was answered."""

    def __init__(self) -> None:
        self.taken: dict[str, list[float]] = {}
        self.errors: Counter[str] = Counter()
        self.foreign = 0

    def note(self, kind: str, principal: str, taken: float, done: bool, told: str) -> None:
        """Count an answer."""
        if not done:
            self.errors[f"{kind}: {told[:200]}"] += 1
        self.taken.setdefault(kind, []).append(taken * 1000)
        self.foreign += any(word in told for name, word in _SECRETS.items() if name != principal)


async def _rest(client: httpx.AsyncClient, space: str, act: str, text: str) -> tuple[bool, str]:
    if act == "add":
        answer = await client.post(
            f"/v1/spaces/{space}/messages", json={"messages": [{"text": text}], "source": "soak"}
        )
    else:
        answer = await client.post("/v1/search", json={"question": text, "spaces": [space]})
    return answer.is_success, answer.text


async def _mcp(client: Client, space: str, act: str, text: str) -> tuple[bool, str]:
    tool, name = ("add_memory", "text") if act == "add" else ("search_memories", "query")
    answer = await client.call_tool(tool, {name: text, "space": space})
    return not answer.is_error, str(answer.content)


class Soak:
    """So many clients of one service, each of one of two principals, every other one over MCP."""

    def __init__(self, address: str, keys: dict[str, str]) -> None:
        self._address = address
        self._keys = keys
        self.tally = Tally()

    async def all_of(self, clients: int, seconds: float) -> None:
        """Let them work for so long."""
        until = time.monotonic() + seconds
        async with anyio.create_task_group() as group:
            for number in range(clients):
                group.start_soon(self._seen_through, number, until)

    async def _seen_through(self, number: int, until: float) -> None:
        try:
            await self._one(number, until)
        except Exception as error:  # noqa: BLE001 - a client that can't even connect is counted
            cause: BaseException = error
            while isinstance(cause, BaseExceptionGroup):
                cause = cause.exceptions[0]
            self.tally.errors[f"client {number}: {cause}"] += 1

    async def _one(self, number: int, until: float) -> None:
        principal = sorted(_SECRETS)[number // 2 % 2]
        headers, space = {"Authorization": f"Bearer {self._keys[principal]}"}, f"{principal}/notes"
        if number % 2:
            async with (
                httpx2.AsyncClient(headers=headers, timeout=60) as http,
                Client(streamable_http_client(f"{self._address}/mcp", http_client=http)) as agent,
            ):
                await self._work(number, lambda act, text: _mcp(agent, space, act, text), principal, until)
        else:
            async with httpx.AsyncClient(base_url=self._address, headers=headers, timeout=60) as client:
                await self._work(number, lambda act, text: _rest(client, space, act, text), principal, until)

    async def _work(self, number: int, act: Act, principal: str, until: float) -> None:
        count = number
        while time.monotonic() < until:
            count += 1
            kind = "add" if count % _ADDS_EVERY == 0 else "search"
            thing = _THINGS[count % len(_THINGS)]
            text = (
                f"Client {number} saw the {thing} at step {count}."
                if kind == "add"
                else f"What is the {thing} of client {number} called at step {count}?"
            )
            began = time.perf_counter()
            try:
                done, told = await act(kind, text)
            except Exception as error:  # noqa: BLE001 - whatever a client is told is counted
                done, told = False, f"{type(error).__name__} {error}"
            name = f"{kind} over {'MCP' if number % 2 else 'REST'}"
            self.tally.note(name, principal, time.perf_counter() - began, done, told)


async def soak(folder: Path, address: str, clients: int, seconds: float) -> dict[str, Any]:
    """Let so many clients work for so long, after a while that is not counted; returns what came of it."""
    keys = {name: key_of(folder, name) for name in _SECRETS}
    for name in _SECRETS:
        await _fill(address, keys[name], name)
    port = int(address.rpartition(":")[2])
    process = next(each for each in psutil.Process().children(recursive=True) if _listens(each, port))
    many = Soak(address, keys)
    await many.all_of(clients, _WARM_S)
    before, while_warming = _kept(process), many.tally
    many.tally = tally = Tally()
    began = time.monotonic()
    await many.all_of(clients, seconds)
    lasted = time.monotonic() - began
    await anyio.sleep(2)
    return {
        "clients": clients,
        "seconds": round(lasted, 1),
        "answers": sum(map(len, tally.taken.values())),
        "errors": dict(tally.errors),
        "errors_while_warming": dict(while_warming.errors),
        "foreign_words": tally.foreign + while_warming.foreign,
        "times_ms": {kind: _times(taken) for kind, taken in sorted(tally.taken.items())},
        "kept_before": before,
        "kept_after": _kept(process),
    }


async def _fill(address: str, key: str, name: str) -> None:
    """Add what only one of them may be told."""
    said = [
        {"text": f"The {thing} of {name} is called {_SECRETS[name]} number {n}."} for n, thing in enumerate(_THINGS)
    ]
    headers = {"Authorization": f"Bearer {key}"}
    async with httpx.AsyncClient(base_url=address, headers=headers, timeout=60) as client:
        (await client.put(f"/v1/spaces/{name}/notes")).raise_for_status()
        added = await client.post(f"/v1/spaces/{name}/notes/messages", json={"messages": said, "source": "talk"})
        added.raise_for_status()


def _listens(process: psutil.Process, port: int) -> bool:
    return any(each.laddr and each.laddr.port == port and each.status == "LISTEN" for each in process.net_connections())


def _kept(process: psutil.Process) -> dict[str, int]:
    return {
        "rss_mb": process.memory_info().rss >> 20,
        "threads": process.num_threads(),
        "open_files": process.num_fds(),
    }


def _times(taken: list[float]) -> dict[str, float]:
    cuts = quantiles(taken, n=20) if len(taken) > 1 else taken * 19
    return {"count": len(taken), "p50": round(cuts[9], 1), "p95": round(cuts[18], 1), "most": round(max(taken), 1)}
