"""Slack's day files: names for ids, its marks into plain text, what the service wrote apart."""

import re
from collections.abc import Mapping, Sequence
from html import unescape
from typing import Any

# Everything else with a subtype was written by the service: somebody joined, left, renamed, pinned.
_SPOKEN = frozenset({"bot_message", "me_message", "thread_broadcast", "reply_broadcast", "file_share", "file_comment"})
_ANGLE = re.compile(r"<([^<>|]+)(?:\|([^<>]*))?>")
_NAMES = ("real_name", "display_name", "name")


def is_slack(messages: Sequence[Any]) -> bool:
    """Whether these are the messages of a day in a channel: ``{"type": "message", "ts": "1760430001.000200", …}``."""
    known = [each for each in messages if isinstance(each, Mapping)]
    return bool(known) and all(isinstance(each.get("ts"), str) and "type" in each for each in known)


def names_in(messages: Sequence[Any]) -> dict[str, str]:
    """Return the names of those who speak, by id, from the profiles that their own messages carry."""
    found: dict[str, str] = {}
    for message in messages:
        profile = message.get("user_profile") if isinstance(message, Mapping) else None
        name = _name(profile) if isinstance(profile, Mapping) else None
        if name and isinstance(message.get("user"), str):
            found[message["user"]] = name
    return found


def names_of(users: Any) -> dict[str, str]:
    """Return the names that ``users.json`` gives, by id."""
    found: dict[str, str] = {}
    for user in users if isinstance(users, list) else ():
        if not isinstance(user, Mapping) or not isinstance(user.get("id"), str):
            continue
        profile = user.get("profile")
        name = (_name(profile) if isinstance(profile, Mapping) else None) or _name(user)
        if name:
            found[user["id"]] = name
    return found


def service_act(message: Mapping[str, Any]) -> str | None:
    """Return what the service noted by a message, ``None`` where somebody said it."""
    subtype = message.get("subtype")
    return subtype if isinstance(subtype, str) and subtype not in _SPOKEN else None


def as_plain(message: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """Return a message with its text plain and its sender named; its ``ts`` is its id in its channel."""
    user = message.get("user")
    name = names.get(user) if isinstance(user, str) else None
    return {
        **{key: value for key, value in message.items() if key != "client_msg_id"},
        "id": message["ts"],
        **({"speaker": name} if name else {}),
        "text": _plain(_text(message), names),
    }


def _text(message: Mapping[str, Any]) -> str:
    text = message.get("text")
    if isinstance(text, str) and text.strip():
        return text
    attachments = message.get("attachments")
    said = [
        next((each[key] for key in ("text", "fallback", "title") if isinstance(each.get(key), str) and each[key]), "")
        for each in (attachments if isinstance(attachments, list) else [])
        if isinstance(each, Mapping)
    ]
    return "\n".join(filter(None, said)) or "".join(_block_texts(message.get("blocks")))


def _block_texts(block: Any) -> list[str]:
    found: list[str] = []
    waiting = [block]
    while waiting:
        each = waiting.pop()
        if isinstance(each, list):
            waiting += reversed(each)
        elif isinstance(each, Mapping):
            if isinstance(each.get("text"), str):
                found.append(each["text"])
            elif each.get("type") == "user" and isinstance(each.get("user_id"), str):
                found.append(f"<@{each['user_id']}>")
            else:
                waiting += reversed([each[key] for key in ("text", "elements") if key in each])
    return found


def _plain(text: str, names: Mapping[str, str]) -> str:
    def shown(found: re.Match[str]) -> str:
        target, label = found[1], found[2]
        if target.startswith("@"):
            return "@" + (names.get(target[1:]) or (label or "").removeprefix("@") or target[1:])
        if target.startswith("#"):
            return "#" + (label or target[1:])
        if target.startswith("!"):
            return label or "@" + target[1:].partition("^")[0]
        address = target.removeprefix("mailto:").removeprefix("tel:")
        return address if not label or label in (address, target) else f"{label} ({address})"

    return unescape(_ANGLE.sub(shown, text))


def _name(fields: Mapping[str, Any]) -> str | None:
    return next((fields[key] for key in _NAMES if isinstance(fields.get(key), str) and fields[key].strip()), None)
