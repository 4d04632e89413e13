"""Starts the server's process, waits until it answers, and says why when it does not."""

import re
import shutil
import socket
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import neo4j

from memos_graph.errors import (
    DatabaseAuthError,
    DatabaseError,
    DatabaseUnavailableError,
    EngineError,
    EngineStartError,
    StoreVersionError,
)
from memos_graph.graph.connection import Endpoint
from memos_graph.graph.failures import mapped
from memos_graph.graph.home import ServerHome
from memos_graph.graph.lock import Process, ServerRecord, server_process
from memos_graph.graph.patience import Patience, calling
from memos_graph.graph.runner import Runner
from memos_graph.graph.server_config import HOST
from memos_graph.kit.children import start_detached

OLDEST_VERSION = (2026, 8)
"""First release whose vector indexes filter inside the index (Cypher 25 ``SEARCH … WHERE``)."""

_TELLING = re.compile(r"error|exception|caused by|fatal|could not", re.IGNORECASE)
_COMPLAINT = re.compile(r'"level":"(?:WARN|ERROR|FATAL)"')
_LOGS = ("console.log", "neo4j.log", "debug.log")
_POLL_S = 0.1
_FULL_BYTES = 1 << 16
_CONNECT_TIMEOUT_S = 5.0
_GREETING_TIMEOUT_S = 10.0
_LINES_SHOWN = 6
_LINE_CHARS = 300


@dataclass(frozen=True)
class Cause:
    """A reason not to start, by what the server's logs say."""

    pattern: re.Pattern[str]
    means: str
    hint: str
    error: type[EngineError] = EngineStartError


def _cause(pattern: str, means: str, hint: str, error: type[EngineError] = EngineStartError) -> Cause:
    return Cause(re.compile(pattern, re.IGNORECASE), means, hint, error)


PORT_TAKEN = _cause(
    r"address already in use|BindException|PortBindException",
    "another program took its port",
    "Start again: other ports are chosen, unless MEMOS_ENGINE_BOLT_PORT or MEMOS_ENGINE_HTTP_PORT fixes them.",
)
CAUSES = (
    PORT_TAKEN,
    _cause(
        r"no space left on device|disk quota exceeded|not enough space",
        "the disk is full",
        "Free disk space, or set MEMOS_HOME to a folder on another disk.",
    ),
    _cause(
        r"\bOutOfMemoryError|could not reserve enough space|cannot allocate memory|insufficient memory"
        r"|too small maximum heap|initial heap size|errno=12",
        "it did not get enough memory",
        "Free memory, or set MEMOS_ENGINE_HEAP_MB and MEMOS_ENGINE_PAGE_CACHE_MB.",
    ),
    _cause(
        r"locked by another process|FileLockException|StoreLockException|lock file has been locked",
        "another server process uses its store",
        "Stop the other process that uses this folder; `memos doctor` names it.",
    ),
    _cause(
        r"UnableToMigrate|UpgradeNotAllowed|StoreUpgrade|unknown store version|unsupported store|store version"
        r"|kernel version .* (?:newer|not supported)|unsupported.*log format",
        "its store was written by another Neo4j version",
        "Use the release of memos-graph that wrote it, or restore a backup into an empty folder.",
        StoreVersionError,
    ),
    _cause(
        r"AccessDeniedException|permission denied",
        "a file in its folder can't be read or written",
        "Make this user the owner of the folder MEMOS_HOME names.",
    ),
)


def log_sizes(home: ServerHome) -> dict[Path, int]:
    """Size in bytes of each log now, so that what a start adds can be told from what was there."""
    paths = [home.logs / name for name in _LOGS]
    return {path: path.stat().st_size if path.exists() else 0 for path in paths}


def spawn(home: ServerHome, command: list[str]) -> Process:
    """Start the server in a session of its own, so that it outlives this process; its output goes to ``console.log``."""
    # No secrets of ours, no JVM options of others.
    plain = {"LC_ALL": "C.UTF-8"}
    child = start_detached(command, log=home.logs / "console.log", env=plain, cwd=home.server, umask=0o077)
    return child.process


def wait_until_ready(
    home: ServerHome,
    record: ServerRecord,
    endpoint: Endpoint,
    *,
    timeout: float,
    logs_before: dict[Path, int],
) -> str:
    """Return the server's version once it answers ``RETURN 1``.

    Raises ``EngineStartError`` with the cause and the last log lines when it ends, refuses the password or does not answer
    within ``timeout`` seconds; ``StoreVersionError`` when its version can't be used.
    """
    deadline = time.monotonic() + timeout
    refusal = "it does not accept connections"
    while time.monotonic() < deadline:
        if not server_process(home, record):
            raise diagnose(home, "The Neo4j server ended before it was ready", logs_before)
        if _listens(record.bolt_port):
            try:
                return server_version(endpoint, within=deadline - time.monotonic())
            except DatabaseAuthError as error:
                raise EngineStartError(
                    f"The store in {home.data} was set up with another password than the one in {home.password}.",
                    hint="Put the password file that belongs to this store back, or move the store away.",
                ) from error
            except DatabaseUnavailableError as error:
                refusal = error.message
        if shutil.disk_usage(home.root).free < _FULL_BYTES:  # it would wait for space until the timeout
            raise EngineStartError(
                f"The Neo4j server filled the disk of {home.root} before it was ready.",
                hint="Free disk space, or set MEMOS_HOME to a folder on another disk.",
            )
        time.sleep(_POLL_S)
    raise diagnose(
        home, f"The Neo4j server (process {record.pid}) did not answer within {timeout:.0f} s: {refusal}", logs_before
    )


def server_version(endpoint: Endpoint, *, within: float = _GREETING_TIMEOUT_S) -> str:
    """Ask a server for its version, ``within`` seconds; raises ``StoreVersionError`` where it is not supported, or a ``DatabaseError``."""
    with (
        mapped("connecting"),
        calling(Patience(min(within, _GREETING_TIMEOUT_S))),
        endpoint.driver(
            connection_timeout=_CONNECT_TIMEOUT_S,
            max_transaction_retry_time=0,
            notifications_min_severity=neo4j.NotificationMinimumSeverity.OFF,
        ) as driver,
    ):
        runner = Runner(driver, endpoint.database)
        runner.read("engine/ping")
        rows = runner.read("engine/components")
    kernels = [row["versions"][0] for row in rows if row["name"] == "Neo4j Kernel"]
    if not kernels:
        raise DatabaseError(
            f"The server at {endpoint.uri} does not name its version.", hint="It may not be a Neo4j server."
        )
    check_version(kernels[0], endpoint.uri)
    return str(kernels[0])


def check_version(version: str, where: str) -> None:
    """Raise ``StoreVersionError`` unless ``version`` is one this release works with."""
    numbers = re.match(r"(\d+)\.(\d+)", version)
    found = (int(numbers[1]), int(numbers[2])) if numbers else (0, 0)
    if found[0] != OLDEST_VERSION[0] or found < OLDEST_VERSION:
        wanted = f"{OLDEST_VERSION[0]}.{OLDEST_VERSION[1]:02}"
        raise StoreVersionError(
            f"The server at {where} is Neo4j {version}; this release needs {wanted} or a later {OLDEST_VERSION[0]} one.",
            hint="Vector search filtered inside the index is needed; upgrade that server, or unset NEO4J_URI.",
        )


def diagnose(home: ServerHome, what: str, logs_before: dict[Path, int]) -> EngineError:
    """Build the error for a server that did not come up: its cause, where the logs tell, and their last lines."""
    lines = {path.name: _lines_after(path, size) for path, size in logs_before.items()}
    readable = lines["console.log"] + lines["neo4j.log"]
    # debug.log also describes the whole set-up, in words that would match: only its complaints count.
    complaints = [line for line in lines["debug.log"] if _COMPLAINT.search(line)]
    text = "\n".join(readable + complaints)
    telling = [line for line in readable if _TELLING.search(line)]
    shown = "\n  ".join(line[:_LINE_CHARS] for line in (telling or readable or complaints)[-_LINES_SHOWN:])
    log = f" Its log ends with:\n  {shown}\n" if shown else " It logged nothing."
    for cause in CAUSES:
        if cause.pattern.search(text):
            return cause.error(f"{what}: {cause.means}.{log}", hint=cause.hint)
    return EngineStartError(f"{what}.{log}", hint=f"The logs are in {home.logs}; `memos doctor` checks the rest.")


def _lines_after(path: Path, offset: int) -> list[str]:
    if not path.exists():
        return []
    with path.open("rb") as file:
        if path.stat().st_size > offset:  # otherwise it was rotated, and all of it is new
            file.seek(offset)
        return [line for line in file.read().decode("utf-8", "replace").splitlines() if line.strip()]


def _listens(port: int) -> bool:
    with suppress(OSError), socket.create_connection((HOST, port), timeout=1.0):
        return True
    return False
