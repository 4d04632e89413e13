"""Turns of talks with an assistant, as its maker exports them."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from memos_graph.formats.exports.fields import at_path

LeftOut = tuple[str, str]

_CITED = re.compile("\ue200[^\ue201]{0,400}\ue201|\u3010\\d+\u2020[^\u3011]{0,200}\u3011")
_REASONED = re.compile(r"<details type=\"(?:reasoning|tool_calls|code_interpreter)\".*?</details>\s*", re.DOTALL)
_THOUGHTS = re.compile(r"\A\s*<(think|thinking|thought)>.*?</\1>\s*", re.DOTALL)
_THOUGHT_KINDS = frozenset({"thoughts", "reasoning_recap"})
_INSTRUCTIONS = frozenset({"user_editable_context", "model_editable_context"})
_FRAGMENT_ROLES = {"REQUEST": "user", "RESPONSE": "assistant"}


def chatgpt_turn(message: Mapping[str, Any]) -> Sequence[Any] | LeftOut:
    """Return one message of ChatGPT's or DeepSeek's, or why it is no turn of the talk; an empty node is nothing."""
    if isinstance(message.get("fragments"), list):
        return _deepseek(message)
    content = message.get("content")
    kind = content.get("content_type") if isinstance(content, Mapping) else None
    role = at_path(message, "author.role")
    said = _words(content)
    why = _why_not_said(message, kind, role)
    if why is not None and (said or (kind is not None and role != "system")):
        return why, said
    return [_without_citations(message)] if said or _holds_parts(content) else []


def _why_not_said(message: Mapping[str, Any], kind: object, role: object) -> str | None:
    """Return why a message is not a turn of the talk, ``None`` where it is one."""
    if kind in _THOUGHT_KINDS:
        return "It is a thought of the model, not said to anybody."
    if kind in _INSTRUCTIONS:
        return "It is what the program was told about itself and its user, not said in this talk."
    if role == "tool" or message.get("recipient") not in (None, "all"):
        return "It is a tool call or its result, not said to anybody."
    if role == "system" or at_path(message, "metadata.is_visually_hidden_from_conversation") is True:
        return "It was hidden from the talk."
    return None


def _words(content: Any) -> str:
    if not isinstance(content, Mapping):
        return content if isinstance(content, str) else ""
    held = content.get("parts")
    parts = held if isinstance(held, list) else [content.get("text")]
    texts = [part.get("text") if isinstance(part, Mapping) else part for part in parts]
    return next((each for each in texts if isinstance(each, str) and each.strip()), "")


def _holds_parts(content: Any) -> bool:
    return isinstance(content, Mapping) and any(isinstance(each, Mapping) for each in content.get("parts") or [])


def _without_citations(message: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the message without the marks that its program shows as footnotes."""
    content = message["content"]
    if not isinstance(content, Mapping) or not isinstance(content.get("parts"), list):
        return message
    parts = [_CITED.sub("", each) if isinstance(each, str) else each for each in content["parts"]]
    return {**message, "content": {**content, "parts": parts}}


def _deepseek(message: Mapping[str, Any]) -> Sequence[Any]:
    fragments = [each for each in message["fragments"] if isinstance(each, Mapping)]
    role = next(
        (_FRAGMENT_ROLES[each["type"]] for each in fragments if each.get("type") in _FRAGMENT_ROLES), "assistant"
    )
    parts = [
        {**each, "type": "text" if each.get("type") in _FRAGMENT_ROLES else str(each.get("type")).lower()}
        for each in fragments
    ]
    return [{**message, "role": role, "content": parts}] if parts else []


def claude_turns(message: Mapping[str, Any]) -> Sequence[Any]:
    """Return a message of Claude's with its text, and a turn for each text that was attached to it."""
    blocks = message.get("content")
    worded = isinstance(blocks, list) and any(
        isinstance(each, Mapping) and each.get("type") == "text" and str(each.get("text") or "").strip()
        for each in blocks
    )
    text = message.get("text")
    if not worded and isinstance(text, str) and text.strip():
        blocks = text
    turns: list[Any] = [{**message, "content": blocks}]
    attached = message.get("attachments")
    texts = [
        (number, each)
        for number, each in enumerate(attached if isinstance(attached, list) else [], start=1)
        if isinstance(each, Mapping) and str(each.get("extracted_content") or "").strip()
    ]
    if texts and not worded and isinstance(blocks, list | None):
        turns = []  # a pasted text alone
    for number, each in texts:
        id_ = f"{message['uuid']}/attachment-{number}" if message.get("uuid") else None
        turns.append({**message, "uuid": id_, "content": each["extracted_content"]})
    return turns


def lm_studio_turn(message: Mapping[str, Any]) -> Sequence[Any]:
    """Return a message of LM Studio's in the version that was selected."""
    versions, selected = message.get("versions"), message.get("currentlySelected")
    if not isinstance(versions, list) or not isinstance(selected, int) or not 0 <= selected < len(versions):
        return [message]
    version = versions[selected]
    if not isinstance(version, Mapping):
        return [message]
    steps = version.get("steps")
    if not isinstance(steps, list):
        return [version]
    blocks = [part for step in steps if isinstance(step, Mapping) for part in step.get("content") or []]
    return [{"role": version.get("role"), "content": blocks}]


def without_thoughts(message: Mapping[str, Any]) -> Sequence[Any]:
    """Return a message without the thoughts and tool calls that stand in its text as folded boxes."""
    content = message.get("content")
    return [{**message, "content": _REASONED.sub("", content)}] if isinstance(content, str) else [message]


def answer(text: str) -> str:
    """Return what an assistant said, without the thoughts it wrote before it between tags."""
    return _THOUGHTS.sub("", text)
