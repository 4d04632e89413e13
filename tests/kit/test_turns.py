"""A fair queue: bounded, round robin, and nothing is lost when somebody gives up."""

import asyncio
import time
from collections.abc import Coroutine
from typing import Any

import pytest

from memos_graph.kit.turns import Full, Turns


def _run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(work, 20))


def test_who_has_many_waiting_is_not_before_who_has_one() -> None:
    async def work() -> None:
        turns, order = Turns(at_once=1, each=1, waiting=40), []

        async def take(name: str) -> None:
            async with turns.ask(name):
                order.append(name)
                await asyncio.sleep(0)

        many = [asyncio.create_task(take("mallory")) for _ in range(40)]
        await asyncio.sleep(0)
        few = [asyncio.create_task(take(name)) for name in ("ann", "bob", "ann")]
        await asyncio.gather(*many, *few)
        assert [place for place, name in enumerate(order) if name == "ann"][-1] < 8
        assert order.count("mallory") == 40

    _run(work())


def test_no_more_at_once_than_may() -> None:
    async def work() -> None:
        turns, running, most = Turns(at_once=3, each=2, waiting=100), 0, {"all": 0, "a": 0}

        async def take(name: str) -> None:
            nonlocal running
            async with turns.ask(name):
                running += 1
                most["all"] = max(most["all"], running)
                if name == "a":
                    most["a"] = max(most["a"], turns.taken_by("a"))
                await asyncio.sleep(0.001)
                running -= 1

        await asyncio.gather(*(take(name) for name in "a" * 30 + "b" * 30))
        assert most == {"all": 3, "a": 2}
        assert turns.taken_by("a") == turns.taken_by("b") == 0

    _run(work())


def test_one_too_many_is_refused_and_others_are_not() -> None:
    async def work() -> None:
        turns = Turns(at_once=1, each=1, waiting=2)
        mine = [turns.ask("mallory") for _ in range(3)]
        with pytest.raises(Full):
            turns.ask("mallory")
        theirs = turns.ask("ann")
        assert [turn.has_come for turn in (*mine, theirs)] == [True, False, False, False]
        mine[1].leave()  # given up while it waits
        mine[0].leave()
        mine[0].leave()
        assert mine[2].has_come or theirs.has_come
        for turn in (*mine, theirs):
            turn.leave()
        assert (await turns.ask("mallory").comes(1)) is True

    _run(work())


def test_a_task_that_is_ended_while_it_waits_leaves_its_place() -> None:
    async def work() -> None:
        turns = Turns(at_once=1, each=1, waiting=5)
        first = turns.ask("ann")

        async def take() -> None:
            async with turns.ask("bob"):
                raise AssertionError

        waits = asyncio.create_task(take())
        await asyncio.sleep(0)
        waits.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waits
        first.leave()
        assert turns.ask("eve").has_come

    _run(work())


def test_who_waits_goes_on_waiting_while_those_before_it_end_and_no_longer() -> None:
    async def work() -> None:
        turns = Turns(at_once=1, each=1, waiting=9, within_s=0.3, longest_s=2.0)
        first = turns.ask("ann")

        async def take(takes_s: float) -> None:
            async with turns.ask("ann"):
                await asyncio.sleep(takes_s)

        # Six of 0.2 s one after the other: the last waits 1.2 s, but never 0.3 s without an end.
        many = [asyncio.create_task(take(0.2)) for _ in range(6)]
        await asyncio.sleep(0.1)
        first.leave()
        await asyncio.gather(*many)
        hangs = turns.ask("ann")
        began = time.monotonic()
        with pytest.raises(Full):
            await take(0)
        assert 0.25 < time.monotonic() - began < 1.5
        hangs.leave()
        assert turns.ask("ann").has_come

    _run(work())


def test_nobody_waits_longer_than_that_though_others_go_on() -> None:
    async def work() -> None:
        turns = Turns(at_once=1, each=1, waiting=9, within_s=1.0, longest_s=0.5)

        async def take() -> None:
            async with turns.ask("ann"):
                await asyncio.sleep(0.2)

        done = await asyncio.gather(*(take() for _ in range(5)), return_exceptions=True)
        assert [type(each) for each in done] == [type(None)] * 3 + [Full] * 2

    _run(work())


def test_who_waited_long_behind_what_hung_is_refused_and_who_just_came_is_not() -> None:
    async def work() -> None:
        turns = Turns(at_once=1, each=1, waiting=5, within_s=0.4)
        hanging, late = turns.ask("ann"), turns.ask("ann")
        waits = asyncio.create_task(late.comes_in_time())
        await asyncio.sleep(0.25)
        new = turns.ask("ann")
        hanging.hung()
        hanging.leave()
        assert (await waits, late.has_come, new.has_come) == (False, False, True)
        late.leave()
        new.leave()
        assert turns.taken_by("ann") == 0
        async with turns.ask("ann") as again:
            assert again.has_come

    _run(work())


def test_what_hung_is_no_sign_that_others_go_on() -> None:
    async def work() -> None:
        turns = Turns(at_once=2, each=2, waiting=5, within_s=0.4)
        stuck, hanging = turns.ask("ann"), turns.ask("ann")
        await asyncio.sleep(0.25)
        first, second = turns.ask("ann"), turns.ask("ann")
        hanging.hung()
        hanging.leave()
        assert first.has_come
        began = time.monotonic()
        assert not await second.comes_in_time()
        assert time.monotonic() - began < 0.6
        for turn in (stuck, first, second):
            turn.leave()

    _run(work())
