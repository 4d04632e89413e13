"""Front matter: the YAML mapping between two rules at the very top of a Markdown file."""

import re
from dataclasses import dataclass, field

import yaml

_BETWEEN_RULES = re.compile(r"\A---[ \t]*\r?\n(?P<fields>.*?)(?<=\n)(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.DOTALL)
_LINE = re.compile(r"(?P<key>[^\W\d][\w .-]{0,60}):(?:[ \t]+(?P<value>.*))?")
_MORE_OF_A_VALUE = re.compile(r"[ \t]|- |#|$")
_MAX_CHARS = 20_000  # YAML is read slowly; nobody's properties are longer
_PAGE_KEYS = """
    title date updated effective created modified lastmod layout permalink slug draft template publish published weight
    toc cssclass cssclasses uid id
"""
_OF_THE_PAGE = frozenset(_PAGE_KEYS.split())
"""Keys that say how a page is dated and shown, not what is known; all others are kept as text."""


@dataclass(frozen=True)
class FrontMatter:
    """What stands above a document: ``values`` by lower-case key, single ones only; ``rest`` as it was written, key by key.

    ``length`` characters of the source, and ``lines``, are taken up by it.
    """

    values: dict[str, str] = field(default_factory=dict)
    rest: str = ""
    length: int = 0
    lines: int = 0


def read_front_matter(text: str) -> FrontMatter:
    """Read the front matter of ``text``; empty where there is none: rules around anything but a mapping are only rules."""
    found = _BETWEEN_RULES.match(text)
    if found is None or len(found["fields"]) > _MAX_CHARS:
        return FrontMatter()
    pairs = _pairs(found["fields"])
    if pairs is None:
        return FrontMatter()
    return FrontMatter(
        values={key.lower(): value for key, value, _ in pairs if value is not None},
        rest="\n".join(written for key, _, written in pairs if key.lower() not in _OF_THE_PAGE),
        length=found.end(),
        lines=text.count("\n", 0, found.end()),
    )


def _pairs(fields: str) -> list[tuple[str, str | None, str]] | None:
    """Key, value where it is a single one, and the field as written; ``None`` where this is no mapping."""
    try:
        root = yaml.compose(fields, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, RecursionError):
        return _by_lines(fields)
    if not isinstance(root, yaml.MappingNode):
        return None
    pairs = []
    for key, value in root.value:
        single = value.value if isinstance(value, yaml.ScalarNode) else None
        written = fields[key.start_mark.index : max(key.end_mark.index, value.end_mark.index)].strip()
        pairs.append((str(key.value), single, written))
    return pairs


def _by_lines(fields: str) -> list[tuple[str, str | None, str]] | None:
    """Read what people write as properties though YAML takes it amiss: ``title: Re: the lease``."""
    pairs: list[tuple[str, str | None, str]] = []
    for line in fields.splitlines():
        if found := _LINE.fullmatch(line.rstrip()):
            value = (found["value"] or "").strip("\"'")
            pairs.append((found["key"].strip(), value or None, line.strip()))
        elif pairs and _MORE_OF_A_VALUE.match(line):
            key, _, written = pairs[-1]
            pairs[-1] = (key, pairs[-1][1], f"{written}\n{line}".rstrip())
        elif line.strip() and not line.startswith("#"):
            return None
    return pairs or None
