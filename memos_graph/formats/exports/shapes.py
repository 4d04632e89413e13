"""What a table of field names can't say of one export: its tree, its service messages, its own spellings.

A shaper takes one exported conversation and returns its turns in order, as objects that the table reads, with what it left
out of them. The first of ``SHAPERS`` whose test holds is asked.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from memos_graph.errors import FormatError
from memos_graph.formats.dates import parse_date
from memos_graph.formats.exports.assistants import chatgpt_turn, claude_turns, lm_studio_turn, without_thoughts
from memos_graph.formats.exports.fields import TEXTS, at_path, conversation_id_of, role_of, times_of, title_of
from memos_graph.formats.exports.people import discord_turn, repaired, telegram_turn
from memos_graph.formats.exports.trees import Node, branches, flattened, kept_branch

LeftOut = tuple[str, str]
"""Why something is left out of a conversation, and how it begins."""


@dataclass(frozen=True)
class Conversation:
    """One conversation of an export: its turns in order, and what stands about it.

    ``about`` is the object that holds it, with its own times. ``left_out`` is what nobody said, or nobody kept.
    """

    messages: Sequence[Any]
    id: str | None = None
    title: str | None = None
    about: Mapping[str, Any] | None = None
    left_out: tuple[LeftOut, ...] = ()
    apart: bool = False
    """Its entries do not follow each other: one has no time from the one before it."""


Turn = Callable[[Mapping[str, Any]], Sequence[Any] | LeftOut]
_OTHER_BRANCH = "It stands on a branch of the conversation that was not kept."


def has_shape(document: Mapping[str, Any]) -> bool:
    """Whether a shaper knows ``document``."""
    return any(test(document) for test, _ in SHAPERS)


def shaped(document: Mapping[str, Any]) -> Conversation | None:
    """Return the conversation that ``document`` is, ``None`` where no shaper knows it."""
    return next((shaper(document) for test, shaper in SHAPERS if test(document)), None)


def plain(messages: Sequence[Any], about: Mapping[str, Any]) -> Conversation:
    """Return a list of messages as a conversation; where they name their parents, as the branch that was kept."""
    messages, left_out = _branch(flattened(messages), about)
    return _conversation(about, messages, left_out)


def _conversation(about: Mapping[str, Any], messages: Sequence[Any], left_out: Sequence[LeftOut]) -> Conversation:
    return Conversation(messages, conversation_id_of(about), title_of(about), about, tuple(left_out))


def _turns(messages: Sequence[Any], turn: Turn) -> tuple[list[Any], list[LeftOut]]:
    """Return what ``turn`` makes of each message, and what it leaves out."""
    found: list[Any] = []
    left_out: list[LeftOut] = []
    for message in messages:
        made = turn(message) if isinstance(message, Mapping) else [message]
        if isinstance(made, tuple):
            left_out.append(made)
        else:
            found += made
    return found, left_out


def _branch(messages: Sequence[Any], about: Mapping[str, Any]) -> tuple[Sequence[Any], list[LeftOut]]:
    # Between people many answer one message; with an assistant they are answers in place of each other.
    if not all(isinstance(each, Mapping) and role_of(each) for each in messages):
        return messages, []
    nodes = branches(messages, [_plain_id(each) for each in messages])
    if nodes is None:
        return messages, []
    current = next((about[key] for key in ("current_leaf_message_uuid", "currentId", "currNode") if key in about), None)
    return _walked(nodes, current, nodes)


def _plain_id(message: Mapping[str, Any]) -> str | None:
    return next((str(message[key]) for key in ("uuid", "id", "messageId", "_id") if message.get(key)), None)


def _walked(nodes: Mapping[str, Node], current: object, said: Mapping[str, Any]) -> tuple[list[Any], list[LeftOut]]:
    """Return what ``said`` has on the kept branch of ``nodes``, and what stands on others."""
    times = {
        id_: time for id_, each in said.items() if isinstance(each, Mapping) and (time := _epoch(each)) is not None
    }
    path = kept_branch(nodes, current, times)
    kept = set(path)
    others = [(_OTHER_BRANCH, beginning(each)) for id_, each in said.items() if id_ not in kept and beginning(each)]
    return [said[id_] for id_ in path if said.get(id_) is not None], others


def _epoch(message: Mapping[str, Any]) -> float | None:
    """Return when a message was written in seconds, to compare with others of its tree; ``None`` where it does not say."""
    for _, value in times_of(message):
        try:
            return parse_date(value).timestamp()
        except FormatError:
            continue  # told when the message itself is read
    return None


def beginning(message: Any) -> str:
    """Return how a message's text begins, empty where it has none."""
    for key in TEXTS:
        content = message.get(key) if isinstance(message, Mapping) else None
        parts = content.get("parts") if isinstance(content, Mapping) else content
        for part in parts if isinstance(parts, list) else [parts]:
            text = part.get("text") if isinstance(part, Mapping) else part
            if isinstance(text, str) and text.strip():
                return text
    return ""


def _mapping(document: Mapping[str, Any]) -> Conversation:
    """ChatGPT and DeepSeek: a tree of nodes, each with a message or none."""
    nodes = {str(id_): node for id_, node in document["mapping"].items() if isinstance(node, Mapping)}
    said = {id_: node["message"] for id_, node in nodes.items() if isinstance(node.get("message"), Mapping)}
    path, others = _walked(nodes, document.get("current_node"), said) if nodes else ([], [])
    turns, left_out = _turns(path, chatgpt_turn)
    return _conversation(document, turns, [*left_out, *others])


def _open_webui(document: Mapping[str, Any]) -> Conversation:
    """Open WebUI: ``chat`` within a row of its own, the tree in ``history``."""
    row = {key: value for key, value in document.items() if key != "chat"}
    chat = document["chat"] if isinstance(document.get("chat"), Mapping) else document
    about = {**chat, **{key: value for key, value in row.items() if value is not None}}
    tree = at_path(chat, "history.messages")
    if isinstance(tree, Mapping) and tree:
        nodes = {str(id_): node for id_, node in tree.items() if isinstance(node, Mapping)}
        path, left_out = _walked(nodes, at_path(chat, "history.currentId"), nodes)
    else:
        path, left_out = list(chat.get("messages") or []), []
    turns, more = _turns(path, without_thoughts)
    return _conversation(about, turns, [*more, *left_out])


def _claude(document: Mapping[str, Any]) -> Conversation:
    messages, others = _branch(document["chat_messages"], document)
    turns, left_out = _turns(messages, claude_turns)
    return _conversation(document, turns, [*left_out, *others])


def _grok(document: Mapping[str, Any]) -> Conversation:
    responses = [
        each["response"] if isinstance(each, Mapping) and isinstance(each.get("response"), Mapping) else each
        for each in document["responses"]
    ]
    return _conversation(document["conversation"], responses, [])


def _ai_studio(document: Mapping[str, Any]) -> Conversation:
    thought = ("It is a thought of the model, not said to anybody.", "")
    turns, left_out = _turns(
        document["chunkedPrompt"]["chunks"], lambda each: thought if each.get("isThought") is True else [each]
    )
    return _conversation(document, turns, left_out)


def _discord(document: Mapping[str, Any]) -> Conversation:
    turns, left_out = _turns(document["messages"], discord_turn)
    channel = document["channel"]
    return Conversation(turns, conversation_id_of(channel), title_of(channel), None, tuple(left_out))


def _messenger(document: Mapping[str, Any]) -> Conversation:
    mended = repaired(document)
    turns, left_out = _turns(mended["messages"], lambda each: ("It was unsent.", "") if _unsent(each) else [each])
    return _conversation(mended, turns, left_out)


def _unsent(message: Mapping[str, Any]) -> bool:
    return message.get("is_unsent") is True or message.get("isUnsent") is True


def _telegram(document: Mapping[str, Any]) -> Conversation:
    """Telegram counts messages in each chat anew, and calls every export of one chat ``result.json``."""
    turns, left_out = _turns(document["messages"], telegram_turn)
    named = [{**each, "id": f"{document.get('id', '')}/{each['id']}"} if _numbered(each) else each for each in turns]
    return _conversation(document, named, left_out)


def _numbered(message: Any) -> bool:
    return isinstance(message, Mapping) and isinstance(message.get("id"), int)


def _lm_studio(document: Mapping[str, Any]) -> Conversation:
    turns, left_out = _turns(document["messages"], lm_studio_turn)
    return _conversation(document, turns, left_out)


def _completion(document: Mapping[str, Any]) -> Conversation:
    """Return an answer of OpenAI's API: of ``choices`` the first, or a response's ``output``, perhaps after its ``input``."""
    asked = document.get("input")
    before = (
        [{"role": "user", "content": asked}] if isinstance(asked, str) else asked if isinstance(asked, list) else []
    )
    choices = document.get("choices")
    answers = [choices[0]["message"]] if isinstance(choices, list) and choices else list(document.get("output") or [])
    turns, left_out = _turns([*before, *answers], lambda each: [each] if "content" in each else _not_said(each))
    return _conversation(document, turns, left_out)


def _not_said(item: Mapping[str, Any]) -> LeftOut:
    return f"It is not a turn of the talk but a {item.get('type', 'part')} of the answer.", ""


def _lists(document: Mapping[str, Any], key: str) -> bool:
    found = at_path(document, key)
    return isinstance(found, list) and any(isinstance(each, Mapping) for each in found)


def _some(document: Mapping[str, Any], *fields: str) -> bool:
    return _lists(document, "messages") and any(
        field in each for each in document["messages"] if isinstance(each, Mapping) for field in fields
    )


def _is_completion(document: Mapping[str, Any]) -> bool:
    choices = document.get("choices")
    if isinstance(choices, list) and choices and isinstance(choices[0], Mapping):
        return isinstance(choices[0].get("message"), Mapping)
    return document.get("object") == "response" and _lists(document, "output")


SHAPERS: tuple[tuple[Callable[[Mapping[str, Any]], bool], Callable[[Mapping[str, Any]], Conversation]], ...] = (
    (lambda each: isinstance(each.get("mapping"), Mapping), _mapping),
    (lambda each: isinstance(each.get("chat"), Mapping), _open_webui),
    (lambda each: isinstance(at_path(each, "history.messages"), Mapping), _open_webui),
    (lambda each: _lists(each, "chat_messages"), _claude),
    (lambda each: isinstance(each.get("conversation"), Mapping) and _lists(each, "responses"), _grok),
    (lambda each: _lists(each, "chunkedPrompt.chunks"), _ai_studio),
    (lambda each: isinstance(each.get("channel"), Mapping) and _lists(each, "messages"), _discord),
    (lambda each: "participants" in each and _lists(each, "messages"), _messenger),
    (lambda each: _some(each, "date_unixtime", "from_id", "text_entities", "actor_id"), _telegram),
    (lambda each: _some(each, "currentlySelected"), _lm_studio),
    (_is_completion, _completion),
)
