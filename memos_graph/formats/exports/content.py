"""What a message says: its text among parts of other kinds, which are counted by kind and not kept."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from memos_graph.errors import FormatError
from memos_graph.formats.exports.fields import TEXTS

_MOST_CHARS = 10_000_000  # of a page; how long one message may be is asked when it is taken
_THOUGHTS = """
    thinking thought thoughts reasoning reasoning_content reasoning_recap redacted_thinking think summary_text
"""
_TOOLS = """
    tool_use tool_result tool_call tool_calls tool-call tool-result tool-invocation function_call function_response
    functioncall functionresponse server_tool_use web_search_tool_result mcp_tool_use mcp_tool_result execution_output
    code_execution_result executable_code token_budget
"""
_THOUGHT, _TOOL = frozenset(_THOUGHTS.split()), frozenset(_TOOLS.split())
THOUGHT, TOOL = "thought", "tool call or its result"
_ENVELOPES = ("kwargs", "data", "message", "payload", "post")


def text_of(message: Mapping[str, Any], left_out: Counter[str]) -> str | None:
    """Return the text of ``message``; parts that hold no words are counted in ``left_out`` by what they are.

    ``None`` where the message has nothing that could be text.
    """
    for key in TEXTS:
        content = message.get(key)
        if isinstance(content, str):
            return content
        # "text" in a list is one sentence cut up by its styles; other lists hold a paragraph each.
        if isinstance(content, list):
            return ("" if key == "text" else "\n").join(_texts(content, left_out))
        if isinstance(content, Mapping):
            found = _of_object(content, left_out)
            if found is not None:
                return found
    return None


def _of_object(content: Mapping[str, Any], left_out: Counter[str]) -> str | None:
    if isinstance(content.get("parts"), list):
        return "\n".join(_texts(content["parts"], left_out))
    found = next(
        (content[key] for key in ("text", "value", "content", "body") if isinstance(content.get(key), str)), None
    )
    return text_of_page(found) if found and content.get("contentType") == "html" else found


def text_of_page(page: str) -> str:
    """Return what a reader sees of a text in HTML."""
    # Its library is large, and most sources hold no HTML.
    from memos_graph.formats.html import read_html  # noqa: PLC0415

    try:
        read = read_html(page, source="answer", at=None, max_chars=_MOST_CHARS)
    except FormatError:
        return ""  # a page without words
    return "\n\n".join(entry.text for entry in read.entries)


def _texts(parts: list[Any], left_out: Counter[str]) -> list[str]:
    found = []
    for part in parts:
        text = part if isinstance(part, str) else _of_part(part, left_out) if isinstance(part, Mapping) else None
        if text is not None:
            found.append(text)
    return found


def _of_part(part: Mapping[str, Any], left_out: Counter[str]) -> str | None:
    kind = kind_of(part)
    if kind.lower() in _THOUGHT or part.get("thought") is True:
        left_out[THOUGHT] += 1
        return None
    if kind.lower() in _TOOL:
        left_out[TOOL] += 1
        return None
    for key in ("text", "refusal", "value", "content"):
        value = part.get(key)
        if isinstance(value, Mapping):
            value = value.get("value")
        if isinstance(value, str):
            return value
    left_out[kind] += 1
    return None


def kind_of(part: Mapping[str, Any]) -> str:
    """Return what a part of a message is, in its own word, else in that of its only field."""
    kind = part.get("type") or part.get("content_type") or next(iter(part), "part")
    return str(kind)[:60]


def unwrapped(message: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a message without the envelope it may lie in: LangChain's ``data`` and ``kwargs``, a log's ``message``."""
    for key in _ENVELOPES:
        inner = message.get(key)
        if isinstance(inner, Mapping) and any(each in inner for each in TEXTS):
            outer = {name: value for name, value in message.items() if name != key}
            if key == "kwargs":
                outer = {"type": _class(message)}
            return {**outer, **{name: value for name, value in inner.items() if value is not None}}
    return message


def _class(message: Mapping[str, Any]) -> str:
    """``["langchain", "schema", "messages", "HumanMessage"]`` names the class of a message that was dumped."""
    path = message.get("id")
    name = str(path[-1]) if isinstance(path, list) and path else ""
    return name.removesuffix("Chunk").removesuffix("Message").lower()


def calls_a_tool(message: Mapping[str, Any]) -> bool:
    """Whether a message without words calls a tool."""
    extra = message.get("additional_kwargs")
    calls = [message.get("tool_calls"), message.get("function_call"), message.get("functionCall")]
    if isinstance(extra, Mapping):
        calls += [extra.get("tool_calls"), extra.get("function_call")]
    return any(calls)
