"""Connections to the database: the one place where a driver is made, and where the password is given to it."""

import os
import ssl
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakSet

import neo4j
from pydantic import SecretStr

from memos_graph.graph.patience import bounded


@dataclass(frozen=True)
class Endpoint:
    """Where and how to connect; ``pid`` and ``browser_url`` are those of a managed server.

    ``trust`` is what has the managed server prove itself before it is told anything; ``uri`` alone does not ask it to.
    """

    uri: str
    user: str
    password: SecretStr
    database: str
    browser_url: str | None
    managed: bool
    pid: int | None
    trust: ssl.SSLContext | None = field(default=None, repr=False, compare=False)

    def driver(self, **options: Any) -> neo4j.Driver:
        """Return a driver with ``options``, which connects when it is first used. Close it."""
        proven: dict[str, Any] = {} if self.trust is None else {"ssl_context": self.trust}
        return bounded(
            neo4j.GraphDatabase.driver(
                self.uri, auth=(self.user, self.password.get_secret_value()), **proven, **options
            )
        )


_open: "WeakSet[neo4j.Driver]" = WeakSet()


def leave_to_parent(driver: neo4j.Driver) -> None:
    """Have processes that are forked from this one let go of the driver's connections, which stay this one's."""
    _open.add(driver)


def _leave_connections() -> None:
    """In a forked process: let go of its parent's connections without a word on them.

    The driver says good-bye on a connection that is no longer referred to, and the server would close it for the parent.
    """
    for driver in list(_open):
        for connections in driver._pool.connections.values():  # noqa: SLF001 - the driver offers no way to leave them
            for connection in connections:
                connection.kill()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_leave_connections)
