"""What surrounds every call of an agent: who acts, where, what was held back, and how an error is told."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import TypeVar, cast

from mcp.server.mcpserver.exceptions import ResourceError, ResourceNotFoundError, ToolError
from mcp_types import CallToolResult, TextContent

from memos_graph.acting import Acting, Memory
from memos_graph.errors import MemosError, NotFoundError
from memos_graph.integrity.withheld import gathering
from memos_graph.types import Model

Enter = Callable[[str], AbstractContextManager[Acting]]
"""Begins a call: gives who acts in it. Meanwhile all has one request id in the log, and what is refused is there as what is given here."""

M = TypeVar("M", bound=Model)


@dataclass(frozen=True)
class Caller:
    """Who calls, and where it works unless it says so. ``usual`` that space; none: its own notes, or by a mandate the user's."""

    acting: Acting
    usual: str | None = None

    def space(self, named: str | None) -> Memory:
        """Return the space that is named, or the usual one, which is made when it is new and the caller's own."""
        return self.acting.mount(self._notes) if named is None else self.acting.space(named)

    def writable(self, named: str | None) -> Memory:
        """Return it as ``space`` does; a new one under the caller's own name is made."""
        return self.acting.mount(self._notes if named is None else named)

    @property
    def _notes(self) -> str:
        agent, _, user = self.acting.principal.partition(">")
        return self.usual or f"{user.partition(':')[0] or agent}/notes"


class Calls:
    """Does what tools are for, and reads what resources are of."""

    def __init__(self, enter: Enter, usual: Callable[[], str | None]) -> None:
        self._enter = enter
        self._usual = usual

    def done(self, tool: str, act: Callable[[Caller], M], *, alone: bool = False) -> M:
        """Do one call of a tool; returns its result, as the SDK sends it: with a word on what was held back.

        ``alone`` for who takes one piece of text and no more: the word on what was held back stands among what is told about
        the call.

        Raises ``ToolError``, which a model reads, with the words and the hint of any ``MemosError``.
        """
        with gathering() as withheld:
            try:
                with self._entered(tool) as caller:
                    found = act(caller)
            except MemosError as error:
                raise ToolError(str(error)) from error
        held_back = [_held_back(len(withheld))] if withheld else []
        told = [found.model_dump_json(by_alias=True), *([] if alone else held_back)]
        sent = CallToolResult(
            content=[TextContent(type="text", text=each) for each in told],
            structured_content=found.model_dump(mode="json", by_alias=True),
            meta={"withheld": held_back[0]} if alone and held_back else None,
        )
        return cast("M", sent)  # which the SDK holds against the schema of M

    def read(self, resource: str, act: Callable[[Caller], M]) -> str:
        """Read a resource; returns it as JSON. Raises ``ResourceError`` with the words and the hint of any ``MemosError``."""
        try:
            with self._entered(resource) as caller:
                return act(caller).model_dump_json(by_alias=True)
        except NotFoundError as error:
            raise ResourceNotFoundError(str(error)) from error
        except MemosError as error:
            raise ResourceError(str(error)) from error

    @contextmanager
    def _entered(self, what: str) -> Iterator[Caller]:
        with self._enter(f"mcp {what}") as acting:
            yield Caller(acting, self._usual())


def _held_back(count: int) -> str:
    many = "1 memory was" if count == 1 else f"{count} memories were"
    return f"{many} changed outside memos-graph and held back. `memos audit verify` shows which."
