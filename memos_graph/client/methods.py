"""Methods of the client, typed as those in process: each waits on a ``Connection``, and is awaited on an ``AsyncConnection``.

``over`` makes one of a method in process and of the verb that does the same over REST: its signature and its docstring are that method's, its
path, its arguments and its result the verb's.
"""

import inspect
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping
from functools import cached_property, wraps
from typing import Any, Concatenate, Generic, ParamSpec, Self, TypeVar, cast, overload

from memos_graph.client.connection import AsyncConnection, Connection
from memos_graph.client.steps import Flow, Plan, ask
from memos_graph.search.selection import Selection
from memos_graph.verbs.declaring import On, Verb

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")
V = TypeVar("V")
C = TypeVar("C", bound=Connection | AsyncConnection)
Hook = Callable[[dict[str, Any]], dict[str, Any]]


class RemotePart(Generic[C]):
    """Something that can be done over one connection; ``space`` in which, where it is in one."""

    def __init__(self, connection: C, space: str = "") -> None:
        self._connection = connection
        self.space = space

    def __repr__(self) -> str:
        return f"<{type(self).__name__}{' of ' + self.space if self.space else ''}: {self._connection!r}>"


class Method(Generic[P, R]):
    """A method that ends in one result."""

    def __init__(self, steps: Callable[Concatenate[Any, P], Plan[R]], like: Callable[..., Any] | None = None) -> None:
        self._steps = steps
        self._like = like or steps
        self.__doc__ = inspect.getdoc(self._like)

    def __set_name__(self, owner: type, name: str) -> None:
        self.__name__ = name

    @cached_property
    def __signature__(self) -> inspect.Signature:
        return _without_self(self._like)

    @overload
    def __get__(self, part: None, owner: Any) -> Self: ...
    @overload
    def __get__(self, part: RemotePart[Connection], owner: Any) -> Callable[P, R]: ...
    @overload
    def __get__(self, part: RemotePart[AsyncConnection], owner: Any) -> Callable[P, Coroutine[Any, Any, R]]: ...
    def __get__(self, part: RemotePart[Any] | None, owner: Any) -> Any:
        """Return the method of one part."""
        return self if part is None else self._bound(part, part._connection.done)  # noqa: SLF001

    def _bound(self, part: RemotePart[Any], carry_out: Callable[[Any], Any]) -> Callable[..., Any]:
        @wraps(self._like)
        def asked(*args: Any, **kwargs: Any) -> Any:
            return carry_out(self._steps(part, *args, **kwargs))

        asked.__name__ = self.__name__
        asked.__signature__ = self.__signature__  # type: ignore[attr-defined]
        return asked


class Stream(Method[P, Any], Generic[P, T]):
    """A method that gives one thing after another."""

    def __init__(self, steps: Callable[Concatenate[Any, P], Flow[T]], like: Callable[..., Any] | None = None) -> None:
        super().__init__(cast(Any, steps), like)

    @overload  # type: ignore[override]
    def __get__(self, part: None, owner: Any) -> Self: ...
    @overload
    def __get__(self, part: RemotePart[Connection], owner: Any) -> Callable[P, Iterator[T]]: ...
    @overload
    def __get__(self, part: RemotePart[AsyncConnection], owner: Any) -> Callable[P, AsyncIterator[T]]: ...
    def __get__(self, part: RemotePart[Any] | None, owner: Any) -> Any:
        """Return the method of one part."""
        return self if part is None else self._bound(part, part._connection.flow)  # noqa: SLF001


def by_hand(steps: Callable[Concatenate[Any, P], Plan[R]]) -> Method[P, R]:
    """Make a method of steps that are written by hand."""
    return Method(steps)


def flowing(steps: Callable[Concatenate[Any, P], Flow[T]]) -> Stream[P, T]:
    """Make a method that gives one thing after another, of steps that are written by hand."""
    return Stream(steps)


@overload
def over(
    like: Callable[Concatenate[Any, P], R],
    verb: Verb[Any, R],
    *,
    named: Mapping[str, str] = ...,
    given: Hook | None = ...,
) -> Method[P, R]: ...
@overload
def over(
    like: Callable[Concatenate[Any, P], R],
    verb: Verb[Any, V],
    give: Callable[[V], R],
    *,
    named: Mapping[str, str] = ...,
    given: Hook | None = ...,
) -> Method[P, R]: ...
def over(
    like: Callable[..., Any],
    verb: Verb[Any, Any],
    give: Callable[[Any], Any] | None = None,
    *,
    named: Mapping[str, str] | None = None,
    given: Hook | None = None,
) -> Method[..., Any]:
    """Make the method that does over REST what ``like`` does in process.

    * ``verb`` that does it. ``give`` makes its result what ``like`` returns.
    * ``named`` what the verb calls arguments that it names otherwise. ``given`` makes the verb's arguments of those of ``like``.
    """
    signature, called, fields = inspect.signature(like), named or {}, verb.takes.model_fields

    def steps(part: RemotePart[Any], *args: Any, **kwargs: Any) -> Plan[Any]:
        bound = signature.bind(None, *args, **kwargs)
        bound.apply_defaults()
        _, *values = bound.arguments.items()
        arguments = {called.get(name, name): value for name, value in values}
        arguments = _selected(given(arguments) if given else arguments)
        needed = verb.rest.needs if verb.rest else ()
        told = {
            name: value
            for name, value in arguments.items()
            if name in needed or name not in fields or fields[name].is_required() or value != fields[name].default
        }
        found = yield from ask(verb, part.space if verb.on is On.SPACE else "", **told)
        return give(found) if give else found

    return Method(steps, like)


def nothing(_found: object) -> None:
    """Return nothing of what came of a call."""


def _selected(arguments: dict[str, Any]) -> dict[str, Any]:
    """Return arguments with a selection taken apart, as every verb takes it."""
    selection = arguments.pop("selection", None)
    return arguments | (selection or Selection()).model_dump(exclude_defaults=True)


def _without_self(method: Callable[..., Any]) -> inspect.Signature:
    signature = inspect.signature(method)
    return signature.replace(parameters=tuple(signature.parameters.values())[1:])
