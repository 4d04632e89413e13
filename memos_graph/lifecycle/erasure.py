"""Erasure: everything that is about a subject goes, in every form, and a signed receipt says so without naming them.

The graph part is one transaction a space: what is found, what was derived from it alone, their versions and vectors, and a
receipt that is not signed yet. The payload files follow by the queue they always go through. Then the receipt is signed; one
whose files could not be erased says so, and is made complete when it is next asked for.
"""

from collections import Counter
from collections.abc import Callable, Sequence

from pydantic import Field

from memos_graph.audit import AuditLog, Event, WrittenVersion, current_request_id
from memos_graph.errors import FrozenError, InputError, NotFoundError
from memos_graph.governance import Action, MemGovernance
from memos_graph.graph.rows import Row
from memos_graph.graph.runner import Runner, Transaction
from memos_graph.kit.clock import now
from memos_graph.kit.crypto.keyring import Keyring
from memos_graph.kit.ids import new_id
from memos_graph.lifecycle.lifecycle import MemLifecycle
from memos_graph.lifecycle.naming import Naming, in_archives
from memos_graph.lifecycle.receipts import (
    ErasedCube,
    ErasedPayload,
    Export,
    Mentions,
    Receipt,
    Wait,
    folded,
    keyed,
    signed,
)
from memos_graph.types import Model, State
from memos_graph.vault.payloads import Payloads, key_names

_ALL = 10_000
_NAMED = 5
_HERE = "this home"
_NOBODY = "(?!)"  # matches no text


class Found(Model):
    """A memory an erasure would take."""

    id: str
    kind: str = Field(description="Its semantic type.")
    role: str = Field(description="Said by the subject, about them, or it only mentions them.")
    versions: int
    text: str
    goes: bool = Field(description="False: it only mentions the subject, and such memories are kept.")


class Foreseen(Model):
    """What an erasure would take; what was derived from it alone goes along."""

    space: str
    mentions: Mentions
    found: tuple[Found, ...]

    @property
    def counts(self) -> dict[str, int]:
        """How many memories there are of each role."""
        return dict(Counter(each.role for each in self.found))


class MemErasure:
    """Erases subjects from spaces, and keeps the receipts. Needs the right to administer."""

    def __init__(
        self,
        runner: Runner,
        governance: MemGovernance,
        audit: AuditLog,
        lifecycle: MemLifecycle,
        payloads: Payloads,
        keyring: Keyring,
    ) -> None:
        self._runner = runner
        self._governance = governance
        self._audit = audit
        self._lifecycle = lifecycle
        self._payloads = payloads
        self._keyring = keyring

    def foresee(self, naming: Naming, *, space: str, principal: str, mentions: Mentions) -> Foreseen:
        """Return what ``erase`` would take; changes nothing. Recorded in the log as a read of what it shows."""
        self._governance.require(space, principal, Action.ADMINISTER)
        # An erasure takes everything; who is kept from some of it foresees the rest, without what was altered.
        rows = self._runner.read("erasure/foresee", **_asked(naming, space, principal))
        found = [Found(**row, goes=row["role"] in _going(mentions)) for row in rows]
        self._audit.read(Event(space, "foresee", principal, cubes=[each.id for each in found]))
        return Foreseen(space=space, mentions=mentions, found=tuple(found))

    def erase(
        self, naming: Naming, *, space: str, principal: str, mentions: Mentions, reason: str | None = None
    ) -> Receipt:
        """Erase a subject from one space; returns the signed receipt.

        Raises ``NotFoundError`` or ``ForbiddenError`` without the right to administer, ``FrozenError`` when one of the
        memories is frozen, ``InputError`` for a reason that names the subject: the log would keep it.
        """
        if reason and any(folded(name) in folded(reason) for name in naming.names):
            raise InputError(
                "The reason names the subject, and the log keeps reasons.", hint="Give one without the name."
            )
        self._governance.require(space, principal, Action.ADMINISTER)
        self._audit.flush()  # what waits to be recorded may name them, and is gone through below

        def work(tx: Transaction) -> Receipt:
            return self._in_graph(tx, naming, space, principal, mentions, reason)

        receipt = self._runner.transact(work)
        return self._settle(receipt)

    def erase_cubes(
        self,
        cubes: Sequence[str],
        *,
        space: str,
        principal: str,
        reason: str | None = None,
        first: Callable[[], None] = lambda: None,
    ) -> Receipt:
        """Erase memories that were erased elsewhere, by a name that nobody here knows; returns the receipt, which names no subject.

        What was deleted here gives up where it came from, too. ``first`` is done in the same transaction, before: where the erasure is
        refused, it was not done either. Raises as ``erase`` and ``first`` do.
        """
        self._governance.require(space, principal, Action.ADMINISTER)
        self._audit.flush()
        named = Naming((), _NOBODY, _NOBODY)

        def work() -> Receipt:
            first()
            return self._runner.transact(lambda tx: self._in_graph(tx, named, space, principal, "keep", reason, cubes))

        return self._settle(self._runner.unit(work))

    def receipts(
        self, principal: str, *, space: str | None = None, id_: str | None = None, limit: int = _ALL
    ) -> list[Receipt]:
        """Return receipts of what the principal may administer, newest first; those that wait for files are tried again."""
        rows = self._runner.read("erasure/receipts", principal=principal, now=now(), space=space, id=id_, limit=limit)
        return [self._current(row) for row in rows]

    def receipt(self, id_: str, principal: str, *, space: str | None = None) -> Receipt:
        """Return one; raises ``NotFoundError`` alike for one that is not there and one of somebody else's space."""
        found = self.receipts(principal, space=space, id_=id_)
        if not found:
            raise NotFoundError(
                f"There is no receipt '{id_}' that this principal may see.",
                hint="`memos receipt list` shows them.",
                target=id_,
            )
        return found[0]

    def _in_graph(
        self,
        tx: Transaction,
        naming: Naming,
        space: str,
        principal: str,
        mentions: Mentions,
        reason: str | None,
        cubes: Sequence[str] | None = None,
    ) -> Receipt:
        self._governance.lock(tx, space, principal, Action.ADMINISTER)
        if cubes is not None:
            found = dict.fromkeys(cubes, True)
        else:
            rows = tx.run("erasure/find", **_asked(naming, space, principal))
            found = {row["id"]: row["role"] in _going(mentions) for row in rows}
        going = tx.run("erasure/cascade", cubes=[id_ for id_, goes in found.items() if goes])
        _refuse_frozen(going)
        ids = [row["id"] for row in going]
        id_, request_id, where = new_id(), current_request_id(), {"space": space, "named": naming.named}
        exports = tx.run("erasure/exports", cubes=ids)
        counted = sum(row["counted"] for row in going)
        self._lifecycle.wipe(tx, space, ids, counted=counted, principal=principal, reason=reason)
        payloads = tx.run("erasure/payloads", cubes=ids, now=tx.now(), by=principal)
        tx.run("erasure/sweeps", space=space, home=self._payloads.places.home, now=tx.now(), by=principal)
        scrubbed = tx.run("erasure/scrub", cubes=ids, **where)[0]
        acts = tx.run("erasure/scrub_acts", **where)[0]
        topics = tx.run("erasure/topics", **where)[0]["renamed"]
        versions = [WrittenVersion(**row) for row in tx.run("erasure/redact_versions", **where)]
        redacted = [row["seq"] for row in tx.run("erasure/redact_log", **where)]
        event = Event(
            space,
            "forget",
            principal,
            cubes=ids,
            written=versions,
            erased=ids,
            redacted=redacted,
            reason=reason,
            detail=id_,
            request_id=request_id,
        )
        self._audit.append(tx, [event])
        receipt = Receipt(
            id=id_,
            space=space,
            subjects=tuple(keyed(self._keyring, folded(name)) for name in naming.names),
            mentions=mentions,
            by=principal,
            at=tx.now(),
            request_id=request_id,
            counts={
                **Counter(row["kind"] for row in going),
                "versions": sum(len(row["texts"]) for row in going),
                **Counter(row["memory_type"] for row in payloads),
                "sources": scrubbed["sources"],
                "topics renamed": topics,
                "reasons": scrubbed["reasons"] + len(versions) + len(redacted) + acts["denials"] + acts["notes"],
                "names of moments and runs": acts["moments"] + acts["runs"],
                "inputs of pipelines": scrubbed["runs"],
            },
            cubes=tuple(self._erased(row) for row in going),
            payloads=tuple(_payload(row) for row in payloads),
            kept=tuple(id_ for id_, goes in found.items() if not goes and id_ not in set(ids)),
            left=self._left(tx, space, naming),
            exports=tuple(Export(**row) for row in exports),
        )
        stored = {"id": id_, "at": receipt.at, "by": principal, "request_id": request_id, "complete": False}
        tx.run("erasure/open_receipt", space=space, receipt=stored | {"body": receipt.model_dump_json()})
        self._keep(receipt)
        return receipt

    def _left(self, tx: Transaction, space: str, naming: Naming) -> dict[str, int]:
        """Return which properties still name the subject, in the graph and in archives of its log."""
        found = Counter({row["place"]: row["count"] for row in tx.run("erasure/left", space=space, named=naming.named)})
        if naming.names:
            found.update(in_archives(self._audit.chain.archives, space, naming))
        return dict(sorted(found.items()))

    def _keep(self, receipt: Receipt) -> None:
        """Keep the receipt outside the database, too, which may be put back to before there was one."""
        if (journal := self._audit.chain.journal) is None:
            return
        body = receipt.model_dump_json(exclude={"signature", "public_key"})
        kept = {name: getattr(receipt, name) for name in ("by", "request_id", "complete", "signature", "public_key")}
        journal.keep_receipt(receipt.id, receipt.space, {**kept, "at": receipt.at.isoformat(), "body": body})

    def _erased(self, row: Row) -> ErasedCube:
        versions = tuple(keyed(self._keyring, text) for text in row["texts"])
        return ErasedCube(id=row["id"], kind=row["kind"], versions=versions)

    def _current(self, row: Row) -> Receipt:
        receipt = Receipt.model_validate_json(row["body"])
        receipt = receipt.model_copy(update={"signature": row["signature"], "public_key": row["public_key"]})
        return self._settle(receipt) if receipt.stale else receipt

    def settle(self) -> int:
        """Look again at every receipt that waits; returns how many are complete now. For the upkeep of ``memos up``."""
        rows = self._runner.read("erasure/open", space=None)
        found = [Receipt.model_validate_json(row["body"]) for row in rows]
        return sum(self._settle(each).complete for each in found if each.waits or not each.left)

    def _settle(self, receipt: Receipt) -> Receipt:
        """Erase what waits here, write down which is gone and which place is waited for, and sign."""
        self._payloads.erase(receipt.space)
        rows = self._runner.read("erasure/jobs", space=receipt.space)
        jobs = [row for row in rows if row["created_at"] <= receipt.at]
        waiting = [row for row in jobs if row["state"] == "waiting"]
        cubes = {row["cube"] for row in waiting}
        payloads = tuple(each if each.cube in cubes else self._gone(each) for each in receipt.payloads)
        waits = {Wait(place=row["place"] or _HERE, problem=row["problem"]) for row in waiting}
        changed = {
            "format": Receipt.model_fields["format"].default,
            "payloads": payloads,
            "waits": tuple(sorted(waits, key=lambda each: (each.place, each.problem or ""))),
            "declared": tuple(sorted({row["place"] for row in jobs if row["state"] == "declared"})),
            "complete": not waiting and not receipt.left,
        }
        if receipt.signature and all(getattr(receipt, name) == value for name, value in changed.items()):
            return receipt
        done = signed(receipt.model_copy(update=changed), self._keyring)
        self._runner.write(
            "erasure/sign_receipt",
            id=done.id,
            body=done.model_dump_json(exclude={"signature", "public_key"}),
            complete=done.complete,
            signature=done.signature,
            public_key=done.public_key,
        )
        self._keep(done)
        return done

    def _gone(self, payload: ErasedPayload) -> ErasedPayload:
        """Keep the names of the keys that are destroyed: one that other payloads share is still there."""
        keys = tuple(key for key in payload.keys if not self._payloads.keys.exists(key))
        return payload.model_copy(update={"erased": True, "keys": keys})


def _refuse_frozen(going: Sequence[Row]) -> None:
    frozen = [row["id"] for row in going if row["state"] == State.FROZEN]
    if frozen:
        raise FrozenError(
            f"{len(frozen)} of the memories are frozen, so nothing was erased: {', '.join(frozen[:_NAMED])}.",
            hint="Thaw them with a reason (`memos thaw`), then forget again.",
        )


def _asked(naming: Naming, space: str, principal: str) -> dict[str, object]:
    return {
        "principal": principal,
        "space": space,
        "now": now(),
        "named": naming.named,
        "opens": naming.opens,
    }


def _going(mentions: Mentions) -> set[str]:
    return {"said", "about"} | ({"mentions"} if mentions == "erase" else set())


def _payload(row: Row) -> ErasedPayload:
    return ErasedPayload(cube=row["id"], kind=row["memory_type"], keys=tuple(key_names(row)))
