"""KV-caches and adapters that nobody needs now: their payloads lie in the cold, and come back when they are wanted.

Each step leaves the payload whole in one place at least: it is copied, then the cube says where it is, then the other copies go.
"""

import logging

from memos_graph.audit import AuditLog, Event
from memos_graph.errors import ConfigurationError, PayloadError, StateError, VaultError
from memos_graph.governance import Action, MemGovernance
from memos_graph.graph.rows import Row
from memos_graph.graph.runner import Runner, Transaction
from memos_graph.types import State
from memos_graph.vault.keeping import Vault
from memos_graph.vault.payloads import Payloads

_log = logging.getLogger(__name__)


class Shelving:
    """Puts payloads of one database away, and fetches them again."""

    def __init__(self, runner: Runner, governance: MemGovernance, audit: AuditLog, payloads: Payloads) -> None:
        self._runner = runner
        self._governance = governance
        self._audit = audit
        self._payloads = payloads

    def archive(self, cube: str, payload: str, *, space: str, principal: str) -> None:
        """Take a KV-cache or adapter out of service, and keep its payload in the cold alone.

        Raises ``ConfigurationError`` without a vault, ``ForbiddenError`` without the right to transform, ``StateError`` for one that is not in
        service, ``VaultError`` where a copy can't be made: then it is in service as before.
        """
        cold = self._cold()
        self._governance.require(space, principal, Action.TRANSFORM)
        row = self._row(space, payload, cold=False, state=State.ACTIVATED, act="archived")
        self._payloads.places.keep(space)
        if not self._payloads.bring(space, payload):
            raise PayloadError(
                f"The payload of {cube} is nowhere whole.", hint="`memos vault check --repair` says more."
            )
        self._copied(cube, cold, space, row, principal, cold=True)
        self._note(cube, space, principal, cold=True)
        files = self._files_without(space, row, cold=False)
        if self._payloads.vault is not None and self._payloads.vault is not cold:
            self._tidied(cube, self._payloads.vault, space, row, files)
        if problem := self._payloads.put_away(row, files):
            _log.warning("a copy of what is archived, %s, is left here: %s", cube, problem)

    def restore(self, cube: str, payload: str, *, space: str, principal: str) -> None:
        """Fetch a payload from the cold, and put its KV-cache or adapter into service again.

        Raises as ``archive`` does, ``StateError`` also where one of its memories changed or went since.
        """
        cold = self._cold()
        self._governance.require(space, principal, Action.TRANSFORM)
        row = self._row(space, payload, cold=True, state=State.ARCHIVED, act="restored")
        self._payloads.places.keep(space)
        if not cold.bring(space, row["memory_type"], payload, row["files"]):
            raise PayloadError(
                f"{cold.id} does not have all of the payload of {cube}.", hint="Drop it, and build another."
            )
        if self._payloads.vault is not cold and (vault := self._payloads.vault) is not None:
            self._copied(cube, vault, space, row, principal, cold=False)
        self._note(cube, space, principal, cold=False)
        if self._payloads.vault is not cold:
            self._tidied(cube, cold, space, row, self._files_without(space, row, cold=True))

    def _cold(self) -> Vault:
        if self._payloads.cold is None:
            raise ConfigurationError(
                "There is no vault that could keep an archived payload.",
                hint="Set MEMOS_VAULT_COLD_URL, or MEMOS_VAULT_URL.",
            )
        return self._payloads.cold

    def _row(self, space: str, payload: str, *, cold: bool, state: State, act: str) -> Row:
        row = self._runner.read_one("payloads/kept", space=space, payload=payload)
        if row is None or row["state"] != state or row["cold"] != cold:
            raise StateError(f"It can't be {act}: it is {row['state'] if row else 'not kept any more'}.")
        return row

    def _note(self, cube: str, space: str, principal: str, *, cold: bool) -> None:
        def work(tx: Transaction) -> None:
            self._governance.lock(tx, space, principal, Action.TRANSFORM)
            if tx.one("payloads/shelve", cube=cube, space=space, cold=cold, now=tx.now()) is None:
                raise StateError(
                    f"{cube} changed meanwhile, or one of its memories did; it stays as it is.",
                    hint="Build or distil it anew.",
                )
            self._audit.append(tx, [Event(space, "archive" if cold else "restore", principal, cubes=[cube])])

        self._runner.transact(work)

    def _copied(self, cube: str, vault: Vault, space: str, row: Row, principal: str, *, cold: bool) -> None:
        """Put a copy into a vault; one that fails midway is taken away again, but for what others have there."""
        try:
            vault.keep(space, row["memory_type"], row["payload"], row["files"], by=principal)
        except (VaultError, PayloadError):
            self._tidied(cube, vault, space, row, self._files_without(space, row, cold=cold))
            raise

    def _files_without(self, space: str, row: Row, *, cold: bool) -> list[str]:
        """Return the files of a KV-cache that none of those there has: in service, or in the ``cold``."""
        state = State.ARCHIVED if cold else State.ACTIVATED
        rows = self._runner.read("payloads/kept", space=space, payload=None)
        others = {
            file for each in rows if (each["cold"], each["state"]) == (cold, state) for file in each["files"] or ()
        }
        return [file for file in row["files"] or () if file not in others]

    def _tidied(self, cube: str, vault: Vault, space: str, row: Row, files: list[str]) -> None:
        """Remove a copy that is not needed any more; one that is left is accounted for, and goes with its cube."""
        try:
            vault.remove(space, row["memory_type"], row["payload"], files)
        except VaultError as error:
            _log.warning("a copy of the payload of %s is left in %s: %s", cube, vault.id, error)
