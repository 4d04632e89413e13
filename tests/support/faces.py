"""A space by each of its faces: in process, over REST, and over REST awaited. Tests that mount by one run on all."""

import asyncio
import inspect
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from typing import Any

from memos_graph import MemOS

FACES = ("in process", "over REST", "awaited")


class Loop:
    """An event loop that runs beside the tests."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def wait(self, coroutine: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(timeout=120)

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


class Awaited:
    """Something of an asynchronous client, with each of its methods awaited: so the same tests can use it."""

    def __init__(self, part: Any, loop: Loop) -> None:
        self._part = part
        self._awaits = loop

    def __getattr__(self, name: str) -> Any:
        return self._whole(getattr(self._part, name))

    def _whole(self, found: Any) -> Any:
        if inspect.iscoroutine(found):
            return self._whole(self._awaits.wait(found))
        if inspect.isasyncgen(found):
            return self._each(found)
        if type(found).__module__.startswith("memos_graph.client."):
            return Awaited(found, self._awaits)
        if callable(found) and not isinstance(found, type):
            return lambda *args, **kwargs: self._whole(found(*args, **kwargs))
        return found

    def _each(self, found: AsyncIterator[Any]) -> Iterator[Any]:
        end = object()

        async def following() -> Any:
            return await anext(found, end)

        while (each := self._awaits.wait(following())) is not end:
            yield each


class Faces:
    """Makes clients of principals, and closes them."""

    def __init__(self, memos: MemOS, url: str, loop: Loop) -> None:
        self._memos = memos
        self._url = url
        self._loop = loop
        self._opened = ExitStack()
        self._clients: dict[str, Any] = {}

    def client(self, principal: str, *, awaited: bool = False, **more: Any) -> Any:
        """Return a client with a key of ``principal``."""
        _, key = self._memos.installation.keys.create(principal, label="test")
        if not awaited:
            return self._opened.enter_context(MemOS.connect(self._url, key, **more))
        client = MemOS.connect_async(self._url, key, **more)
        self._opened.callback(lambda: self._loop.wait(client.close()))
        return Awaited(client, self._loop)

    def mounts(self, face: str, principal: str) -> Callable[..., Any]:
        """Return how a space is mounted by a face; as the fixture ``mount`` does."""

        def mounted(name: str = "notes", *, owner: str = principal, as_: str = principal) -> Any:
            space = f"{owner}/{name}"
            if face == FACES[0]:
                return self._memos.mount(space, principal=as_)
            if as_ not in self._clients:
                self._clients[as_] = self.client(as_, awaited=face == FACES[2])
            return self._clients[as_].mount(space)

        return mounted

    def close(self) -> None:
        self._opened.close()
