"""Somebody who asks for many distillations at once, and what can't be distilled anew."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import psutil
import pytest
from uuid_utils import uuid4

from memos_graph import Memory, MemOS, Message
from memos_graph.errors import InputError, LimitError
from memos_graph.host.protocol import Recipe
from memos_graph.types import State

pytestmark = pytest.mark.timeout(900)
AT = datetime(2026, 5, 4, 9, tzinfo=UTC)
FEW_STEPS = Recipe(steps=8)


def _space(memos: MemOS, *said: tuple[str, str]) -> Memory:
    principal = f"u{uuid4().hex[:12]}"
    memory = memos.mount(f"{principal}/notes", principal=principal)
    memory.add([Message(id=f"m{i}", speaker=s, text=t, at=AT) for i, (s, t) in enumerate(said)], source="talk")
    return memory


@pytest.mark.alone
def test_many_at_once_run_one_after_the_other_and_the_rest_is_refused(memos: MemOS) -> None:
    memory = _space(memos, ("Dana", "I moved to Lisbon."))
    memos._services.host.health()
    running = memos._services.host.process.running()
    assert running is not None
    host = psutil.Process(running.pid)
    most, done = 0, threading.Event()

    def watch() -> None:
        nonlocal most
        while not done.wait(0.1):
            most = max(most, len(host.children()))

    watching = threading.Thread(target=watch)
    watching.start()

    def ask(_: int) -> str:
        try:
            memory.lora.distill(recipe=FEW_STEPS)
        except LimitError as error:
            return error.code
        return "done"

    with ThreadPoolExecutor(12) as pool:
        told = list(pool.map(ask, range(12)))
    done.set()
    watching.join()
    assert told.count("done") == 1 + memos._services.settings.distill_queue
    assert told.count("limit-reached") == 12 - told.count("done")
    assert most <= 2, "the one that runs, and at most the one that stands by"
    assert {each.state for each in memory.lora.list()} <= {State.ACTIVATED, State.ARCHIVED}
    assert memos._services.payloads.waiting(memory.space) == []


def test_what_can_not_be_taught_anew_fails_once_and_holds_up_nothing(memos: MemOS) -> None:
    memory = _space(memos, ("Dana", "I moved to Lisbon."), ("Ravi", "The ferry was painted green over the winter."))
    adapters = memos._services.host.process.home.adapters
    assert memory.lora.distill(recipe=Recipe(steps=60)).accepted
    said = next(cube.id for cube in memory.page(level="whole") if cube.text == "I moved to Lisbon.")
    memory.delete(said)
    before = {each.id for each in memory.lora.list()}
    with pytest.raises(InputError):
        memory.lora.redistill(recipe=FEW_STEPS)
    assert memory.lora.redistill(recipe=FEW_STEPS) == [], "it is told once"
    assert {each.id for each in memory.lora.list()} == before
    assert not [each for each in memory.lora.list() if each.state == State.GENERATED]
    assert not adapters.exists() or not [each for each in adapters.iterdir() if each.name in before]
