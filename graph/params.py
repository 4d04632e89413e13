"""Checks what a statement is given against what its header declares."""

from collections.abc import Mapping
from datetime import datetime

from memos_graph.cypher import Query
from memos_graph.errors import ConfigurationError

_PYTHON_TYPES: dict[str, tuple[type, ...]] = {
    "STRING": (str,),
    "INTEGER": (int,),
    "FLOAT": (float, int),
    "BOOLEAN": (bool,),
    "MAP": (dict,),
    "DATETIME": (datetime,),
    "LIST": (list, tuple),
    "ANY": (object,),
}


def check_params(statement: Query, params: Mapping[str, object]) -> None:
    """Raise ``ConfigurationError`` unless ``params`` are those declared, each of its declared type (``?``: may be null)."""
    if params.keys() != statement.params.keys():
        raise ConfigurationError(
            f"Query {statement.name} takes {sorted(statement.params)}, but was given {sorted(params)}."
        )
    for name, declared in statement.params.items():
        value, kind = params[name], declared.rstrip("?").split("<", 1)[0]
        if value is None and declared.endswith("?"):
            continue
        if not isinstance(value, _PYTHON_TYPES[kind]) or (kind == "INTEGER" and isinstance(value, bool)):
            raise ConfigurationError(
                f"Query {statement.name}: parameter '{name}' is {type(value).__name__}, declared {declared}."
            )
