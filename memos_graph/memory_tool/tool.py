"""The tool as Anthropic's SDK runs it, in a thread that waits and in one that does not."""

from collections.abc import Callable, Sequence
from typing import Annotated, cast

from anthropic.lib.tools import BetaAbstractMemoryTool, BetaAsyncAbstractMemoryTool, ToolError
from anthropic.types.beta import (
    BetaCacheControlEphemeralParam,
    BetaMemoryTool20250818Command,
    BetaMemoryTool20250818CreateCommand,
    BetaMemoryTool20250818DeleteCommand,
    BetaMemoryTool20250818InsertCommand,
    BetaMemoryTool20250818RenameCommand,
    BetaMemoryTool20250818StrReplaceCommand,
    BetaMemoryTool20250818ViewCommand,
)
from anyio.to_thread import run_sync
from pydantic import Field, TypeAdapter, ValidationError

from memos_graph.acting import Memory
from memos_graph.errors import MemosError
from memos_graph.memory_tool.files import Files

_COMMANDS: TypeAdapter[BetaMemoryTool20250818Command] = TypeAdapter(
    Annotated[
        BetaMemoryTool20250818ViewCommand
        | BetaMemoryTool20250818CreateCommand
        | BetaMemoryTool20250818StrReplaceCommand
        | BetaMemoryTool20250818InsertCommand
        | BetaMemoryTool20250818DeleteCommand
        | BetaMemoryTool20250818RenameCommand,
        Field(discriminator="command"),
    ]
)


class MemosMemoryTool(BetaAbstractMemoryTool):
    """Files of a model that remembers, kept as documents of one mounted space; each command answers as on a disk.

    * ``space`` where they are, with the rights of the principal that mounted it.
    * ``namespace`` which of its documents are the files: several tools may share a space.
    """

    def __init__(
        self,
        space: Memory,
        *,
        namespace: Sequence[str] = ("memories",),
        cache_control: BetaCacheControlEphemeralParam | None = None,
    ) -> None:
        super().__init__(cache_control=cache_control)
        self._files = Files(space, namespace)

    def call(self, input: object) -> str:  # noqa: A002 - the SDK's name
        """Do what a model asks for; raises ``ToolError``, which the model reads, also for what is no command."""
        return cast("str", self.execute(checked(input)))

    def view(self, command: BetaMemoryTool20250818ViewCommand) -> str:
        """Show a file, or what is in a directory."""
        return told(lambda: self._files.view(command.path, command.view_range))

    def create(self, command: BetaMemoryTool20250818CreateCommand) -> str:
        """Make a file."""
        return told(lambda: self._files.create(command.path, command.file_text))

    def str_replace(self, command: BetaMemoryTool20250818StrReplaceCommand) -> str:
        """Change one place of a file."""
        return told(lambda: self._files.str_replace(command.path, command.old_str, command.new_str))

    def insert(self, command: BetaMemoryTool20250818InsertCommand) -> str:
        """Put lines into a file."""
        return told(lambda: self._files.insert(command.path, command.insert_line, command.insert_text))

    def delete(self, command: BetaMemoryTool20250818DeleteCommand) -> str:
        """Erase a file or a directory, in every version."""
        return told(lambda: self._files.delete(command.path))

    def rename(self, command: BetaMemoryTool20250818RenameCommand) -> str:
        """Give a file or a directory another path."""
        return told(lambda: self._files.rename(command.old_path, command.new_path))

    def clear_all_memory(self) -> str:
        """Erase every file."""
        return told(self._files.clear)


class AsyncMemosMemoryTool(BetaAsyncAbstractMemoryTool):
    """The same for programs that await: each command is done on a thread of its own."""

    def __init__(
        self,
        space: Memory,
        *,
        namespace: Sequence[str] = ("memories",),
        cache_control: BetaCacheControlEphemeralParam | None = None,
    ) -> None:
        super().__init__(cache_control=cache_control)
        self._tool = MemosMemoryTool(space, namespace=namespace)

    async def call(self, input: object) -> str:  # noqa: A002 - the SDK's name
        """Do what a model asks for; raises ``ToolError``, which the model reads, also for what is no command."""
        return cast("str", await self.execute(checked(input)))

    async def view(self, command: BetaMemoryTool20250818ViewCommand) -> str:
        """Show a file, or what is in a directory."""
        return await run_sync(self._tool.view, command)

    async def create(self, command: BetaMemoryTool20250818CreateCommand) -> str:
        """Make a file."""
        return await run_sync(self._tool.create, command)

    async def str_replace(self, command: BetaMemoryTool20250818StrReplaceCommand) -> str:
        """Change one place of a file."""
        return await run_sync(self._tool.str_replace, command)

    async def insert(self, command: BetaMemoryTool20250818InsertCommand) -> str:
        """Put lines into a file."""
        return await run_sync(self._tool.insert, command)

    async def delete(self, command: BetaMemoryTool20250818DeleteCommand) -> str:
        """Erase a file or a directory, in every version."""
        return await run_sync(self._tool.delete, command)

    async def rename(self, command: BetaMemoryTool20250818RenameCommand) -> str:
        """Give a file or a directory another path."""
        return await run_sync(self._tool.rename, command)

    async def clear_all_memory(self) -> str:
        """Erase every file."""
        return await run_sync(self._tool.clear_all_memory)


def checked(given: object) -> BetaMemoryTool20250818Command:
    """Return what a model asks for as a command; raises ``ToolError`` for what is none."""
    try:
        return _COMMANDS.validate_python(given)
    except ValidationError as error:
        found = error.errors(include_input=False, include_url=False)
        what = "; ".join(f"{'.'.join(map(str, each['loc'])) or 'command'}: {each['msg']}" for each in found[:3])
        raise ToolError(f"This is not a command of the memory tool. {what}") from None


def told(act: Callable[[], str]) -> str:
    """Do an act; raises what it is refused as ``ToolError``, with its hint."""
    try:
        return act()
    except MemosError as error:
        raise ToolError(str(error)) from error
