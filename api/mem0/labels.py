"""What mem0 knows of a memory beside its text, as the labels it has here: ids and metadata."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from memos_graph.api.mem0.entities import KINDS, Ids
from memos_graph.errors import InputError
from memos_graph.kit.text import unstorable

_METADATA = "metadata."
_MOST, _LONGEST = 40, 500


def labels_of(ids: Ids, metadata: Mapping[str, Any] | None) -> tuple[str, ...]:
    """Return ids and metadata as labels; raises ``InputError`` for more of it than a memory can have."""
    told = [f"{_METADATA}{name}={_written(value)}" for name, value in (metadata or {}).items()]
    if len(told) > _MOST or any(
        len(each) > _LONGEST or "=" in name for each, name in zip(told, metadata or {}, strict=True)
    ):
        raise InputError(
            "This is more metadata than a memory can have.",
            hint=f"Give {_MOST} entries at most, each of {_LONGEST} characters as JSON, without `=` in its name; longer text is a memory.",
        )
    labels = (*(f"{name}={value}" for name, value in ids.items()), *told)
    if any(unstorable(each) is not None for each in labels):
        raise InputError("An id or the metadata holds a NUL byte or a lone surrogate.", hint="Remove it.")
    return labels


def ids_in(labels: Iterable[str]) -> dict[str, str]:
    """Return the ids among labels."""
    parts = (each.partition("=") for each in labels)
    return {name: value for name, _, value in parts if name in KINDS}


def metadata_in(labels: Iterable[str]) -> dict[str, Any]:
    """Return the metadata among labels."""
    parts = (each.removeprefix(_METADATA).partition("=") for each in labels if each.startswith(_METADATA))
    return {name: _read(value) for name, _, value in parts}


def others_in(labels: Iterable[str]) -> tuple[str, ...]:
    """Return the labels that are neither: somebody gave them here."""
    return tuple(each for each in labels if not each.startswith(_METADATA) and each.partition("=")[0] not in KINDS)


def _written(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _read(value: str) -> Any:
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value  # a label that somebody gave here
