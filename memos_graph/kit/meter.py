"""What an act takes, counted where it is spent: seconds of this process, the database, the embedder and a model, and tokens."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, fields
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(slots=True)
class Spent:
    """What was spent; every number adds up.

    * ``cpu_s`` of the thread that did it; ``database_s`` and ``embedding_s`` as waited for; ``model_s`` as the model took, of
      which ``build_s`` to build payloads, and ``gpu_s`` on a GPU.
    * ``tokens_read`` that a model read; ``tokens_saved`` that a KV-cache spared it; ``tokens_written`` that it wrote;
      ``tokens_built`` that were read to build a payload.
    """

    cpu_s: float = 0.0
    database_s: float = 0.0
    embedding_s: float = 0.0
    model_s: float = 0.0
    build_s: float = 0.0
    gpu_s: float = 0.0
    tokens_read: int = 0
    tokens_saved: int = 0
    tokens_written: int = 0
    tokens_built: int = 0

    def add(self, other: "Spent", share: float = 1.0) -> None:
        """Add what was spent elsewhere, or a share of it; of tokens, whole ones."""
        for name in AMOUNTS:
            value = getattr(other, name) * share
            setattr(self, name, getattr(self, name) + (round(value) if name.startswith("tokens") else value))


AMOUNTS = tuple(each.name for each in fields(Spent))


@dataclass(slots=True)
class Metered:
    """One act under way.

    * ``on`` the spaces and principals that the log names it for; ``form`` and ``cube`` the form of memory that it used or made.
    """

    name: str
    spent: Spent = field(default_factory=Spent)
    on: dict[tuple[str, str], None] = field(default_factory=dict)
    form: str = ""
    cube: str = ""
    timing: str = ""
    since: float = 0.0

    def turn(self, name: str) -> str:
        """Count time as ``name`` from now on, as nothing where that is empty; returns what it was counted as until now."""
        before, moment = self.timing, time.perf_counter()
        if before:
            setattr(self.spent, before, getattr(self.spent, before) + moment - self.since)
        self.timing, self.since = name, moment
        return before

    @contextmanager
    def going(self) -> Iterator[None]:
        """Count what this thread spends meanwhile towards this act."""
        token = _act.set(self)
        started = time.thread_time()
        try:
            yield
        finally:
            self.spent.cpu_s += time.thread_time() - started
            _act.reset(token)


_act: ContextVar[Metered | None] = ContextVar("metered", default=None)
_adding = threading.Lock()


def current() -> Metered | None:
    """Return the act that is under way here, if one is."""
    return _act.get()


def named(space: str, principal: str) -> None:
    """Note whose act in which space it is, as the log has it."""
    if (act := _act.get()) is not None:
        act.on[space, principal] = None


def used(form: str, cube: str | None) -> None:
    """Note in which form memory served, or what was made, and the cube of the payload, where there is one."""
    if (act := _act.get()) is not None:
        act.form, act.cube = str(form), cube or ""


def model(seconds: float, device: str, *, read: int = 0, saved: int = 0, written: int = 0, built: int = 0) -> None:
    """Count what a model took."""
    if (act := _act.get()) is not None:
        on_gpu = 0.0 if device in {"", "cpu"} else seconds
        act.spent.add(
            Spent(
                model_s=seconds,
                build_s=seconds if built else 0.0,
                gpu_s=on_gpu,
                tokens_read=read,
                tokens_saved=saved,
                tokens_written=written,
                tokens_built=built,
            )
        )


def carried(work: Callable[P, T]) -> Callable[P, T]:
    """Return ``work`` for another thread, where it counts towards the act that is under way here."""
    act = _act.get()
    if act is None:
        return work

    def counted(*args: P.args, **kwargs: P.kwargs) -> T:
        part = Metered(act.name)
        try:
            with part.going():
                return work(*args, **kwargs)
        finally:
            with _adding:
                act.spent.add(part.spent)

    return counted


@contextmanager
def timed(name: str) -> Iterator[None]:
    """Count the seconds of what is inside as ``name``; what is timed within it as something else counts as that alone."""
    act = _act.get()
    if act is None:
        yield
        return
    outer = act.turn(name)
    try:
        yield
    finally:
        act.turn(outer)
