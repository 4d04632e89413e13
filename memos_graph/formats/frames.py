"""How the process that reads files and the one that asks it speak: frames of bytes, each after its length."""

import struct
from typing import IO

_LENGTH = struct.Struct(">Q")
MOST_BYTES = 1 << 30


def write(channel: IO[bytes], *frames: bytes) -> None:
    """Write ``frames``, and see that they leave."""
    for frame in frames:
        channel.write(_LENGTH.pack(len(frame)))
        channel.write(frame)
    channel.flush()


def read(channel: IO[bytes]) -> bytes | None:
    """Return the next frame; ``None`` where the other side has ended. Raises ``ValueError`` for a frame of no sane length."""
    head = channel.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(head)
    if length > MOST_BYTES:
        raise ValueError(f"a frame of {length} bytes")
    found = channel.read(length)
    return found if len(found) == length else None
