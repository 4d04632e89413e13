"""A space over REST: what ``Memory`` is in process, with the same methods, arguments, results and errors."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Generic

from memos_graph.client.adding import Given, adding, content_of, uploading
from memos_graph.client.calls import RestCall, path_of, space_path, with_json
from memos_graph.client.connection import AsyncConnection, Connection
from memos_graph.client.cubes import RemoteLifecycle, correction, setting
from memos_graph.client.documents import RemoteDocuments
from memos_graph.client.governing import RemoteAudit, RemoteLogs, RemotePermissions, RemotePolicy, readable
from memos_graph.client.methods import C, by_hand, flowing, nothing, over
from memos_graph.client.own import PrincipalRemotely
from memos_graph.client.steps import Flow, Plan, ask, send
from memos_graph.client.streaming import answered, answering, chat_call, dumping, exporting
from memos_graph.client.working import (
    RemoteAdapters,
    RemoteCosts,
    RemoteJobs,
    RemoteKvCaches,
    RemoteRuns,
    RemoteSchedule,
    RemoteVault,
    running,
)
from memos_graph.exchange.loading.report import Loaded, OnConflict
from memos_graph.formats import DateOrder
from memos_graph.forms.chat import ChatAnswer, Form
from memos_graph.governance import Action, Decision
from memos_graph.host.protocol import Turn
from memos_graph.lifecycle.terms import SetTerms, Terms
from memos_graph.memory.acts import SpaceActs
from memos_graph.memory.adding import AddReport
from memos_graph.memory.memory import MemoryApi
from memos_graph.memory.timemachine import History
from memos_graph.pipelines import Pipeline, Run
from memos_graph.search.calls import Filters, SearchResult
from memos_graph.search.selection import Selection
from memos_graph.types import Version
from memos_graph.verbs import (
    cubes,
    devices,
    erasure,
    grants,
    lifecycle,
    log,
    marks,
    policies,
    provenance,
    roles,
    spaces,
    timemachine,
)
from memos_graph.verbs.shared import Answer


def _moments(arguments: dict[str, Any]) -> dict[str, Any]:
    """Return arguments with moments as texts, which stand for names of snapshots, too."""
    return {name: each.isoformat() if isinstance(each, datetime) else each for name, each in arguments.items()}


def _subjects(arguments: dict[str, Any]) -> dict[str, Any]:
    subject = arguments["subject"]
    return arguments | {"subject": (subject,) if isinstance(subject, str) else tuple(subject)}


class RemoteSpace(RemoteLifecycle[C], PrincipalRemotely[C], Generic[C]):
    """One space over REST, as whoever holds the key may use it: see ``Memory`` for what each method does.

    Made by ``mount`` and ``space`` of a client. ``principal`` who it is while it acts; ``owner`` whose the space is.
    """

    def __init__(self, connection: C, space: str, principal: str, owner: str) -> None:
        super().__init__(connection, space)
        self.principal = principal
        self.owner = owner

    @by_hand
    def add(
        self,
        entries: Given,
        *,
        source: str | None = None,
        tags: Collection[str] = (),
        expires_at: datetime | None = None,
    ) -> Plan[AddReport]:
        """Remember messages, or one text; the same ones again change nothing. See ``Memory.add``."""
        return (yield from adding(self.space, entries, source=source, tags=tags, expires_at=expires_at))

    @by_hand
    def add_file(
        self,
        path: str | Path,
        *,
        tags: Collection[str] = (),
        at: datetime | None = None,
        date_order: DateOrder | None = None,
    ) -> Plan[AddReport]:
        """Remember a file of this machine: a transcript, an export or a document. See ``Memory.add_file``."""
        return (
            yield from uploading(
                self.space,
                content_of(path),
                name=Path(path).name,
                media_type=None,
                tags=tags,
                expires_at=None,
                at=at,
                date_order=date_order,
            )
        )

    @by_hand
    def add_data(
        self,
        data: bytes | str,
        *,
        name: str,
        media_type: str | None = None,
        tags: Collection[str] = (),
        expires_at: datetime | None = None,
        at: datetime | None = None,
        date_order: DateOrder | None = None,
    ) -> Plan[AddReport]:
        """Remember a file given as bytes, under the source name ``name``. See ``Memory.add_data``."""
        return (
            yield from uploading(
                self.space,
                data,
                name=name,
                media_type=media_type,
                tags=tags,
                expires_at=expires_at,
                at=at,
                date_order=date_order,
            )
        )

    @by_hand
    def search(
        self,
        question: str,
        *,
        limit: int = 10,
        spaces: Sequence[str] = (),
        filters: Filters | None = None,
        at: datetime | None = None,
    ) -> Plan[SearchResult]:
        """Return the memories that answer ``question`` best, each with why, its path and its sources. See ``Memory.search``.

        Of further ``spaces`` each must be readable: over REST another one is refused like one that does not exist.
        """
        body = {
            "question": question,
            "spaces": (self.space, *spaces),
            "limit": limit,
            "filters": (filters or Filters()).model_dump(mode="json", exclude_defaults=True),
            "at": at,
            "explain": True,
        }
        found = yield from send(with_json(RestCall("POST", path_of("/search"), Answer, repeatable=True), body), Answer)
        return SearchResult.model_validate(dict(found))

    @by_hand
    def chat(
        self,
        turns: str | Sequence[Turn],
        *,
        form: Form | str = Form.AUTO,
        limit: int = 10,
        max_new_tokens: int = 64,
        temperature: float = 0.0,
        stop: Sequence[str] = (),
        instructions: Sequence[str] = (),
        explain: bool = False,
    ) -> Plan[ChatAnswer]:
        """Answer a question, or the last turn of a conversation, from the memories of this space. See ``Memory.chat``."""
        call = chat_call(
            self.space,
            turns,
            form=form,
            limit=limit,
            max_new_tokens=max_new_tokens,
            temperature=temperature,
            stop=stop,
            instructions=instructions,
            explain=explain,
            stream=False,
        )
        return (yield from answered(call))

    @flowing
    def chat_stream(
        self,
        turns: str | Sequence[Turn],
        *,
        form: Form | str = Form.AUTO,
        limit: int = 10,
        max_new_tokens: int = 64,
        temperature: float = 0.0,
        stop: Sequence[str] = (),
        instructions: Sequence[str] = (),
        explain: bool = False,
    ) -> Flow[str | ChatAnswer]:
        """Yield the pieces of an answer as the model makes them, and last the whole answer; see ``chat``."""
        call = chat_call(
            self.space,
            turns,
            form=form,
            limit=limit,
            max_new_tokens=max_new_tokens,
            temperature=temperature,
            stop=stop,
            instructions=instructions,
            explain=explain,
            stream=True,
        )
        yield from answering(call)

    get = over(MemoryApi.get, cubes.get)
    page = over(MemoryApi.page, spaces.list_cubes, lambda found: [*found.items])
    rollback = over(MemoryApi.rollback, cubes.rollback)
    delete = over(MemoryApi.delete, cubes.delete)
    history = over(MemoryApi.history, cubes.history)
    diff = over(MemoryApi.diff, cubes.diff, lambda found: found.diff)
    lineage = over(MemoryApi.lineage, provenance.lineage)
    overview = over(MemoryApi.overview, spaces.overview)
    sweep = over(MemoryApi.sweep, policies.sweep)
    forget = over(MemoryApi.forget, erasure.forget, given=_subjects)
    standing = over(MemoryApi.standing, devices.standing)
    follow = over(MemoryApi.follow, devices.follow)
    detect_mark = over(MemoryApi.detect_mark, marks.detect_mark)
    log = over(MemoryApi.log, log.query_log, lambda found: [*found.items])
    grant = over(MemoryApi.grant, grants.grant, nothing, named={"expires_at": "until"}, given=readable)
    revoke = over(MemoryApi.revoke, grants.revoke, nothing)
    grants = over(MemoryApi.grants, grants.list_grants)

    duplicates = over(SpaceActs.duplicates, lifecycle.duplicates)
    review = over(SpaceActs.review, lifecycle.review)
    settle = over(SpaceActs.settle, lifecycle.settle)
    snapshot = over(History.snapshot, timemachine.snapshot)
    snapshots = over(History.snapshots, timemachine.snapshots, list)
    changes = over(History.changes, timemachine.changes, given=_moments)
    roll_back_to = over(History.roll_back_to, timemachine.roll_back, named={"moment": "to"}, given=_moments)

    @by_hand
    def update(
        self, cube: str, *, text: str, reason: str | None = None, expected_version: int | None = None
    ) -> Plan[Version]:
        """See ``RemoteUpdate.update``."""
        return (yield from correction(cube, text, reason, expected_version))

    @by_hand
    def set(self, cube: str, terms: Terms | None = None, /, **given: Any) -> Plan[SetTerms]:
        """Set a memory's ``expires_at``, ``half_life_days``, ``priority`` or ``tags``; ``None`` takes it away."""
        return (yield from setting(cube, terms or Terms.of(**given)))

    @by_hand
    def can(self, principal: str, action: Action, target: str | None = None) -> Plan[Decision]:
        """Tell whether somebody may do something, and why; without a ``target``, of this space."""
        asked = {"principal": principal, "action": action, "target": target or self.space}
        return (yield from ask(roles.decide, **asked))

    @by_hand
    def run(self, pipeline: Pipeline, inputs: Mapping[str, Any] | None = None) -> Plan[Run]:
        """See ``RemoteRuns.run``."""
        return (yield from running(self.space, pipeline, inputs))

    @by_hand
    def beside(self, space: str) -> Plan["RemoteSpace[C]"]:
        """Return another space as the same principal may use it; raises ``NotFoundError`` for one it may not read."""
        access = yield from ask(spaces.show_space, space=space)
        return RemoteSpace(self._connection, access.space, self.principal, access.owner)

    @flowing
    def export(self, selection: Selection | None = None, *, level: str | None = "whole") -> Flow[str]:
        """Yield memories as lines of JSON with their owner's mark; ``level`` None: facts, too."""
        yield from exporting(self.space, selection, level)

    @flowing
    def dump(
        self, selection: Selection | None = None, *, content_only: bool = False, recipients: Sequence[str] = ()
    ) -> Flow[bytes]:
        """Yield the pieces of a signed bundle of memories, for ``recipients`` alone where there are any. Default: the whole space."""
        yield from dumping(self.space, selection, content_only=content_only, recipients=recipients)

    @by_hand
    def load(
        self,
        file: str | Path | bytes,
        *,
        conflicts: OnConflict | str = OnConflict.KEEP,
        names: Mapping[str, str] | None = None,
        grant: bool = False,
        dry_run: bool = False,
    ) -> Plan[Loaded]:
        """Load a bundle, a file of this machine or its bytes, into this space. See ``Memory.load``."""
        query = [
            ("conflicts", str(conflicts)),
            ("map", [f"{there}={here}" for there, here in (names or {}).items()]),
            ("grant", grant),
            ("dry_run", dry_run),
        ]
        content = file if isinstance(file, bytes) else content_of(file)
        headers = {"Content-Type": "application/octet-stream"}
        path = space_path(self.space, "/load")
        return (
            yield from send(RestCall("POST", path, Loaded, query, headers, content, repeatable=True, slow=True), Loaded)
        )

    @cached_property
    def documents(self) -> RemoteDocuments[C]:
        """Its JSON documents."""
        return RemoteDocuments(self._connection, self.space)

    @cached_property
    def permissions(self) -> RemotePermissions[C]:
        """Who may do what here."""
        return RemotePermissions(self._connection, self.space)

    @cached_property
    def kv(self) -> RemoteKvCaches[C]:
        """The KV-caches of this space."""
        return RemoteKvCaches(self._connection, self.space)

    @cached_property
    def lora(self) -> RemoteAdapters[C]:
        """The LoRA adapters of this space."""
        return RemoteAdapters(self._connection, self.space)

    @cached_property
    def vault(self) -> RemoteVault[C]:
        """Where the payloads of this space are kept."""
        return RemoteVault(self._connection, self.space)

    @cached_property
    def jobs(self) -> RemoteJobs[C]:
        """Its jobs."""
        return RemoteJobs(self._connection, self.space)

    @cached_property
    def costs(self) -> RemoteCosts[C]:
        """What it costs."""
        return RemoteCosts(self._connection, self.space)

    @cached_property
    def schedule(self) -> RemoteSchedule[C]:
        """Which form serves which of its memories."""
        return RemoteSchedule(self._connection, self.space)

    @cached_property
    def policy(self) -> RemotePolicy[C]:
        """The policy that governs it."""
        return RemotePolicy(self._connection, self.space)

    @cached_property
    def logs(self) -> RemoteLogs[C]:
        """The LogQuery API."""
        return RemoteLogs(self._connection, self.space)

    @cached_property
    def audit(self) -> RemoteAudit[C]:
        """Its log as evidence."""
        return RemoteAudit(self._connection, self.space)

    @cached_property
    def pipelines(self) -> RemoteRuns[C]:
        """Its pipelines."""
        return RemoteRuns(self._connection, self.space)


RemoteMemory = RemoteSpace[Connection]
"""A space over REST, for those who wait."""
AsyncMemory = RemoteSpace[AsyncConnection]
"""A space over REST, for those who await."""
