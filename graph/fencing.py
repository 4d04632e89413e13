"""Work that may be taken away from who does it: each of its transactions commits only while it still has it.

A worker that was stopped, or was cut off from the database, does not know how long it slept; somebody else may have its work by now. So
what it commits is checked in the same transaction, at its end, by whatever it put around itself with ``fenced``.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from memos_graph.graph.runner import Transaction

_fence: "ContextVar[Callable[[Transaction], None] | None]" = ContextVar("fence", default=None)


@contextmanager
def fenced(check: "Callable[[Transaction], None]") -> Iterator[None]:
    """Have ``check`` called at the end of each transaction that this thread's block commits; what it raises rolls that back."""
    token = _fence.set(check)
    try:
        yield
    finally:
        _fence.reset(token)


def check_fence(tx: "Transaction") -> None:
    """Ask what stands around this thread, if anything does, whether ``tx`` may be committed."""
    check = _fence.get()
    if check is not None:
        check(tx)
