"""SmolLM2 in tests: everything that is said of the host for any model is tried on a real one, too."""

import pytest

from memos_graph import Settings
from memos_graph.errors import ConfigurationError
from memos_graph.host.smollm2 import SMOLLM2, prepared

MEMORY = (
    "[2026-05-04] Dana: I moved to Lisbon in March, and the flat by the river is finally quiet.",
    "Maya works at Harbour Labs, where she repairs the instruments that measure the tide.",
    "[2026-05-11] Tom: My cello lesson with Mrs Okafor is on Tuesday at half past four.",
    "The key of the tool cabinet hangs in the office of the librarian, behind the map.",
    "[2026-06-02] Dana: Omar and I agreed on version 4.2 of the map for the customer in Porto.",
)
QUESTIONS = ("Where does Maya work?", "When is Tom's cello lesson?", "Where is the key of the tool cabinet?")


def _missing() -> str:
    try:
        prepared(Settings.load().cache)
    except ConfigurationError as error:
        return f"{error.message} {error.hint}"
    return ""


def with_smollm2(*others: str) -> list[object]:
    """Return ``others`` and SmolLM2 as parameters of a test; without its extra it is skipped by what is missing."""
    missing = _missing()
    return [*others, pytest.param(SMOLLM2, marks=pytest.mark.skipif(bool(missing), reason=missing or "it is there"))]


def require_smollm2() -> None:
    """Skip a test, or all of a file, where SmolLM2 is not installed."""
    if missing := _missing():
        pytest.skip(missing, allow_module_level=True)
