"""Parts that are installed by choice: what needs one that is missing says so, and how to get it."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec

from memos_graph.errors import ConfigurationError

_PACKAGE = "memos-graph"


def wanted(extra: str, what: str, missing: str) -> ConfigurationError:
    """Return the error that ``what`` needs ``missing``, which comes with ``extra``."""
    return ConfigurationError(
        f"{what} needs {missing}, which is not installed.", hint=f"pip install '{_PACKAGE}[{extra}]'"
    )


@contextmanager
def needing(extra: str, what: str) -> Iterator[None]:
    """Raise ``ConfigurationError`` where a library that comes with ``extra`` can't be imported inside the block."""
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or _PACKAGE).partition(".")[0] == "memos_graph":
            raise  # a fault of this package, not of how it was installed
        raise wanted(extra, what, str(error.name)) from error


def check(extra: str, what: str, *modules: str) -> None:
    """Raise ``ConfigurationError`` unless another process will find ``modules``; nothing is imported."""
    for module in modules:
        try:
            found = find_spec(module)
        except ModuleNotFoundError:
            found = None
        if found is None:
            raise wanted(extra, what, module)
