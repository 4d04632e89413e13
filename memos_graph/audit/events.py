"""What one entry of the audit log says, and the one way to write it as bytes, so that it can be hashed and proved."""

import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from memos_graph.kit.clock import now
from memos_graph.kit.digests import canonical, sha256
from memos_graph.kit.ids import new_id
from memos_graph.kit.moments import stamp

# What somebody wrote into an event. It may name people, so the hash covers a commitment to it, which outlives its erasure.
WORDS = ("reason", "detail", "salt")

# Upkeep that runs by itself, the command line, agents by MCP, the demonstration. What comes over the network may not pass for them.
_RESERVED = ("upkeep-", "cli-", "mcp-", "demo-")

_request_id: ContextVar[str | None] = ContextVar("request_id", default=None)


@contextmanager
def request(request_id: str) -> Iterator[None]:
    """Give every act inside the block this request id, e.g. that of one REST call."""
    token = _request_id.set(request_id)
    try:
        yield
    finally:
        _request_id.reset(token)


def is_reserved(request_id: str) -> bool:
    """Whether a request id is one of the product's own, by which the log tells its acts from those of callers."""
    return request_id.casefold().startswith(_RESERVED)


def current_request_id() -> str:
    """Return the id of the request this act belongs to; a new one outside any ``request`` block."""
    return _request_id.get() or new_id()


@dataclass(frozen=True)
class WrittenVersion:
    """A version an act wrote, as it must stand from then on. ``sha256`` is that of its text, or of its payload."""

    cube: str
    number: int
    sha256: str
    known_from: datetime
    by: str
    reason: str | None = None
    rollback_of: int | None = None

    def said(self) -> bytes:
        """Return the bytes that stand for what it says, which an erasure takes away."""
        return canonical({"cube": self.cube, "number": self.number, "sha256": self.sha256, "reason": self.reason})

    def frame(self) -> bytes:
        """Return the bytes that stand for whose it is and since when, which stay after an erasure."""
        return canonical(
            {
                "cube": self.cube,
                "number": self.number,
                "known_from": stamp(self.known_from),
                "by": self.by,
                "rollback_of": self.rollback_of,
            }
        )


@dataclass(frozen=True)
class Event:
    """One act: who did what, on which cubes.

    * ``versions`` the version of each of ``cubes`` the act saw; left out: the one that stands when the event is written.
    * ``relevance`` pairs with the first of ``cubes``, which the act returned to a reader, or put before a model because they were asked
      for; ``None``: it did not score them. The others were seen as well, and count as no use.
    * ``written`` the versions it wrote, ``erased`` the cubes whose content it took away: what the log vouches for.
    * ``redacted`` the events, by place in the log, whose reason and detail it took away.
    * ``takes`` the rights it takes away or changes, for the journal outside the database; the log itself has it in ``detail``.
    """

    space: str
    action: str
    principal: str
    cubes: Sequence[str] = ()
    versions: Sequence[int] = ()
    relevance: Sequence[float | None] = ()
    written: Sequence[WrittenVersion] = ()
    erased: Sequence[str] = ()
    redacted: Sequence[int] = ()
    reason: str | None = None
    detail: str | None = None
    count: int | None = None
    takes: Sequence[Mapping[str, Any]] = ()
    at: datetime = field(default_factory=now)
    id: str = field(default_factory=new_id)
    request_id: str = field(default_factory=current_request_id)

    def properties(self) -> dict[str, Any]:
        """Return what the event's node holds beside its place in the chain."""
        words = {"reason": self.reason, "detail": self.detail}
        if any(value is not None for value in words.values()):
            words["salt"] = secrets.token_hex(16)
        return {
            "space": self.space,
            "id": self.id,
            "at": self.at,
            "when": self.at.astimezone(UTC).strftime("%Y-%m-%d %H:%M"),  # as a person reads it in the graph browser
            "action": self.action,
            "principal": self.principal,
            "request_id": self.request_id,
            **words,
            "said": commitment(words),
            "count": len(self.cubes) if self.count is None else self.count,
        }


def node_of(principal: str) -> str:
    """Return whose node stands for a principal: one that states a purpose of its own, ``alice>alice:support``, has none beside its own."""
    agent, _, rest = principal.partition(">")
    return agent if rest.startswith(f"{agent}:") else principal


def record(properties: Mapping[str, Any], cubes: Sequence[Mapping[str, Any]]) -> bytes:
    """Return the bytes of a whole event: its properties but for its own hash, and the cubes it was on.

    * ``cubes`` ``{id, version}`` each; their order means nothing.
    * Properties that are null are left out, as the graph leaves them out; so are the words, for which ``said`` stands.
    """
    said = {name: value for name, value in properties.items() if value is not None and name not in {"hash", *WORDS}}
    touched = sorted([each["id"], each["version"]] for each in cubes)
    return canonical({**said, "at": stamp(said["at"]), "cubes": touched})


def commitment(words: Mapping[str, Any]) -> str | None:
    """Return the SHA-256, hex, of an event's reason and detail with its salt, which keeps them from being guessed once erased.

    ``None`` where there are no words.
    """
    given = {name: words[name] for name in WORDS if words.get(name) is not None}
    return sha256(canonical(given)) if given else None
