"""What a command works with: who acts, where, and an open MemOS."""

import getpass
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

from memos_graph.acting import Acting
from memos_graph.audit import request
from memos_graph.cli import output
from memos_graph.config import Settings
from memos_graph.graph.runner import Observer
from memos_graph.integrity.withheld import gathering
from memos_graph.kit.ids import new_id
from memos_graph.kit.moments import utc
from memos_graph.memos import MemOS

asked: ContextVar[str] = ContextVar("asked", default="memos")
"""The command under way, as the log names what it was refused."""


def principal_of(as_: str | None) -> str:
    """Return the principal named, or who is logged in, written as a principal's id can be."""
    return as_ or re.sub(r"[^\w.@+-]", "-", getpass.getuser()).lstrip(".@+-") or "user"


@contextmanager
def opened(
    *,
    keep: bool = False,
    embeds: bool = False,
    chats: bool = False,
    observe: Observer | None = None,
    timezone: str | None = None,
) -> Iterator[MemOS]:
    """Open MemOS with its progress on standard error; the server stays only where somebody else wants it."""
    settings = Settings.load() if timezone is None else Settings.load(timezone=timezone)
    with output.engine_progress() as progress:
        memos = MemOS.open(settings, progress=progress, keep=keep, embeds=embeds, chats=chats, observe=observe)
    with memos:
        yield memos


@contextmanager
def session(
    as_: str | None, *, embeds: bool = False, chats: bool = False, timezone: str | None = None
) -> Iterator[Acting]:
    """Open MemOS for one command of ``as_``; everything it does has one request id in the log, refusals too.

    ``embeds``: the command embeds texts, so the model is loaded while the server starts. ``chats``: it asks the model host, as well.
    ``timezone``: the reader's, where it is not that of the settings.
    """
    with opened(embeds=embeds, chats=chats, timezone=timezone) as memos, request(f"cli-{new_id()}"):
        with acting_as(memos, principal_of(as_), asked.get()) as acting, gathering() as withheld:
            yield acting
        if withheld:
            output.tell_withheld(sorted(withheld))


@contextmanager
def acting_as(memos: MemOS, given: str, what: str) -> Iterator[Acting]:
    """Give who acts, itself or by a mandate; what it is refused is in the log as what it asked."""
    with memos.recording_refusals(given.partition(">")[0], what):
        acting = _acting(memos, given)
    with memos.recording_refusals(acting.principal, what):
        yield acting


def _acting(memos: MemOS, given: str) -> Acting:
    """Return who acts; ``AGENT>USER`` and ``AGENT>USER:PURPOSE`` are mandates, which must be in force."""
    agent, mandate, rest = given.partition(">")
    if not mandate:
        return memos.acting(given)
    user, _, purpose = rest.partition(":")
    return memos.acting(agent, on_behalf_of=user, purpose=purpose or None)


def moment(given: datetime | None) -> datetime | None:
    """Return a time from the command line in UTC."""
    return None if given is None else utc(given)


def said_at(given: datetime | None) -> datetime | None:
    """Return a time from the command line in its own zone: the day it was said on is told by it."""
    return given.replace(tzinfo=UTC) if given is not None and given.tzinfo is None else given
