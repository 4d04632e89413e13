"""``memos mcp``: memories as tools of an agent, on standard input and output."""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from types import FrameType
from typing import Annotated

import typer

from memos_graph.acting import Acting
from memos_graph.audit import request
from memos_graph.cli import options, output
from memos_graph.cli.session import acting_as, opened, principal_of
from memos_graph.config import Settings
from memos_graph.errors import MemosError
from memos_graph.graph.lock import running
from memos_graph.kit.extras import needing
from memos_graph.kit.ids import new_id
from memos_graph.memos import MemOS

_ENDS = (signal.SIGTERM, signal.SIGINT)
_BY_SIGNAL = 128


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(mcp)


def mcp(
    as_: options.As = None,
    space: options.SpaceName = None,
    profile: Annotated[
        str, typer.Option(metavar="NAME", help="Which tools: core, server-memory or openai. docs/mcp.md lists each.")
    ] = "core",
    json: options.Json = False,  # noqa: ARG001 - what it prints is JSON anyway; failures are, by it
) -> None:
    """Let an agent use memories as tools, by the Model Context Protocol on standard input and output, until that ends.

    \b
    memos mcp
    memos mcp --as "claude>alice" --space alice/work
    memos mcp --profile server-memory

    Claude Code, Cursor, VS Code and others start it by themselves: docs/mcp.md shows what to paste. MEMOS_PRINCIPAL says who acts
    where --as does not. The space is where tools work that name none; by a mandate, the user's notes.
    """  # noqa: D301
    with needing("mcp", "`memos mcp`"):
        from memos_graph.mcp import create_server  # noqa: PLC0415 - it is optional, and only this command needs it

    given = principal_of(as_ or Settings.load().principal)
    held = _Held()

    @contextmanager
    def enter(what: str) -> Iterator[Acting]:
        with request(f"mcp-{new_id()}"), acting_as(held.memos(), given, what) as acting:
            yield acting

    server = create_server(enter, space=space, profile=profile)
    with held.until_the_end():
        server.run("stdio")
    if held.failed:
        raise typer.Exit(1)


class _Held:
    """An open MemOS, opened beside the server's start: who asks which tools there are is answered at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stack = ExitStack()
        self._memos: MemOS | None = None
        self.failed = False
        """Whether it could not be opened when that was last tried."""

    def memos(self) -> MemOS:
        """Return it once it is open. Where that failed, each call tries again, and is told why it can't be."""
        with self._lock:
            if self._memos is not None and not self._there(self._memos):
                self._memos = None
                with suppress(MemosError):  # what waited to be recorded went with the server, and the log said so
                    self._stack.close()
            if self._memos is None:
                self.failed = True
                self._memos = self._stack.enter_context(opened(embeds=True))
                self.failed = False
            return self._memos

    @staticmethod
    def _there(memos: MemOS) -> bool:
        """Whether its managed server runs, after it was stopped or died: started again, where its connections look for it."""
        endpoint = memos.endpoint
        if not endpoint.managed or running(memos.engine.home):
            return True
        return memos.engine.ensure().uri == endpoint.uri

    @contextmanager
    def until_the_end(self) -> Iterator[None]:
        """Open it meanwhile; close it after the block, and when a signal ends the process first.

        Afterwards signals do what they did before: programs started then would go on ignoring them, else.
        """
        before = {each: signal.signal(each, self._end) for each in _ENDS}
        opening = threading.Thread(target=self._begin, name="memos-mcp-open", daemon=True)
        opening.start()
        try:
            yield
        finally:
            self._close()
            opening.join()  # it may be about to say why it could not be opened
            for each, handler in before.items():
                signal.signal(each, handler)

    def _begin(self) -> None:
        try:
            self.memos()
        except MemosError as error:
            output.failure(error.code, error.message, error.hint)

    def _close(self) -> None:
        for each in _ENDS:
            signal.signal(each, signal.SIG_IGN)
        with self._lock:
            self._stack.close()

    def _end(self, signum: int, frame: FrameType | None) -> None:  # noqa: ARG002 - how handlers are called
        """Close and end at once: the thread that waits for standard input would keep the process for ever."""
        self._close()
        os._exit(_BY_SIGNAL + signum)
