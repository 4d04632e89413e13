"""Every hand-written Cypher statement of the package, one per file, loaded by name.

A file starts with a header, then the statement::

    // read_cube: one cube the principal may read, with its space.
    // mode: read
    // params: id STRING, principal STRING
    // returns: cube NODE, owner STRING

A line ``//> include fragments/access`` is replaced by that file's clauses, so that a decision many statements take is written
down once; a fragment's header says which names it ``needs`` and ``yields``. Fragments may include others.

A statement that writes says which memories it ``touches``, where it changes anything of a memory or of an edge that leads from
one (or a grant or denial that leads to one): ``// touches: $cubes, $rows.id, changed`` names them by parameters, paths into
parameters, and columns; ``creates`` in the same way those that are new; ``// touches: nothing`` is said, too. What is touched is
vouched for anew at the end of the transaction (``graph.vouching``). It says, too, whose rights or rules it changes: ``governs``
names spaces and principals; what is not named there keeps the rights it has.

A statement that reads out what memories say says which it ``shows``, in the same way: what was changed past the product is held
back from a reader. ``column`` and ``column.key`` drop the row, ``column[].key`` the item of a list; ``$param`` names memories
without which there is no answer.

``mode`` is ``read``, ``write`` or ``schema``. ``query("graph/read_cube")`` gives the parsed ``Query``; a header that does
not match its statement raises at load, so a wrong file never reaches the server.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Literal, cast

from memos_graph.errors import ConfigurationError

Mode = Literal["read", "write", "schema"]

_HEADER = re.compile(r"^// (?P<key>[\w/]+): ?(?P<value>.*)$")
_USED = re.compile(r"\$([A-Za-z_]\w*)")
_INCLUDE = re.compile(r"^[ ]*//> include (?P<name>fragments/\w+)$", re.MULTILINE)
_COMMENT = re.compile(r"//[^\n]*")
_STRING = re.compile(r"'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"")
_PLACE = re.compile(rf"{_STRING.pattern}|{_COMMENT.pattern}|{_USED.pattern}")
_QUOTED = {"'": "\\'", "\\": "\\\\"}
_NOT_IN_LINKS = "&#?"


@dataclass(frozen=True)
class Query:
    """A named statement: ``params`` and ``returns`` map each name to its Cypher type, in declared order.

    ``touches`` and ``creates`` say where the ids of memories are that it changes, and that it makes; ``shows``, those it reads out;
    ``governs``, the spaces and principals whose rights or rules it changes.
    """

    name: str
    purpose: str
    mode: Mode
    params: dict[str, str]
    returns: dict[str, str]
    text: str
    touches: tuple[str, ...] = ()
    creates: tuple[str, ...] = ()
    shows: tuple[str, ...] = ()
    governs: tuple[str, ...] = ()


def _pairs(value: str, name: str) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for item in filter(None, (part.strip() for part in re.split(r",(?![^<]*>)", value))):
        column, _, kind = item.partition(" ")
        if not kind:
            raise ConfigurationError(f"Cypher file {name}: '{item}' has no type.", hint="Write 'name TYPE, …'.")
        pairs[column] = kind
    return pairs


def parse(name: str, source: str) -> Query:
    """Read one file's header and statement; raises ``ConfigurationError`` where they disagree."""
    header: dict[str, str] = {}
    lines = source.splitlines()
    while lines and (match := _HEADER.match(lines[0])):
        header[match["key"]] = match["value"].strip()
        lines.pop(0)
    stem = name.rsplit("/", 1)[-1]
    missing = [key for key in (stem, "mode", "params", "returns") if key not in header]
    if missing:
        raise ConfigurationError(f"Cypher file {name}: its header lacks {', '.join(missing)}.")
    if header["mode"] not in {"read", "write", "schema"}:
        raise ConfigurationError(f"Cypher file {name}: mode '{header['mode']}' is not read, write or schema.")
    text = _included("\n".join(lines))
    params = _pairs(header["params"], name)
    used = set(_USED.findall(_STRING.sub("''", _COMMENT.sub("", text))))
    if used != set(params):
        raise ConfigurationError(
            f"Cypher file {name}: declared parameters {sorted(params)} differ from those used {sorted(used)}."
        )
    returns = _pairs(header["returns"], name)
    touches, creates, shows, governs = (
        _places(name, header, key, params, returns) for key in ("touches", "creates", "shows", "governs")
    )
    if header["mode"] == "write" and not header.keys() & {"touches", "creates"}:
        raise ConfigurationError(
            f"Cypher file {name}: its header does not say which memories it touches.",
            hint="Write '// touches: $cubes', with parameters and columns that hold their ids, or '// touches: nothing'.",
        )
    return Query(
        name, header[stem], cast("Mode", header["mode"]), params, returns, text, touches, creates, shows, governs
    )


def _places(
    name: str, header: Mapping[str, str], key: str, params: Mapping[str, str], returns: Mapping[str, str]
) -> tuple[str, ...]:
    """Return where a header says that ids are; raises ``ConfigurationError`` for what is no parameter or column."""
    places = tuple(part.strip() for part in header.get(key, "nothing").split(","))
    if places == ("nothing",):
        return ()
    for place in places:
        first = place.split(".", 1)[0].removesuffix("[]")
        if not (first[1:] in params if first.startswith("$") else first in returns):
            raise ConfigurationError(f"Cypher file {name}: it {key} '{place}', which is no parameter or column of it.")
    return places


def _included(text: str) -> str:
    return _INCLUDE.sub(lambda found: _fragment(found["name"]), text).strip()


def _fragment(name: str) -> str:
    lines = _source(name).splitlines()
    while lines and _HEADER.match(lines[0]):
        lines.pop(0)
    return _included("\n".join(lines))


def _source(name: str) -> str:
    resource = files(__name__).joinpath(*f"{name}.cypher".split("/"))
    if not resource.is_file():
        raise ConfigurationError(f"There is no Cypher file named '{name}'.")
    return resource.read_text(encoding="utf-8")


@cache
def query(name: str) -> Query:
    """Return the statement of ``cypher/<name>.cypher``; raises ``ConfigurationError`` when there is none."""
    return parse(name, _source(name))


def filled(query: Query, values: Mapping[str, str | int]) -> str:
    """Return a statement with its parameters written out, for a person to paste where none can be given.

    The product itself never runs such a text: it gives parameters. Raises ``KeyError`` for a parameter without a value.
    """
    return _PLACE.sub(lambda found: literal(values[found[1]]) if found[1] else found[0], query.text)


def literal(value: str | int) -> str:
    """Return a value as Cypher writes it; also without the characters that end a statement in a link (``&#?``)."""
    return str(value) if isinstance(value, int) else f"'{''.join(map(_quoted, value))}'"


def _quoted(character: str) -> str:
    if character in _QUOTED:
        return _QUOTED[character]
    if character.isprintable() and character not in _NOT_IN_LINKS:
        return character
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))


def names() -> list[str]:
    """Every name ``query`` accepts, sorted."""

    def walk(folder: Traversable, prefix: str) -> list[str]:
        found: list[str] = []
        for entry in folder.iterdir():
            if entry.is_dir() and entry.name != "fragments":
                found += walk(entry, f"{prefix}{entry.name}/")
            elif entry.name.endswith(".cypher"):
                found.append(prefix + entry.name.removesuffix(".cypher"))
        return found

    return sorted(walk(files(__name__), ""))
