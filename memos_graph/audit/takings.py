"""What an act takes away, as the journal keeps it: the ids of what was erased, or a right as it is from then on."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from memos_graph.audit.events import Event
from memos_graph.audit.journal import Taking
from memos_graph.kit.clock import now
from memos_graph.kit.crypto.keyring import Keyring

ERASED = "erased"
_DENIALS = ("deny", "allow")


def right(
    keyring: Keyring,
    grantee: str,
    *,
    cube: str | None,
    topic: str | None,
    by: str | None,
    expires_at: datetime | None = None,
    **allowed: object,
) -> dict[str, Any]:
    """Return what of a grant or a denial that ``by`` gave is kept.

    A topic is named after what memories say: its keyed hash stands for it.
    """
    return {
        "grantee": grantee,
        "cube": cube,
        "topic": None if topic is None else topic_hash(keyring, topic),
        "by": by,
        "expires_at": None if expires_at is None else expires_at.isoformat(),
        **allowed,
    }


def topic_hash(keyring: Keyring, topic: str) -> str:
    """Return what stands for a topic's name."""
    return keyring.keyed("topics", topic)


def takings(event: Event, seq: int, hash_: str) -> list[Taking]:
    """Return what is kept of an act that takes something away; nothing of any other."""
    found = []
    if event.erased:
        receipt = event.detail if event.action == "forget" else None
        body: Mapping[str, Any] = {"cubes": sorted(event.erased), "receipt": receipt}
        found.append(Taking(event.id, now(), event.space, seq, hash_, ERASED, None, body))
    side = "denied" if event.action in _DENIALS else "granted"
    for number, takes in enumerate(event.takes):
        about = json.dumps([side, *(takes[name] for name in ("grantee", "cube", "topic", "by"))])
        id_ = f"{event.id}/{number}"
        found.append(Taking(id_, now(), event.space, seq, hash_, event.action, about, takes))
    return found
