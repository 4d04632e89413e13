"""A service, as the holder of one API key may use it: what ``MemOS.acting`` gives in process, over REST."""

from collections.abc import Sequence
from functools import cached_property
from types import TracebackType
from typing import Generic, Self

from memos_graph.acting import Acting
from memos_graph.client.calls import RestCall, path_of, space_path, with_json
from memos_graph.client.connection import AsyncConnection, Connection
from memos_graph.client.cubes import RemoteLifecycle
from memos_graph.client.methods import C, by_hand, over
from memos_graph.client.own import PrincipalRemotely, RemoteKeys, RemoteMandates, RemoteRoles
from memos_graph.client.space import RemoteSpace
from memos_graph.client.steps import Plan, ask, send
from memos_graph.errors import NotFoundError
from memos_graph.governance import Access
from memos_graph.memory.policy import text_of
from memos_graph.types import Model
from memos_graph.verbs import keys, marks, roles, spaces


class Sentences(Model):
    """What a policy means, in plain words."""

    sentences: tuple[str, ...]


class RemotePrincipal(PrincipalRemotely[C], Generic[C]):
    """Whoever the key belongs to, and all it can do, in whichever space it may."""

    spaces = over(Acting.spaces, spaces.list_spaces, lambda found: [*found.items])
    decide = over(Acting.decide, roles.decide)

    @by_hand
    def me(self) -> Plan[str]:
        """Return who it is while it acts: the key's principal, or a mandate."""
        return (yield from _me())

    @by_hand
    def mount(self, space: str | None = None) -> Plan[RemoteSpace[C]]:
        """Return a space it may read, by default its notes; one under the principal's own name is made when it is new.

        Raises ``NotFoundError`` alike for a space that does not exist and for one without a grant.
        """
        principal = yield from _me()
        wanted = f"{principal}/notes" if space is None else space
        access = yield from _made(wanted)
        return RemoteSpace(self._connection, access.space, principal, access.owner)

    @by_hand
    def mounted(self, space: str) -> Plan[RemoteSpace[C]]:
        """Return a space it may read; unlike ``mount`` it makes none."""
        principal = yield from _me()
        access = yield from ask(spaces.show_space, space=space)
        return RemoteSpace(self._connection, access.space, principal, access.owner)

    @by_hand
    def access(self, space: str) -> Plan[Access]:
        """Return what it may do in a space; raises ``NotFoundError``."""
        return (yield from ask(spaces.show_space, space=space))

    @by_hand
    def create(self, space: str) -> Plan[tuple[Access, bool]]:
        """Make a space under its own name, or find it; returns what may be done there, and whether it is new."""
        try:
            return (yield from ask(spaces.show_space, space=space)), False
        except NotFoundError:
            return (yield from _made(space)), True

    @by_hand
    def public_key(self) -> Plan[str]:
        """Return the key that marks of exports, seals and receipts are checked with, PEM; it is nobody's secret."""
        return (yield from ask(marks.mark_key))

    @by_hand
    def explain_policy(self, policy: str) -> Plan[Sequence[str]]:
        """Return what a policy (YAML text, or the path of a file here) means, in plain sentences."""
        call = RestCall("POST", path_of("/policies/explain"), Sentences, repeatable=True)
        return (yield from send(with_json(call, {"text": text_of(policy)}), Sentences)).sentences

    @by_hand
    def policy_template(self, name: str) -> Plan[str]:
        """Return a policy to begin with: health-care, support-desk or personal-assistant."""
        return (
            yield from send(
                RestCall("GET", path_of("/policies/templates/{name}", name=name), str, repeatable=True), str
            )
        )

    @cached_property
    def lifecycle(self) -> RemoteLifecycle[C]:
        """The acts of MemLifecycle."""
        return RemoteLifecycle(self._connection)

    @cached_property
    def roles(self) -> RemoteRoles[C]:
        """The roles under its own name."""
        return RemoteRoles(self._connection)

    @cached_property
    def mandates(self) -> RemoteMandates[C]:
        """Whom it lets act for itself, and for whom it may act."""
        return RemoteMandates(self._connection)

    @cached_property
    def keys(self) -> RemoteKeys[C]:
        """Its API keys."""
        return RemoteKeys(self._connection)


class Client(RemotePrincipal[Connection]):
    """A service over REST. Made by ``MemOS.connect``; close it, or use it as a context manager. Threads may share it."""

    def close(self) -> None:
        """Close its connections."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class AsyncClient(RemotePrincipal[AsyncConnection]):
    """The same for those who await. Made by ``MemOS.connect_async``; it belongs to one event loop."""

    async def close(self) -> None:
        """Close its connections."""
        await self._connection.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()


def _me() -> Plan[str]:
    return (yield from ask(keys.show_me)).principal


def _made(space: str) -> Plan[Access]:
    return (yield from send(RestCall("PUT", space_path(space), Access, repeatable=True), Access))
