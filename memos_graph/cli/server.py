"""``memos up``, ``memos status``, ``memos stop``."""

import http.client
import signal
import socket
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict
from importlib.util import find_spec
from types import FrameType
from typing import TYPE_CHECKING, Any

import psutil
import typer
from rich.text import Text

from memos_graph import seams
from memos_graph.cli import host, options, output
from memos_graph.cli.session import opened
from memos_graph.config import Settings
from memos_graph.errors import ConfigurationError, EngineError
from memos_graph.graph.engine import Engine
from memos_graph.graph.keeper import Keeper
from memos_graph.host.listening import listen_on
from memos_graph.host.supervisor import HostProcess
from memos_graph.kit import plugins
from memos_graph.kit.extras import needing
from memos_graph.kit.processes import Registration, registered
from memos_graph.memos import MemOS
from memos_graph.scheduler.tasks import GROUP as UPKEEP
from memos_graph.scheduler.worker import Workers

if TYPE_CHECKING:
    import uvicorn

_PROBE_S = 1.0
_END_S = 30.0
_GLANCE_S = 0.05
_OK = 200


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    for command in (up, status, stop):
        app.command()(command)


def up(json: options.Json = False) -> None:
    """Run the database and the REST API in the foreground, until Ctrl-C or `memos stop`.

    A managed database that dies is started again.

    \b
    memos up
    MEMOS_API_PORT=8000 memos up
    """  # noqa: D301
    # The web server is imported here only: no other command needs it.
    with needing("server", "The REST API"):
        import uvicorn  # noqa: PLC0415

        from memos_graph.api import Metrics, create_app  # noqa: PLC0415

    seams.check()
    settings, metrics = Settings.load(), Metrics()
    with (
        _terminable(),
        _listening(settings) as listener,
        opened(embeds=True, observe=metrics.statement) as memos,
    ):
        server = uvicorn.Server(
            uvicorn.Config(create_app(memos, metrics=metrics), log_level="warning", server_header=False)
        )
        with _kept(memos, server):
            _announce(memos, settings.api_host, listener.getsockname()[1], json=json)
            try:
                server.run(sockets=[listener])
            except KeyboardInterrupt:
                # uvicorn has ended its requests, and hands Ctrl-C on.
                output.note("Stopped.")


@contextmanager
def _kept(memos: MemOS, server: "uvicorn.Server") -> Iterator[None]:
    """Meanwhile be known to ``memos stop``, keep up the spaces, and start a database again that died."""
    lost: list[EngineError] = []

    def end(error: EngineError) -> None:
        lost.append(error)
        server.should_exit = True

    registration = Registration(memos.engine.home.serving)
    keeper, scheduler = Keeper(memos.engine, memos.endpoint, lost=end), memos.installation.scheduler
    workers = Workers(memos.installation.worker, memos.settings.workers)
    keeper.start()
    scheduler.start([make(memos) for make in plugins.every(UPKEEP).values()])
    workers.start()
    try:
        yield
    finally:
        workers.stop()
        scheduler.stop()
        keeper.stop()
        registration.withdraw()
    if lost:
        raise lost[0]


@contextmanager
def _terminable() -> Iterator[None]:
    """Unwind on SIGTERM to where MemOS is closed; uvicorn raises the signal again once its requests have ended."""

    def end(signum: int, frame: FrameType | None) -> None:  # noqa: ARG001 - how handlers are called
        raise SystemExit(0)

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _listening(settings: Settings) -> socket.socket:
    """Take the API's port before the database is started; raises ``ConfigurationError`` where it is taken."""
    try:
        return listen_on(settings.api_host, settings.api_port)
    except OSError as error:
        raise ConfigurationError(
            f"The REST API can't listen on {settings.api_host} port {settings.api_port}: {error.strerror}.",
            hint="Set MEMOS_API_PORT (0: a free one) or MEMOS_API_HOST.",
        ) from error


def _announce(memos: MemOS, host: str, port: int, *, json: bool) -> None:
    address = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    if json:
        where = {"api": address, "database": memos.endpoint.uri, "browser": memos.endpoint.browser_url}
        output.show_json(where)
        sys.stdout.flush()
        return
    lines = {
        "REST API": f"{address}/v1",
        "Described at": f"{address}/docs",
        "Database": memos.endpoint.uri,
        "Neo4j Browser": memos.endpoint.browser_url,
        "Console": f"{address}/console (memos console signs in)" if find_spec("jinja2") else None,
        "Get a key": "memos key create --principal NAME",
        "Sign in there": "memos browse" if memos.endpoint.managed else None,
        "Stop": "Ctrl-C, or memos stop elsewhere",
    }
    output.show(output.facts(lines))


def status(json: options.Json = False) -> None:
    """Tell whether the managed database and the REST API run; starts nothing.

    \b
    memos status --json
    """  # noqa: D301
    settings = Settings.load()
    api = f"http://{settings.api_host}:{settings.api_port}"
    runs = bool(registered(Engine(settings).home.serving)) and answers(settings)
    if settings.neo4j_uri:
        found: dict[str, object] = {"managed": False, "uri": settings.neo4j_uri}
    else:
        found = {"managed": True} | asdict(Engine(settings).status())
    model_host = host.running(settings)
    found |= {"api": api, "api_running": runs, "model_host": model_host}
    if json:
        output.show_json(found)
        return
    shown = {"REST API": f"{api} {'runs' if runs else 'does not run (`memos up`)'}"}
    output.show(output.facts(_database(found) | shown | {"Model host": model_host}))


def _database(found: dict[str, object]) -> dict[str, object]:
    if not found["managed"]:
        return {"Database": f"{found['uri']} (`memos doctor` asks it whether it answers)"}
    store = f"{found['home']}, {int(str(found['store_bytes'])) >> 20} MiB"
    if not found["running"]:
        return {"Database": "not running; it starts when it is needed", "Store": store}
    minutes, until = int(float(str(found["uptime"])) // 60), "`memos stop`" if found["keep"] else "its last user ends"
    return {
        "Database": f"Neo4j {found['version']}, process {found['pid']}, up {minutes} min, until {until}",
        "Bolt, HTTP": f"127.0.0.1:{found['bolt_port']}, 127.0.0.1:{found['http_port']}",
        "Used by": f"{found['clients']} programs",
        "Store": store,
    }


def answers(settings: Settings) -> bool:
    """Whether a REST API answers where these settings have one."""
    if not settings.api_port:
        return False
    connection = http.client.HTTPConnection(settings.api_host, settings.api_port, timeout=_PROBE_S)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status == _OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def stop(json: options.Json = False) -> None:
    """Stop the REST API, the model host and the managed database, whoever uses them.

    \b
    memos stop
    """  # noqa: D301
    settings = Settings.load()
    engine = Engine(settings)
    ran = engine.status().running
    ended: dict[str, object] = {"api": _end_serving(engine), "model_host": HostProcess(settings).stop()}
    if not json:
        _show_ended(ended)
    if settings.neo4j_uri:
        raise ConfigurationError(
            f"The database is {settings.neo4j_uri}, which memos does not manage.", hint="Stop it where it runs."
        )
    users = engine.status().clients
    # It may have ended with the REST API, as the last program that used it.
    stopped = engine.stop() or ran
    if json:
        output.show_json(ended | {"database": stopped, "users": users if stopped else 0})
        return
    if not stopped:
        output.note("The managed database was not running.")
        return
    output.show(Text("Stopped the managed database."))
    if users:
        output.note(f"{users} programs were using it; they are told that it is gone.")


def _show_ended(ended: Mapping[str, Any]) -> None:
    for pid in ended["api"]:
        output.show(Text(f"Stopped the REST API, process {pid}."))
    if ended["model_host"]:
        output.show(Text("Stopped the model host."))


def _end_serving(engine: Engine) -> list[int]:
    """End each ``memos up`` of this home, and return their pids: they write what waits to be recorded while the database is there."""
    folder = engine.home.serving
    serving = registered(folder)
    for act in (psutil.Process.terminate, psutil.Process.kill):
        for each in registered(folder):  # asked anew: what has ended meanwhile is not ended by its pid
            with suppress(psutil.NoSuchProcess):
                if process := each.find():
                    act(process)
        deadline = time.monotonic() + _END_S
        while registered(folder) and time.monotonic() < deadline:
            time.sleep(_GLANCE_S)
    return [each.pid for each in serving]
