"""The process that reads files: ``python -m memos_graph.formats.worker``, started by ``apart``.

It takes orders from its standard input, one after the other, and ends with it. What a file does to it, crash, fill its memory,
never come to an end, is no concern of who asked.
"""

import json
import os
import sys
import time
import traceback
from datetime import datetime
from typing import IO, Any

import psutil
from pydantic import TypeAdapter

from memos_graph.errors import FormatError
from memos_graph.formats import frames
from memos_graph.formats.limits import Limits, too_large, unreadable
from memos_graph.formats.parse import read_source
from memos_graph.formats.types import Message, Parsed, Passage

try:
    import resource
except ImportError:  # Windows: who asked looks after it
    resource = None  # type: ignore[assignment]

NICER = 5
_AT_ONCE = 1000  # entries in a frame
_SPARE_S = 2.0
_MESSAGES: TypeAdapter[list[Message]] = TypeAdapter(list[Message])
_PASSAGES: TypeAdapter[list[Passage]] = TypeAdapter(list[Passage])


def adapter(kind: str) -> TypeAdapter[Any]:
    """Return what reads and writes the entries of a source of this kind."""
    return _MESSAGES if kind == "conversation" else _PASSAGES


def main() -> None:
    """Read files until nobody asks any more."""
    orders, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no answer
    if hasattr(os, "nice"):
        os.nice(NICER)
    while (order := frames.read(orders)) is not None and (data := frames.read(orders)) is not None:
        _answer(answers, json.loads(order), data)


def _answer(answers: IO[bytes], order: dict[str, Any], data: bytes) -> None:
    limits = Limits(**order["limits"])
    _bound(limits)
    name = str(order["name"])
    try:
        parsed = limits.check(_read(order, data, limits), len(data))
    except FormatError as error:
        _say(answers, failed=_described(error))
        return
    except MemoryError:
        _say(answers, failed=_described(too_large(name, limits)), ends=True)
        sys.exit(1)
    except RecursionError:
        _say(answers, failed=_described(unreadable(name, "it is nested too deeply")))
        return
    except Exception as error:  # noqa: BLE001 - whatever a reader stumbles over, it is told of the file
        _say(answers, failed=_described(unreadable(name, type(error).__name__)), trace=traceback.format_exc())
        return
    _tell(answers, parsed)


def _read(order: dict[str, Any], data: bytes, limits: Limits) -> Parsed:
    at = order["at"] and datetime.fromisoformat(order["at"])
    return read_source(
        data.decode("utf-8", "surrogatepass") if order["text"] else data,
        name=order["name"],
        media_type=order["media_type"],
        at=at,
        date_order=order["date_order"],
        max_chars=order["max_chars"],
        limits=limits,
    )


def _tell(answers: IO[bytes], parsed: Parsed) -> None:
    entries = adapter(parsed.kind)
    _say(answers, parsed=parsed.model_copy(update={"entries": ()}).model_dump(mode="json"))
    for first in range(0, len(parsed.entries), _AT_ONCE):
        frames.write(answers, entries.dump_json(list(parsed.entries[first : first + _AT_ONCE])))
    frames.write(answers, b"")


def _say(answers: IO[bytes], **members: object) -> None:
    frames.write(answers, json.dumps(members).encode())


def _described(error: FormatError) -> dict[str, Any]:
    return {"message": error.message, "hint": error.hint, "line": error.line}


def _bound(limits: Limits) -> None:
    """Have the system end what goes beyond the limits, where it can; also when who asked is gone."""
    if resource is None:
        return
    for kind, most in (
        (resource.RLIMIT_AS, psutil.Process().memory_info().vms + (limits.memory_mb << 20)),
        (resource.RLIMIT_CPU, int(time.process_time() + limits.seconds + _SPARE_S)),
    ):
        hard = resource.getrlimit(kind)[1]
        resource.setrlimit(kind, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


if __name__ == "__main__":
    main()
