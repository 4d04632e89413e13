"""A memory that was changed past the product is not read out: its reader gets the others, and is told; the log has it once."""

import hashlib
import logging
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from memos_graph.cypher import Query
from memos_graph.errors import IntegrityError
from memos_graph.graph.rows import Row
from memos_graph.graph.runner import Runner, Transaction
from memos_graph.graph.vouching import in_lists, in_row, wanted
from memos_graph.integrity.digests import Digests
from memos_graph.integrity.withheld import note

_log = logging.getLogger(__name__)
# One statement may see a memory half before and half after a write that is committed meanwhile: it is looked at again.
_AGAIN_S = (0.0, 0.02, 0.1)
_LOOKS_BACK = {"as_of", "until"}

# Told of a memory that is held back: its row, and the parameters of the statement that would have shown it.
Told = Callable[[Row, Mapping[str, object]], object]


class Readings:
    """Checks what statements show. ``told`` is called once for each state of a memory in which it is held back."""

    def __init__(self, digests: Digests) -> None:
        self._digests = digests
        self._known: dict[str, bytes] = {}
        self._counting = threading.Lock()
        self.withheld = 0
        """How often a memory was held back from an answer by this process."""
        self.told: Told = lambda *_: None

    def shown(
        self, runner: Runner, tx: Transaction | None, statement: Query, params: Mapping[str, object], rows: list[Row]
    ) -> list[Row]:
        """Return ``rows`` without what is broken; raises ``IntegrityError`` where that leaves no answer."""
        kinds = ("present", "past") if _LOOKS_BACK & statement.params.keys() else ("present",)
        cubes = _all(statement, params, rows) - (tx.touched.changed | tx.touched.made if tx is not None else set())
        for row in rows:
            # What came with the rows is checked at once; what does not hold is looked at again below.
            cubes -= {each["id"] for each in row.pop("vouched", ()) if self._digests.hold("present", each)}
        broken = self._broken(runner, tx, kinds, cubes)
        if not broken:
            return rows
        note(set(broken))
        with self._counting:
            self.withheld += len(broken)
        for cube in broken.values():
            self._tell(cube, params)
        if refused := sorted(broken.keys() & wanted(statement, params)):
            raise IntegrityError(
                f"Memory '{refused[0]}' was changed outside memos-graph, and is not read out.",
                hint="`memos audit verify` says what is changed. Put the database back from a backup, or delete the memory.",
            )
        return [_without(statement, row, broken.keys()) for row in rows if not broken.keys() & in_row(statement, row)]

    def _broken(
        self, runner: Runner, tx: Transaction | None, kinds: Sequence[str], cubes: Collection[str]
    ) -> dict[str, Row]:
        read = runner.read if tx is None else tx.run
        broken = self._look(read, kinds, cubes)
        for pause in _AGAIN_S:
            if all(self._is_known(row) for row in broken.values()):
                return broken
            time.sleep(pause)
            broken = self._look(read, kinds, sorted(broken))
        if tx is not None or runner.joined or not broken:
            return broken

        def locked(tx: Transaction) -> dict[str, Row]:
            for space in sorted({row["present"]["space"] for row in broken.values()}):
                tx.run("audit/head", space=space, cubes=[])
            return self._look(tx.run, kinds, sorted(broken))

        return runner.transact(locked)

    def _look(self, read: Callable[..., list[Row]], kinds: Sequence[str], cubes: Collection[str]) -> dict[str, Row]:
        if not cubes:
            return {}
        statement = "integrity/said" if "past" in kinds else "integrity/present"
        rows = read(statement, cubes=sorted(cubes), probe=self._digests.probe)
        return {
            row["present"]["id"]: row for row in rows if not all(self._digests.hold(kind, row[kind]) for kind in kinds)
        }

    def _is_known(self, row: Row) -> bool:
        return self._known.get(row["present"]["id"]) == self._state(row)

    def _state(self, row: Row) -> bytes:
        """Return what tells the state of a broken memory from others: by what it is now, unless that holds."""
        part = row["past"] if self._digests.hold("present", row["present"]) else row["present"]
        return hashlib.sha256(f"{part['digest']}\n{part['near']}\n{part['said']}".encode()).digest()

    def _tell(self, row: Row, params: Mapping[str, object]) -> None:
        if self._is_known(row):
            return
        self._known[row["present"]["id"]] = self._state(row)
        _log.error(
            "Memory %s of %s was changed outside memos-graph, and is held back from readers: see `memos audit verify`.",
            row["present"]["id"],
            row["present"]["space"],
        )
        self.told(row, params)


def _all(statement: Query, params: Mapping[str, object], rows: Sequence[Row]) -> set[str]:
    shown = wanted(statement, params)
    for row in rows:
        shown |= in_row(statement, row)
        for column, key in in_lists(statement).items():
            shown.update(item[key] for item in row[column])
    return shown


def _without(statement: Query, row: dict[str, Any], broken: Collection[str]) -> Row:
    left = {
        column: [item for item in row[column] if item[key] not in broken] for column, key in in_lists(statement).items()
    }
    return {**row, **left}
