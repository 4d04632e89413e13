"""The table of field names: under which of them a message says who spoke, when, and under which id.

A name with dots is a path: ``author.name`` is the ``name`` of the object ``author``. The first that says something counts.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from memos_graph.errors import FormatError

_TABLE = {
    "speaker": """
        name speaker speaker_name sender_name senderName author_name authorName from_name fromName displayName user_profile.real_name user_profile.display_name
        user_profile.name author.nickname author.global_name author.display_name author.name author.username author
        from.name from.first_name from.user.displayName from sender.name sender.display_name sender.username sender creator.name creator
        username user.real_name user.display_name user.name user from_id role author.role
    """,
    "role": "role author.role sender from type author",
    "time": """
        at timestamp timestamp_ms ts created_at createdAt create_time createTime created_date created date_unixtime date
        datetime date_time time sent_at sentAt inserted_at insertedAt createdDateTime origin_server_ts create_at Timestamp
        metadata.timestamp metadata.created_at metadata.create_time response_metadata.created_at
    """,
    "id": "uuid id message_id messageId client_msg_id _id event_id ID",
    "session": "session session_id sessionId conversation_id conversationId",
    "title of a conversation": "title name threadName display_name displayName channel.name",
    "id of a conversation": "conversation_id thread_path id uuid conversationId thread_id chat_id channel.id",
}
_Path = tuple[str, ...]
_PATHS: dict[str, tuple[_Path, ...]] = {
    meaning: tuple(tuple(path.split(".")) for path in paths.split()) for meaning, paths in _TABLE.items()
}
TEXTS = ("content", "text", "message", "value", "body", "parts", "Contents")

ROLES = {
    "user": "user",
    "human": "user",
    "human_user": "user",
    "assistant": "assistant",
    "ai": "assistant",
    "gpt": "assistant",
    "chatgpt": "assistant",
    "bing": "assistant",
    "bard": "assistant",
    "model": "assistant",
    "chatbot": "assistant",
    "aimessagechunk": "assistant",
    "humanmessagechunk": "user",
    "system": "system",
    "developer": "system",
    "tool": "tool",
    "function": "tool",
}
"""What exports call the parts of a talk with an assistant, in lower case, to the names of the OpenAI API."""


def at_path(fields: Mapping[str, Any], path: str) -> Any:
    """Return what lies at ``path``, ``None`` where there is nothing."""
    return _at(fields, path.split("."))


def _at(fields: Mapping[str, Any], keys: Sequence[str]) -> Any:
    found = fields.get(keys[0])
    for key in keys[1:]:
        if not isinstance(found, Mapping):
            return None
        found = found.get(key)
    return found


def speaker_of(message: Mapping[str, Any]) -> str | None:
    """Return who said a message: a person's name before an id, an id before a role."""
    for path in _PATHS["speaker"]:
        found = _at(message, path)
        if isinstance(found, str) and found.strip():
            return found
    kind = message.get("type")
    return kind if isinstance(kind, str) and kind.lower() in ROLES else None


def role_of(message: Mapping[str, Any]) -> str | None:
    """Return a message's part in a talk with an assistant, in the words of the OpenAI API; ``None`` in other talk."""
    by_user = message.get("isCreatedByUser")  # LibreChat, where the sender is the name of a model
    if isinstance(by_user, bool):
        return "user" if by_user else "assistant"
    for path in _PATHS["role"]:
        found = _at(message, path)
        if isinstance(found, str) and found.strip():
            if found.lower() in ROLES:
                return ROLES[found.lower()]
            if path[-1] == "role":
                return found
    return None


def times_of(fields: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the times an object names as ``(field, value)``; an empty text, null and zero name none."""
    for keys in _PATHS["time"]:
        value = _at(fields, keys)
        if isinstance(value, Mapping):  # Firestore, and the extended JSON of MongoDB
            value = next((value[each] for each in ("$date", "seconds", "_seconds") if each in value), value)
            value = value.get("$numberLong", value) if isinstance(value, Mapping) else value
        if value is not None and value not in ("", 0, "0") and not (isinstance(value, str) and not value.strip()):
            yield ".".join(keys), value


def id_of(message: Mapping[str, Any]) -> str | None:
    """Return a message's id; raises ``FormatError`` where one is given that is neither text nor a whole number."""
    for (key,) in _PATHS["id"]:
        value = message.get(key)
        value = value.get("$oid", value) if isinstance(value, Mapping) else value
        if isinstance(value, str | int) and not isinstance(value, bool) and value != "":
            return str(value)
        if value is not None and value != "":
            kind = type(value).__name__
            raise FormatError(f"A message's id is a text or a whole number, not {kind}.")
    return None


def session_of(message: Mapping[str, Any]) -> str | None:
    """Return the id of the part of a conversation that a message says it belongs to."""
    return _first(message, _PATHS["session"])


def title_of(conversation: Mapping[str, Any]) -> str | None:
    """Return what a conversation is called."""
    return _first(conversation, _PATHS["title of a conversation"])


def conversation_id_of(conversation: Mapping[str, Any]) -> str | None:
    """Return under which id its export knows a conversation."""
    return _first(conversation, _PATHS["id of a conversation"])


def _first(fields: Mapping[str, Any], paths: tuple[_Path, ...]) -> str | None:
    for path in paths:
        value = _at(fields, path)
        if isinstance(value, str | int) and not isinstance(value, bool) and str(value).strip():
            return str(value)
    return None
