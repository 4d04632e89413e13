"""What is a principal's own, and what it can do in whichever space: shared memories, erasures, roles, mandates, keys."""

from collections.abc import Sequence
from functools import cached_property
from typing import Generic

from memos_graph.client.cubes import RemoteCubes, RemoteProvenance, RemoteUpdate
from memos_graph.client.methods import C, RemotePart, by_hand, nothing, over
from memos_graph.client.steps import Plan, ask
from memos_graph.errors import ForbiddenError, NotFoundError
from memos_graph.governance import Access, Action, check_actions
from memos_graph.governance.api_keys import ApiKey
from memos_graph.lifecycle.erasure import Foreseen
from memos_graph.lifecycle.receipts import Mentions, Receipt, Verdict, verified
from memos_graph.memory.own import Keys, Mandates, OwnRoles
from memos_graph.memory.shared import Shared
from memos_graph.search.calls import SearchResult
from memos_graph.verbs import erasure, keys, marks, roles, shared, spaces

_PAGE = 200


class RemoteShared(RemotePart[C]):
    """Memories that a principal may read though it may not read their space."""

    list = over(Shared.list, shared.list_shared, lambda found: [*found.items])

    @by_hand
    def search(self, question: str, *, limit: int = 10) -> Plan[SearchResult]:
        """Return those that answer ``question`` best."""
        found = yield from ask(shared.search_shared, question=question, limit=limit, explain=True)
        return SearchResult.model_validate(dict(found))


class RemoteRoles(RemotePart[C]):
    """Roles under a principal's name, ``principal/name``."""

    members = over(OwnRoles.members, roles.list_members)
    add = over(OwnRoles.add, roles.add_member, nothing, named={"member": "principal", "expires_at": "until"})
    remove = over(OwnRoles.remove, roles.remove_member, nothing, named={"member": "principal"})

    @by_hand
    def create(self, role: str) -> Plan[None]:
        """Make a role; one that is there stays as it is."""
        yield from ask(roles.make_role, role=role)


class RemoteMandates(RemotePart[C]):
    """Who acts for whom."""

    give = over(Mandates.give, roles.give_mandate, named={"expires_at": "until"})
    list = over(Mandates.list, roles.list_mandates)
    end = over(Mandates.end, roles.end_mandate, nothing)


class RemoteKeys(RemotePart[C]):
    """API keys of one principal."""

    list = over(Keys.list, keys.list_keys)
    revoke = over(Keys.revoke, keys.revoke_key, nothing)

    @by_hand
    def create(self, *, label: str = "") -> Plan[tuple[ApiKey, str]]:
        """Make a key; returns how it is listed, and its secret, which is shown this once and not stored."""
        made = yield from ask(keys.create_key, label=label)
        return made.key, made.secret


class RemoteForgetting(RemotePart[C]):
    """Erasure of subjects, and the receipts of it."""

    @by_hand
    def foresee(
        self, subject: str | Sequence[str], spaces: Sequence[str], *, mentions: Mentions = "erase"
    ) -> Plan[list[Foreseen]]:
        """Return what ``forget`` would take in each space; changes nothing. See ``Forgetting.foresee``."""
        found = []
        for space in spaces:
            foreseen = yield from ask(erasure.foresee, space, subject=_names(subject), mentions=mentions)
            found += [foreseen]
        return found

    @by_hand
    def forget(
        self,
        subject: str | Sequence[str],
        spaces: Sequence[str],
        *,
        mentions: Mentions = "erase",
        reason: str | None = None,
    ) -> Plan[list[Receipt]]:
        """Erase a subject from each space; this can't be undone. See ``Forgetting.forget``."""
        for space in spaces:
            access = yield from _access(space)
            check_actions(space, access.actions, Action.ADMINISTER)
        asked = {"subject": _names(subject), "mentions": mentions, "reason": reason}
        receipts = []
        for space in spaces:
            receipts += [(yield from ask(erasure.forget, space, **asked))]
        return receipts

    @by_hand
    def administered(self) -> Plan[list[str]]:
        """Return every space this principal may administer; raises ``ForbiddenError`` where there is none."""
        return (yield from _administered())

    @by_hand
    def receipts(self, space: str | None = None) -> Plan[list[Receipt]]:
        """Return the receipts of a space, or of all this principal may administer, newest first."""
        found = list[Receipt]()
        for each in [space] if space is not None else (yield from _administered()):
            found += yield from ask(erasure.list_receipts, each)
        return sorted(found, key=lambda receipt: receipt.id, reverse=True)

    @by_hand
    def receipt(self, id_: str, *, space: str | None = None) -> Plan[Receipt]:
        """Return a receipt; one that waits for files is tried again. Raises ``NotFoundError``."""
        for each in (yield from _administered()) if space is None else ():
            if any(known.id == id_ for known in (yield from ask(erasure.list_receipts, each))):
                space = each
        if space is None:
            raise NotFoundError(f"There is no receipt '{id_}'.", hint="`receipts` lists them.", target=id_)
        return (yield from ask(erasure.show_receipt, space, receipt=id_))

    @by_hand
    def verify(self, receipt: Receipt) -> Plan[Verdict]:
        """Check a receipt against the service's key. Whether it is about a name, only the service's own machine can tell."""
        return verified(receipt, (yield from ask(marks.mark_key)))

    @by_hand
    def receipts_of(self, space: str) -> Plan[list[Receipt]]:
        """Return the receipts of one space, newest first; needs the right to administer it."""
        return list((yield from ask(erasure.list_receipts, space)))

    @by_hand
    def receipt_of(self, space: str, id_: str) -> Plan[Receipt]:
        """Return a receipt of one space; one that waits for files is tried again."""
        return (yield from ask(erasure.show_receipt, space, receipt=id_))


class PrincipalRemotely(RemotePart[C], Generic[C]):
    """Parts that work on memories in whichever space the principal may use."""

    @cached_property
    def cubes(self) -> RemoteCubes[C]:
        """Memories by id."""
        return RemoteCubes(self._connection)

    @cached_property
    def updates(self) -> RemoteUpdate[C]:
        """The Update API."""
        return RemoteUpdate(self._connection)

    @cached_property
    def provenance(self) -> RemoteProvenance[C]:
        """The Provenance API."""
        return RemoteProvenance(self._connection)

    @cached_property
    def shared(self) -> RemoteShared[C]:
        """What others shared with the principal one by one or by topic."""
        return RemoteShared(self._connection)

    @cached_property
    def forgetting(self) -> RemoteForgetting[C]:
        """Erasure of subjects, and the receipts of it."""
        return RemoteForgetting(self._connection)


def _names(subject: str | Sequence[str]) -> tuple[str, ...]:
    return (subject,) if isinstance(subject, str) else tuple(subject)


def _access(space: str) -> Plan[Access]:
    return (yield from ask(spaces.show_space, space=space))


def _administered() -> Plan[list[str]]:
    found, after = list[str](), ""
    while True:
        page = yield from ask(spaces.list_spaces, after=after, limit=_PAGE)
        found += [each.space for each in page.items if Action.ADMINISTER in each.actions]
        if page.next is None:
            break
        after = page.next
    if not found:
        raise ForbiddenError(
            "This principal may not administer any space.",
            hint="Ask a space's owner for a grant with that action.",
            target=(yield from ask(keys.show_me)).principal,
        )
    return found
