"""The memory API on one mounted space: everything a principal does with its memories goes through here."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, tzinfo
from functools import partial
from pathlib import Path
from typing import Any, Self

from memos_graph.audit import Event
from memos_graph.errors import InputError, ModelError
from memos_graph.exchange.marks import watermark_key
from memos_graph.formats import DateOrder, Limits, Stopped, parse, parse_file
from memos_graph.forms.chat import ChatAnswer, Form
from memos_graph.governance import Access, Action, Decision, Grant
from memos_graph.host.protocol import Detect, Detected, Turn
from memos_graph.ingest.ingest import Progress
from memos_graph.integrity.withheld import whole_page
from memos_graph.kit.clock import now
from memos_graph.language.followups import alone
from memos_graph.lifecycle.lifecycle import Deleted
from memos_graph.lifecycle.receipts import Mentions, Receipt
from memos_graph.lifecycle.sweep import Swept
from memos_graph.lifecycle.terms import SetTerms, Terms
from memos_graph.memcube.rows import as_cube
from memos_graph.memory.acts import SpaceActs
from memos_graph.memory.adding import AddReport, Entries, as_parsed, is_said_now, report, with_something
from memos_graph.memory.devices import SpaceDevices
from memos_graph.memory.logquery import LogEntry
from memos_graph.memory.overview import SpaceMap, overview
from memos_graph.memory.parts import SpaceParts
from memos_graph.memory.provenance import Lineage
from memos_graph.memory.refusing import recording
from memos_graph.memory.states import Lifecycle
from memos_graph.memory.timemachine import History
from memos_graph.search.calls import Filters, MemoryCall, SearchResult
from memos_graph.search.reader import check, read
from memos_graph.services import Services
from memos_graph.types import MemCube, Version

_TOKENS_OF_OURS, _TOKENS_OF_A_REMOTE_MODEL = 64, 1024


@recording
class MemoryApi(SpaceActs, SpaceDevices, SpaceParts):
    """What one principal does with the memories of one space, but for pipelines, which are made of it: see ``Memory``."""

    def __init__(self, services: Services, access: Access, principal: str, zone: tzinfo | None = None) -> None:
        self._services = services
        self.zone = zone or services.settings.zone
        self.space = access.space
        self.owner = access.owner
        self.principal = principal

    @property
    def lifecycle(self) -> Lifecycle:
        """The acts of MemLifecycle, which this has itself, too."""
        return self

    @property
    def timeline(self) -> History:
        """The time machine, which this has itself, too."""
        return self

    def add(
        self,
        entries: Entries,
        *,
        source: str | None = None,
        tags: Collection[str] = (),
        expires_at: datetime | None = None,
        progress: Progress | None = None,
    ) -> AddReport:
        """Remember messages, or one text; the same ones again change nothing.

        A message sent alone, without an id and a time, is what somebody says now: the same words again are a second memory.
        In a list those that stand there already are the same ones sent again; give each an id or a time where they are not.

        * ``entries`` messages, dictionaries of their fields, one text, or what ``formats.parse`` returned.
        * ``source`` the conversation they are part of; default: "notes" for a text, "conversation" for messages.
        * ``progress`` is told ``(done, total)`` messages after each transaction.
        * Raises ``ForbiddenError`` without the right to write, ``InputError`` when nothing given can be used.
        """
        parsed = as_parsed(entries, source, self._services.settings.max_text_chars)
        stored = self._services.ingest.store(
            parsed,
            space=self.space,
            principal=self.principal,
            tags=tuple(tags),
            expires_at=expires_at,
            progress=progress,
            zone=self.zone,
            said_now=is_said_now(entries, parsed),
        )
        return report(parsed, stored)

    def add_file(
        self,
        path: str | Path,
        *,
        tags: Collection[str] = (),
        progress: Progress | None = None,
        at: datetime | None = None,
        date_order: DateOrder | None = None,
    ) -> AddReport:
        """Remember a transcript, an export or a document, told apart by itself; docs/formats.md lists what is read.

        Raises ``FormatError`` when it can't be read, or nothing of it can be stored.
        """
        limit = self._services.settings.max_text_chars
        parsed = parse_file(
            path, at=at, date_order=date_order, max_chars=limit, limits=Limits.of(self._services.settings)
        )
        return self.add(with_something(parsed), tags=tags, progress=progress)

    def add_data(
        self,
        data: bytes | str,
        *,
        name: str,
        media_type: str | None = None,
        tags: Collection[str] = (),
        expires_at: datetime | None = None,
        progress: Progress | None = None,
        at: datetime | None = None,
        date_order: DateOrder | None = None,
        stopped: Stopped | None = None,
    ) -> AddReport:
        """Remember a transcript, an export or a document given as bytes, under the source name ``name``; see ``add_file``.

        ``stopped`` is asked while it is read: whether nobody waits for it any more; nothing is stored then.
        """
        parsed = parse(
            data,
            name=name,
            media_type=media_type,
            at=at,
            date_order=date_order,
            max_chars=self._services.settings.max_text_chars,
            limits=Limits.of(self._services.settings),
            stopped=stopped,
        )
        return self.add(with_something(parsed), tags=tags, expires_at=expires_at, progress=progress)

    def read_question(self, question: str, *, at: datetime | None = None) -> MemoryCall:
        """Return how MemReader understands a question, without asking it; ``at`` as in ``search``."""
        readable = self._services.operator.speakers(self.principal, [self.space])
        return read(question, speakers=_names(readable), at=at, zone=self.zone)

    def search(
        self,
        question: str,
        *,
        limit: int = 10,
        spaces: Sequence[str] = (),
        filters: Filters | None = None,
        at: datetime | None = None,
    ) -> SearchResult:
        """Return the memories that answer ``question`` best, each with why, its path and its sources.

        * ``spaces`` further spaces to search; those the principal may not read add nothing, and say nothing.
        * ``at`` when and in which zone the question is asked, for "today" and "last week" in it; default: now, in the
          zone this space was mounted with. A moment without a zone is one there.
        * Raises ``InputError`` for an empty question or a ``limit`` outside 1 to 200.
        """
        check(question, limit)
        readable = self._services.operator.speakers(self.principal, (self.space, *spaces))
        return self._services.operator.search(
            read(question, speakers=_names(readable), at=at, zone=self.zone),
            principal=self.principal,
            spaces=tuple(readable),
            limit=limit,
            filters=filters or Filters(),
        )

    @property
    def most_tokens(self) -> int:
        """How long an answer of the model that is set may get, unless somebody says otherwise."""
        return _TOKENS_OF_A_REMOTE_MODEL if self._services.settings.chats_remotely else _TOKENS_OF_OURS

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
    ) -> ChatAnswer:
        """Answer a question, or the last turn of a conversation, from the memories of this space.

        * ``form`` in which form they are put before the model: see ``Form``. * ``limit`` how many memories it may draw on.
        * Where no model is set that answers in its own words, ``auto`` quotes the sentence that answers best, or says that
          nothing here answers; recall-tiny answers what its phrasebook knows.
        * What the last turn leaves to the ones before it ("And where does she work?") is searched for with it.
        * ``stop`` texts that end the answer. ``instructions`` what your program tells the model besides; recall-tiny, which
          was trained on one task alone, is told none. ``explain`` has the answer say which forms were considered, and why.
        * Raises ``HostUnavailableError``, ``InputError``, ``StateError``.
        """
        pieces = list(
            self.chat_stream(
                turns,
                form=form,
                limit=limit,
                max_new_tokens=max_new_tokens,
                temperature=temperature,
                stop=stop,
                instructions=instructions,
                explain=explain,
            )
        )
        if not pieces or not isinstance(pieces[-1], ChatAnswer):
            raise ModelError("The model host gave no answer.", hint="Ask again.")
        return pieces[-1]

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
    ) -> Iterator[str | ChatAnswer]:
        """Yield the pieces of an answer as the model makes them, and last the whole answer; see ``chat``."""
        said = [Turn(role="user", text=turns)] if isinstance(turns, str) else list(turns)
        if not said or said[-1].role != "user":
            raise InputError("A chat ends with a turn of the user.")
        if form not in list(Form):
            raise InputError(f"'{form}' is not a form of memory.", hint=f"Use {', '.join(Form)}.")
        pieces = self._services.chat.answer(
            said,
            self.search(self._alone(said), limit=limit),
            space=self.space,
            principal=self.principal,
            form=Form(form),
            max_new_tokens=max_new_tokens,
            temperature=temperature,
            stop=stop,
            instructions=instructions,
            explain=explain,
        )
        return self._while_readable(pieces)

    def _while_readable(self, pieces: Iterator[str | ChatAnswer]) -> Iterator[str | ChatAnswer]:
        """Pass an answer on; who lost the right to read meanwhile is told before its end, which so never looks whole."""
        for piece in pieces:
            if isinstance(piece, ChatAnswer) and (piece.used or piece.given):
                self._services.governance.require(self.space, self.principal, Action.READ)
            yield piece

    def _alone(self, turns: Sequence[Turn]) -> str:
        """Return the last turn with what it leaves to the ones before it."""
        earlier = [(turn.role, turn.text) for turn in turns[:-1]]
        known = _names(self._services.operator.speakers(self.principal, [self.space])) if earlier else ()
        return alone(earlier, turns[-1].text, known)

    def get(self, cube: str, *, as_of: datetime | None = None) -> MemCube:
        """See ``Cubes.get``."""
        return self.cubes.get(cube, as_of=as_of)

    def page(
        self, *, after: str = "", limit: int = 50, level: str | None = None, as_of: datetime | None = None
    ) -> Sequence[MemCube]:
        """Return memories in the order they were written, those after the id ``after``; ``level`` whole or fact.

        * ``as_of`` what a reader would have seen then; what was erased since is not shown.
        * Raises ``NotFoundError`` on a later page of a space that may not be read any more.
        """
        asked = {"principal": self.principal, "space": self.space, "now": now(), "as_of": as_of, "level": level}
        rows = whole_page(partial(self._services.runner.read, "versions/list_cubes", **asked), after, limit)
        if after and len(rows) < limit:
            # No further page: said only to who may still read, so that a list that breaks off is not taken for its end.
            self._services.governance.require(self.space, self.principal, Action.READ)
        cubes = [as_cube({**row["cube"], **row["past"]}, row["owner"]) for row in rows]
        seen = {cube.id: cube.behavioural.version for cube in cubes}
        event = Event(self.space, "list", self.principal, cubes=list(seen), versions=list(seen.values()))
        self._services.audit.read(event)
        return cubes

    def overview(self) -> SpaceMap:
        """Return what this space holds at a glance: topics, sources, months, what is sensitive. Recorded in the log."""
        return overview(self._services, self.space, self.principal)

    def update(
        self, cube: str, *, text: str, reason: str | None = None, expected_version: int | None = None
    ) -> Version:
        """See ``Update.update``."""
        return self.updates.update(cube, text=text, reason=reason, expected_version=expected_version)

    def rollback(self, cube: str, *, to: int, reason: str | None = None) -> Version:
        """See ``Update.rollback``."""
        return self.updates.rollback(cube, to=to, reason=reason)

    def delete(self, cube: str, *, reason: str | None = None) -> Deleted:
        """See ``Update.delete``."""
        return self.updates.delete(cube, reason=reason)

    def set(self, cube: str, terms: Terms | None = None, /, **given: Any) -> SetTerms:
        """Set a memory's ``expires_at``, ``half_life_days``, ``priority`` or ``tags``; see ``Update.set``.

        What is not given stays as it is; ``None`` takes it away.
        """
        return self.updates.set(cube, terms or Terms.of(**given))

    def sweep(self) -> Swept:
        """Expire or erase what has come to its end, as the policy says; needs the right to administer.

        Payload files that no memory accounts for, such as those of a build that a crash cut short, go too, and so do payloads
        whose erasing waits since whoever changed their memories was killed.
        """
        swept = self._services.sweeper.sweep(self.space, self.principal)
        self._services.payloads.erase(self.space)
        self._services.payloads.sweep(self.space)
        self._services.payloads.sweep_vault(self.space)
        return swept

    def forget(
        self, subject: str | Sequence[str], *, mentions: Mentions = "erase", reason: str | None = None
    ) -> Receipt:
        """Erase everything about a subject from this space; returns the signed receipt. See ``Forgetting.forget``."""
        return self.forgetting.forget(subject, [self.space], mentions=mentions, reason=reason)[0]

    def detect_mark(self, text: str) -> Detected:
        """Tell whether a text was generated here with ``MEMOS_WATERMARK``; by chance only in short ones."""
        key = watermark_key(self._services.keyring)
        return self._services.host.detect(Detect(text=text, watermark=key))

    def history(self, cube: str, *, as_of: datetime | None = None) -> Sequence[Version]:
        """See ``Update.history``."""
        return self.updates.history(cube, as_of=as_of)

    def diff(self, cube: str, *, old: int, new: int) -> str:
        """See ``Update.diff``."""
        return self.updates.diff(cube, old=old, new=new)

    def lineage(self, cube: str, *, depth: int = 4, as_of: datetime | None = None) -> Lineage:
        """See ``Provenance.lineage``."""
        return self.provenance.lineage(cube, depth=depth, as_of=as_of)

    def log(self, *, cube: str | None = None, limit: int = 50) -> Sequence[LogEntry]:
        """See ``LogQuery.query``, which has more filters."""
        return self.logs.query(cube=cube, limit=limit)

    def beside(self, space: str) -> Self:
        """Return another space as the same principal may use it; raises ``NotFoundError`` for one it may not read."""
        access = self._services.governance.require(space, self.principal, Action.READ)
        return type(self)(self._services, access, self.principal, self.zone)

    def grant(self, principal: str, actions: Collection[Action], *, expires_at: datetime | None = None) -> None:
        """See ``Permissions.grant``, which can grant single memories, and for a purpose."""
        self.permissions.grant(principal, actions, expires_at=expires_at)

    def revoke(self, principal: str) -> None:
        """See ``Permissions.revoke``."""
        self.permissions.revoke(principal)

    def grants(self) -> Sequence[Grant]:
        """See ``Permissions.every``."""
        return self.permissions.every()

    def can(self, principal: str, action: Action, target: str | None = None) -> Decision:
        """See ``MemGovernance.decide``; without a ``target``, of this space."""
        return self._services.governance.decide(self.principal, principal, action, target or self.space)


def _names(speakers: Mapping[str, Sequence[str]]) -> set[str]:
    return {name for names in speakers.values() for name in names}
