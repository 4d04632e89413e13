"""Maps the driver's exceptions to this package's, in one place.

Source of the codes: Neo4j status codes, https://neo4j.com/docs/status-codes/current/errors/all-errors/.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from neo4j.exceptions import (
    AuthError,
    ClientError,
    ConnectionAcquisitionTimeoutError,
    ConstraintError,
    DriverError,
    Neo4jError,
    ServiceUnavailable,
    SessionExpired,
    TransientError,
)
from neo4j.exceptions import (
    ConfigurationError as DriverConfigurationError,
)

from memos_graph.errors import (
    DatabaseAuthError,
    DatabaseError,
    DatabaseUnavailableError,
    DimensionError,
    DiskFullError,
    DuplicateError,
    InputError,
    MemosError,
    TransactionTimeoutError,
)

TIMED_OUT = "Neo.ClientError.Transaction.TransactionTimedOut"
_DISK = ("no space left", "disk full", "not enough space", "disk is full")
# What a server says whose log could not be written: tried on a full disk, where it names no cause.
_LOG = "could not append transaction"
_BROKEN = "needs to be restarted"
_DIMENSION = ("dimension", "vector has length")


def _by_text(error: Exception, what: str) -> MemosError | None:
    """Recognise causes the server names in its message or its code."""
    text = str(error).lower()
    if isinstance(error, Neo4jError) and (error.code or "").startswith(TIMED_OUT):
        return TransactionTimeoutError(
            f"The database took longer over {what} than it may, and nothing was changed.",
            hint="Ask for less, or raise MEMOS_TIMEOUT_S.",
        )
    if any(mark in text for mark in _DISK):
        return DiskFullError(
            f"The database has no disk space left; {what} was rolled back.", hint="Free disk space and try again."
        )
    if _LOG in text:
        return DiskFullError(
            f"The database could not write to its disk, which is most likely full; {what} was not written.",
            hint="Free disk space, then `memos stop`: the next command starts the server again, with all that was acknowledged.",
        )
    if needs_restart(error):
        return DatabaseUnavailableError(
            f"The database has stopped working, as it does when its disk is full, and must be restarted; {what} was not done.",
            hint="Free disk space where it is full, then `memos stop`: the next command starts the server again.",
        )
    if isinstance(error, ClientError) and "vector" in text and any(mark in text for mark in _DIMENSION):
        return DimensionError(f"{what}: the embedding has another width than the store's vector index: {error}")
    return None


def needs_restart(error: Exception) -> bool:
    """Whether the server answers nothing any more until it is restarted."""
    return _BROKEN in str(error).lower()


def from_driver(error: Exception, what: str) -> MemosError:
    """Return the error of this package that says what ``error`` means for the statement ``what``."""
    if named := _by_text(error, what):
        return named
    if isinstance(error, AuthError):
        return DatabaseAuthError(
            "The database refused the user name or password.", hint="Check NEO4J_USER and NEO4J_PASSWORD."
        )
    if isinstance(error, (ServiceUnavailable, SessionExpired, TransientError, ConnectionAcquisitionTimeoutError)):
        first_line = str(error).partition("\n")[0]
        return DatabaseUnavailableError(
            f"The database did not answer, so {what} is not confirmed: {first_line}",
            hint="See `memos doctor`; repeating the act is safe, since acts are idempotent or versioned.",
        )
    if isinstance(error, ConstraintError):
        return DuplicateError(f"{what} would have stored the same key twice; nothing was written.")
    if isinstance(error, DriverConfigurationError):
        return DatabaseError(f"The driver can't use this address: {error}", hint="Check NEO4J_URI.")
    return DatabaseError(f"The database refused {what}: {error}")


@contextmanager
def mapped(what: str) -> Iterator[None]:
    """Raise this package's error in place of the driver's."""
    try:
        yield
    except (Neo4jError, DriverError) as error:
        raise from_driver(error, what) from error
    except UnicodeEncodeError as error:  # what was given can't be sent
        raise InputError(
            f"Character {error.start} of a text that was given is half a character (a lone surrogate), which {what} can't look up or store.",
            hint="Decode the text anew; a file read with errors='surrogateescape' has them.",
        ) from error
