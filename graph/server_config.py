"""How the managed server is set up: memory, ports, configuration file, command line."""

import json
import os
import socket
from collections.abc import Collection
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from memos_graph.config import Settings
from memos_graph.errors import EngineStartError
from memos_graph.graph.browser import on_connect
from memos_graph.graph.certificate import certified
from memos_graph.graph.home import ServerHome
from memos_graph.graph.java import java
from memos_graph.kit.files import write_private
from memos_graph.kit.processes import Port, read_record

HOST = "127.0.0.1"
MAIN_CLASS = "org.neo4j.server.Neo4jCommunity"

_MIB = 1 << 20
_SAID = 0.35  # of the time in which a frozen server is an error: how often a living one says that it is there
_CGROUP_LIMIT = Path("/sys/fs/cgroup/memory.max")


@dataclass(frozen=True)
class MemorySizes:
    """Sizes in MiB."""

    heap: int
    page_cache: int


@dataclass(frozen=True)
class Ports:
    """Loopback ports of one server."""

    bolt: Port
    http: Port


def machine_memory_mb() -> int:
    """Memory this process may use, MiB: the machine's, or its control group's limit where that is lower."""
    total = psutil.virtual_memory().total
    if _CGROUP_LIMIT.is_file() and (limit := _CGROUP_LIMIT.read_text().strip()).isdigit():
        total = min(total, int(limit))
    return int(total // _MIB)


def memory(settings: Settings) -> MemorySizes:
    """Heap and page cache: as set, else an eighth (256 to 1024 MiB) and a sixteenth (64 to 512 MiB) of the machine's."""
    machine = machine_memory_mb()
    return MemorySizes(
        heap=settings.engine_heap_mb or min(1024, max(256, machine // 8)),
        page_cache=settings.engine_page_cache_mb or min(512, max(64, machine // 16)),
    )


def port_is_free(port: int) -> bool:
    """Whether a server could listen on this loopback port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        if os.name == "posix":  # elsewhere this option would let two servers share the port
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


def choose_ports(settings: Settings, home: ServerHome, *, avoid: Collection[int] = ()) -> Ports:
    """Ports as set, else those of last time, else free ones; remembers them.

    ``avoid`` names ports that turned out to be taken. Raises ``EngineStartError`` when a port that was set is taken.
    """
    before = remembered_ports(home)
    bolt = _choose("MEMOS_ENGINE_BOLT_PORT", settings.engine_bolt_port, before.bolt if before else None, avoid)
    http = _choose("MEMOS_ENGINE_HTTP_PORT", settings.engine_http_port, before.http if before else None, {*avoid, bolt})
    write_private(home.ports, json.dumps(asdict(Ports(bolt, http))))
    return Ports(bolt, http)


def remembered_ports(home: ServerHome) -> Ports | None:
    """Ports of the last start; ``None`` before the first one, or where the file holds none."""
    return read_record(home.ports, Ports)


def _choose(setting: str, explicit: int | None, remembered: int | None, avoid: Collection[int]) -> int:
    if explicit is not None:
        if explicit in avoid or not port_is_free(explicit):
            raise EngineStartError(
                f"Port {explicit} ({setting}) is taken by another program.",
                hint=f"Stop that program, set {setting} to a free port, or leave it unset to have one chosen.",
            )
        return explicit
    if remembered and remembered not in avoid and port_is_free(remembered):
        return remembered
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def write_config(home: ServerHome, ports: Ports, sizes: MemorySizes, settings: Settings) -> None:
    """Write ``neo4j.conf``: loopback only, nothing reported home, no plugins, no files or addresses read by Cypher."""
    (key, certificate), timeout = certified(home.identity, HOST), settings.timeout_s
    lines = {
        "server.default_listen_address": HOST,
        "server.bolt.listen_address": f"{HOST}:{ports.bolt}",
        "server.bolt.advertised_address": f"{HOST}:{ports.bolt}",
        # Clients of ours speak TLS only, and to this certificate only; the Browser and other tools may do without.
        "server.bolt.tls_level": "OPTIONAL",
        "dbms.ssl.policy.bolt.enabled": "true",
        "dbms.ssl.policy.bolt.base_directory": _seen_from(home.server, key.parent),
        "dbms.ssl.policy.bolt.private_key": key.name,
        "dbms.ssl.policy.bolt.public_certificate": certificate.name,
        "dbms.ssl.policy.bolt.client_auth": "NONE",
        "dbms.ssl.policy.bolt.tls_versions": "TLSv1.3",
        "server.http.listen_address": f"{HOST}:{ports.http}",
        "server.http.advertised_address": f"{HOST}:{ports.http}",
        # The server says so often that it is still at work, and so long a driver waits for it: a frozen one is an error.
        "server.bolt.connection_keep_alive": f"{round(_SAID * timeout * 1000)}ms",
        "server.bolt.connection_keep_alive_probes": "2",
        "server.bolt.connection_keep_alive_for_requests": "ALL",
        "server.http_enabled_modules": "BROWSER",
        "server.http.x_forward.enabled": "false",
        "server.fleet_discovery.enabled": "false",
        "server.https.enabled": "false",
        "server.memory.pagecache.size": f"{sizes.page_cache}m",
        "initial.dbms.default_database": settings.neo4j_database,
        "dbms.security.auth_enabled": "true",
        # Wrong passwords lock nobody out: any user of the machine could send them, and none can guess 32 random bytes.
        "dbms.security.auth_max_failed_attempts": "0",
        "dbms.security.auth_lock_time": "0s",
        "dbms.security.http_access_control_allow_origin": f"http://{HOST}:{ports.http}",
        "dbms.security.allow_csv_import_from_file_urls": "false",
        "dbms.security.procedures.allowlist": "db.*,dbms.*,tx.*",
        "dbms.security.procedures.unrestricted": "",
        "dbms.usage_report.enabled": "false",
        "dbms.fleet_manager.enabled": "false",
        "client.allow_telemetry": "false",
        "browser.post_connect_cmd": on_connect(),
        "db.logs.query.enabled": "OFF",
        # Each database would reserve 256 MiB of disk for its log before it holds anything.
        "db.tx_log.preallocate": "false",
        "db.tx_log.rotation.retention_policy": "2 days 512M",
        # Else each length of a text or list, by powers of ten, has a plan of its own; a search takes most of a second to plan.
        "internal.cypher.use_parameter_size": "false",
        # Clients that are gone need no grace: the default adds five seconds to every stop.
        "internal.dbms.bolt.netty_server_shutdown_quiet_period_duration": "0s",
    }
    text = "\n".join(f"{key}={value}" for key, value in lines.items())
    write_private(home.config / "neo4j.conf", f"# Written at every start of the managed server.\n{text}\n")


def _seen_from(folder: Path, target: Path) -> str:
    """Return a name in ``folder`` for a folder elsewhere: Neo4j's settings can't hold a path with letters beyond ASCII."""
    link = folder / target.name
    if not link.is_symlink() or link.readlink() != target:
        link.unlink(missing_ok=True)
        link.symlink_to(target, target_is_directory=True)
    return link.name


def jvm_options() -> list[str]:
    """Options of the server's JVM that do not depend on its home."""
    return [
        "-XX:+UseG1GC",
        "-XX:-OmitStackTraceInFastThrow",
        "-XX:+DisableExplicitGC",
        "-XX:+ExitOnOutOfMemoryError",
        *(f"--add-opens=java.base/{package}=ALL-UNNAMED" for package in ("java.nio", "java.io", "sun.nio.ch")),
        "--enable-native-access=ALL-UNNAMED",
        "--sun-misc-unsafe-memory-access=allow",
    ]


def command(home: ServerHome, class_path: list[Path], sizes: MemorySizes, archive_options: list[str]) -> list[str]:
    """Command line of the server; its long class path goes through an argument file."""
    arguments = [
        f"-Xms{min(sizes.heap, 256)}m",
        f"-Xmx{sizes.heap}m",
        *jvm_options(),
        *(f'"{_escaped(option)}"' for option in archive_options),
        "-Dfile.encoding=UTF-8",
        "-Dlog4j2.disable.jmx=true",
        f'"-Djava.io.tmpdir={_escaped(home.server / "tmp")}"',
        "-cp",
        '"' + os.pathsep.join(_escaped(jar) for jar in class_path) + '"',
    ]
    write_private(home.config / "java.args", "\n".join(arguments) + "\n")
    return [
        str(java()),
        f"@{home.config / 'java.args'}",
        MAIN_CLASS,
        home.process_mark,
        f"--config-dir={home.config}",
    ]


def _escaped(value: Path | str) -> str:
    return str(value).replace("\\", "\\\\").replace('"', '\\"')
