"""Both faces have the same methods with the same arguments; where one differs, it is said here, and why."""

import inspect
from functools import cached_property
from typing import Any

import pytest

from memos_graph import Acting, Memory
from memos_graph.client import own, space, working
from memos_graph.client.address import Address
from memos_graph.client.client import RemotePrincipal
from memos_graph.client.connection import Connection
from memos_graph.client.cubes import RemoteCubes, RemoteLifecycle, RemoteProvenance, RemoteUpdate
from memos_graph.client.documents import RemoteDocuments
from memos_graph.client.governing import RemoteAudit, RemoteLogs, RemotePermissions, RemotePolicy
from memos_graph.client.methods import Method, RemotePart, Stream
from memos_graph.memory.audits import Audit
from memos_graph.memory.costs import Costs
from memos_graph.memory.cubes import Cubes
from memos_graph.memory.documents import DocumentStore
from memos_graph.memory.forgetting import Forgetting
from memos_graph.memory.jobs import Jobs
from memos_graph.memory.logquery import LogQuery
from memos_graph.memory.own import Keys, Mandates, OwnRoles
from memos_graph.memory.payloads import Adapters, KvCaches
from memos_graph.memory.permissions import Permissions
from memos_graph.memory.policy import SpacePolicy
from memos_graph.memory.provenance import Provenance
from memos_graph.memory.schedule import Schedule
from memos_graph.memory.shared import Shared
from memos_graph.memory.states import Lifecycle
from memos_graph.memory.updates import Update
from memos_graph.memory.vaults import PayloadVault
from memos_graph.pipelines import Runs

PAIRS: list[tuple[type, type]] = [
    (Memory, space.RemoteSpace),
    (Acting, RemotePrincipal),
    (Adapters, working.RemoteAdapters),
    (Audit, RemoteAudit),
    (Cubes, RemoteCubes),
    (DocumentStore, RemoteDocuments),
    (Forgetting, own.RemoteForgetting),
    (Jobs, working.RemoteJobs),
    (Keys, own.RemoteKeys),
    (KvCaches, working.RemoteKvCaches),
    (Lifecycle, RemoteLifecycle),
    (LogQuery, RemoteLogs),
    (Mandates, own.RemoteMandates),
    (OwnRoles, own.RemoteRoles),
    (Permissions, RemotePermissions),
    (Provenance, RemoteProvenance),
    (Runs, working.RemoteRuns),
    (Costs, working.RemoteCosts),
    (Schedule, working.RemoteSchedule),
    (Shared, own.RemoteShared),
    (SpacePolicy, RemotePolicy),
    (PayloadVault, working.RemoteVault),
    (Update, RemoteUpdate),
]

# What a call over REST can't do, or not as one call.
ONLY_IN_PROCESS = {
    "Memory.sync": "a device brings itself in step with others",
    "Memory.read_question": "`search` tells how a question was read",
    "DocumentStore.write": "several documents in one transaction",
    "DocumentStore.edit": "a read and a write in one transaction",
    "DocumentStore.together": "a read and a write in one transaction",
    "DocumentStore.refresh": "part of reading one",
    "Update.foresee": "the console shows it before it deletes",
    "Runs.check": "the service checks a declaration before it runs it",
    "Acting.asking": "part of one search",
    "Acting.space": "`mounted`, as a space over REST is no method of `RemotePart`",
    "Acting.space_of": "a memory that is read says its space",
    "Acting.pipelines_of": "a run is shown by the pipelines of any space",
}
FEWER_ARGUMENTS = {"progress", "stopped", "seals", "key", "identity", "action", "subject", "recipe"}
"""Arguments that only a process of its own can take: a function that is told how far it is, seals and keys of one's own."""


def methods(of: type) -> dict[str, Any]:
    found = inspect.getmembers(of, lambda each: inspect.isfunction(each) or isinstance(each, Method))
    return {name: each for name, each in found if not name.startswith("_")}


def arguments(of: Any) -> dict[str, tuple[Any, Any]]:
    signature = of.__signature__ if isinstance(of, Method) else inspect.signature(of)
    return {name: (each.kind, each.default) for name, each in signature.parameters.items() if name != "self"}


@pytest.mark.parametrize(("here", "there"), PAIRS, ids=lambda each: each.__name__)
def test_each_method_is_on_both_sides_with_the_same_arguments(here: type, there: type) -> None:
    remote = methods(there)
    for name, method in methods(here).items():
        if f"{here.__name__}.{name}" in ONLY_IN_PROCESS:
            assert name not in remote
            continue
        assert name in remote, f"{here.__name__}.{name}"
        asked, known = arguments(remote[name]), arguments(method)
        less = known.keys() - asked.keys()
        assert less <= FEWER_ARGUMENTS, f"{here.__name__}.{name}"
        assert asked == {each: known[each] for each in known if each not in less}, f"{here.__name__}.{name}"
        assert inspect.getdoc(remote[name]), f"{there.__name__}.{name}"


NO_PARTS = {"timeline", "lifecycle", "ids", "merging", "reviewing", "public_key", "most_tokens"}
"""What a space over REST has itself, what is part of acts, and what only the service knows."""


@pytest.mark.parametrize(("here", "there"), PAIRS[:2], ids=lambda each: each.__name__)
def test_each_part_is_on_both_sides(here: type, there: type) -> None:
    found = [
        {name for name, each in inspect.getmembers(of) if isinstance(each, property | cached_property)}
        for of in (here, there)
    ]
    parts, remote = ({name for name in names if not name.startswith("_")} for names in found)
    assert parts - NO_PARTS <= remote
    compared = {there.__name__ for _, there in PAIRS}
    named = {name: inspect.signature(inspect.getattr_static(there, name).func).return_annotation for name in remote}
    assert all(str(each).partition("[")[0].rpartition(".")[2] in compared for each in named.values())


def test_what_gives_one_thing_after_another_does_so_on_both_sides() -> None:
    streams = {
        (there.__name__, name)
        for _, there in PAIRS
        for name, each in methods(there).items()
        if isinstance(each, Stream)
    }
    assert streams == {
        ("RemoteSpace", "chat_stream"),
        ("RemoteSpace", "export"),
        ("RemoteSpace", "dump"),
        ("RemoteDocuments", "every"),
        ("RemoteLogs", "follow"),
    }


def test_a_method_looks_like_one() -> None:
    part = RemotePart(Connection(Address("http://127.0.0.1:1", "memos_key")), "alice/notes")
    asked = RemoteDocuments.put.__get__(part, RemoteDocuments)
    assert asked.__name__ == "put"
    assert "Put one document" in (asked.__doc__ or "")
    assert list(inspect.signature(asked).parameters)[:3] == ["namespace", "key", "value"]
