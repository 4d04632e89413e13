"""What a method of the client does, told step by step, so that it is written once and done by whoever waits or awaits.

A method is a generator: it yields a step and is given what came of it; a failure is raised where the step stands. ``done`` and
``flow`` of a connection carry the steps out.
"""

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from memos_graph.client.calls import RestCall, call_of
from memos_graph.verbs.declaring import Verb

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True)
class Open:
    """Send a call, and leave its answer to be read piece by piece."""

    call: RestCall


@dataclass(frozen=True)
class More:
    """Give the next piece of the answer that is open, as bytes; ``None`` at its end."""


@dataclass(frozen=True)
class Pause:
    """Pause some seconds."""

    seconds: float


@dataclass(frozen=True)
class Give(Generic[T]):
    """Give something to whoever goes through a flow."""

    what: T


Plan = Generator[RestCall, Any, R]
"""Steps that end in one result."""
Flow = Generator[RestCall | Open | More | Pause | Give[T], Any, None]
"""Steps that give one thing after another."""


def ask(verb: Verb[Any, R], space: str = "", /, **given: Any) -> Plan[R]:
    """Do a verb, in a ``space`` where it is of one, with those arguments that are ``given``; returns its result."""
    found: R = yield call_of(verb, space, **given)
    return found


def send(call: RestCall, gives: type[R]) -> Plan[R]:
    """Do a call that was made by hand; ``gives`` is the type of its result."""
    found: R = yield call
    assert call.gives is gives
    return found
