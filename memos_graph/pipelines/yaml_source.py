"""YAML to plain data and the place of every part of it. No tags, no aliases, no objects: data only."""

from collections.abc import Mapping
from typing import Any

import yaml

from memos_graph.errors import DeclarationError
from memos_graph.kit.yaml_places import Path, Place, Unusual, unusual

MOST_CHARS = 1 << 20
_SCALARS = {
    "tag:yaml.org,2002:str": str,
    "tag:yaml.org,2002:timestamp": str,  # stays text: arguments say themselves what they take
}
_SAFE = {"tag:yaml.org,2002:int", "tag:yaml.org,2002:float", "tag:yaml.org,2002:bool", "tag:yaml.org,2002:null"}

_REFUSED = {
    Unusual.ALIAS: "anchors and aliases are not part of a declaration",
    Unusual.DEPTH: "this is nested too deeply",
}

Places = Mapping[Path, Place]


def load(text: str, *, file: str) -> tuple[Any, Places]:
    """Return the document and the place of each of its parts by path; raises ``DeclarationError``."""
    if len(text) > MOST_CHARS:
        raise DeclarationError(f"{file} has {len(text)} characters; a declaration has at most {MOST_CHARS}.")
    try:
        _refuse_unusual(text, file)
        loader = yaml.SafeLoader(text)
        try:
            root = loader.get_single_node()
            places: dict[Path, Place] = {}
            document = None if root is None else _value(loader, root, (), places, file)
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        raise _error(file, Place.of_error(error), f"this is not YAML: {error.problem or error.context}") from error
    except (yaml.YAMLError, ValueError) as error:
        raise DeclarationError(f"{file}:1:1: this is not YAML: {error}", line=1, column=1) from error
    if not isinstance(document, dict):
        raise DeclarationError(
            f"{file}:1:1: a pipeline is a mapping that begins with 'pipeline: NAME'.", line=1, column=1
        )
    return document, places


def _refuse_unusual(text: str, file: str) -> None:
    for place, what in unusual(text):
        if what in _REFUSED:  # of a tag `_value` says which
            raise _error(file, place, _REFUSED[what])


def _value(loader: yaml.SafeLoader, node: yaml.Node, path: Path, places: dict[Any, Place], file: str) -> Any:
    places.setdefault(path, Place.of(node.start_mark))
    if isinstance(node, yaml.SequenceNode):
        return [_value(loader, each, (*path, place), places, file) for place, each in enumerate(node.value)]
    if isinstance(node, yaml.MappingNode):
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode) or key_node.tag not in _SCALARS:
                raise _error(file, Place.of(key_node.start_mark), "a key is a plain word")
            key = str(key_node.value)
            if key in found:
                raise _error(file, Place.of(key_node.start_mark), f"'{key}' is given twice")
            # The place of a mapping's entry is its key's; that of its value is asked for as (…, key, "").
            places[*path, key] = Place.of(key_node.start_mark)
            places[*path, key, ""] = Place.of(value_node.start_mark)
            found[key] = _value(loader, value_node, (*path, key), places, file)
        return found
    if node.tag in _SCALARS:
        return str(node.value)
    if node.tag not in _SAFE:
        raise _error(file, Place.of(node.start_mark), f"the tag {node.tag} is not part of a declaration")
    return loader.construct_object(node)


def _error(file: str, place: Place, problem: str) -> DeclarationError:
    line, column = place
    return DeclarationError(f"{file}:{line}:{column}: {problem}.", line=line, column=column)
