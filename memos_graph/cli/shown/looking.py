"""What a look is: it prints a result of one type."""

from collections.abc import Callable
from typing import Any

Look = Callable[[Any], None]
