"""Ids by their beginning, as a person copies them: told in full only where the principal may read what they name."""

import re
from collections.abc import Iterable

from memos_graph.errors import InputError
from memos_graph.graph.runner import Runner
from memos_graph.kit.clock import now

_SHORTEST = 8
_WHOLE_CHARS = 36
_MOST_TOLD = 5
_BEGINNING = re.compile(rf"[0-9a-f-]{{1,{_WHOLE_CHARS - 1}}}")
_CUT = "….-"  # how tables and people write that something follows


class Prefixes:
    """Finds ids for one principal. What is no beginning of an id, or of none it may know, is returned as it was given."""

    def __init__(self, runner: Runner, principal: str) -> None:
        self._runner = runner
        self._principal = principal

    def cube(self, given: str) -> str:
        """Return the id of the one memory, KV-cache or adapter that begins so; raises ``InputError`` where there are several."""
        return self._found(given, "versions/begins_with", "memories")

    def cubes(self, given: Iterable[str] | None) -> tuple[str, ...]:
        """Return the ids of several."""
        return tuple(self.cube(each) for each in given or ())

    def maybe_cube(self, given: str | None) -> str | None:
        """Return the id of one, if one was given."""
        return None if given is None else self.cube(given)

    def run(self, given: str) -> str:
        """Return the id of the one run of a pipeline that begins so; raises ``InputError`` where there are several."""
        return self._found(given, "pipelines/begins_with", "runs")

    def _found(self, given: str, statement: str, what: str) -> str:
        prefix = beginning(given, what)
        if prefix is None:
            return given
        rows = self._runner.read(statement, principal=self._principal, prefix=prefix, now=now(), limit=_MOST_TOLD + 1)
        # What was deleted is meant only where nothing else can be.
        standing = [row["id"] for row in rows if not row["deleted"]]
        return only(given, standing or [row["id"] for row in rows], what)


def beginning(given: str, what: str) -> str | None:
    """Return ``given`` as ids are written, or ``None`` where it is a whole one or none at all.

    Raises ``InputError`` where it is too short to tell ids by.
    """
    prefix = given.strip().rstrip(_CUT).lower()
    if not _BEGINNING.fullmatch(prefix):
        return None
    if len(prefix) < _SHORTEST:
        raise InputError(
            f"'{given}' is too short to tell {what} by.",
            hint=f"Give the first {_SHORTEST} characters of an id, or more.",
        )
    return prefix


def only(given: str, found: Iterable[str], what: str) -> str:
    """Return the one id ``found``, or ``given`` where there is none; raises ``InputError`` that lists several."""
    ids = list(found)
    if len(ids) > 1:
        more = " and others" if len(ids) > _MOST_TOLD else ""
        raise InputError(
            f"Several {what} begin with '{given}': {', '.join(ids[:_MOST_TOLD])}{more}.", hint="Give more of its id."
        )
    return ids[0] if ids else given
