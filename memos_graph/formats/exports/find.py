"""Where the conversations of a JSON document lie: one or many, as they are or under a name."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from memos_graph.formats.exports import gemini, slack
from memos_graph.formats.exports.content import unwrapped
from memos_graph.formats.exports.fields import TEXTS, at_path, times_of
from memos_graph.formats.exports.memories import remembered
from memos_graph.formats.exports.people import BY_THE_SERVICE
from memos_graph.formats.exports.shapes import Conversation, LeftOut, has_shape, plain, shaped
from memos_graph.formats.exports.unread import is_ratings

_HOLDERS = """
    messages chat_messages sessions conversations conversation chats.list left_chats.list chats turns dialogue dialog
    history contents items data results output thread value
    values.messages state.messages output.messages body.messages
"""
_LISTS = tuple(_HOLDERS.split())
_DECLARED = ("messages", "sessions")  # what a list under these names lacks is told entry by entry
_PAIRS = (
    ("prompt", "completion"),
    ("prompt", "response"),
    ("prompt", "chosen"),
    ("instruction", "output"),
    ("input.messages", "preferred_output"),
)
_DEEPEST = 4


def conversations(document: Any) -> list[Conversation] | None:
    """Return the conversations that a JSON document holds, ``None`` where it holds none.

    One that holds several in one list gives each of them, with the id and title it has there.
    """
    if (held := remembered(document)) is not None:
        return held
    if isinstance(document, list) and not is_ratings(document):
        return _of_list(document, {}, 0)
    if isinstance(document, Mapping):
        return _of_object(document, 0)
    return None


def _of_object(document: Mapping[str, Any], depth: int) -> list[Conversation] | None:
    one = shaped(document) or _pair(document)
    if one is not None:
        return [one]
    found: list[Conversation] = []
    for path in _LISTS if depth < _DEEPEST else ():
        held = at_path(document, path)
        if isinstance(held, list) and (path in _DECLARED or held):
            found += _of_list(held, document, depth + 1, declared=path) or []
    return found or None


def _of_list(
    entries: Sequence[Any], about: Mapping[str, Any], depth: int, *, declared: str = ""
) -> list[Conversation] | None:
    if gemini.is_activity(entries):
        turns, left_out = gemini.turns(entries)
        return [Conversation(turns, left_out=tuple(left_out))]
    if declared == "sessions" or any(holds_conversation(each) for each in entries):
        return [each for entry in entries for each in _one_of_many(entry, about, depth, declared)]
    if not any(map(is_message, entries)) and declared != "messages":
        return None
    if slack.is_slack(entries):
        return [slack_channel(entries)]
    return [plain(entries, about)]


def _one_of_many(entry: Any, about: Mapping[str, Any], depth: int, declared: str) -> list[Conversation]:
    found = _of_object(entry, depth) if isinstance(entry, Mapping) else None
    if isinstance(entry, list) and depth < _DEEPEST:
        found = _of_list(entry, {}, depth + 1)
    if not found:
        what = 'A session needs a list named "messages".' if declared == "sessions" else "It holds no conversation."
        return [Conversation((), left_out=((what, str(entry)[:200]),))]
    return [each if _dated(each.about) else replace(each, about=about) for each in found]


def _dated(about: Mapping[str, Any] | None) -> bool:
    return next(times_of(about or {}), None) is not None


def slack_channel(
    entries: Sequence[Any], names: Mapping[str, str] | None = None, channel: str | None = None
) -> Conversation:
    """Return the messages of a channel of Slack; ``names`` by user id where the messages carry none."""
    known = {**slack.names_in(entries), **(names or {})}
    turns: list[Any] = []
    left_out: list[LeftOut] = []
    for message in entries:
        if not slack.is_slack([message]):
            turns.append(message)
            continue
        act = slack.service_act(message)
        said = slack.as_plain(message, known)
        if act is None:
            turns.append(said)
        else:
            left_out.append((f"{BY_THE_SERVICE} ({act}).", said["text"]))
    return Conversation(turns, channel, channel, left_out=tuple(left_out))


def is_message(entry: Any) -> bool:
    """Whether an object has a field that holds what somebody said."""
    return isinstance(entry, Mapping) and any(key in unwrapped(entry) for key in TEXTS)


def holds_conversation(entry: Any) -> bool:
    """Whether an object holds a conversation, and is no message of one."""
    if isinstance(entry, list):
        return any(map(is_message, entry))
    if not isinstance(entry, Mapping) or any(isinstance(entry.get(key), str | list) for key in TEXTS):
        return False
    if has_shape(entry) or _pair(entry):
        return True
    held = [at_path(entry, path) for path in _LISTS]
    return any(isinstance(each, list) and any(map(is_message, each)) for each in held)


def _pair(document: Mapping[str, Any]) -> Conversation | None:
    """Return a training example as what was asked and the answer that was wanted."""
    for asked, answered in _PAIRS:
        question, reply = _turns_of(at_path(document, asked), "user"), _turns_of(document.get(answered), "assistant")
        if not question or not reply:
            continue
        more = document.get("input") if asked == "instruction" else None
        if isinstance(more, str) and more.strip():
            question = [{"role": "user", "content": f"{question[0]['content']}\n{more}"}]
        refused = [key for key in ("rejected", "non_preferred_output") if document.get(key)]
        left_out = tuple(("It is an answer that was turned down.", str(document[key])[:200]) for key in refused)
        return Conversation([*question, *reply], left_out=left_out)
    return None


def _turns_of(said: Any, role: str) -> list[Any]:
    if isinstance(said, str) and said.strip():
        return [{"role": role, "content": said}]
    return list(said) if isinstance(said, list) and said and all(map(is_message, said)) else []
