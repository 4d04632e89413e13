"""The composition root: opens the database, puts the parts together, and mounts spaces."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from types import TracebackType
from typing import Self

from neo4j import Driver, NotificationDisabledClassification

from memos_graph.acting import Acting, Memory
from memos_graph.audit import AuditLog, Chain, named_elsewhere, naming_refusals, record_refusal
from memos_graph.audit.accepting import Accepting
from memos_graph.audit.adoption import adopt
from memos_graph.audit.archives import Archives, archive_folder
from memos_graph.audit.journal import Journal
from memos_graph.audit.seals import Seals
from memos_graph.audit.stores import folder_of
from memos_graph.audit.telling import telling
from memos_graph.audit.watching import RightsWatch
from memos_graph.audit.witness import Witness
from memos_graph.client.connecting import Connecting
from memos_graph.config import Settings
from memos_graph.embedding import Embedder
from memos_graph.errors import AccessError, ConfigurationError, DatabaseUnavailableError
from memos_graph.exchange.dumping import Dumper
from memos_graph.exchange.export import Exporter
from memos_graph.exchange.loading.drafting import Drafting
from memos_graph.exchange.loading.loader import Loader
from memos_graph.exchange.marks import watermark_key
from memos_graph.forms.beginnings import Beginnings
from memos_graph.forms.chat import Chat
from memos_graph.forms.distillation import Distiller
from memos_graph.forms.materialize import Materializer
from memos_graph.governance import MemGovernance
from memos_graph.governance.api_keys import ApiKeys
from memos_graph.governance.bound_keys import bind_signer, refuse_lost
from memos_graph.governance.roles import Roles
from memos_graph.governance.tenants import Tenants
from memos_graph.graph import schema
from memos_graph.graph.connection import Endpoint, leave_to_parent
from memos_graph.graph.distribution import Progress
from memos_graph.graph.engine import Engine
from memos_graph.graph.failures import mapped
from memos_graph.graph.patience import Patience
from memos_graph.graph.runner import Observer, Runner
from memos_graph.host.client import HostClient
from memos_graph.host.remote import RemoteModel
from memos_graph.ingest.extraction import ModelExtractor, extractor
from memos_graph.ingest.ingest import Ingest
from memos_graph.installation import Installation
from memos_graph.integrity import Digests, Integrity
from memos_graph.integrity.tally import Tallies
from memos_graph.jobs.queue import JobQueue
from memos_graph.kit.clock import leave, use
from memos_graph.kit.crypto.keyring import Keyring
from memos_graph.kit.files import using_folders
from memos_graph.kit.traces import Traces
from memos_graph.language.sensitivity import detector
from memos_graph.lifecycle.applying import Policies
from memos_graph.lifecycle.erasure import MemErasure
from memos_graph.lifecycle.lifecycle import MemLifecycle
from memos_graph.lifecycle.rollbacks import Rollbacks
from memos_graph.lifecycle.sweep import Sweeper
from memos_graph.search.operator import MemOperator
from memos_graph.search.reader import named_zone
from memos_graph.services import Services
from memos_graph.vault.payloads import Payloads, payload_keys
from memos_graph.vault.stores.opening import open_store
from memos_graph.vault.vault import MemVault

_log = logging.getLogger(__name__)


class MemOS(Connecting):
    """A memory operating system on one database.

    ::

        with MemOS.open() as memos:
            notes = memos.mount("alice/notes", principal="alice")
            notes.add("Dana moved to Lisbon in May.")
            notes.search("Where does Dana live?").hits[0].cube.text

    Close it, or use it as a context manager: what waits to be recorded is written then. Safe to share between threads; not
    between processes: one forked from the one that opened it opens its own, and is told so by ``ForkedError`` if it does not.
    """

    def __init__(self, services: Services, driver: Driver, endpoint: Endpoint, engine: Engine) -> None:
        self._services = services
        self.driver = driver
        self.endpoint = endpoint
        self.engine = engine
        leave_to_parent(driver)

    @classmethod
    def open(
        cls,
        settings: Settings | None = None,
        *,
        progress: Progress | None = None,
        observe: Observer | None = None,
        keep: bool = False,
        embeds: bool = False,
        chats: bool = False,
    ) -> Self:
        """Connect to ``NEO4J_URI``, or to the managed server, which is started (at first: downloaded) where needed.

        * ``progress`` is told of long work at a first start.
        * ``observe`` is told each statement's name and seconds.
        * ``keep`` lets a managed server run on after the last program that uses it has closed.
        * ``embeds`` says that texts will be embedded soon: the model is loaded while the server starts.
        * ``chats`` says that a language model will be asked soon: so is the model host, where that is the one.
        * Raises ``EngineError``, ``DatabaseError`` or ``ConfigurationError``.
        """
        settings = settings or Settings.load()
        embedder = Embedder(settings.embedder, precision=settings.embedding_precision)
        if embeds:
            embedder.load_ahead()
        host = HostClient(settings, payload_keys(Keyring(settings.keys_folder)))
        if chats and not settings.chats_remotely:
            host.start_ahead()
        engine = Engine(settings, progress=progress)
        try:
            with using_folders():
                endpoint = engine.ensure(keep=keep)
                with mapped("opening the database"):
                    driver = endpoint.driver(
                        # A young store lacks labels that statements name: not worth a warning each.
                        notifications_disabled_classifications=[NotificationDisabledClassification.UNRECOGNIZED],
                    )
                return cls._on(settings, driver, endpoint, engine, embedder, host, observe)
        except BaseException:
            host.close()
            engine.release()
            raise

    @classmethod
    def _on(
        cls,
        settings: Settings,
        driver: Driver,
        endpoint: Endpoint,
        engine: Engine,
        embedder: Embedder,
        host: HostClient,
        observe: Observer | None,
    ) -> Self:
        patience = Patience(settings.timeout_s, settings.long_timeout_s, told=endpoint.managed)
        traces = Traces(settings.traces)
        runner = Runner(driver, endpoint.database, observe=observe, patience=patience, traces=traces)
        try:
            keyring, kept = Keyring(settings.keys_folder), settings.home.expanduser().absolute() / "audit"
            refuse_lost(runner, keyring, kept / "seals")
            integrity = Integrity(Digests(keyring, embedder.dimensions), Tallies(keyring))
            runner.vouching = integrity
            schema.apply(runner, embedder=embedder.name, dimensions=embedder.dimensions)
            _set_clock(runner, endpoint)
            place = f"{settings.neo4j_uri or 'managed'}/{endpoint.database}"
            store = runner.write("payloads/store")[0]["store"]
            seen = folder_of(kept, store, place)
            journal = Journal(seen)
            archives = Archives(archive_folder(settings.audit_archive, store, seen))
            chain = Chain(keyring, Witness(seen), integrity.digests, journal, archives)
            chain.adopt(runner)
            bind_signer(runner, keyring)
            adopt(runner, integrity, chain, keyring, kept / "vouched")
            governance, audit, extracts = MemGovernance(runner), AuditLog(runner, settings, chain), extractor(settings)
            integrity.readings.told = telling(runner, audit)
            keys = payload_keys(keyring)
            detects = detector(settings.sensitivity)
            remote = RemoteModel(settings, keyring) if settings.chats_remotely else None
            store, cold = (
                None if url is None else open_store(url) for url in (settings.vault_url, settings.vault_cold_url)
            )
            payloads = Payloads(runner, host, host.process.home, keys, remote, store=store, cold=cold, keyring=keyring)
            payloads.claim_home()
            parts = (runner, governance, audit, host, payloads)
            vault = MemVault(runner, governance, audit)
            operator = MemOperator(runner, embedder, audit, settings)
            lifecycle = MemLifecycle(
                runner, governance, audit, embedder, extracts, detects, settings.zone, max_chars=settings.max_text_chars
            )
            materializer = Materializer(*parts)
            erasure = MemErasure(runner, governance, audit, lifecycle, payloads, keyring)
            rollbacks = Rollbacks(runner, audit, journal, lifecycle, payloads, erasure, keyring)
            chain.when_rolled_back = rollbacks.noticed
            # What stays true of a KV-cache is kept before the rest is erased.
            runner.when_changed += [
                operator.follow,
                Beginnings(runner, host, materializer).follow,
                payloads.follow,
            ]
            services = Services(
                settings=settings,
                runner=runner,
                embedder=embedder,
                extractor=extracts,
                detector=detects,
                governance=governance,
                api_keys=ApiKeys(runner, governance, journal),
                roles=Roles(runner, journal),
                tenants=Tenants(runner, audit),
                integrity=integrity,
                accepting=Accepting(runner, integrity, audit),
                audit=audit,
                rights=RightsWatch(runner, integrity.digests, audit),
                seals=Seals(keyring, kept / "seals"),
                vault=vault,
                ingest=Ingest(runner, governance, vault, embedder, extracts, detects, batch=settings.ingest_batch),
                operator=operator,
                lifecycle=lifecycle,
                host=host,
                payloads=payloads,
                materializer=materializer,
                distiller=Distiller(*parts),
                policies=Policies(runner, governance, lifecycle),
                sweeper=Sweeper(runner, governance, lifecycle),
                chat=Chat(
                    runner,
                    audit,
                    embedder,
                    host,
                    remote,
                    capable=settings.answers_freely,
                    window=settings.llm_window,
                    watermark=watermark_key(keyring) if settings.watermark else None,
                    payloads=payloads,
                ),
                keyring=keyring,
                exporter=Exporter(runner, governance, audit, keyring),
                jobs=JobQueue(runner, lease_s=settings.job_lease_s),
                dumper=Dumper(runner, governance, audit, keyring),
                loader=Loader(
                    runner,
                    governance,
                    vault,
                    lifecycle,
                    audit,
                    Drafting(embedder, extracts, detects, settings.zone, max_chars=settings.max_text_chars),
                    keyring,
                    batch=settings.ingest_batch,
                ),
                erasure=erasure,
                rollbacks=rollbacks,
            )
            rollbacks.check()  # before anything is served
        except BaseException:
            leave(runner.clock)
            driver.close()
            raise
        # What a crash or an unreachable host kept from being erased is tried again.
        payloads.erase()
        return cls(services, driver, endpoint, engine)

    def mount(
        self,
        space: str,
        *,
        principal: str,
        on_behalf_of: str | None = None,
        purpose: str | None = None,
        timezone: str | None = None,
    ) -> Memory:
        """Return ``space`` as ``principal`` may use it; one under the principal's own name is made when it is new.

        * ``on_behalf_of`` the user it acts for, by a mandate of that user: it may then do what both of them may do.
        * ``purpose`` what it acts for; grants can ask for one.
        * ``timezone`` the reader's, by its IANA name: what "today" means in a question, and in a text that comes without a
          date. Default: ``MEMOS_TIMEZONE``.

        What it is refused from here on is in the log of the space.
        Raises ``InputError`` for a zone of no such name, ``ForbiddenError`` without such a mandate, ``NotFoundError`` alike for a space that does not exist and for one without a grant.
        """
        acting = self.acting(
            principal, on_behalf_of=on_behalf_of, purpose=purpose, timezone=timezone, space=space, asked="mount"
        )
        return acting.mount(space)

    def acting(
        self,
        principal: str,
        *,
        on_behalf_of: str | None = None,
        purpose: str | None = None,
        timezone: str | None = None,
        space: str | None = None,
        asked: str = "act",
    ) -> Acting:
        """Return ``principal`` with all that it can do, in whichever space it may; arguments as of ``mount``.

        * ``space`` whose log is told where a mandate is missing; default: one of the user's. ``asked`` what is told then.
        * Raises ``ForbiddenError`` without such a mandate, ``InputError`` for a zone of no such name.
        """
        try:
            acting = self._services.roles.acting(principal, on_behalf_of=on_behalf_of, purpose=purpose, space=space)
        except AccessError as error:
            if not (named_elsewhere() or self._services.runner.joined):
                self.record_refusal(error, principal, asked)
            raise
        return Acting(self._services, acting, named_zone(timezone))

    @cached_property
    def installation(self) -> Installation:
        """What the operator of this installation does: keys, tenants, places, what was put back."""
        return Installation(self._services)

    @property
    def settings(self) -> Settings:
        """What it was opened with."""
        return self._services.settings

    def authenticate(self, secret: str) -> str:
        """Return the principal that an API key belongs to; raises ``UnauthenticatedError`` for any other text."""
        return self._services.api_keys.authenticate(secret)

    def authenticate_digest(self, digest: str) -> str:
        """Return the principal of the API key with this SHA-256, for who has seen the key before; raises ``UnauthenticatedError``."""
        return self._services.api_keys.authenticate_digest(digest)

    def ensure_principal(self, principal: str) -> None:
        """Make a principal that somebody else vouches for, such as an issuer of tokens; raises ``InputError`` for a name that can't be one."""
        self._services.governance.create_principal(principal)

    def ping(self) -> None:
        """Ask the database whether it answers; raises ``DatabaseError``."""
        self._services.runner.read("engine/ping")

    def warm_up(self) -> None:
        """Load the model that embeds texts, and have the database plan a search: the first one would wait for both."""
        self._services.operator.warm_up()

    def flush(self) -> None:
        """Write what waits to be recorded."""
        self._services.audit.flush()

    def record_refusal(self, error: AccessError, principal: str, asked: str) -> None:
        """Have what ``principal`` was refused in the log of the space, as what it ``asked``."""
        record_refusal(self._services.runner, self._services.audit, error, principal=principal, asked=asked)

    @contextmanager
    def recording_refusals(self, principal: str, asked: str) -> Iterator[None]:
        """Have what ``principal`` is refused inside the block in the log of the space, as what it ``asked``.

        What a mounted space refuses is in the log anyway, by the names of its methods; use it where a program acts for others and
        knows better what they asked::

            with memos.recording_refusals("helper-bot", "answer a ticket"):
                memos.mount("team/desk", principal="helper-bot").search("Who owns this printer?")
        """
        try:
            with naming_refusals():
                yield
        except AccessError as error:
            self.record_refusal(error, principal, asked)
            raise

    def close(self) -> None:
        """Write what waits to be recorded, disconnect, and stop the managed server if nobody else uses it.

        In a process forked from the one that opened it nothing: all of that is its parent's to do.
        """
        if self._services.runner.inherited:
            return
        try:
            self._services.audit.close()
        finally:
            if isinstance(self._services.extractor, ModelExtractor):
                self._services.extractor.close()
            self._services.host.close()
            self._services.chat.close()
            leave(self._services.runner.clock)
            self.driver.close()
            self.engine.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _set_clock(runner: Runner, endpoint: Endpoint) -> None:
    """Go by the database's time from here on; tell whose clock is off.

    Raises ``ConfigurationError`` where another database that is open here tells another time.
    """
    if not runner.clock.measure():
        raise DatabaseUnavailableError("The database did not tell its time.", hint="See `memos doctor`.")
    if not use(runner.clock):
        raise ConfigurationError(
            f"The clock of the database at {endpoint.uri} differs from that of another one this process has open.",
            hint="Set the clocks of both machines, or open each database in a process of its own.",
        )
    if told := runner.clock.told():
        _log.warning("%s `memos doctor` says what to do.", told)
