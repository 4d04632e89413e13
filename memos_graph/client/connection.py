"""The two connections: one for those who wait, one for those who await. Both do the same steps."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from itertools import count
from typing import Any, TypeVar

import httpx

from memos_graph.client.address import Address, again_after
from memos_graph.client.answers import problem, result
from memos_graph.client.calls import RestCall
from memos_graph.client.steps import Flow, Give, More, Open, Pause, Plan
from memos_graph.errors import MemosError

T = TypeVar("T")
R = TypeVar("R")


class Connection:
    """Connections to one service that are kept open between calls. Threads may share it; close it."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._client = httpx.Client(**address.options)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} to {self._address}>"

    def done(self, plan: Plan[R]) -> R:
        """Carry out a plan; returns its result."""
        try:
            call = next(plan)
            while True:
                try:
                    answer = self._answer(call)
                except MemosError as error:
                    call = plan.throw(error)
                else:
                    call = plan.send(answer)
        except StopIteration as end:
            found: R = end.value
            return found

    def flow(self, steps: Flow[T]) -> Iterator[T]:
        """Carry out a flow; yields what it gives."""
        answer: Any = None
        opened: httpx.Response | None = None
        pieces: Iterator[bytes] = iter(())
        try:
            while (step := _next(steps, answer)) is not None:
                answer = None
                match step:
                    case Give(what):
                        yield what
                    case Open(call):
                        opened = self._sent(call)
                        pieces = self._pieces(call, opened)
                    case More():
                        answer = next(pieces, None)
                    case Pause(seconds):
                        time.sleep(seconds)
                    case RestCall():
                        answer = self._answer(step)
        finally:
            steps.close()
            if opened is not None:
                opened.close()

    def close(self) -> None:
        """Close what is open."""
        self._client.close()

    def _answer(self, call: RestCall) -> Any:
        response = self._sent(call)
        try:
            return result(call, b"".join(self._pieces(call, response)))
        finally:
            response.close()

    def _pieces(self, call: RestCall, response: httpx.Response) -> Iterator[bytes]:
        try:
            yield from response.iter_bytes()
        except httpx.HTTPError as error:
            raise self._address.unreachable(call, error) from error

    def _sent(self, call: RestCall) -> httpx.Response:
        """Send a call, again where that helps; returns the response of a success, which is still to be read."""
        for tried in count(1):
            try:
                response = self._client.send(self._address.request(self._client, call), stream=True)
            except httpx.HTTPError as error:
                raise self._address.unreachable(call, error) from error
            if response.is_success:
                return response
            try:
                content = b"".join(self._pieces(call, response))
            finally:
                response.close()
            after = again_after(call, response.status_code, response.headers, tried)
            if after is None:
                raise problem(response.status_code, response.headers, content)
            time.sleep(after)
        raise AssertionError


class AsyncConnection:
    """The same for those who await: connections of one event loop."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._client = httpx.AsyncClient(**address.options)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} to {self._address}>"

    async def done(self, plan: Plan[R]) -> R:
        """Carry out a plan; returns its result."""
        try:
            call = next(plan)
            while True:
                try:
                    answer = await self._answer(call)
                except MemosError as error:
                    call = plan.throw(error)
                else:
                    call = plan.send(answer)
        except StopIteration as end:
            found: R = end.value
            return found

    async def flow(self, steps: Flow[T]) -> AsyncIterator[T]:
        """Carry out a flow; yields what it gives."""
        answer: Any = None
        opened: httpx.Response | None = None
        pieces: AsyncIterator[bytes] | None = None
        try:
            while (step := _next(steps, answer)) is not None:
                answer = None
                match step:
                    case Give(what):
                        yield what
                    case Open(call):
                        opened = await self._sent(call)
                        pieces = self._pieces(call, opened)
                    case More():
                        answer = None if pieces is None else await anext(pieces, None)
                    case Pause(seconds):
                        await asyncio.sleep(seconds)
                    case RestCall():
                        answer = await self._answer(step)
        finally:
            steps.close()
            if opened is not None:
                await opened.aclose()

    async def close(self) -> None:
        """Close what is open."""
        await self._client.aclose()

    async def _answer(self, call: RestCall) -> Any:
        response = await self._sent(call)
        try:
            return result(call, b"".join([piece async for piece in self._pieces(call, response)]))
        finally:
            await response.aclose()

    async def _pieces(self, call: RestCall, response: httpx.Response) -> AsyncIterator[bytes]:
        try:
            async for piece in response.aiter_bytes():
                yield piece
        except httpx.HTTPError as error:
            raise self._address.unreachable(call, error) from error

    async def _sent(self, call: RestCall) -> httpx.Response:
        for tried in count(1):
            try:
                response = await self._client.send(self._address.request(self._client, call), stream=True)
            except httpx.HTTPError as error:
                raise self._address.unreachable(call, error) from error
            if response.is_success:
                return response
            try:
                content = b"".join([piece async for piece in self._pieces(call, response)])
            finally:
                await response.aclose()
            after = again_after(call, response.status_code, response.headers, tried)
            if after is None:
                raise problem(response.status_code, response.headers, content)
            await asyncio.sleep(after)
        raise AssertionError


def _next(steps: Flow[T], answer: Any) -> RestCall | Open | More | Pause | Give[T] | None:
    try:
        return steps.send(answer)
    except StopIteration:
        return None
