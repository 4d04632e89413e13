"""Libraries' own progress bars, where ours, or none, is to be shown."""

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def hidden() -> Iterator[None]:
    """Keep transformers from drawing bars inside the block; what was set before is set again."""
    from transformers.utils import logging  # noqa: PLC0415 - it takes long, and whoever comes here imports it anyway

    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        if shown:
            logging.enable_progress_bar()  # type: ignore[no-untyped-call]
