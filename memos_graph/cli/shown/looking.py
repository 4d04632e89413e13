"""What a look is: it prints a result of one type."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Call:
    """What a result alone does not say: the arguments, ids in full, and the space where it was done in one."""

    given: Any
    space: str | None = None


Look = Callable[[Any], None]
CallLook = Callable[[Any, Call], None]
Form = Callable[[Any, Call], Any]
"""What JSON says of a result, where that is not the result itself."""
