"""What a principal works with, each part made when it is first asked for."""

from datetime import tzinfo
from functools import cached_property

from memos_graph.memory.audits import Audit
from memos_graph.memory.costs import Costs
from memos_graph.memory.cubes import Cubes
from memos_graph.memory.documents import DocumentStore
from memos_graph.memory.forgetting import Forgetting
from memos_graph.memory.jobs import Jobs
from memos_graph.memory.logquery import LogQuery
from memos_graph.memory.payloads import Adapters, KvCaches
from memos_graph.memory.permissions import Permissions
from memos_graph.memory.policy import SpacePolicy
from memos_graph.memory.provenance import Provenance
from memos_graph.memory.schedule import Schedule
from memos_graph.memory.shared import Shared
from memos_graph.memory.updates import Update
from memos_graph.memory.vaults import PayloadVault
from memos_graph.services import Services


class PrincipalParts:
    """Parts that work on memories in whichever space the principal may use."""

    _services: Services
    principal: str
    zone: tzinfo

    @cached_property
    def cubes(self) -> Cubes:
        """Memories by id."""
        return Cubes(self._services.runner, self._services.audit, self.principal)

    @cached_property
    def updates(self) -> Update:
        """The Update API."""
        return Update(self._services, self.principal)

    @cached_property
    def provenance(self) -> Provenance:
        """The Provenance API."""
        return Provenance(self._services.runner, self._services.audit, self.principal)

    @cached_property
    def shared(self) -> Shared:
        """What others shared with the principal one by one or by topic."""
        return Shared(self._services, self.principal, self.zone)

    @cached_property
    def forgetting(self) -> Forgetting:
        """Erasure of subjects, and the receipts of it."""
        return Forgetting(self._services, self.principal)


class SpaceParts(PrincipalParts):
    """Parts that work on one space."""

    space: str

    @cached_property
    def audit(self) -> Audit:
        """The log of this space: verified, sealed, proven."""
        services = self._services
        return Audit(
            services.runner,
            services.governance,
            services.audit,
            services.seals,
            principal=self.principal,
            space=self.space,
        )

    @cached_property
    def documents(self) -> DocumentStore:
        """Its JSON documents, under namespaces and keys."""
        return DocumentStore(self._services, self.space, self.principal)

    @cached_property
    def permissions(self) -> Permissions:
        """Who may do what here."""
        return Permissions(self._services, principal=self.principal, space=self.space)

    @cached_property
    def kv(self) -> KvCaches:
        """The KV-caches of this space."""
        return KvCaches(self._services, self.space, self.principal)

    @cached_property
    def lora(self) -> Adapters:
        """The LoRA adapters of this space."""
        return Adapters(self._services, self.space, self.principal)

    @cached_property
    def vault(self) -> PayloadVault:
        """Where the payloads of this space are kept."""
        return PayloadVault(self._services, self.space, self.principal)

    @cached_property
    def jobs(self) -> Jobs:
        """Its jobs, which workers do."""
        return Jobs(self._services, self.space, self.principal)

    @cached_property
    def costs(self) -> Costs:
        """What it costs."""
        return Costs(self._services, self.space, self.principal)

    @cached_property
    def schedule(self) -> Schedule:
        """Which form serves which of its memories."""
        return Schedule(self._services, self.space, self.principal)

    @cached_property
    def policy(self) -> SpacePolicy:
        """The policy that governs this space."""
        return SpacePolicy(self._services, self.space, self.principal)

    @cached_property
    def logs(self) -> LogQuery:
        """The LogQuery API."""
        return LogQuery(self._services.runner, self._services.audit, self.principal, self.space)
