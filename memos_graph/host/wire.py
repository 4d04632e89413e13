"""Connections to the model host: each is told nothing before whoever listens there has proven to be that host, and none hangs.

The client sends a number used once; the host answers with a keyed hash of it and of its port, by the token that both know from
a file of mode 0600. Whoever takes the port after the host ended lacks the token; whoever passes the number on to another host
gets an answer for another port. While a reply is awaited for long, the host is asked again, on a connection of its own,
whether it is there: one that computes answers, one that hangs does not.
"""

import hashlib
import hmac
import re
import secrets
import time
from collections.abc import Iterable
from typing import Any

import httpcore
import httpx

CHALLENGE = "/proof"
NONCE_BYTES = 32
HANGS = "hangs"
"""What the error of a reply says that was given up because the host hangs."""

_CONNECT_S = 5.0
_PAUSE = 0.45  # of the patience: twice that is still less than what is declared
_KEPT, _KEPT_S = 20, 5.0
_MOST_BYTES = 4096
_PIECE_BYTES = 1024
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+) *\r\n", re.IGNORECASE)


def proof(token: str, port: int, nonce: bytes) -> str:
    """Return what only the holder of ``token`` who listens at ``port`` can answer to ``nonce``; hexadecimal."""
    return hmac.new(token.encode(), b"memos model host\0%d\0" % port + nonce, hashlib.sha256).hexdigest()


def is_there(port: int, token: str, within: float) -> bool:
    """Whether the host at ``port`` answers, in ``within`` seconds, and is the one that ``token`` belongs to."""
    backend = _Backend(within / _PAUSE)
    backend.tokens[port] = token
    return not backend.hangs("127.0.0.1", port)


class ProvenTransport(httpx.HTTPTransport):
    """Sends requests to hosts of the loopback that have proven who they are, and to nobody else.

    * ``patience`` seconds after which a host that does not answer counts as hanging.

    Tell it of a host by ``expect`` first. A connection to any other is refused (``httpx.ConnectError``).
    """

    def __init__(self, patience: float) -> None:
        super().__init__(trust_env=False)
        self._backend = _Backend(patience)
        self._pool.close()
        # The one way httpx leaves to be there when a connection is made.
        self._pool = httpcore.ConnectionPool(
            network_backend=self._backend, max_keepalive_connections=_KEPT, keepalive_expiry=_KEPT_S
        )

    def expect(self, port: int, token: str) -> None:
        """Know whoever listens at ``port`` by ``token`` from now on."""
        self._backend.tokens[port] = token


class _Backend(httpcore.SyncBackend):
    def __init__(self, patience: float) -> None:
        self.tokens: dict[int, str] = {}
        self._patience = patience

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect, and have the other side prove itself; raises ``httpcore.ConnectError``, ``httpcore.ConnectTimeout``."""
        within = min(timeout or _CONNECT_S, self._patience)
        try:
            stream = super().connect_tcp(host, port, within, local_address, socket_options)
            try:
                self._prove(stream, port, within)
            except BaseException:
                stream.close()
                raise
        except httpcore.TimeoutException as error:
            raise httpcore.ConnectTimeout(HANGS) from error
        return _Patient(stream, self, host, port)

    def hangs(self, host: str, port: int) -> bool:
        """Whether the host does not answer; asked by whoever has waited for half of ``patience`` already."""
        try:
            stream = super().connect_tcp(host, port, self.pause)
            try:
                self._prove(stream, port, self.pause)
            finally:
                stream.close()
        except (httpcore.NetworkError, httpcore.TimeoutException):
            return True
        return False

    @property
    def pause(self) -> float:
        """Seconds of silence after which the host is asked whether it is there."""
        return _PAUSE * self._patience

    def _prove(self, stream: httpcore.NetworkStream, port: int, within: float) -> None:
        nonce, until = secrets.token_bytes(NONCE_BYTES), time.monotonic() + within
        asked = f"GET {CHALLENGE}?nonce={nonce.hex()} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n"
        stream.write(asked.encode(), within)
        expected = proof(self.tokens[port], port, nonce).encode() if port in self.tokens else None
        answer = _answer(stream, until)
        if expected is None or not hmac.compare_digest(answer, expected):
            raise httpcore.ConnectError("whoever listens at the model host's port can't prove to be the model host")


def _answer(stream: httpcore.NetworkStream, until: float) -> bytes:
    """Read the body of one small reply."""
    got = b""
    while len(got) < _MOST_BYTES and (left := until - time.monotonic()) > 0:
        piece = stream.read(_PIECE_BYTES, left)
        got += piece
        head, end, body = got.partition(b"\r\n\r\n")
        length = _LENGTH.search(head + b"\r\n")
        if not piece or (end and not length):
            break
        if end and length and len(body) >= int(length[1]):
            return body
    raise httpcore.ConnectError("whoever listens at the model host's port does not answer as the model host does")


class _Patient(httpcore.NetworkStream):
    """A stream that is read with patience, as long as the host is there."""

    def __init__(self, stream: httpcore.NetworkStream, backend: _Backend, host: str, port: int) -> None:
        self._stream = stream
        self._backend = backend
        self._where = host, port

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read, as long as the host is there; raises ``httpcore.ReadTimeout``."""
        until = None if timeout is None else time.monotonic() + timeout
        while True:
            left = self._backend.pause if until is None else until - time.monotonic()
            try:
                return self._stream.read(max_bytes, max(0.001, min(left, self._backend.pause)))
            except httpcore.ReadTimeout:
                if until is not None and time.monotonic() >= until:
                    raise
                if self._backend.hangs(*self._where):
                    raise httpcore.ReadTimeout(HANGS) from None

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write."""
        self._stream.write(buffer, timeout)

    def close(self) -> None:
        """Close."""
        self._stream.close()

    def get_extra_info(self, info: str) -> Any:
        """Tell of the connection."""
        return self._stream.get_extra_info(info)
