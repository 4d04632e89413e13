"""What is put into a space: messages as JSON, files as they are."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from memos_graph.client.calls import RestCall, space_path, with_json
from memos_graph.client.steps import Plan, send
from memos_graph.errors import FormatError, InputError
from memos_graph.formats import DateOrder, Message, Parsed
from memos_graph.memory.adding import AddReport, as_parsed, is_said_now

Given = str | Message | Iterable[Message | Mapping[str, Any]]
_NO_LIMIT = 2**31
"""The longest text: how long a memory may be is the service's setting, which keeps longer ones in parts."""


def adding(
    space: str, entries: Given, *, source: str | None, tags: Collection[str], expires_at: datetime | None
) -> Plan[AddReport]:
    """Remember messages or one text. What can't be read of them is found here, and the rest is sent."""
    if isinstance(entries, Parsed):
        raise InputError(
            "What was parsed here can't be sent.", hint="Send the file itself by `add_file` or `add_data`."
        )
    if not isinstance(entries, str | Message):
        entries = list(entries)
    parsed = as_parsed(entries, source, _NO_LIMIT)
    messages = [entry for entry in parsed.entries if isinstance(entry, Message)]
    said_now = is_said_now(entries, parsed)
    body = {
        "messages": [message.model_dump(mode="json", exclude_defaults=True) for message in messages],
        "source": parsed.source,
        "tags": tuple(tags),
        "expires_at": expires_at,
        "said_now": said_now,
    }
    call = RestCall("POST", space_path(space, "/messages"), AddReport, repeatable=not said_now, slow=True)
    report = yield from send(with_json(call, body), AddReport)
    return report.model_copy(
        update={
            "rejected": (*parsed.rejected, *report.rejected),
            "remarks": (*parsed.remarks, *report.remarks),
        }
    )


def uploading(
    space: str,
    data: bytes | str,
    *,
    name: str,
    media_type: str | None,
    tags: Collection[str],
    expires_at: datetime | None,
    at: datetime | None,
    date_order: DateOrder | None,
) -> Plan[AddReport]:
    """Remember a file; the same one again changes nothing."""
    content = data.encode() if isinstance(data, str) else data
    query = [
        ("source", name),
        ("tag", tuple(tags)),
        ("expires_at", expires_at and expires_at.isoformat()),
        ("at", at and at.isoformat()),
        ("date_order", date_order),
    ]
    headers = {"Content-Type": media_type or "application/octet-stream"}
    path = space_path(space, "/documents")
    return (
        yield from send(
            RestCall("POST", path, AddReport, query, headers, content, repeatable=True, slow=True), AddReport
        )
    )


def content_of(path: str | Path) -> bytes:
    """Return what is in a file; raises ``FormatError`` where it can't be read."""
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise FormatError(f"{path} can't be read: {error.strerror}.", hint="Check its path.") from error
