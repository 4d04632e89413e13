"""What time it is, and the end of all times."""

from datetime import UTC, datetime

NEVER = datetime(9999, 12, 31, tzinfo=UTC)
"""When what has no end ends: a date, so that one range filter in the vector index serves all."""


def now() -> datetime:
    """Return the present moment in UTC, at the database's millisecond precision or finer."""
    return datetime.now(UTC)
