"""The REST API from Python: the same typed face as in process, for those who wait (``Client``) and for those who await (``AsyncClient``)."""

from memos_graph.client.client import AsyncClient, Client
from memos_graph.client.connecting import Connecting
from memos_graph.client.connection import AsyncConnection, Connection
from memos_graph.client.space import AsyncMemory, RemoteMemory

__all__ = ["AsyncClient", "AsyncConnection", "AsyncMemory", "Client", "Connecting", "Connection", "RemoteMemory"]
