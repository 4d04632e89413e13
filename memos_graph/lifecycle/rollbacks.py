"""After an older copy of the database was put back: what was taken away since is taken away again, before anything is served.

What the journal beside the witness holds, and the log has not, is done anew: memories erased, grants revoked or narrowed,
denials made, API keys revoked, roles and mandates ended, tenants changed; receipts come back. All of it is in the log, and is
listed for the operator until somebody has confirmed it.
"""

import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from uuid_utils import uuid7

from memos_graph.audit import AuditLog, Event, request
from memos_graph.audit.comparing import look_through
from memos_graph.audit.journal import Held, Journal, Taking, TakingStanding
from memos_graph.audit.takings import ERASED, topic_hash
from memos_graph.audit.witness import Contradiction
from memos_graph.errors import DatabaseAuthError, DatabaseUnavailableError, DiskFullError, MemosError
from memos_graph.governance.permits import owner_of_role
from memos_graph.graph.rows import Row
from memos_graph.graph.runner import Runner, Transaction
from memos_graph.kit.clock import now
from memos_graph.kit.crypto.keyring import Keyring
from memos_graph.lifecycle.erasure import MemErasure
from memos_graph.lifecycle.lifecycle import MemLifecycle
from memos_graph.lifecycle.naming import Naming
from memos_graph.lifecycle.receipts import Receipt, folded, keyed
from memos_graph.lifecycle.stale_payloads import reconcile
from memos_graph.vault.payloads import Payloads

_log = logging.getLogger(__name__)
_REASON = "Done again: an older copy of the database had brought it back."
_NOBODY = "(?!)"
_NAME_WORDS = 5
_AROUND = ".'\u2019\u2026-"
_WORD = re.compile(r"[^\s,;:!?()\[\]\"“”«»]+")


class Rollbacks:
    """Notices that a database was put back, and takes away again what had been taken away."""

    def __init__(
        self,
        runner: Runner,
        audit: AuditLog,
        journal: Journal,
        lifecycle: MemLifecycle,
        payloads: Payloads,
        erasure: MemErasure,
        keyring: Keyring,
    ) -> None:
        self._runner = runner
        self._audit = audit
        self.journal = journal
        self._witness = audit.chain.witness
        self._lifecycle = lifecycle
        self._payloads = payloads
        self._erasure = erasure
        self._keyring = keyring

    def check(self) -> None:
        """Compare every log and every right that has no log with what is known here, and settle what is found."""
        found = look_through(self._runner, self._witness, self._audit.chain.archives)
        self._audit.try_again()
        self._settle_doubts({each.space for each in found})
        self.settle()
        self._hold_standing()

    def settle(self) -> None:
        """Take away again what had been taken away in the spaces that were found put back; again changes nothing."""
        found: dict[str, list[Contradiction]] = {}
        for each in self._witness.contradictions(unsettled=True):
            found.setdefault(each.space, []).append(each)
        known = {each.id for each in self.journal.held()} if found else set()
        for space, contradictions in found.items():
            with request(f"rollback-{uuid7()}"), self._held_alone(space):
                there = self._again(space, contradictions[-1])
                # A space that is gone stays unsettled: its payloads are looked for once.
                if there or not {str(each.id) for each in contradictions} <= known:
                    reconcile(self._runner, self._audit, self._payloads, [space])
                self.journal.hold([Held(str(each.id), each.at, space, str(each), None) for each in contradictions])
                if there:
                    self._witness.settled([each.id for each in contradictions])

    @contextmanager
    def _held_alone(self, space: str) -> Iterator[None]:
        """Hold a space where this fails, so that the others are served and nothing in it is; it is tried again by ``settle``."""
        held = self._audit.chain.held
        before = held.pop(space, None)
        try:
            yield
        except (DatabaseUnavailableError, DatabaseAuthError, DiskFullError):  # of the whole store
            if before is not None:
                held[space] = before
            raise
        except MemosError as error:
            held[space] = f"what was taken away in it may be back, and can't be taken away again: {error.message}"
            _log.error("%s: nothing is done there: %s", space, held[space])

    def noticed(self) -> None:
        """``settle`` after an act that is done: what fails is told, and tried again by the upkeep and when a store is opened."""
        try:
            self.settle()
        except MemosError as error:
            _log.error(
                "what was taken away before the database was put back is not all taken away again yet: %s", error
            )

    def held(self) -> list[Held]:
        """Return what was taken away again, the first first."""
        return self.journal.held()

    def contradictions(self) -> list[Contradiction]:
        """Return every time a log was found otherwise than it had been seen."""
        return self._witness.contradictions()

    def confirm(self, ids: Sequence[str]) -> int:
        """Note that an operator has looked at these; returns how many waited for it."""
        return self.journal.confirm(ids)

    def _settle_doubts(self, rolled_back: set[str]) -> None:
        """Look for what was intended when a process was killed; where a log was put back, what it lacks counts as done."""
        doubtful: dict[str, list[Taking]] = {}
        for each in self.journal.takings(doubtful=True):
            doubtful.setdefault(each.space, []).append(each)
        for space, takings in doubtful.items():
            missing = self._missing(space, takings)
            lost = {each.id for each in missing}
            committed = [each for each in takings if each.id not in lost or space in rolled_back]
            self.journal.settle_doubts(committed, [] if space in rolled_back else missing)

    def _missing(self, space: str, takings: Sequence[Taking]) -> list[Taking]:
        seqs = sorted({each.seq for each in takings})
        hashes = {row["seq"]: row["hash"] for row in self._runner.read("rollback/known", space=space, seqs=seqs)}
        return [each for each in takings if hashes.get(each.seq) != each.hash]

    def _again(self, space: str, found: Contradiction) -> bool:
        """Do anew what the log of ``space`` lacks; returns false where the space is not there."""
        missing = self._missing(space, self.journal.takings(space))
        rights = list({each.right: each for each in missing if each.right is not None}.values())  # the last of each
        erased = [each for each in missing if each.action == ERASED]
        kept = self.journal.receipts(space)
        receipts = {id_: kept[id_] for each in erased if (id_ := str(each.body["receipt"])) in kept}
        names = self._names(space, erased, receipts)
        redone: list[Taking] = []

        def work(tx: Transaction) -> str | None:
            row = tx.one("rollback/lock", space=space)
            if row is None:
                return None
            owner = str(row["owner"])
            self._audit.chain.tell(tx, space)
            redone.clear()
            held = [*self._erase(tx, space, owner, erased, redone), *self._rights(tx, space, owner, rights)]
            for id_, receipt in receipts.items():
                stored = {**receipt, "id": id_, "at": datetime.fromisoformat(receipt["at"])}
                tx.run("rollback/put_receipt", space=space, receipt=stored)
            self.journal.hold(
                [Held(f"{found.id}-{name}", now(), space, what, None) for name, what in dict(held).items()]
            )
            return owner

        owner = self._runner.transact(work)
        if owner is None:
            return False
        self.journal.replaced(redone)
        self._payloads.erase(space)
        for id_, found_names in names.items():
            self._forget(space, owner, id_, found_names, Receipt.model_validate_json(receipts[id_]["body"]), found)
        return True

    def _erase(
        self, tx: Transaction, space: str, owner: str, takings: Sequence[Taking], redone: list[Taking]
    ) -> list[tuple[str, str]]:
        held = []
        for each in takings:
            present = tx.run("rollback/present", cubes=each.body["cubes"])
            if not present:
                continue
            ids = [row["id"] for row in present]
            counted = sum(row["counted"] for row in present)
            self._lifecycle.wipe(tx, space, ids, counted=counted, principal=owner, reason=_REASON)
            receipt = each.body["receipt"]
            if receipt is not None:
                tx.run("erasure/payloads", cubes=ids, now=now(), by=owner)
                tx.run("erasure/scrub", cubes=ids, space=space, named=_NOBODY)
            action = "delete" if receipt is None else "forget"
            event = Event(space, action, owner, cubes=ids, erased=ids, reason=_REASON, detail=receipt)
            self._audit.append(tx, [event])
            redone.append(each)
            what = f"{len(ids)} memories that were erased on {each.at:%Y-%m-%d %H:%M} UTC"
            held.append((each.id, what if receipt is None else f"{what}, as receipt {receipt} says"))
        return held

    def _rights(self, tx: Transaction, space: str, owner: str, takings: Sequence[Taking]) -> list[tuple[str, str]]:
        held = []
        for each in takings:
            about = self._target(tx, space, each)
            if about is None or not _applied(tx, each, about):
                continue
            takes, grantee = each.body, each.body["grantee"]
            event = Event(
                space,
                each.action,
                owner,
                cubes=[takes["cube"]] if takes["cube"] else [],
                detail=grantee,
                reason=_REASON,
                takes=[takes],
            )
            self._audit.append(tx, [event])
            where = f"memory {takes['cube']}" if takes["cube"] else "a topic" if takes["topic"] else "the space"
            said = {"revoke": "revoked", "grant": "narrowed", "deny": "made"}[each.action]
            kind = "denial" if each.action == "deny" else "grant"
            held.append(
                (each.id, f"the {kind} of '{grantee}' on {where} that was {said} on {each.at:%Y-%m-%d %H:%M} UTC")
            )
        return held

    def _target(self, tx: Transaction, space: str, taking: Taking) -> dict[str, Any] | None:
        """Return what a right is on, as the statements take it; ``None`` where there is nothing to take away."""
        takes, topic = taking.body, None
        if takes["topic"] is not None:
            rows = tx.run("rollback/topics", space=space, grantee=takes["grantee"])
            topic = next((r["topic"] for r in rows if topic_hash(self._keyring, r["topic"]) == takes["topic"]), None)
            if topic is None:
                return None
        about = {name: takes[name] for name in ("cube", "grantee", "by")}
        return {**about, "space": space, "topic": topic, "at": taking.at}

    def _names(
        self, space: str, erased: Sequence[Taking], receipts: Mapping[str, Mapping[str, Any]]
    ) -> dict[str, list[str]]:
        """Find the names of who was forgotten, which nobody here knows, in what came back: by their keyed hashes."""
        wanted: dict[str, str] = {}
        texts: list[str] = []
        for each in erased:
            if (id_ := str(each.body["receipt"])) not in receipts:
                continue
            back = self._runner.read("rollback/present", cubes=each.body["cubes"])
            if back:
                texts += [text for row in back for text in row["texts"]]
                wanted |= dict.fromkeys(Receipt.model_validate_json(receipts[id_]["body"]).subjects, id_)
        if not wanted:
            return {}
        texts += [row["name"] for row in self._runner.read("rollback/names", space=space)]
        found: dict[str, list[str]] = {}
        for name in sorted(_candidates(texts)):
            if (receipt_id := wanted.get(keyed(self._keyring, name))) is not None:
                found.setdefault(receipt_id, []).append(name)
        return found

    def _forget(
        self, space: str, owner: str, id_: str, names: Sequence[str], receipt: Receipt, found: Contradiction
    ) -> None:
        """Erase what else names somebody who was forgotten: sources, reasons, topics, memories from before."""
        try:
            self._erasure.erase(
                Naming.of(names), space=space, principal=owner, mentions=receipt.mentions, reason=_REASON
            )
        except MemosError as error:
            _log.error("%s: what receipt %s says was forgotten is not all gone again: %s", space, id_, error)
            what = f"NOT DONE: what else names the subject of receipt {id_}: {error}"
            self.journal.hold([Held(f"{found.id}-{id_}", now(), space, what, None)])

    def _hold_standing(self) -> None:
        """Hold every right that has no log of a space against what was last said of it here."""
        stood = self.journal.stood()
        doubtful = [each for each in stood if not each.done]
        held: list[tuple[TakingStanding, str]] = []
        certain = [each for each in stood if each.done]
        for what, statement in (("key", "keys"), ("member", "members"), ("mandate", "mandates"), ("tenant", "tenants")):
            rows = [each for each in certain if each.what == what]
            if not rows:
                continue
            named = {each.name: each for each in rows}
            held += [(named[row["name"]], what) for row in self._held_again(statement, rows)]
        for each in doubtful:  # of a process that was killed: nobody was told that it is done
            self.journal.stand(each.what, each.name, holds=self._holds(each))
        if held:
            kept = [Held(f"{what}-{each.name}-{uuid7()}", now(), None, _said(each), None) for each, what in held]
            self.journal.hold(kept)
            for one in kept:
                _log.error("The database was put back to an older state: taken away again: %s", one.what)

    def _held_again(self, statement: str, rows: Sequence[TakingStanding]) -> list[Row]:
        if statement == "keys":
            return self._runner.write("rollback/keys", keys=[each.name for each in rows], now=now())
        maps = [_map(each) for each in rows]
        if statement == "members":
            return self._runner.write("rollback/members", members=maps)
        if statement == "mandates":
            return self._runner.write("rollback/mandates", mandates=maps)
        found = self._runner.read("rollback/tenants", tenants=maps)
        for row in found:

            def work(tx: Transaction, row: Row = row) -> None:
                moved = tx.run("governance/join_tenant", principals=[row["name"]], tenant=row["tenant"], now=now())
                detail = row["tenant"] or "none"
                self._audit.append(
                    tx,
                    [
                        Event(space, "tenant", each["principal"], detail=detail, reason=_REASON)
                        for each in moved
                        for space in each["spaces"]
                    ],
                )

            self._runner.transact(work)
        return found

    def _holds(self, standing: TakingStanding) -> bool:
        """Whether what was intended when a process was killed came through."""
        said = _map(standing)
        names = ("role", "member", "tenant", "expires_at")
        asked = {**{name: said.get(name) for name in names}, "removed": bool(said.get("removed"))}
        row = self._runner.read_one("rollback/holds", what=standing.what, name=standing.name, **asked)
        return row is not None and bool(row["holds"])


def _applied(tx: Transaction, taking: Taking, about: dict[str, Any]) -> bool:
    takes = taking.body
    if taking.action == "revoke":
        return bool(tx.run("rollback/revoke", **about))
    ends = None if takes["expires_at"] is None else datetime.fromisoformat(takes["expires_at"])
    if taking.action == "grant":
        limits = {name: takes[name] for name in ("actions", "purposes", "sees")}
        return bool(tx.run("rollback/narrow", **about, **limits, expires_at=ends))
    if taking.action == "deny":
        about = {name: about[name] for name in about if name != "topic"}
        made = {
            "actions": takes["actions"],
            "expires_at": ends,
            "role_of": owner_of_role(about["grantee"]),
            "now": tx.now(),
        }
        return bool(tx.run("rollback/deny", **about, **made))
    return False  # a denial taken back: what an older copy still denies stays denied


def _map(standing: TakingStanding) -> dict[str, Any]:
    body = dict(standing.body)
    if body.get("expires_at") is not None:
        body["expires_at"] = datetime.fromisoformat(body["expires_at"])
    return {**body, "name": standing.name, "at": standing.at}


def _said(standing: TakingStanding) -> str:
    since = f"since {standing.at:%Y-%m-%d %H:%M} UTC"
    return {
        "key": f"API key {standing.name}, revoked {since}",
        "member": f"the role {standing.body.get('role')} of '{standing.body.get('member')}', ended or shortened {since}",
        "mandate": f"the mandate {standing.name}, ended or narrowed {since}",
        "tenant": f"'{standing.name}' in another tenant than {standing.body.get('tenant') or 'none'} {since}",
    }[standing.what]


def _candidates(texts: Sequence[str]) -> set[str]:
    """Return every run of a few words that may be a name, in the form in which names are compared."""
    found = set()
    for text in texts:
        words = [word.strip(_AROUND) for word in _WORD.findall(folded(text))]
        for length in range(1, _NAME_WORDS + 1):
            found |= {" ".join(words[i : i + length]) for i in range(len(words) - length + 1)}
        found.add(folded(text))
    return found
