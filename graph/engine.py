"""Where the database is: the server at ``NEO4J_URI``, or a managed local Neo4j that this module starts, shares and stops."""

import atexit
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from memos_graph.config import Settings
from memos_graph.errors import ConfigurationError, EngineError, EngineStartError
from memos_graph.graph import home as server_home
from memos_graph.graph import launch, server_config, startup_archive
from memos_graph.graph.certificate import trusting
from memos_graph.graph.connection import Endpoint
from memos_graph.graph.distribution import Progress, class_path
from memos_graph.graph.home import USER, ServerHome
from memos_graph.graph.lock import ServerRecord, StartLock, read_record, running, server_process
from memos_graph.graph.preflight import check_before_start
from memos_graph.graph.server_config import HOST, Ports
from memos_graph.graph.startup_archive import StartupArchive
from memos_graph.kit.children import end
from memos_graph.kit.files import write_private
from memos_graph.kit.processes import Registration, registered

_LOCK_GRACE_S = 600.0
"""How much longer than a start another process may hold the lock: it may be downloading the server."""
_LEARNING_S = 120.0
"""How much longer than others a server may take to end that writes what makes later starts quick."""

_PORT_ATTEMPTS = 3


@dataclass(frozen=True)
class EngineStatus:
    """What is known of the managed server without starting it; ``store_bytes`` on disk, ``uptime`` in seconds."""

    running: bool
    home: Path
    store_bytes: int
    pid: int | None = None
    bolt_port: int | None = None
    http_port: int | None = None
    version: str | None = None
    uptime: float | None = None
    clients: int = 0
    keep: bool = False


class Engine:
    """Finds or starts the database.

    One managed server serves every process that uses the same ``settings.home``. It is detached, and stops when the last
    engine that uses it is released, unless somebody asked to keep it::

        engine = Engine(settings)
        endpoint = engine.ensure()
        ...
        engine.release()

    * ``progress`` is told of long work: ``(what, done, total)`` in bytes or steps.
    """

    def __init__(self, settings: Settings, *, progress: Progress | None = None) -> None:
        self.settings = settings
        self.home = ServerHome(settings.home.expanduser().absolute())
        self._progress = progress
        self._registration: Registration | None = None
        self._mine = threading.RLock()

    def ensure(self, *, keep: bool = False) -> Endpoint:
        """Return a database that answers: the one at ``NEO4J_URI``, or the managed one, started where needed.

        ``keep`` lets a managed server outlive its last client, until ``stop``. Raises ``ConfigurationError`` without a
        password for ``NEO4J_URI``, ``DownloadError``, ``EngineStartError``, ``StoreVersionError`` or a ``DatabaseError``.
        """
        if self.settings.neo4j_uri:
            return self._given(self.settings.neo4j_uri)
        self.home.create()
        with self._mine, self._lock():
            record = self._attach() or self._start()
            record.changed(self.home, keep=keep or record.keep)
            if self._registration is None:
                self._registration = Registration(self.home.clients)
                atexit.register(self.release)
            return self.endpoint(record)

    def release(self) -> bool:
        """Give the managed server up; returns whether that stopped it, as nobody else used it and it was not kept."""
        with self._mine:
            if self._registration is None or self._registration.inherited:
                return False
            atexit.unregister(self.release)
            with self._lock():
                self._registration.withdraw()
                self._registration = None
                record = running(self.home)
                if record is None or record.keep or registered(self.home.clients):
                    return False
                self._end(record, timeout=30.0)
                return True

    def status(self) -> EngineStatus:
        """Describe the managed server of ``settings.home``; never starts anything."""
        record = running(self.home)
        size = sum(path.stat().st_size for path in self.home.data.rglob("*") if path.is_file())
        if record is None:
            return EngineStatus(running=False, home=self.home.root, store_bytes=size)
        return EngineStatus(
            running=True,
            home=self.home.root,
            store_bytes=size,
            pid=record.pid,
            bolt_port=record.bolt_port,
            http_port=record.http_port,
            version=record.version or None,
            uptime=time.time() - record.created,
            clients=len(registered(self.home.clients)),
            keep=record.keep,
        )

    def prepared(self) -> bool:
        """Whether starts are quick: a server that has ended wrote what they need. Downloads the server where it is missing."""
        return self._archive(class_path(self.settings.cache.expanduser(), self._progress)).written

    def stop(self, *, timeout: float = 30.0) -> bool:
        """Shut the managed server down, whoever uses it; ``False`` when none ran.

        It is asked first, and killed only when it still runs after ``timeout`` seconds, or later where it has to write down
        what makes the next start quick.
        """
        if not self.home.root.is_dir():
            return False
        with self._mine, self._lock():
            record = running(self.home)
            if record is None:
                self.home.record.unlink(missing_ok=True)
                return False
            self._end(record, timeout=timeout)
            return True

    def _lock(self) -> StartLock:
        return StartLock(self.home, self.settings.engine_start_timeout + _LOCK_GRACE_S)

    def _given(self, uri: str) -> Endpoint:
        user, password, database = self.settings.neo4j_user, self.settings.neo4j_password, self.settings.neo4j_database
        if password is None or not password.get_secret_value():
            raise ConfigurationError(
                f"NEO4J_URI is set to {uri}, but NEO4J_PASSWORD is not set.",
                hint="Set NEO4J_PASSWORD, or unset NEO4J_URI to use the managed local server.",
            )
        endpoint = Endpoint(uri, user, password, database, browser_url=None, managed=False, pid=None)
        launch.server_version(endpoint)
        return endpoint

    def endpoint(self, record: ServerRecord) -> Endpoint:
        """Describe how to connect to the managed server that ``record`` names.

        Raises ``EngineStartError`` where its certificate is gone: without it there is no telling who listens there.
        """
        trust = trusting(self.home.certificate)
        if trust is None:
            raise EngineStartError(
                f"The managed server can't prove that it is ours: {self.home.certificate} is missing or damaged.",
                hint="`memos stop` ends it; the next command starts it with a new certificate.",
            )
        return Endpoint(
            uri=f"bolt://{HOST}:{record.bolt_port}",
            user=USER,
            password=server_home.password(self.home),
            database=self.settings.neo4j_database,
            browser_url=f"http://{HOST}:{record.http_port}/browser",
            managed=True,
            pid=record.pid,
            trust=trust,
        )

    def _attach(self) -> ServerRecord | None:
        record = running(self.home)
        if record is not None and not record.proven:
            self._end(record, timeout=30.0)  # of an earlier release: whoever took its port would get the password
        elif record is not None:
            try:
                return self._ready(record, launch.log_sizes(self.home))
            except EngineStartError:
                if server_process(self.home, record):
                    raise
                # A killed server takes a moment to be gone: it was seen in that moment, and another is started.
        self.home.record.unlink(missing_ok=True)
        return None

    def _ready(self, record: ServerRecord, logs_before: dict[Path, int]) -> ServerRecord:
        version = launch.wait_until_ready(
            self.home,
            record,
            self.endpoint(record),
            # One that has answered before and does not now is not starting: it hangs.
            timeout=0.9 * self.settings.timeout_s if record.version else self.settings.engine_start_timeout,
            logs_before=logs_before,
        )
        write_private(self.home.version, version + "\n")
        return record.changed(self.home, version=version)

    def _start(self) -> ServerRecord:
        check_before_start(self.settings, self.home)
        jars = class_path(self.settings.cache.expanduser(), self._progress)
        self._tell("Starting Neo4j", 0, 1)
        taken: set[int] = set()
        for attempt in range(1, _PORT_ATTEMPTS + 1):
            ports = server_config.choose_ports(self.settings, self.home, avoid=taken)
            try:
                record = self._launch(jars, ports)
            except EngineStartError as error:
                # Somebody may take a port between our look and the server's: choose others.
                if attempt == _PORT_ATTEMPTS or not launch.PORT_TAKEN.pattern.search(error.message):
                    raise
                taken |= {ports.bolt, ports.http}
            else:
                break
        self._tell("Starting Neo4j", 1, 1)
        return record

    def _launch(self, jars: list[Path], ports: Ports) -> ServerRecord:
        sizes = server_config.memory(self.settings)
        server_home.password(self.home)
        server_config.write_config(self.home, ports, sizes, self.settings)
        before = launch.log_sizes(self.home)
        options, written = self._archive(jars).start_options()
        process = launch.spawn(self.home, server_config.command(self.home, jars, sizes, options))
        record = ServerRecord(
            process.pid,
            process.created,
            ports.bolt,
            ports.http,
            archive=str(written or ""),
            mark=process.mark,
            proven=True,
        )
        record.save(self.home)
        try:
            return self._ready(record, before)
        except EngineError:
            self._end(record, timeout=10.0)  # a server nobody can use must not hold the store
            raise

    def _archive(self, jars: list[Path]) -> StartupArchive:
        return StartupArchive(self.settings.cache.expanduser().absolute(), server_config.jvm_options(), jars)

    def _end(self, record: ServerRecord, *, timeout: float) -> None:
        process = server_process(self.home, record)
        if process and end(process, within_s=timeout + (_LEARNING_S if record.archive else 0)):
            startup_archive.keep(record.archive)
        current = read_record(self.home.record)
        if current is None or current.pid == record.pid:
            self.home.record.unlink(missing_ok=True)

    def _tell(self, what: str, done: int, total: int) -> None:
        if self._progress:
            self._progress(what, done, total)
