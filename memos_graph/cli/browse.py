"""``memos browse``: the way into the Neo4j Browser, and the queries to paste there."""

from typing import Annotated

import typer
from rich.text import Text

from memos_graph import cypher
from memos_graph.cli import options, output
from memos_graph.config import Settings
from memos_graph.errors import InputError
from memos_graph.graph.engine import Endpoint, Engine
from memos_graph.graph.home import ServerHome
from memos_graph.graph.lock import running

_FOLDER = "explore/"


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(browse)


def saved_queries() -> dict[str, cypher.Query]:
    """Return the saved queries by their short names."""
    return {name.removeprefix(_FOLDER): cypher.query(name) for name in cypher.names() if name.startswith(_FOLDER)}


def browse(
    query: Annotated[
        str | None, typer.Argument(metavar="[QUERY]", help="Print this saved query, to paste into the browser.")
    ] = None,
    show_password: Annotated[
        bool, typer.Option("--show-password", help="Print the password itself, not only where it is.")
    ] = False,
    json: options.Json = False,
) -> None:
    """Show where the Neo4j Browser is, how to sign in, and the saved queries. Starts the database if it does not run.

    \b
    memos browse
    memos browse neighbourhood
    """  # noqa: D301
    if query is not None:
        _print_query(query, as_json=json)
        return
    settings = Settings.load()
    endpoint = _running(settings)
    secret = endpoint.password.get_secret_value() if show_password else None
    where = str(ServerHome(settings.home.expanduser().absolute()).password) if endpoint.managed else None
    queries = {name: each.purpose for name, each in saved_queries().items()}
    if json:
        output.show_json(
            {
                "browser": endpoint.browser_url,
                "uri": endpoint.uri,
                "user": endpoint.user,
                "password_file": where,
                "password": secret,
                "queries": queries,
            }
        )
        return
    show_sign_in(endpoint, where, secret)
    output.show(Text("\n`memos browse QUERY` prints a saved query to paste there:"))
    made = output.table("Query", "Shows")
    for name, purpose in queries.items():
        made.add_row(Text(name, style="cyan"), purpose)
    output.show(made)


def show_sign_in(endpoint: Endpoint, password_file: str | None, secret: str | None = None) -> None:
    """Show the browser's address, and what to type there; the password only where ``secret`` gives it."""
    lines = {
        "Neo4j Browser": endpoint.browser_url or "that of your own server",
        "Connect URL": endpoint.uri,
        "User": endpoint.user,
        "Password": secret or (f"in the file {password_file}" if password_file else "that of NEO4J_PASSWORD"),
    }
    output.show(output.facts(lines))


def _running(settings: Settings) -> Endpoint:
    engine = Engine(settings)
    if not settings.neo4j_uri and (record := running(engine.home)):
        return engine.endpoint(record)
    with output.engine_progress() as progress:
        engine = Engine(settings, progress=progress)
        endpoint = engine.ensure(keep=True)
    engine.release()
    if endpoint.managed:
        output.note("Started the database; it runs until `memos stop`.")
    return endpoint


def _print_query(name: str, *, as_json: bool) -> None:
    found = saved_queries().get(name)
    if found is None:
        raise InputError(f"There is no saved query '{name}'.", hint=f"There are: {', '.join(saved_queries())}.")
    if as_json:
        output.show_json({"name": name, "purpose": found.purpose, "params": found.params, "text": found.text})
    else:
        typer.echo(found.text)
