"""Another program that takes a port of ours and writes down all it is told: ``python stranger.py PORT FILE KIND``.

KIND: ``bolt`` plays Neo4j as far as it can, ``http`` says yes to everything, ``tls`` offers a certificate of its own and then plays Neo4j.
"""

import os
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_BOLT_5_4 = b"\x00\x00\x04\x05"
_SUCCESS = bytes.fromhex("0003b170a0") + b"\x00\x00"
_HELLO = b"\x00\x2b\xb1\x70\xa2\x86server\x8bNeo4j/5.26.0\x8dconnection_id\x86bolt-1\x00\x00"
_YES = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 15\r\n\r\n{"status":"ok"}'


def main() -> None:
    port, file, kind = int(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
    context = _own_certificate() if kind == "tls" else None
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    while True:  # until whoever has the port lets go of it
        with suppress(OSError):
            listener.bind(("127.0.0.1", port))
            break
        time.sleep(0.001)
    listener.listen()
    file.touch()
    while True:
        accepted, _ = listener.accept()
        threading.Thread(target=_serve, args=(accepted, file, kind, context), daemon=True).start()


def _serve(accepted: socket.socket, file: Path, kind: str, context: ssl.SSLContext | None) -> None:
    with suppress(OSError), accepted:
        spoken = accepted if context is None else context.wrap_socket(accepted, server_side=True)
        answers = iter([_YES] * 1000 if kind == "http" else [_BOLT_5_4, _HELLO, *[_SUCCESS] * 1000])
        while said := spoken.recv(1 << 16):
            with file.open("ab") as told:
                told.write(said)
            spoken.sendall(next(answers))


def _own_certificate() -> ssl.SSLContext:
    from memos_graph.graph.certificate import certified  # noqa: PLC0415

    key, certificate = certified(Path(tempfile.mkdtemp()), "127.0.0.1")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


class Stranger:
    """A running stranger; ``told`` is all it has got so far."""

    def __init__(self, port: int, file: Path, kind: str) -> None:
        self.file = file
        self.process = subprocess.Popen([sys.executable, __file__, str(port), str(file), kind], env=dict(os.environ))

    @property
    def told(self) -> bytes:
        return self.file.read_bytes()

    def listens(self) -> bool:
        assert self.process.poll() is None
        return self.file.exists()


@contextmanager
def stranger(port: int, file: Path, kind: str) -> "Iterator[Stranger]":
    made = Stranger(port, file, kind)
    try:
        yield made
    finally:
        made.process.kill()
        made.process.wait()


if __name__ == "__main__":
    main()
