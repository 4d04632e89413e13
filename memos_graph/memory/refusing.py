"""What a program is refused is in the log, too: each public method of what a mounted space offers records it by its own name."""

import inspect
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from functools import wraps
from typing import Any, TypeVar

from memos_graph.audit import named_elsewhere, record_refusal
from memos_graph.errors import AccessError

T = TypeVar("T")
C = TypeVar("C", bound=type[Any])
_within: ContextVar[bool] = ContextVar("within", default=False)  # an act that others are part of names them all


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
        if _within.get():
            return act(self, *args, **kwargs)
        token = _within.set(True)
        try:
            given = act(self, *args, **kwargs)
        except AccessError as error:
            record(self, act.__name__, error)
            raise
        finally:
            _within.reset(token)
        return _passed_on(self, act.__name__, given) if isinstance(given, Iterator) else given

    return acting


def _passed_on(self: Any, name: str, given: Iterator[T]) -> Iterator[T]:
    try:
        yield from given
    except AccessError as error:
        record(self, name, error)
        raise


def record(self: Any, name: str, error: AccessError) -> None:
    """Record that ``self`` was refused what it asked by ``name``, where the error that is raised says less."""
    services = getattr(self, "_services", None)
    runner, audit = (self._runner, self._audit) if services is None else (services.runner, services.audit)
    if named_elsewhere() or runner.joined:  # a unit that fails takes all it wrote with it; who ran it records it
        return
    principal = getattr(self, "principal", None) or self._principal
    record_refusal(runner, audit, error, principal=principal, asked=name)
