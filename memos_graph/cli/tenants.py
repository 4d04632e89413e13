"""``memos tenant …``: walls between customers of one installation."""

from typing import Annotated

import typer

from memos_graph.cli import options, output
from memos_graph.cli.session import opened

_tenants = typer.Typer(help="Tenants: walls that no grant reaches over.", no_args_is_help=True)
Principals = Annotated[list[str], typer.Argument(metavar="PRINCIPAL...", help="Who.")]


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.add_typer(_tenants, name="tenant")


@_tenants.command("join")
def join(
    tenant: Annotated[str, typer.Argument(metavar="TENANT", help="Its name.")],
    principals: Principals,
    json: options.Json = False,
) -> None:
    """Put principals, with their roles and spaces, into a tenant; grants to and from others count no more.

    \b
    memos tenant join acme alice bob
    """  # noqa: D301
    with opened() as memos:
        memos.installation.tenants.join(tenant, principals)
    output.done({"tenant": tenant, "principals": principals}, f"{', '.join(principals)}: of {tenant} now.", json=json)


@_tenants.command("leave")
def leave(principals: Principals, json: options.Json = False) -> None:
    """Take principals, with their roles and spaces, out of their tenants."""
    with opened() as memos:
        memos.installation.tenants.leave(principals)
    output.done({"tenant": None, "principals": principals}, f"{', '.join(principals)}: of no tenant now.", json=json)


@_tenants.command("list")
def list_tenants(json: options.Json = False) -> None:
    """List the tenants, who belongs to each, and how many spaces they own."""
    with opened() as memos:
        found = memos.installation.tenants.all()
    if json:
        output.show_json(found)
        return
    made = output.table("Tenant", "Principals", "Spaces", right=("Spaces",))
    for each in found:
        made.add_row(each.tenant, ", ".join(each.principals), str(each.spaces))
    output.show(made)
