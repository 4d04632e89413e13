"""Whose memories they are: mem0's users, agents, apps and runs, as spaces and labels.

A memory is kept in the space of the first of these that it was added with; all of them are labels on it.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple

from memos_graph.errors import InputError

KINDS: Mapping[str, str] = {"user_id": "user", "agent_id": "agent", "app_id": "app", "run_id": "run"}
"""Names of ids, the first of which says where a memory is, and what they are ids of."""
_FOLDER = "mem0"
_MOST_CHARS = 128
_PLAIN = re.compile(r"[A-Za-z0-9_.@-]")
_ESCAPED = re.compile(r"(?:\+[0-9a-f]{2})+")

Ids = Mapping[str, str]


class Entity(NamedTuple):
    """A user, an agent, an app or a run."""

    kind: str
    name: str


def owner_of(principal: str) -> str:
    """Return under whose name a principal keeps them: its own, or that of the user it acts for."""
    agent, _, user = principal.partition(">")
    return user.partition(":")[0] or agent


def home_of(ids: Ids) -> Entity:
    """Return whose the memories with these ids are; raises ``InputError`` where there is no id."""
    for name, kind in KINDS.items():
        if name in ids:
            return Entity(kind, ids[name])
    raise InputError(
        "At least one of user_id, agent_id, app_id and run_id is needed.",
        hint="Send one, for a search among its filters.",
    )


def space_of(owner: str, entity: Entity) -> str:
    """Return the space of an entity; raises ``InputError`` for a name that is empty or too long."""
    name = "".join(sign if _PLAIN.fullmatch(sign) else _escaped(sign) for sign in entity.name)
    if not name[:1].isalnum():
        name = f"_{name}"
    if not entity.name or len(name) > _MOST_CHARS:
        raise InputError(
            f"The {entity.kind}_id is empty or too long.",
            hint=f"Use 1 to {_MOST_CHARS} characters; those other than letters, digits and _.@- count as several.",
        )
    return f"{prefix_of(owner)}{entity.kind}/{name}"


def prefix_of(owner: str) -> str:
    """Return what the spaces of all of them begin with."""
    return f"{owner}/{_FOLDER}/"


def entity_of(space: str) -> Entity | None:
    """Return whose a space is; none where it is none of theirs."""
    parts = space.split("/")
    if len(parts) != 4 or parts[1] != _FOLDER or parts[2] not in KINDS.values():  # noqa: PLR2004 - owner, folder, kind, name
        return None
    name = _ESCAPED.sub(lambda each: bytes.fromhex(each[0].replace("+", "")).decode("utf-8", "replace"), parts[3])
    return Entity(parts[2], name.removeprefix("_"))


def _escaped(sign: str) -> str:
    try:
        return "".join(f"+{byte:02x}" for byte in sign.encode())
    except UnicodeEncodeError:
        raise InputError("An id holds a lone surrogate, which is no character.", hint="Decode it again.") from None
