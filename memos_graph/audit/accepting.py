"""An operator says that something was changed by hand on purpose: it is vouched for as it stands, and the log says who said so.

Only for whoever runs the installation, on its command line and in Python: no grant allows it, and there is no way over REST.
"""

from collections.abc import Sequence

from pydantic import Field

from memos_graph.audit.events import Event, WrittenVersion
from memos_graph.audit.log import AuditLog
from memos_graph.errors import InputError, NotFoundError, StateError
from memos_graph.graph.rows import Row
from memos_graph.graph.runner import Runner, Transaction
from memos_graph.integrity.tally import Item, joined
from memos_graph.integrity.vouching import PAST, PRESENT, Integrity
from memos_graph.kit.digests import sha256
from memos_graph.types import Model, State

ACTION = "accept"
_PAGE = 500


class Accepted(Model):
    """What an operator has accepted."""

    target: str = Field(description="A memory, a space, or somebody who has rights in it.")
    space: str = Field(description="The space whose log has it.")
    changed: tuple[str, ...] = Field(description="What was not as it was written.")


class Accepting:
    """Vouches anew for what was changed by hand."""

    def __init__(self, runner: Runner, integrity: Integrity, audit: AuditLog) -> None:
        self._runner = runner
        self._integrity = integrity
        self._audit = audit

    def accept(self, target: str, *, space: str, by: str, reason: str) -> Accepted:
        """Accept what was changed of ``target``: a memory's id, ``space`` itself, or a principal with rights in ``space``.

        * ``space`` is told apart by its id; of a memory it is the memory's own, whatever is given.
        * ``by`` who says so, for the log. ``reason`` is kept there, too.
        * Raises ``NotFoundError`` for what is not there, ``StateError`` where nothing was changed, or where what stands can't be accepted.
        """
        if not reason.strip():
            raise InputError("Why it is accepted is not said.", hint="Give a reason: the log keeps it.")
        self._audit.flush()

        def work(tx: Transaction) -> Accepted:
            found = tx.one("integrity/accepting", cube=target)
            if found is not None:
                return self._memory(tx, target, str(found["space"]), by, reason)
            _lock(tx, space)
            ids = [target] if target == space else [row["id"] for row in tx.run("integrity/parties", space=space)]
            if target not in ids:
                raise NotFoundError(
                    f"'{target}' is not a memory, the space '{space}' or anybody with rights in it.",
                    hint="Give a memory's id, a space, or a principal together with the space.",
                    target=target,
                )
            return self._rights(tx, target, space, by, reason)

        return self._runner.transact(work)

    def _memory(self, tx: Transaction, cube: str, space: str, by: str, reason: str) -> Accepted:
        _lock(tx, space)
        standing = tx.run("integrity/accepting", cube=cube)[0]
        (said,) = tx.run("integrity/said", cubes=[cube], probe=self._integrity.probe)
        broken = self._integrity.broken(said)
        if not broken:
            raise StateError(f"Memory '{cube}' is as it was written: there is nothing to accept.")
        _check(cube, standing)
        versions = _versions(cube, standing["versions"])
        changed = tuple(_WORDS[each] for each in broken)
        tx.run("integrity/rehash", cube=cube, versions=[{"number": v.number, "sha256": v.sha256} for v in versions])
        event = Event(space, ACTION, by, cubes=[cube], written=versions, reason=reason, detail="; ".join(changed))
        self._audit.append(tx, [event])
        self._integrity.accept(tx, [cube])
        return Accepted(target=cube, space=space, changed=changed)

    def _rights(self, tx: Transaction, target: str, space: str, by: str, reason: str) -> Accepted:
        kind = "space" if target == space else "principal"
        (row,) = (each for each in tx.run("integrity/governing", ids=[target]) if each["kind"] == kind)
        changed = self._integrity.changed_parts(row)
        items = self._items(tx, space) if target == space else None
        if items is not None and not self._integrity.counted(tx, space, items):
            changed = [*changed, "the number of its memories, or the states they are in"]
        if not changed:
            raise StateError(f"What governs '{target}' is as it was set: there is nothing to accept.")
        self._audit.append(tx, [Event(space, ACTION, by, reason=reason, detail=f"{target}: {', '.join(changed)}")])
        self._integrity.accept_governing(tx, target, kind, items)
        return Accepted(target=target, space=space, changed=tuple(changed))

    def _items(self, tx: Transaction, space: str) -> list[Item]:
        after, items = "", list[Item]()
        while page := tx.run("integrity/digests", space=space, after=after, limit=_PAGE):
            items += [(row["id"], joined(row["digest"], row["past_digest"])) for row in page]
            after = page[-1]["id"]
        return items


_WORDS = {
    PRESENT: "what it says, how it is governed or where it came from",
    PAST: "one of its versions, or what it was once",
}


def _lock(tx: Transaction, space: str) -> None:
    if tx.one("audit/head", space=space, cubes=[]) is None:
        raise NotFoundError(f"There is no space '{space}'.", target=space)


def _check(cube: str, standing: Row) -> None:
    """Refuse what no log can vouch for."""
    if standing["erased"] or standing["state"] == State.DELETED:
        raise StateError(
            f"Memory '{cube}' was erased: what is there again can't be accepted.",
            hint="Delete it again, and add what it should say as a new memory.",
        )
    current = [each for each in standing["versions"] if each["current"]]
    if [each["number"] for each in current] != [len(standing["versions"])]:
        raise StateError(
            f"The versions of memory '{cube}' do not follow each other any more.",
            hint="Put the database back from a backup, or delete the memory.",
        )
    if (standing["text"] or "") != (current[0]["text"] or ""):
        raise StateError(
            f"Memory '{cube}' says two things: its own text is not that of its current version.",
            hint="Make both the same, or undo the change and use `memos update`.",
        )


def _versions(cube: str, rows: Sequence[Row]) -> list[WrittenVersion]:
    return [
        WrittenVersion(
            cube,
            row["number"],
            sha256(row["text"]) if row["text"] else row["sha256"] or "",
            row["known_from"],
            row["by"],
            row["reason"],
            row["rollback_of"],
        )
        for row in rows
    ]
