"""How values look on pages. Every text is escaped where it is put in: nothing that a memory says is ever markup."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

_KIB = 1024.0
_SHORT = 8


def templates(version: Callable[[str], str]) -> Environment:
    """Return the templates of the pages; ``version`` of a file that they load."""
    made = Environment(
        loader=FileSystemLoader(Path(__file__).with_name("templates")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters |= {"moment": moment, "day": day, "bytes": size, "short": short, "plural": plural}
    made.globals["version"] = version
    return made


def moment(at: datetime | None) -> str:
    """Return a moment to the minute, UTC."""
    return "" if at is None else f"{at:%Y-%m-%d %H:%M}"


def day(at: datetime | None) -> str:
    """Return the day of a moment, UTC."""
    return "" if at is None else f"{at:%Y-%m-%d}"


def size(count: int | None) -> str:
    """Return a number of bytes as people read it."""
    if count is None:
        return ""
    amount = float(count)
    for unit in ("B", "KiB", "MiB"):
        if amount < _KIB:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= _KIB
    return f"{amount:.1f} GiB"


def short(id_: str) -> str:
    """Return the end of an id, by which people tell memories apart: the beginning is a time."""
    return id_[-_SHORT:]


def plural(count: int, one: str, many: str | None = None) -> str:
    """Return a count with its word."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"
