"""What a program is refused is in the log, too, what it takes is on the bill, and it is traced: each public method of what a mounted space offers by its own name."""

import inspect
from collections.abc import Callable, Generator, Iterator
from contextlib import nullcontext
from contextvars import ContextVar
from functools import wraps
from typing import Any, TypeVar

from memos_graph.audit import AuditLog, named_elsewhere, record_refusal
from memos_graph.errors import AccessError
from memos_graph.graph.runner import Runner
from memos_graph.kit.meter import Metered, current
from memos_graph.kit.traces import TraceSpan
from memos_graph.memory.tracing import begun, ended, named, within

T = TypeVar("T")
C = TypeVar("C", bound=type[Any])
_END = object()
_BILLED = {"chat_stream": "chat", "add_file": "add", "add_data": "add"}
"""Acts that are on the bill by the name of another, which does the same."""
_within: ContextVar[str] = ContextVar("within", default="")  # an act that others are part of names them all


def recording(of: C) -> C:
    """Have every public method of a class record what it is refused, unless who called it does (``named_elsewhere``).

    The class knows ``_services``, or ``_runner`` and ``_audit``; and for whom it works, ``principal`` or ``_principal``.
    """
    for name, member in list(vars(of).items()):
        if inspect.isfunction(member) and not name.startswith("_"):
            setattr(of, name, _recording(member))
    return of


def _recording(act: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(act)
    def acting(self: Any, *args: Any, **kwargs: Any) -> Any:
        outer, traces = _within.get(), _log_of(self)[0].traces
        span = begun(traces, self, act, outer, named(act, args, kwargs)) if traces.told else None
        if outer:
            with within(span):
                given = act(self, *args, **kwargs)
            ended(span, given)
            return given
        token = _within.set(act.__name__)
        metered = (
            None if current() else Metered(_BILLED.get(act.__name__, act.__name__))
        )  # what is part of another act is on that one's bill
        given = None
        try:
            with metered.going() if metered else nullcontext(), within(span):
                given = act(self, *args, **kwargs)
            if metered is not None and not metered.on:
                _name_its_space(self, metered)
        except AccessError as error:
            record(self, act.__name__, error)
            raise
        finally:
            _within.reset(token)
            if metered is not None and not isinstance(given, Iterator):
                _log_of(self)[1].bill.book(metered)
        if isinstance(given, Iterator):
            return _passed_on(self, act.__name__, given, metered, span)
        ended(span, given)
        return given

    return acting


def _passed_on(
    self: Any, name: str, given: Iterator[T], metered: Metered | None, span: TraceSpan | None
) -> Iterator[T]:
    try:
        while True:
            with metered.going() if metered else nullcontext(), within(span):
                piece = next(given, _END)
            if piece is _END:
                return
            yield piece  # type: ignore[misc]  # _END is none of them
    except AccessError as error:
        record(self, name, error)
        raise
    finally:
        if isinstance(given, Generator):
            given.close()
        ended(span, None)
        if metered is not None:
            _log_of(self)[1].bill.book(metered)


def _name_its_space(self: Any, metered: Metered) -> None:
    """Put an act that is not in the log on the bill of the space whose part it is of."""
    space = getattr(self, "space", None) or getattr(self, "_space", None)
    if isinstance(space, str):
        metered.on[space, getattr(self, "principal", None) or self._principal] = None


def _log_of(self: Any) -> tuple[Runner, AuditLog]:
    services = getattr(self, "_services", None)
    return (self._runner, self._audit) if services is None else (services.runner, services.audit)


def record(self: Any, name: str, error: AccessError) -> None:
    """Record that ``self`` was refused what it asked by ``name``, where the error that is raised says less."""
    runner, audit = _log_of(self)
    if named_elsewhere() or runner.joined:  # a unit that fails takes all it wrote with it; who ran it records it
        return
    principal = getattr(self, "principal", None) or self._principal
    record_refusal(runner, audit, error, principal=principal, asked=name)
