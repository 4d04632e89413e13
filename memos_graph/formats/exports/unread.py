"""Files of exports that hold no conversation: what each is, so that its reader is told rather than left to wonder."""

from collections.abc import Mapping
from typing import Any

_RATINGS = frozenset({"rating", "conversation_id"})
_KNOWN: tuple[tuple[frozenset[str], str], ...] = (
    (_RATINGS, "ChatGPT's list of rated answers"),
    (frozenset({"is_anonymous", "conversation_id"}), "ChatGPT's list of shared links"),
    (frozenset({"chatgpt_plus_user"}), "ChatGPT's account data"),
    (frozenset({"prompt_template", "docs"}), "Claude's list of projects"),
    (frozenset({"full_name", "email_address"}), "Claude's account data"),
    (frozenset({"profile", "team_id"}), "Slack's list of users"),
    (frozenset({"members", "creator", "created"}), "Slack's list of channels"),
    (frozenset({"header", "products", "time"}), "a log of Google's My Activity that is not of Gemini"),
    (frozenset({"cells", "nbformat"}), "a Jupyter notebook"),
    (frozenset({"type", "features"}), "a GeoJSON map"),
    (frozenset({"log"}), "an HTTP archive"),
    (frozenset({"openapi", "paths"}), "an OpenAPI description"),
    (frozenset({"$schema"}), "a JSON schema"),
    (frozenset({"nodes", "edges"}), "a graph"),
    (frozenset({"runSettings", "systemInstruction"}), "a prompt of AI Studio without turns"),
)


def is_ratings(document: Any) -> bool:
    """Whether ``document`` is a list of rated answers, whose fields look like those of messages."""
    first = _first_of(document)
    return isinstance(first, Mapping) and first.keys() >= _RATINGS


def what_it_is(document: Any) -> str | None:
    """Name the file of an export that ``document`` is, ``None`` where it is of no known kind."""
    first = _first_of(document)
    if not isinstance(first, Mapping):
        return None
    return next((name for keys, name in _KNOWN if keys <= first.keys()), None)


def _first_of(document: Any) -> Any:
    return (
        next((each for each in document if isinstance(each, Mapping)), None) if isinstance(document, list) else document
    )
