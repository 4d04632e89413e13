"""Gemini in Google's Takeout: a log of prompts, newest first, each with its answer as HTML."""

from collections.abc import Mapping, Sequence
from typing import Any

from memos_graph.formats.exports.content import text_of_page

LeftOut = tuple[str, str]

_PROMPTED = ("Prompted ", "Asked ", "Said ")
_APPS = ("gemini", "bard")


def is_activity(entries: Sequence[Any]) -> bool:
    """Whether these are entries of My Activity that were made with Gemini."""
    first = entries[0] if entries else None
    if not isinstance(first, Mapping) or "header" not in first or "title" not in first:
        return False
    named = " ".join([str(first["header"]), *map(str, first.get("products") or [])]).lower()
    return any(app in named for app in _APPS)


def turns(entries: Sequence[Any]) -> tuple[list[Any], list[LeftOut]]:
    """Return question and answer of each entry, oldest first, and the entries in which nobody asked anything."""
    found: list[Any] = []
    left_out: list[LeftOut] = []
    for entry in reversed(entries):
        if not isinstance(entry, Mapping):
            found.append(entry)
            continue
        asked, answered = _asked(entry), _answered(entry)
        if asked is None and answered is None:
            left_out.append(("It notes an act, not what was said.", str(entry.get("title") or "")))
            continue
        said = (("user", asked or str(entry.get("title") or "")), ("assistant", answered))
        found += [{"role": role, "text": text, "time": entry.get("time")} for role, text in said if text]
    return found, left_out


def _asked(entry: Mapping[str, Any]) -> str | None:
    if (named := _detail(entry, "request")) is not None:
        return named
    title = str(entry.get("title") or "")
    return next((title[len(prefix) :] for prefix in _PROMPTED if title.startswith(prefix)), None)


def _answered(entry: Mapping[str, Any]) -> str | None:
    if (named := _detail(entry, "response")) is not None:
        return named
    items = entry.get("safeHtmlItem")
    pages = (
        [each["html"] for each in items if isinstance(each, Mapping) and isinstance(each.get("html"), str)]
        if (isinstance(items, list))
        else []
    )
    return "\n\n".join(filter(None, map(text_of_page, pages))) or None


def _detail(entry: Mapping[str, Any], name: str) -> str | None:
    details = entry.get("details")
    for each in details if isinstance(details, list) else ():
        if isinstance(each, Mapping) and str(each.get("name")).lower() == name and isinstance(each.get("value"), str):
            return str(each["value"])
    return None
