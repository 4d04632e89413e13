r"""Documents: JSON objects under a namespace and a key, kept exactly as they are. What they are as memories, and their texts.

A document's memory has its JSON as its text, so that versions, views, digests, exports and erasures are those of any memory. In
strings of that JSON only quotation marks, backslashes and NUL are escaped: a line feed before a name would else be written as
``\n`` and read as a letter of it, by whatever looks for names.
"""

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from memos_graph.errors import InputError
from memos_graph.kit.text import unstorable

ROOT = "store:"
_LONGEST = 1_000  # characters of a namespace and a key together: both are in an index
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}
_ESCAPE = re.compile(r'\\(["\\/bfnrt]|u[0-9a-f]{4})')
_STRING = r'"(?:[^"\\]|\\.)*"'
_OUTSIDE = re.compile(rf"({_STRING})|\[([a-z][a-z -]*)\]", re.DOTALL)


@dataclass(frozen=True)
class DocumentPlace:
    """Where a document is. ``root`` and ``source`` are what its memory has for them: ``store:users/ada/`` and that with the key."""

    namespace: tuple[str, ...]
    key: str

    @property
    def root(self) -> str:
        """What all documents of its namespace have in common."""
        return root_of(self.namespace)

    @property
    def source(self) -> str:
        """The source of this document alone: nothing stands before it, nothing follows."""
        return self.root + _escaped(self.key)

    @classmethod
    def of(cls, source: str) -> Self:
        """Return the place that has ``source``."""
        *labels, key = source.removeprefix(ROOT).split("/")
        return cls(tuple(map(_unescaped, labels)), _unescaped(key))

    def check(self) -> None:
        """Raise ``InputError`` unless the graph can hold it."""
        for part in (*self.namespace, self.key):
            if not isinstance(part, str):
                raise InputError(
                    f"{part!r} can't be part of a document's name: it is a {type(part).__name__}.", hint="Give text."
                )
            if (place := unstorable(part)) is not None:
                raise InputError(
                    f"{part!r} can't be part of a document's name: character {place} is a NUL byte or a lone surrogate.",
                    hint="Remove it.",
                )
        if len(self.source) > _LONGEST:
            raise InputError(
                f"The name of a document has {len(self.source):,} characters, more than the {_LONGEST:,} allowed.",
                hint="Shorten its namespace or its key; keep what is long in the document.",
            )


def check_namespace(namespace: Sequence[str]) -> None:
    """Raise ``InputError`` for what is no namespace."""
    DocumentPlace(tuple(namespace), "").check()


def root_of(namespace: Sequence[str]) -> str:
    """Return what the sources of a namespace's documents, and of those below it, begin with."""
    return ROOT + "".join(f"{_escaped(label)}/" for label in namespace)


def namespace_of(root: str) -> tuple[str, ...]:
    """Return the namespace whose ``root_of`` this is."""
    return DocumentPlace.of(root).namespace


def _escaped(label: str) -> str:
    return label.replace("%", "%25").replace("/", "%2F")


def _unescaped(label: str) -> str:
    return label.replace("%2F", "/").replace("%25", "%")


def written(value: Any, *, max_chars: int) -> str:
    """Return a document as its memory's text; ``read`` gives exactly it back. Raises ``InputError``, which shows none of its text."""
    if not isinstance(value, Mapping):
        raise InputError(
            f"A document is an object with fields, not a {type(value).__name__}.",
            hint='Put it into one: {"value": …}.',
        )
    try:
        whole = dict(value)
        _check_value(whole, "$")
        text = json.dumps(whole, ensure_ascii=False, check_circular=False)
    except RecursionError:
        raise InputError(
            "The document is nested too deeply, or holds itself.", hint="Keep its parts as documents of their own."
        ) from None
    text = _ESCAPE.sub(_plainly, text)
    if len(text) > max_chars:
        raise InputError(
            f"The document has {len(text):,} characters as JSON, more than the {max_chars:,} allowed.",
            hint="Keep its parts as documents of their own, or raise MEMOS_MAX_TEXT_CHARS.",
        )
    return text


def _check_value(value: Any, path: str) -> None:
    if isinstance(value, dict):
        for name, each in value.items():
            if not isinstance(name, str):
                raise InputError(
                    f"The document can't be kept as it is: a name in {path} is a {type(name).__name__}.",
                    hint="Names of fields are text.",
                )
            _check_value(name, f"a name in {path}")
            _check_value(each, f"{path}.{name}")
    elif isinstance(value, list):
        for at, each in enumerate(value):
            _check_value(each, f"{path}[{at}]")
    elif isinstance(value, str):
        if re.search("[\ud800-\udfff]", value):
            raise InputError(
                f"The document can't be kept as it is: {path} has a lone surrogate, which is no character.",
                hint="Decode its text again.",
            )
    elif isinstance(value, float) and not math.isfinite(value):
        raise InputError(
            f"The document can't be kept as it is: {path} is {value}, which JSON does not have.",
            hint="Give a number, or null.",
        )
    elif type(value) not in {int, float, bool, type(None)}:
        raise InputError(
            f"The document can't be kept as it is: {path} is a {type(value).__name__}, which JSON does not have.",
            hint="Give objects, lists, texts, numbers, true, false and null.",
        )


def _plainly(escape: re.Match[str]) -> str:
    name = escape[1]
    if name in _ESCAPES:
        return _ESCAPES[name]
    return chr(int(name[1:], 16)) if name[0] == "u" and name != "u0000" else escape[0]


def read(text: str) -> dict[str, Any]:
    """Return the document that a memory's text is; of a redacted text, with kinds in brackets in place of what is hidden.

    Raises ``InputError`` where the text is no document.
    """
    try:
        found = json.loads(text, strict=False)
    except (ValueError, RecursionError):
        try:  # a hidden number left its kind in brackets without quotation marks
            found = json.loads(_OUTSIDE.sub(lambda each: each[1] or f'"[{each[2]}]"', text), strict=False)
        except (ValueError, RecursionError) as error:
            raise InputError(
                "The text of a document is a JSON object; this is none.",
                hint="Change it where it was put, or give all of its JSON.",
            ) from error
    if not isinstance(found, dict):
        raise InputError(
            "The text of a document is a JSON object; this is another value.", hint="Give an object with fields."
        )
    return found
