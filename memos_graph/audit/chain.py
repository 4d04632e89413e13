"""The chain of each space's log: every event carries a keyed hash over what it says and over the event before it.

The key lies outside the database (``Keyring``), so whoever may write to the database can break the chain but not mend it.
"""

import hmac
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from memos_graph.audit.archives import Archives
from memos_graph.audit.comparing import End, compare, furthest, moved, telling
from memos_graph.audit.events import Event, WrittenVersion, node_of, record
from memos_graph.audit.journal import Journal, Taking
from memos_graph.audit.marks import Marks
from memos_graph.audit.takings import takings
from memos_graph.audit.witness import Witness
from memos_graph.errors import AuditError, ConfigurationError
from memos_graph.graph.rows import Row
from memos_graph.graph.runner import Runner, Transaction
from memos_graph.integrity.digests import Digests
from memos_graph.integrity.tally import Tallies
from memos_graph.kit.crypto.keyring import Keyring

_DIGEST_CHARS = 24
_LAST = 2**63 - 1
"""The greatest number that the database can keep."""


class Chain:
    """Appends events inside the transactions of the acts they tell of, and has the ``Witness`` note each new end.

    What an act takes away is in the ``Journal`` before it is committed.
    """

    def __init__(
        self,
        keyring: Keyring,
        witness: Witness,
        digests: Digests | None = None,
        journal: Journal | None = None,
        archives: Archives | None = None,
    ) -> None:
        self.keyring = keyring
        self.witness = witness
        self.digests = digests
        """What vouches for the memories that the log is about; ``None``: whoever checks the log does not look at them."""
        self.journal = journal
        self.marks = Marks(witness.path.parent, keyring)
        """How far each log was verified under a seal."""
        self.archives = archives or Archives(witness.path.parent / "archive")
        """What has left the graph."""
        self.when_rolled_back: Callable[[], object] = lambda: None
        """Called after an act whose log was found cut off or put back."""
        self.reads_first: dict[str, bool] = {}
        """Spaces whose policy has reads recorded before they are answered, as the last event of each found it."""
        self.held: dict[str, str] = {}
        """Spaces in which nothing is done, and why: what was taken away in them may be back."""
        self._grown: dict[str, tuple[int, str]] = {}
        self._telling: set[int] = set()
        self.tallies = Tallies(keyring)
        self._events_key = keyring.derived("audit events")
        self._versions_key = keyring.derived("audit versions")

    def adopt(self, runner: Runner) -> None:
        """Bind the store to these keys at first use; raises ``ConfigurationError`` where it is bound to others."""
        fingerprint = self.keyring.root_fingerprint
        bound = runner.write("audit/bind_keys", fingerprint=fingerprint)[0]["fingerprint"]
        if bound != fingerprint:
            raise ConfigurationError(
                f"This store's log is sealed with other keys ({bound}) than those in {self.keyring.folder} ({fingerprint}).",
                hint="Set MEMOS_KEYS to the folder of the keys it was made with.",
            )

    def append(self, tx: Transaction, events: Sequence[Event]) -> None:
        """Chain ``events`` to their spaces' logs inside ``tx``, spaces in a fixed order so that two writers can't deadlock."""
        by_space: dict[str, list[Event]] = defaultdict(list)
        for event in events:
            by_space[event.space].append(event)
        for space in sorted(by_space):
            self._extend(tx, space, by_space[space])

    def _extend(self, tx: Transaction, space: str, events: Sequence[Event]) -> None:
        unknown = sorted({cube for event in events for cube in event.cubes if not event.versions})
        head = tx.one("audit/head", space=space, cubes=unknown)
        if head is None:
            raise ConfigurationError(f"An act in '{space}' can't be recorded: there is no such space.")
        standing = {row["id"]: row["version"] for row in head["cubes"]}
        end = End.said(space, head)
        found = compare(tx, self.witness, self.archives, end, grown=self._grown.get(space))
        untold = [each for each in found if each.id not in self._telling]
        told = telling(end, untold)
        if head["beyond"] or end.seq != head["seq"]:
            said, end = end, furthest(tx, end)
            told = told or [moved(said, end)]
        seq, last = end.seq, end.hash
        latest = max([tx.told, *head["latest"]])
        rows: list[Row] = []
        taken: list[Taking] = []
        for event in (*told, *events):
            seq += 1
            latest = max(latest, event.at)  # a log's times never run backwards, whatever clocks do
            cubes = _touched(event, standing)
            properties = {
                **replace(event, at=latest).properties(),
                "seq": seq,
                "written": [self.voucher(version) for version in event.written] or None,
                "erased": sorted(event.erased) or None,
                "redacted": sorted(event.redacted) or None,
            }
            last = self.link(properties, cubes, last)
            rows.append({"properties": {**properties, "hash": last}, "cubes": cubes, "by": node_of(event.principal)})
            taken += takings(event, seq, last)
        if not rows:
            return
        if seq > _LAST:
            raise AuditError(
                f"The log of '{space}' can't be written on: its last event says that it is number {end.seq}, the greatest there is.",
                hint=f"Somebody wrote to the database past memos-graph; see `memos audit verify {space}`.",
            )
        self._keep(tx, taken)
        mark = head["tally_mark"]
        if self.tallies.holds({**head, "id": space}):
            mark = self.tallies.mark(space, seq, last, head["tally"], head["digest"])
        tx.run("audit/append", space=space, events=rows, seq=seq, hash=last, tally_mark=mark)
        self._grown[space] = (seq, last)
        tx.after_commit(lambda: self._ended(space, seq, last, reads_first=head["reads_first"]))
        if untold:
            ids = [each.id for each in untold]
            self._telling.update(ids)  # the same transaction may write more
            tx.if_failed(lambda: self._telling.difference_update(ids))
            tx.after_commit(lambda: self._told(ids))

    def tell(self, tx: Transaction, space: str) -> None:
        """Have a log tell of what was found in it, where it does not yet."""
        self._extend(tx, space, ())

    def close(self) -> None:
        """Close the files beside the database."""
        self.witness.close()
        self.marks.close()
        if self.journal is not None:
            self.journal.close()

    def _told(self, ids: list[int]) -> None:
        self.witness.told(ids)
        self.when_rolled_back()

    def _keep(self, tx: Transaction, taken: Sequence[Taking]) -> None:
        if (journal := self.journal) is None or not taken:
            return
        journal.intend(taken)
        tx.if_failed(lambda: journal.drop(taken))
        tx.after_commit(lambda: journal.done(taken))

    def _ended(self, space: str, seq: int, last: str, *, reads_first: bool) -> None:
        self.witness.note(space, seq, last)
        self.reads_first[space] = reads_first

    def link(self, properties: Mapping[str, Any], cubes: Sequence[Mapping[str, Any]], previous: str) -> str:
        """Return an event's hash: HMAC-SHA256 over the previous one and its own record."""
        return hmac.digest(self._events_key, previous.encode() + b"\n" + record(properties, cubes), "sha256").hex()

    def voucher(self, version: WrittenVersion) -> str:
        """Return ``cube/number/digest of what it says/digest of its frame``, each of 96 bits.

        The digests are keyed: they do not let anybody guess a text that was erased.
        """
        said, frame = (
            hmac.digest(self._versions_key, part, "sha256").hex()[:_DIGEST_CHARS]
            for part in (version.said(), version.frame())
        )
        return f"{version.cube}/{version.number}/{said}/{frame}"


def leaf(properties: Mapping[str, Any], cubes: Sequence[Mapping[str, Any]]) -> bytes:
    """Return what of an event goes into the Merkle tree: its record and its hash."""
    return record(properties, cubes) + b"\n" + str(properties["hash"]).encode()


def _touched(event: Event, standing: Mapping[str, int]) -> list[dict[str, Any]]:
    seen = dict(zip(event.cubes, event.versions, strict=True)) if event.versions else standing
    return [{"id": cube, "version": seen[cube]} for cube in dict.fromkeys(event.cubes) if cube in seen]
