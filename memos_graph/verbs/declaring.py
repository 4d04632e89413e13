"""What a verb is: a function with its arguments as one model, and how each surface spells it.

Everything a surface needs is plain data here, so that a further one (a console) reads the same table.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any, Generic, Protocol, TypeVar, get_type_hints

from memos_graph.governance import Access, Action, Decision
from memos_graph.memory.cubes import Cubes
from memos_graph.memory.own import Keys, Mandates, OwnRoles
from memos_graph.memory.provenance import Provenance
from memos_graph.memory.shared import Shared
from memos_graph.memory.states import Lifecycle
from memos_graph.memory.updates import Update
from memos_graph.verbs.fields import Arguments

A = TypeVar("A", bound=Arguments)
R = TypeVar("R")


class Actor(Protocol):
    """One principal at work on memories by id, in whichever space they are."""

    @property
    def cubes(self) -> Cubes:
        """Memories by id."""

    @property
    def updates(self) -> Update:
        """The Update API."""

    @property
    def lifecycle(self) -> Lifecycle:
        """The acts of MemLifecycle."""

    @property
    def provenance(self) -> Provenance:
        """The Provenance API."""


class Principal(Protocol):
    """One principal, and what is its own."""

    @property
    def principal(self) -> str:
        """Who it is while it acts: itself, or a mandate."""

    @property
    def public_key(self) -> str:
        """The key that marks of exports and receipts are checked with, PEM."""

    def decide(self, principal: str, action: Action, target: str) -> Decision:
        """Tell whether a principal may do something, and why."""

    def spaces(self, *, after: str = "", limit: int = 50) -> Sequence[Access]:
        """Return the spaces it may read."""

    def access(self, space: str) -> Access:
        """Return what it may do in a space."""

    def create(self, space: str) -> tuple[Access, bool]:
        """Make a space under its own name, or find it."""

    @property
    def shared(self) -> Shared:
        """What others shared with it."""

    @property
    def roles(self) -> OwnRoles:
        """The roles under its own name."""

    @property
    def mandates(self) -> Mandates:
        """Whom it lets act for itself."""

    @property
    def keys(self) -> Keys:
        """Its API keys."""


class On(StrEnum):
    """What a verb works on: memories by id, one space, or what is the principal's own."""

    CUBES = "cubes"
    SPACE = "space"
    OWN = "own"


@dataclass(frozen=True)
class Rest:
    """A call over REST.

    * ``path`` below ``/v1``; names in braces are arguments.
    * ``body`` what the document calls the other arguments, where they are sent as a body; ``query`` those that are not.
    * ``needs`` arguments that have to be sent, though other surfaces have a default.
    * ``binds`` which argument a name in the path or in the body stands for, where they differ.
    * ``problems`` the statuses it can be answered with, besides those of every call.
    * ``status`` of success; 204 answers nothing, whatever the verb gives; ``pending`` says what 202 means, where it then gives
      what is still waited for.
    * ``name`` of the operation, where it is not that of the verb.
    * ``repeatable`` sent twice it does no more than sent once, though it is a POST: a client may send it again.
    * ``slow`` it may take minutes: a client waits longer for it.
    """

    method: str
    path: str
    body: str = ""
    problems: tuple[int, ...] = (403, 404, 409)
    status: int = 200
    pending: str = ""
    name: str = ""
    binds: dict[str, str] = field(default_factory=dict)
    query: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    repeatable: bool = False
    slow: bool = False


@dataclass(frozen=True)
class Command:
    """A command.

    * ``example`` lines of use. ``name`` where it is not that of the verb; ``"kv drop"`` is in the group ``kv``.
    * ``positional`` arguments that are given without their names; ``spelt`` options that are not called as their argument.
    * ``without`` arguments that it does not take.
    * ``called`` what its help calls values, by argument, where the name or the type does not say it.
    * ``more`` of its help, after the lines of use. ``embeds`` the model is loaded while the database starts.
    * ``asks`` what is asked before it is done, with the names of arguments in braces; none: nothing.
    """

    example: str = ""
    name: str = ""
    positional: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    called: dict[str, str] = field(default_factory=dict)
    spelt: dict[str, str] = field(default_factory=dict)
    more: str = ""
    embeds: bool = False
    asks: str = ""


@dataclass(frozen=True)
class Verb(Generic[A, R]):
    """One thing that can be done with memories, on every surface.

    * ``run`` does it: with an ``Actor``, a ``MemoryApi`` or a ``Principal``, as ``on`` says, and the arguments.
    * ``writes`` it changes memories: a unit of a pipeline holds the space's lock from its start.
    * ``step`` it can be a step of a pipeline; ``makes`` names outputs that hold what it made.
    """

    run: Callable[[Any, A], R]
    on: On
    rest: Rest | None
    command: Command | None
    writes: bool
    step: bool
    makes: tuple[str, ...]

    @cached_property
    def name(self) -> str:
        """What it is called in Python, and everywhere where nothing else is said."""
        return self.run.__name__

    @cached_property
    def about(self) -> str:
        """What it does, in one sentence that every surface says."""
        return (self.run.__doc__ or "").strip()

    @cached_property
    def takes(self) -> type[Arguments]:
        """The model of its arguments."""
        takes: type[Arguments] = self._hints[1]
        return takes

    @cached_property
    def gives(self) -> Any:
        """The type of its result."""
        return self._hints[2]

    @cached_property
    def _hints(self) -> tuple[Any, ...]:
        return tuple(get_type_hints(self.run, include_extras=True).values())


class Declares(Protocol):
    """What makes a verb of a function, whatever that takes and gives."""

    def __call__(self, run: Callable[[Any, A], R], /) -> Verb[A, R]:
        """Return the verb."""


def verb(
    on: On,
    *,
    rest: Rest | None = None,
    command: Command | None = None,
    writes: bool = False,
    step: bool = False,
    makes: tuple[str, ...] = (),
) -> Declares:
    """Declare the function below as a verb: its name, its arguments, its result and its docstring are the verb's."""

    def declared(run: Callable[[Any, A], R]) -> Verb[A, R]:
        return Verb(run, on, rest, command, writes, step, makes)

    return declared
