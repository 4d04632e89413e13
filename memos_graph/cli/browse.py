"""``memos browse``: the way into the Neo4j Browser, and saved queries to run there."""

from typing import Annotated
from zoneinfo import available_timezones

import typer
from rich.text import Text

from memos_graph import cypher
from memos_graph.cli import options, output
from memos_graph.cli.session import principal_of
from memos_graph.config import Settings
from memos_graph.errors import EngineStartError, InputError
from memos_graph.graph.browser import link, style_command
from memos_graph.graph.connection import Endpoint
from memos_graph.graph.engine import Engine
from memos_graph.graph.home import ServerHome
from memos_graph.graph.lock import running
from memos_graph.kit.processes import listens

_FOLDER = "explore/"
# What fills each place of a saved query, and where it is found.
_FILLED_BY = {
    "agent": "--agent names who acted; `memos mandate list` lists them.",
    "closes": "--closes is an hour, 0 to 24.",
    "cube": "--cube takes the id of a memory, as `memos search` shows it.",
    "opens": "--opens is an hour, 0 to 24.",
    "request": "--request takes the id of a request, as `memos log` shows it.",
    "source": "--source takes the name of a conversation or document, as `memos show` tells it.",
    "space": "--space takes OWNER/NAME; `memos space list` lists yours.",
    "topic": "--topic takes the name of a topic; `memos browse space_overview` draws them.",
    "user": "--user names who was acted for.",
    "zone": "--zone takes a time zone, e.g. Europe/Zurich.",
}

_Value = str | None


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(browse)


def saved_queries() -> dict[str, cypher.Query]:
    """Return the saved queries by their short names."""
    return {name.removeprefix(_FOLDER): cypher.query(name) for name in cypher.names() if name.startswith(_FOLDER)}


def browse(
    query: Annotated[
        str | None,
        typer.Argument(metavar="[QUERY]", help="Print this saved query, filled in, and a link that opens it."),
    ] = None,
    space: options.SpaceName = None,
    cube: Annotated[_Value, typer.Option(metavar="ID", help="The memory a query is about.")] = None,
    topic: Annotated[_Value, typer.Option(metavar="NAME", help="The topic a query is about.")] = None,
    source: Annotated[
        _Value, typer.Option(metavar="NAME", help="The conversation or document a query is about.")
    ] = None,
    request: Annotated[_Value, typer.Option(metavar="ID", help="The request a query is about.")] = None,
    agent: Annotated[_Value, typer.Option(metavar="PRINCIPAL", help="Who acted for somebody.")] = None,
    user: Annotated[_Value, typer.Option(metavar="PRINCIPAL", help="Whom they acted for.")] = None,
    zone: Annotated[_Value, typer.Option(metavar="ZONE", help="Whose clock tells the hours. Default: UTC.")] = None,
    opens: Annotated[int | None, typer.Option(min=0, max=24, help="The hour the office opens. Default: 8.")] = None,
    closes: Annotated[int | None, typer.Option(min=0, max=24, help="The hour it closes. Default: 18.")] = None,
    style: Annotated[
        bool, typer.Option("--style", help="Print the command that gives the browser of your own server its captions.")
    ] = False,
    show_password: Annotated[
        bool, typer.Option("--show-password", help="Print the password itself, not only where it is.")
    ] = False,
    json: options.Json = False,
) -> None:
    """Show where the Neo4j Browser is, how to sign in, and the saved queries. Starts the database if it does not run.

    \b
    memos browse
    memos browse space_overview --space alice/notes
    memos browse neighbourhood --cube 019f8a3c-…
    """  # noqa: D301
    if style:
        typer.echo(style_command())
        return
    found = None if query is None else _saved(query)
    given = {
        "agent": agent,
        "closes": closes,
        "cube": cube,
        "opens": opens,
        "request": request,
        "source": source,
        "space": space,
        "topic": topic,
        "user": user,
        "zone": zone,
    }
    values = {name: value for name, value in given.items() if value is not None}
    if found is None:
        if values:
            raise InputError(f"--{next(iter(values))} fills a saved query; none is named.", hint=_names())
        _show_way_in(_running(Settings.load()), show_password=show_password, as_json=json)
        return
    values = _values(found, values)
    endpoint, text = _running(Settings.load()), cypher.filled(found, values)
    opens_at = endpoint.browser_url and link(endpoint.browser_url, endpoint.uri, endpoint.user, text)
    if json:
        shown = {"name": query, "purpose": found.purpose, "params": values, "text": text, "link": opens_at}
        output.show_json(shown)
        return
    typer.echo(text)
    if opens_at:
        typer.echo(f"\nPaste it into the Neo4j Browser, or open this link and run it:\n{opens_at}", err=True)


def show_sign_in(endpoint: Endpoint, password_file: str | None, secret: str | None = None) -> None:
    """Show the browser's address, and what to type there; the password only where ``secret`` gives it."""
    lines = {
        "Neo4j Browser": endpoint.browser_url or "that of your own server",
        "Connect URL": endpoint.uri,
        "User": endpoint.user,
        "Password": secret or (f"in the file {password_file}" if password_file else "that of NEO4J_PASSWORD"),
        "Captions": None if endpoint.managed else "paste there what `memos browse --style` prints",
    }
    output.show(output.facts(lines))


def _show_way_in(endpoint: Endpoint, *, show_password: bool, as_json: bool) -> None:
    secret = endpoint.password.get_secret_value() if show_password else None
    home = Settings.load().home.expanduser().absolute()
    where = str(ServerHome(home).password) if endpoint.managed else None
    if as_json:
        way_in = {"browser": endpoint.browser_url, "uri": endpoint.uri, "user": endpoint.user}
        queries = {name: {"purpose": each.purpose, "params": each.params} for name, each in saved_queries().items()}
        output.show_json({**way_in, "password_file": where, "password": secret, "queries": queries})
        return
    show_sign_in(endpoint, where, secret)
    output.show(Text("\n`memos browse QUERY` with these options prints a saved query to run there, and a link:"))
    made = output.table("Query", "Options", "Shows")
    for name, each in saved_queries().items():
        made.add_row(Text(name, style="cyan"), " ".join(f"--{place}" for place in each.params), each.purpose)
    output.show(made)


def _running(settings: Settings) -> Endpoint:
    engine = Engine(settings)
    if not settings.neo4j_uri and (record := running(engine.home)):
        if record.version and not listens(record.pid, record.http_port):
            raise EngineStartError(
                f"Whoever listens at port {record.http_port} is not the managed server: do not give it the password.",
                hint="`memos stop`, then `memos browse` again: the server is started at ports of its own.",
            )
        return engine.endpoint(record)
    with output.engine_progress() as progress:
        engine = Engine(settings, progress=progress)
        endpoint = engine.ensure(keep=True)
    engine.release()
    if endpoint.managed:
        output.note("Started the database; it runs until `memos stop`.")
    return endpoint


def _saved(name: str) -> cypher.Query:
    found = saved_queries().get(name)
    if found is None:
        raise InputError(f"There is no saved query '{name}'.", hint=_names())
    return found


def _names() -> str:
    return f"There are: {', '.join(saved_queries())}."


def _values(query: cypher.Query, given: dict[str, str | int]) -> dict[str, str | int]:
    """Return a value for each place of ``query``; raises ``InputError`` for one that is missing, and for one too many."""
    name = query.name.removeprefix(_FOLDER)
    usual: dict[str, str | int] = {"space": f"{principal_of(None)}/notes", "zone": "UTC", "opens": 8, "closes": 18}
    for each in given:
        if each not in query.params:
            places = ", ".join(f"--{place}" for place in query.params)
            raise InputError(f"The saved query '{name}' has no place for --{each}.", hint=f"It takes {places}.")
    values = {**usual, **given}
    if "zone" in query.params and values["zone"] not in available_timezones():
        raise InputError(f"'{values['zone']}' is not a time zone.", hint=_FILLED_BY["zone"])
    for each in query.params:
        if each not in values:
            raise InputError(f"The saved query '{name}' needs --{each}.", hint=_FILLED_BY[each])
    return {each: values[each] for each in query.params}
