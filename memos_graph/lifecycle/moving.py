"""Documents get other names: each stays the memory that it is, with its versions, its rights and its place in the log."""

from collections.abc import Sequence

from memos_graph.audit import Event
from memos_graph.errors import InputError, NotFoundError
from memos_graph.governance import Action, MemGovernance
from memos_graph.governance.rules_in_force import govern, in_force
from memos_graph.graph.rows import Row
from memos_graph.graph.runner import Runner, Transaction
from memos_graph.kit.clock import now
from memos_graph.lifecycle.documents import missing, standing_in, taken
from memos_graph.lifecycle.lifecycle import MemLifecycle, lock
from memos_graph.lifecycle.transitions import Act
from memos_graph.memcube.documents import DocumentPlace
from memos_graph.memcube.drafts import identity

Move = tuple[DocumentPlace, DocumentPlace]
"""From where, and where to."""


class Moving:
    """Moves documents of one space at a time."""

    def __init__(self, runner: Runner, governance: MemGovernance, lifecycle: MemLifecycle) -> None:
        self._runner = runner
        self._governance = governance
        self._lifecycle = lifecycle

    def move(self, space: str, principal: str, moves: Sequence[Move], *, reason: str | None = None) -> Sequence[str]:
        """Give documents other names, all of them or none; returns their ids in order.

        Raises:
            NotFoundError: where one of them is not there, or may not be read.
            InputError: where a name is taken, is none, or is named twice.
            ForbiddenError: without the right to write, or where a name is taken by what may not be read.
            FrozenError, StateError: where its state does not allow a change.
        """
        places = [place for move in moves for place in move]
        for place in places:
            place.check()
        if len(set(places)) < len(places):
            raise InputError("Two documents can't have one name.", hint="Move each to a name of its own.")

        def work(tx: Transaction) -> Sequence[str]:
            self._governance.lock(tx, space, principal, Action.WRITE)
            found = standing_in(space, places, lambda named: tx.run("documents/standing", identities=named, now=now()))
            cubes = [self._movable(tx, found.get(old), old, principal) for old, _ in moves]
            ended = [gone for _, new in moves if (gone := self._left(found.get(new), space, new, principal))]
            if ended:
                tx.run("documents/release", cubes=ended)
            rows = [
                {
                    "cube": cube,
                    "identity": identity(space, new.root, new.key),
                    "source": new.source,
                    "root": new.root,
                    "key": new.key,
                }
                for cube, (_, new) in zip(cubes, moves, strict=True)
            ]
            tx.run("documents/move", space=space, moves=rows)
            governing = in_force(tx, space)
            govern(tx, cubes, governing.policy if governing else None)
            self._lifecycle.audit.append(
                tx,
                [
                    Event(space, "move", principal, cubes=[cube], reason=reason, detail=f"{old.source} to {new.source}")
                    for cube, (old, new) in zip(cubes, moves, strict=True)
                ],
            )
            return cubes

        return self._runner.transact(work) if moves else ()

    def _movable(self, tx: Transaction, row: Row | None, place: DocumentPlace, principal: str) -> str:
        if row is None or not row["stands"]:
            raise missing(place)
        try:
            lock(tx, row["id"], principal, Act.UPDATE)
        except NotFoundError:
            raise missing(place) from None
        return str(row["id"])

    def _left(self, row: Row | None, space: str, place: DocumentPlace, principal: str) -> str | None:
        """Return what has left a name since it was deleted or came to its end; raises where the name is taken."""
        if row is None:
            return None
        if row["document"] and not row["stands"]:
            return str(row["id"])
        try:
            self._lifecycle.standing(row["id"], principal)
        except NotFoundError:
            raise taken(space, place) from None
        raise InputError(f"There is a document '{place.source}' already.", hint="Move it to another name.")
