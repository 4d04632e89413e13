"""What reading one file may cost: a file of some kilobytes can be made to take hours, or all memory there is."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from memos_graph.config import Settings
from memos_graph.errors import FormatError
from memos_graph.formats.types import Parsed

_LEAST_CHARS, _CHARS_A_BYTE = 4_000_000, 8
_MIB = 1 << 20

Stopped = Callable[[], bool]
"""Asked now and then while a file is read: whether nobody waits for it any more."""


@dataclass(frozen=True)
class Limits:
    """Bounds for one file.

    * ``seconds`` of processor time; ``memory_mb`` MiB beside what a reader takes by itself.
    * ``entries`` messages or passages.
    """

    seconds: float = 8.0
    memory_mb: int = 500
    entries: int = 250_000

    @classmethod
    def of(cls, settings: Settings) -> "Limits":
        """Return those of ``settings``."""
        return cls(settings.read_seconds, settings.read_mb, settings.read_entries)

    def as_dict(self) -> dict[str, Any]:
        """Return them as JSON has them."""
        return asdict(self)

    def check(self, parsed: Parsed, size: int) -> Parsed:
        """Return ``parsed``, read of ``size`` bytes; raises ``FormatError`` where it is more than may come of one file."""
        if len(parsed.entries) > self.entries:
            raise FormatError(
                f"{parsed.source}: it holds {len(parsed.entries):,} entries, more than the {self.entries:,} of one file.",
                hint="Split it, or raise MEMOS_READ_ENTRIES.",
            )
        most = max(_LEAST_CHARS, _CHARS_A_BYTE * size)
        if sum(len(entry.text) for entry in parsed.entries) > most:
            raise FormatError(
                f"{parsed.source}: its {size:,} bytes swell to more than {most:,} characters.",
                hint="Save it in another format.",
            )
        return parsed


def too_slow(name: str, limits: Limits) -> FormatError:
    """Return the error of a file that took too long."""
    return FormatError(
        f"{name}: reading it took more than {limits.seconds:g} s of processor time, and was given up.",
        hint="Split it, or save it in another format; MEMOS_READ_SECONDS allows more.",
    )


def too_large(name: str, limits: Limits) -> FormatError:
    """Return the error of a file that took too much memory."""
    return FormatError(
        f"{name}: reading it took more than {limits.memory_mb} MiB of memory, and was given up.",
        hint="Split it, or save it in another format; MEMOS_READ_MB allows more.",
    )


def unreadable(name: str, how: str) -> FormatError:
    """Return the error of a file that broke its reader."""
    return FormatError(f"{name}: the reader failed on it ({how}).", hint="Save it in another format.")
