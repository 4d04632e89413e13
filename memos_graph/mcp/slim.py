"""Schemas of results that say the same in fewer steps: clients hold every result against them, which takes longer than making it."""

from typing import Any

_NULL = {"type": "null"}
_SAYS_NOTHING = {"title", "default"}


def slimmed(schema: dict[str, Any]) -> dict[str, Any]:
    """Return an equal schema of results: references put in place where they are no circle, ``anyOf`` with null as one list of types."""
    definitions = schema.get("$defs", {})
    found: dict[str, Any] = _slim({name: each for name, each in schema.items() if name != "$defs"}, definitions, ())
    left = {name for name in definitions if f'"#/$defs/{name}"' in str(found).replace("'", '"')}
    return {**found, "$defs": {name: _slim(definitions[name], {}, ()) for name in definitions}} if left else found


def _slim(schema: Any, definitions: dict[str, Any], within: tuple[str, ...]) -> Any:
    if isinstance(schema, list):
        return [_slim(each, definitions, within) for each in schema]
    if not isinstance(schema, dict):
        return schema
    name = str(schema.get("$ref", "")).removeprefix("#/$defs/")
    if name in definitions and name not in within:
        beside = {key: each for key, each in schema.items() if key != "$ref"}
        return {**_slim(definitions[name], definitions, (*within, name)), **beside}
    slim = {
        key: {field: _slim(each, definitions, within) for field, each in value.items()}
        if key == "properties"
        else value
        if key in {"enum", "const", "examples", "required"}
        else _slim(value, definitions, within)
        for key, value in schema.items()
        if key not in _SAYS_NOTHING
    }
    return _with_null(slim)


def _with_null(schema: dict[str, Any]) -> dict[str, Any]:
    """Return ``anyOf`` of null and one simple type as that type or null."""
    others = [each for each in schema.get("anyOf", ()) if each != _NULL]
    if len(others) != 1 or len(schema["anyOf"]) == 1 or not isinstance(others[0].get("type"), str):
        return schema
    if others[0].keys() & {"enum", "const"}:
        return schema
    beside = {key: each for key, each in schema.items() if key != "anyOf"}
    return {**others[0], **beside, "type": [others[0]["type"], "null"]}
