"""What the package offers at its front door, and that its promises about itself hold."""

import ast
import importlib
import inspect
import subprocess
import sys
import typing
from pathlib import Path
from typing import Any

import pytest

import memos_graph
from memos_graph import Memory, MemOS, errors
from memos_graph.lifecycle import merging
from memos_graph.memory import (
    audits,
    cubes,
    forgetting,
    logquery,
    payloads,
    permissions,
    policy,
    provenance,
    shared,
    states,
    timemachine,
    updates,
)
from memos_graph.pipelines import runs

PARTS = (
    MemOS,
    Memory,
    audits.Audit,
    cubes.Cubes,
    forgetting.Forgetting,
    logquery.LogQuery,
    merging.Merging,
    payloads.Adapters,
    payloads.KvCaches,
    permissions.Permissions,
    runs.Runs,
    policy.SpacePolicy,
    provenance.Provenance,
    shared.Shared,
    states.Lifecycle,
    timemachine.History,
    updates.Update,
)


def named_in(hint: Any) -> set[type]:
    """Return the classes of this package that a type hint names, however deep."""
    if isinstance(hint, type) and not typing.get_args(hint):
        return {hint} if hint.__module__.startswith("memos_graph.") else set()
    return {found for part in typing.get_args(hint) for found in named_in(part)}


def taken_and_returned(part: type) -> set[type]:
    found = set()
    for name, method in inspect.getmembers(part, lambda each: inspect.isfunction(each) or inspect.ismethod(each)):
        if not name.startswith("_"):
            scope = {**vars(importlib.import_module(method.__module__)), "Memory": Memory}
            found |= {each for hint in typing.get_type_hints(method, scope).values() for each in named_in(hint)}
    return found


def test_the_front_door_offers_what_it_names() -> None:
    assert memos_graph.__all__ == sorted(set(memos_graph.__all__))
    source = ast.parse(Path(memos_graph.__file__).read_text())
    (checked,) = [node for node in source.body if isinstance(node, ast.If) and not isinstance(node.test, ast.UnaryOp)]
    told = {name.name for node in checked.body if isinstance(node, ast.ImportFrom) for name in node.names}
    assert told == set(memos_graph.__all__), "type checkers are told of other names than programs"
    assert set(memos_graph._ROOMS) == told
    for name in memos_graph.__all__:
        found = getattr(memos_graph, name)
        if isinstance(found, type):
            assert found.__module__.startswith("memos_graph.")
            assert inspect.getdoc(found)


def test_whatever_a_method_takes_or_returns_is_at_the_front_door() -> None:
    needed = {found.__name__ for part in PARTS for found in taken_and_returned(part)}
    assert len(needed) > 40
    assert needed - set(memos_graph.__all__) == set()


def test_every_error_is_at_the_front_door() -> None:
    raised = {name for name, found in vars(errors).items() if isinstance(found, type) and issubclass(found, Exception)}
    assert raised - set(memos_graph.__all__) == set()


def test_the_door_opens_without_the_house() -> None:
    code = "import sys, memos_graph; print(sorted(name for name in sys.modules if name.startswith('memos_graph')))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['memos_graph']"
    assert set(memos_graph.__all__) <= set(dir(memos_graph))
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
