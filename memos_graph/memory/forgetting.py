"""Forgetting: erase everything about a subject, and prove it later by a signed receipt."""

from collections.abc import Sequence

from memos_graph.errors import ForbiddenError
from memos_graph.governance import Action
from memos_graph.lifecycle.erasure import Foreseen
from memos_graph.lifecycle.naming import Naming
from memos_graph.lifecycle.receipts import Mentions, Receipt, Verdict, verified
from memos_graph.memory.refusing import recording
from memos_graph.services import Services

_ALL = 10_000


@recording
class Forgetting:
    """The erasures of one principal, in the spaces it may administer."""

    def __init__(self, services: Services, principal: str) -> None:
        self._services = services
        self._principal = principal

    def foresee(
        self, subject: str | Sequence[str], spaces: Sequence[str], *, mentions: Mentions = "erase"
    ) -> list[Foreseen]:
        """Return what ``forget`` would take in each space; changes nothing.

        * ``subject`` a name, or several names of the same person or thing; whole words, in any case.
        * ``mentions`` what becomes of memories that merely name the subject: ``erase`` or ``keep``.
        * Raises ``NotFoundError`` or ``ForbiddenError`` without the right to administer a space.
        """
        naming = _naming(subject)
        return [
            self._services.erasure.foresee(naming, space=space, principal=self._principal, mentions=mentions)
            for space in spaces
        ]

    def forget(
        self,
        subject: str | Sequence[str],
        spaces: Sequence[str],
        *,
        mentions: Mentions = "erase",
        reason: str | None = None,
    ) -> list[Receipt]:
        """Erase a subject from each space, one transaction and one receipt a space; this can't be undone.

        Archived memories go too; a frozen one is refused (``FrozenError``) before anything is erased. ``reason`` is kept in the log, and may not name the subject. Otherwise as
        ``foresee``. The right to administer is asked for in every space before anything is erased in the first.
        """
        naming = _naming(subject)
        for space in spaces:
            self._services.governance.require(space, self._principal, Action.ADMINISTER)
        return [
            self._services.erasure.erase(
                naming, space=space, principal=self._principal, mentions=mentions, reason=reason
            )
            for space in spaces
        ]

    def administered(self) -> list[str]:
        """Return every space this principal may administer; raises ``ForbiddenError`` where there is none."""
        found = self._services.governance.spaces(self._principal, limit=_ALL)
        spaces = [each.space for each in found if Action.ADMINISTER in each.actions]
        if not spaces:
            raise ForbiddenError(
                "This principal may not administer any space.",
                hint="Ask a space's owner for a grant with that action.",
                target=self._principal,
            )
        return spaces

    def receipts(self, space: str | None = None) -> list[Receipt]:
        """Return the receipts of a space, or of all this principal may administer, newest first."""
        return self._services.erasure.receipts(self._principal, space=space)

    def receipts_of(self, space: str) -> list[Receipt]:
        """Return the receipts of one space as ``receipts`` does; raises ``ForbiddenError`` without the right to administer it."""
        self._services.governance.require(space, self._principal, Action.ADMINISTER)
        return self.receipts(space)

    def receipt(self, id_: str, *, space: str | None = None) -> Receipt:
        """Return a receipt; one that waits for files is tried again. Raises ``NotFoundError``."""
        return self._services.erasure.receipt(id_, self._principal, space=space)

    def receipt_of(self, space: str, id_: str) -> Receipt:
        """Return a receipt of one space as ``receipt`` does; raises ``ForbiddenError`` without the right to administer it."""
        self._services.governance.require(space, self._principal, Action.ADMINISTER)
        return self.receipt(id_, space=space)

    def verify(self, receipt: Receipt, *, subject: str | None = None) -> Verdict:
        """Check a receipt against this installation's key; with ``subject`` also whether it is about that name."""
        keyring = self._services.keyring
        return verified(receipt, keyring.public_pem, keyring=keyring, subject=subject)


def _naming(subject: str | Sequence[str]) -> Naming:
    return Naming.of([subject] if isinstance(subject, str) else subject)
