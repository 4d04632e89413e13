"""``memos console``: a link that signs somebody in to the web console. Opens no database."""

from urllib.parse import urlencode

import typer

from memos_graph.cli import options, output
from memos_graph.cli.server import answers
from memos_graph.cli.session import principal_of
from memos_graph.config import Settings
from memos_graph.console.sign_ins import LINK_LASTS, SignIns
from memos_graph.errors import ConfigurationError
from memos_graph.kit import extras

_ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - where it listens, and how it is reached from here


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(console)


def console(as_: options.As = None, json: options.Json = False) -> None:
    """Print a link that opens the web console, signed in; it works once, and for five minutes.

    \b
    memos console
    memos console --as alice

    `memos up` serves the console. Whoever has an API key can also sign in with it.
    """  # noqa: D301
    extras.check("console", "The console", "jinja2", "fastapi")
    settings = Settings.load()
    if not settings.api_port:
        raise ConfigurationError(
            "MEMOS_API_PORT is 0, so that nobody but `memos up` knows the console's port.",
            hint="Set it to a port, or sign in with an API key at the address that `memos up` showed, under /console.",
        )
    principal = principal_of(as_)
    code, until = SignIns(settings.home).link(principal)
    host = _ANYWHERE.get(settings.api_host, settings.api_host)
    place = f"http://{f'[{host}]' if ':' in host else host}:{settings.api_port}/console/sign-in"
    link = f"{place}?{urlencode({'code': code})}"
    if json:
        output.show_json({"link": link, "principal": principal, "until": until})
        return
    typer.echo(link)
    output.note(f"Signs in {principal}, once, within {LINK_LASTS.seconds // 60} minutes.")
    if not answers(settings):
        output.note("The REST API does not answer there: start it with `memos up`.")
