"""Vouches for the memories that a transaction touched: they get new digests before it commits, in the same transaction.

Only what was whole before is vouched for anew. An act on a memory that somebody edited past the product goes through, and the
memory stays broken; one that erases it leaves a tombstone, which has nothing of the edit left.
"""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence

from memos_graph.cypher import Query
from memos_graph.graph.rows import Row
from memos_graph.graph.runner import Runner, Transaction
from memos_graph.graph.vouching import TouchedIds
from memos_graph.integrity.digests import Digests, parsed
from memos_graph.integrity.reading import Readings
from memos_graph.integrity.tally import Item, Tallies, joined
from memos_graph.types import State

_log = logging.getLogger(__name__)
_PAGE = 500
PRESENT, PAST = "present", "past"

# Runs a named statement: ``Runner.read``, or ``Transaction.run``.
Read = Callable[..., list[Row]]
# Memories that left a tally, and those that came into it, as they are now.
Moved = tuple[list[Item], list[Item]]
# A space as it stood, its tally and the digest of its rights as they are now.
Settled = tuple[Row, str | None, str | None]


class Integrity:
    """Makes the digests of memories and checks them."""

    def __init__(self, digests: Digests, tallies: Tallies) -> None:
        self.digests = digests
        self.tallies = tallies
        self.readings = Readings(digests)

    @property
    def probe(self) -> object:
        """The secret vector that those of memories are compared with."""
        return self.digests.probe

    def vouch(self, runner: Runner, tx: Transaction, touched: TouchedIds) -> None:
        """Vouch for what ``tx`` touched. What stood before is read past the transaction, whose own writes are not seen there."""
        moved: dict[str, Moved] = {}
        for page in pages(sorted(touched.changed | touched.made)):
            known = [cube for cube in page if cube not in touched.made]
            before = {row[PRESENT]["id"]: row for row in self._said(runner.committed, known)}
            self._write(tx, self._said(tx.run, page), before, moved)
        # Their locks are held from here on: nobody commits half of a change of them between two readings.
        spaces = tx.run("integrity/balances", spaces=sorted(touched.governed | moved.keys()))
        governed: dict[str, str] = {}
        for page in pages(sorted(touched.governed)):
            tx.run("integrity/hold", principals=list(page))
            stood = {(row["kind"], row["id"]): row for row in runner.committed("integrity/governing", ids=list(page))}
            governed |= self._govern(tx, page, stood)
        self._settle(tx, spaces, moved, governed)

    def vouch_anew(self, runner: Runner, cubes: Sequence[str]) -> None:
        """Vouch for ``cubes`` as they stand, whatever happened to them."""
        runner.transact(lambda tx: self.accept(tx, cubes))

    def accept(self, tx: Transaction, cubes: Sequence[str]) -> None:
        """Vouch for ``cubes`` as they stand inside ``tx``, whatever happened to them."""
        moved: dict[str, Moved] = {}
        self._write(tx, self._said(tx.run, cubes), {}, moved)
        self._settle(tx, tx.run("integrity/balances", spaces=sorted(moved)), moved, {})

    def accept_governing(self, tx: Transaction, id_: str, kind: str, memories: Sequence[Item] | None) -> None:
        """Vouch for what governs a space or a principal as it stands inside ``tx``; of a space, for its ``memories``, too."""
        spaces = tx.run("integrity/balances", spaces=[id_] if kind == "space" else [])
        governed = self._govern(tx, [id_], {}, kind=kind)
        rows = [(row, self.tallies.moved(None, (), memories or ()), governed[row["id"]]) for row in spaces]
        self._bind(tx, rows, whatever=True)

    def counted(self, tx: Transaction, space: str, memories: Sequence[Item]) -> bool:
        """Whether the tally of a space is that of its ``memories``, and of the end of its log."""
        row = tx.run("integrity/balance", space=space)[0]
        tally = self.tallies.moved(None, (), memories)
        return self.tallies.holds(row) and tally == (row["tally"] or self.tallies.moved(None, (), ()))

    def govern_anew(self, runner: Runner, ids: Sequence[str]) -> None:
        """Vouch for what governs these spaces and principals now, whatever happened to it."""

        def work(tx: Transaction) -> None:
            spaces = tx.run("integrity/balances", spaces=list(ids))
            self._settle(tx, spaces, {}, self._govern(tx, ids, {}))

        runner.transact(work)

    def count_anew(self, runner: Runner, space: str, cubes: Sequence[Item]) -> None:
        """Have the tally of a space say that these are its memories, whatever it said."""

        def work(tx: Transaction) -> None:
            for row in tx.run("integrity/balances", spaces=[space]):
                tally = self.tallies.moved(None, (), cubes)
                self._bind(tx, [(row, tally, row["digest"])], whatever=True)

        runner.transact(work)

    def changed_parts(self, row: Row) -> list[str]:
        """Return which parts of what governs a space or a principal are not as they were vouched for."""
        return self.digests.changed_parts(row["kind"], row["id"], row["parts"], row["digest"])

    def _govern(
        self, tx: Transaction, ids: Sequence[str], stood: Mapping[tuple[str, str], Row], *, kind: str | None = None
    ) -> dict[str, str]:
        digests = []
        for row in tx.run("integrity/governing", ids=list(ids)):
            if kind not in {None, row["kind"]}:
                continue  # a role may be called like a space
            before = stood.get((row["kind"], row["id"]))
            digest = self.digests.of_parts(row["kind"], row["id"], row["parts"])
            if before is not None and (broken := self.changed_parts(before)):
                digest = _keeping(broken, before["digest"], digest)
            digests.append({"kind": row["kind"], "id": row["id"], "digest": digest})
        tx.run("integrity/vouch_governing", digests=digests)
        return {each["id"]: each["digest"] for each in digests if each["kind"] == "space"}

    def _settle(
        self, tx: Transaction, spaces: Sequence[Row], moved: dict[str, Moved], governed: dict[str, str]
    ) -> None:
        settled = []
        for row in spaces:
            gone, come = moved.get(row["id"], ([], []))
            tally = self.tallies.moved(row["tally"], gone, come) if gone or come else row["tally"]
            settled.append((row, tally, governed.get(row["id"], row["digest"])))
        self._bind(tx, settled)

    def _bind(self, tx: Transaction, settled: Sequence[Settled], *, whatever: bool = False) -> None:
        """Write tallies; one that was not the marked one keeps its old mark, and stays broken."""
        rows = [
            {
                "id": row["id"],
                "tally": tally,
                "tally_mark": self.tallies.mark(row["id"], row["seq"], row["hash"], tally, digest)
                if whatever or self.tallies.holds(row)
                else row["tally_mark"],
            }
            for row, tally, digest in settled
        ]
        if rows:
            tx.run("integrity/settle", tallies=rows)

    def shown(
        self, runner: Runner, tx: Transaction | None, statement: Query, params: Mapping[str, object], rows: list[Row]
    ) -> list[Row]:
        """Return the rows of ``statement`` without what was changed past the product; see ``Readings``."""
        return self.readings.shown(runner, tx, statement, params, rows)

    def broken(self, row: Row) -> list[str]:
        """Return which of a memory's digests do not hold: ``present``, ``past``."""
        return [kind for kind in (PRESENT, PAST) if not self.digests.hold(kind, row[kind])]

    def _said(self, read: Read, cubes: Sequence[str]) -> list[Row]:
        if not cubes:
            return []
        return list(read("integrity/said", cubes=list(cubes), probe=self.digests.probe))

    def _write(self, tx: Transaction, rows: Sequence[Row], before: dict[str, Row], moved: dict[str, Moved]) -> None:
        digests = list(self._anew(rows, before))
        if not digests:
            return
        tx.run("integrity/vouch", digests=digests)
        old = {row[PRESENT]["id"]: row[PRESENT] for row in rows}
        for each in digests:
            cube = old[each["id"]]
            gone, come = moved.setdefault(str(cube["space"]), ([], []))
            gone.append((each["id"], joined(cube["digest"], cube["past_digest"])))
            come.append((each["id"], joined(each["digest"], each["past_digest"])))

    def _anew(self, rows: Sequence[Row], before: dict[str, Row]) -> Iterator[dict[str, str]]:
        for row in rows:
            stood = before.get(row[PRESENT]["id"])
            if stood is not None and self.broken(stood) and not _erased(stood, row):
                _log.error(
                    "Memory %s was changed outside memos-graph, and is not vouched for: see `memos audit verify`.",
                    row[PRESENT]["id"],
                )
                continue
            yield {
                "id": row[PRESENT]["id"],
                "digest": self.digests.of(PRESENT, row[PRESENT]),
                "past_digest": self.digests.of(PAST, row[PAST]),
            }


def pages(cubes: Sequence[str]) -> Iterator[Sequence[str]]:
    """Yield ``cubes`` in pages that one statement can take."""
    for start in range(0, len(cubes), _PAGE):
        yield cubes[start : start + _PAGE]


def _keeping(broken: Sequence[str], old: str | None, new: str) -> str:
    """Return the digest ``new`` with the parts that were broken before as they were in ``old``: they stay so."""
    kept = parsed(old)
    return ";".join(f"{name}={kept.get(name, '') if name in broken else part}" for name, part in parsed(new).items())


def _erased(before: Row, after: Row) -> bool:
    return bool(after[PRESENT]["state"] == State.DELETED != before[PRESENT]["state"])
