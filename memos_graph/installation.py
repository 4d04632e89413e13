"""What the operator of an installation does, who is not a principal: whoever may run ``memos`` on the machine."""

from collections.abc import Sequence
from functools import cached_property

from memos_graph.audit.accepting import Accepted
from memos_graph.audit.journal import Held
from memos_graph.audit.log import Unwritten
from memos_graph.audit.witness import Contradiction
from memos_graph.governance.api_keys import ApiKeys
from memos_graph.governance.tenants import Tenants
from memos_graph.jobs.standing import JobsStanding, standing
from memos_graph.scheduler.scheduler import MemScheduler
from memos_graph.scheduler.worker import JobWorker, Told
from memos_graph.services import Services
from memos_graph.vault.places import PayloadPlace, declare_gone


class Installation:
    """One database with its keys, tenants and places. Made by ``MemOS.installation``; it asks for no grant."""

    def __init__(self, services: Services) -> None:
        self._services = services

    @property
    def keys(self) -> ApiKeys:
        """API keys of every principal."""
        return self._services.api_keys

    @property
    def tenants(self) -> Tenants:
        """Walls between customers, which no grant reaches over."""
        return self._services.tenants

    @property
    def public_key(self) -> str:
        """The key that seals, receipts and owners' marks are checked with, PEM."""
        return self._services.keyring.public_pem

    def places(self) -> Sequence[PayloadPlace]:
        """Return the homes and engines that keep payloads of this database, and how many erasures wait for each."""
        return self._services.payloads.places.all()

    @property
    def place(self) -> str:
        """The id of this home among them."""
        return self._services.payloads.places.home

    def declare_gone(self, place: str) -> PayloadPlace:
        """Declare a place to be no more, its disk and memory destroyed; receipts name it. Raises ``NotFoundError``, ``InputError``."""
        return declare_gone(self._services.runner, self._services.audit, place)

    def rollbacks(self) -> Sequence[Contradiction]:
        """Return when the database was found put back to an older state."""
        return self._services.rollbacks.contradictions()

    def held(self) -> Sequence[Held]:
        """Return what was taken away again then, confirmed or not."""
        return self._services.rollbacks.held()

    def confirm(self, held: Sequence[str]) -> int:
        """Note that somebody has looked at these, given by id; returns how many waited for it."""
        return self._services.rollbacks.confirm(list(held))

    def accept(self, target: str, *, space: str, by: str, reason: str) -> Accepted:
        """Vouch for what was changed by hand on purpose, as it stands: a memory, a space, or somebody with rights in ``space``.

        ``by`` who says so, for the log. Raises ``NotFoundError``, ``StateError`` where nothing was changed or what stands can't be
        accepted, ``InputError`` without a reason.
        """
        return self._services.accepting.accept(target, space=space, by=by, reason=reason)

    def jobs(self) -> Sequence[JobsStanding]:
        """Return how much work there is of each kind in each state, in every space."""
        return standing(self._services.runner)

    @property
    def unwritten(self) -> Unwritten:
        """What of the log of acts this process has not written yet."""
        return self._services.audit.unwritten

    @property
    def withheld(self) -> int:
        """How often a memory that was changed outside memos-graph was held back from an answer by this process."""
        return self._services.integrity.readings.withheld

    @property
    def altered_rights(self) -> int:
        """How many parts of what governs spaces the last upkeep of this process found changed."""
        return self._services.rights.altered

    @cached_property
    def scheduler(self) -> MemScheduler:
        """The upkeep of every space, to be started by a program that stays."""
        return MemScheduler(self._services)

    def worker(self, *, told: Told | None = None) -> JobWorker:
        """Return a worker of the jobs of every space, to be run by a program or a thread that stays; ``told`` of what it does."""
        return JobWorker(self._services, self._services.jobs, told=told)
