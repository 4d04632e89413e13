"""Options that several commands share."""

import json
from datetime import datetime
from typing import Annotated, Any

import typer

from memos_graph.errors import InputError
from memos_graph.formats import DateOrder

_MOMENT = ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S%z"]

As = Annotated[
    str | None,
    typer.Option(
        "--as",
        metavar="PRINCIPAL",
        help="Who acts; AGENT>USER[:PURPOSE] by a mandate. Default: who you are logged in as.",
    ),
]
SpaceName = Annotated[
    str | None, typer.Option("--space", "-s", metavar="SPACE", help="OWNER/NAME. Default: PRINCIPAL/notes.")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON on standard output, and nothing else there.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
ID_HELP = "The memory's id, as `memos search` shows it, or its beginning."
CubeId = Annotated[str, typer.Argument(metavar="ID", help=ID_HELP)]
Reason = Annotated[str | None, typer.Option("--reason", "-m", help="Why; kept in the log.")]
Limit = Annotated[int, typer.Option("--limit", "-n", min=1, max=200, help="Most results.")]
Tags = Annotated[list[str] | None, typer.Option("--tag", "-t", help="A label; may be repeated.")]


def moment(name: str, explanation: str) -> object:
    """Return an option that takes a date or a time, UTC where it names no zone."""
    return typer.Option(name, formats=_MOMENT, metavar="TIME", help=f"{explanation} (UTC, e.g. 2026-05-04).")


def json_object(text: str, what: str) -> dict[str, Any]:
    """Return an object that is written as JSON; raises ``InputError``, which calls it ``what``, for anything else."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{what} is not JSON: {error}.", hint='Write an object, as \'{"drinks": "tea"}\'.') from error
    if not isinstance(found, dict):
        raise InputError(f"{what} is not a JSON object.", hint='Write one, as \'{"drinks": "tea"}\'.')
    return found


Timezone = Annotated[
    str | None,
    typer.Option(
        metavar="ZONE",
        help="Where you are, e.g. Europe/Lisbon: what today means. Default: MEMOS_TIMEZONE, or this machine's.",
    ),
]
Since = Annotated[datetime | None, moment("--since", "From this moment on")]
Until = Annotated[datetime | None, moment("--until", "Before this moment")]
AsOf = Annotated[datetime | None, moment("--as-of", "What was known at this moment")]
ValidAt = Annotated[datetime | None, moment("--valid-at", "Only what was true at this moment")]
At = Annotated[datetime | None, moment("--at", "Date of what names none of its own")]
DateOrders = Annotated[
    DateOrder | None,
    typer.Option("--date-order", help="What 05/08/25 means in a log. Default: what the log itself shows."),
]
