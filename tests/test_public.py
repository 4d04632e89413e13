"""What the package offers at its front door, and that its promises about itself hold."""

import inspect
import subprocess
import sys

import pytest

import memos_graph
from memos_graph import errors

PUBLIC = [
    "Action",
    "AddReport",
    "Filters",
    "Hit",
    "MemCube",
    "MemOS",
    "Memory",
    "MemoryCall",
    "MemoryType",
    "MemosError",
    "Message",
    "Pipeline",
    "SearchResult",
    "SemanticType",
    "Settings",
    "State",
    "Version",
]


def test_the_front_door_offers_these_names_and_no_others() -> None:
    assert memos_graph.__all__ == PUBLIC
    for name in PUBLIC:
        assert getattr(memos_graph, name).__module__.startswith("memos_graph.")
        assert inspect.getdoc(getattr(memos_graph, name))


def test_the_door_opens_without_the_house() -> None:
    code = "import sys, memos_graph; print(sorted(name for name in sys.modules if name.startswith('memos_graph')))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['memos_graph']"
    assert set(PUBLIC) <= set(dir(memos_graph))
    with pytest.raises(AttributeError, match="has no attribute 'MemoryOS'"):
        _ = memos_graph.MemoryOS  # type: ignore[attr-defined]


def test_every_error_has_a_code_of_its_own_and_stands_in_the_tree() -> None:
    classes = [
        found for found in vars(errors).values() if isinstance(found, type) and issubclass(found, errors.MemosError)
    ]
    codes = [found.code for found in classes]
    assert len(codes) == len(set(codes)) > 20
    assert all(code == code.lower() and " " not in code for code in codes)
    tree = errors.__doc__ or ""
    assert all(found.__name__ in tree for found in classes)


def test_an_error_says_what_happened_and_what_to_do() -> None:
    error = errors.VersionConflictError("It changed.", hint="Read it again.", current=3)
    assert (str(error), error.message, error.hint, error.current) == (
        "It changed. Read it again.",
        "It changed.",
        "Read it again.",
        3,
    )
    assert str(errors.InputError("Bad.")) == "Bad."
    assert errors.FormatError("Bad line.", line=7).line == 7


def test_importing_the_package_loads_no_model() -> None:
    command = (
        "import sys; from memos_graph import *; print(any(name in sys.modules for name in ('torch', 'transformers')))"
    )
    done = subprocess.run([sys.executable, "-c", command], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
