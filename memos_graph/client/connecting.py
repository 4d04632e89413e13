"""``MemOS.connect``: a service elsewhere instead of a database here."""

from memos_graph.client.address import Address
from memos_graph.client.client import AsyncClient, Client
from memos_graph.client.connection import AsyncConnection, Connection


class Connecting:
    """What of ``MemOS`` opens nothing here, but connects to a service that did."""

    @staticmethod
    def connect(
        url: str,
        key: str,
        *,
        on_behalf_of: str | None = None,
        purpose: str | None = None,
        timezone: str | None = None,
        timeout_s: float = 60.0,
        long_timeout_s: float = 3600.0,
        unencrypted: bool = False,
    ) -> Client:
        """Connect to the REST API at ``url`` with an API key; nothing is sent yet.

        ::

            with MemOS.connect("https://memos.example.com", key) as client:
                client.mount("alice/notes").search("Where does Dana live?")

        * ``on_behalf_of``, ``purpose``, ``timezone`` as of ``MemOS.mount``.
        * ``timeout_s`` how many seconds a call may be silent, ``long_timeout_s`` one that takes long: adding, models, erasures.
        * ``unencrypted`` lets the key go over plain HTTP to another machine; to this one it may anyway.
        * Raises ``InputError`` for an address or a key that can't be one. What a call raises is what it raises in process; ``ServiceError``
          where the service does not answer.
        """
        address = Address(
            url,
            key,
            on_behalf_of=on_behalf_of,
            purpose=purpose,
            timezone=timezone,
            timeout_s=timeout_s,
            long_timeout_s=long_timeout_s,
            unencrypted=unencrypted,
        )
        return Client(Connection(address))

    @staticmethod
    def connect_async(
        url: str,
        key: str,
        *,
        on_behalf_of: str | None = None,
        purpose: str | None = None,
        timezone: str | None = None,
        timeout_s: float = 60.0,
        long_timeout_s: float = 3600.0,
        unencrypted: bool = False,
    ) -> AsyncClient:
        """Connect as ``connect`` does, for those who await: each method is a coroutine, each stream an asynchronous iterator."""
        address = Address(
            url,
            key,
            on_behalf_of=on_behalf_of,
            purpose=purpose,
            timezone=timezone,
            timeout_s=timeout_s,
            long_timeout_s=long_timeout_s,
            unencrypted=unencrypted,
        )
        return AsyncClient(AsyncConnection(address))
