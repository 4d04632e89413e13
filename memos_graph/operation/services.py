"""What the interface layer works with: one of each, put together by ``memos.py``."""

from dataclasses import dataclass

from memos_graph.config import Settings
from memos_graph.embedding import Embedder
from memos_graph.graph.runner import Runner
from memos_graph.host.client import HostClient
from memos_graph.infrastructure.api_keys import ApiKeys
from memos_graph.infrastructure.audit import AuditLog
from memos_graph.infrastructure.audit.seals import Seals
from memos_graph.infrastructure.audit.watching import RightsWatch
from memos_graph.infrastructure.governance import MemGovernance
from memos_graph.infrastructure.integrity import Integrity
from memos_graph.infrastructure.integrity.accepting import Accepting
from memos_graph.infrastructure.payloads import Payloads
from memos_graph.infrastructure.roles import Roles
from memos_graph.infrastructure.tenants import Tenants
from memos_graph.infrastructure.vault import MemVault
from memos_graph.kit.crypto.keyring import Keyring
from memos_graph.language.sensitivity import Detector
from memos_graph.operation.chat import Chat
from memos_graph.operation.distillation import Distiller
from memos_graph.operation.erasure import MemErasure
from memos_graph.operation.export import Exporter
from memos_graph.operation.extraction import Extractor
from memos_graph.operation.lifecycle import MemLifecycle
from memos_graph.operation.materialize import Materializer
from memos_graph.operation.operator import MemOperator
from memos_graph.operation.policies import Policies
from memos_graph.operation.rollbacks import Rollbacks
from memos_graph.operation.sweep import Sweeper


@dataclass(frozen=True)
class Services:
    """One of each part, sharing one connection."""

    settings: Settings
    runner: Runner
    embedder: Embedder
    extractor: Extractor
    detector: Detector
    governance: MemGovernance
    api_keys: ApiKeys
    roles: Roles
    tenants: Tenants
    integrity: Integrity
    accepting: Accepting
    audit: AuditLog
    rights: RightsWatch
    seals: Seals
    vault: MemVault
    operator: MemOperator
    lifecycle: MemLifecycle
    host: HostClient
    payloads: Payloads
    materializer: Materializer
    distiller: Distiller
    chat: Chat
    policies: Policies
    sweeper: Sweeper
    keyring: Keyring
    erasure: MemErasure
    exporter: Exporter
    rollbacks: Rollbacks
