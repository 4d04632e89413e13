"""Which failures pass by themselves, and what of a failure is kept: codes and messages that hold no content."""

from memos_graph.errors import (
    AccessError,
    AuditError,
    DatabaseUnavailableError,
    HostUnavailableError,
    MemosError,
    StateError,
    TransactionTimeoutError,
)

_TRANSIENT = (DatabaseUnavailableError, TransactionTimeoutError, HostUnavailableError, AuditError)
# The messages of these are made of ids, names and numbers.
_WITHOUT_CONTENT = (AccessError, StateError, HostUnavailableError, DatabaseUnavailableError, TransactionTimeoutError)
_LONGEST = 500


def is_transient(error: Exception) -> bool:
    """Whether trying again may help, with nothing else changed."""
    return isinstance(error, _TRANSIENT)


def code_of(error: Exception) -> str:
    """Return the stable code of an error; ``internal`` for one nobody foresaw."""
    return error.code if isinstance(error, MemosError) else "internal"


def message_of(error: Exception) -> str:
    """Return what is kept of an error's message: that of some classes, of the others what their class says."""
    if isinstance(error, _WITHOUT_CONTENT):
        return error.message[:_LONGEST]
    said = (type(error).__doc__ or "").partition("\n")[0] if isinstance(error, MemosError) else "It failed unforeseen."
    return f"{said} The message itself may hold content, and is not kept."
