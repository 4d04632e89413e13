"""The sockets our servers listen on."""

import socket


def listen_on(address: str, port: int) -> socket.socket:
    """Return a socket that is bound to ``address`` and ``port`` (0: a free one); raises ``OSError``.

    What is written to its connections is sent at once (``TCP_NODELAY``). Otherwise the second half of an answer waits until the
    caller has acknowledged the first, which it puts off for some 40 ms. asyncio sees to that only where the socket says that
    it is one of TCP; on Linux connections have it from here already.
    """
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        listener.bind((address, port))
    except OSError:
        listener.close()
        raise
    return listener
