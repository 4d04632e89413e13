"""How a program of ours starts: this module imports nothing that takes time."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def importing() -> Iterator[None]:
    """Import inside the block without looking for garbage: nothing imported goes again, and looking takes a fifth of the time.

    It is not looked through later either, nor copied for a forked process only because it was.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
