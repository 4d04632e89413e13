"""What the memory API works with: one of each part, put together by ``memos.py``."""

from dataclasses import dataclass

from memos_graph.audit import AuditLog
from memos_graph.audit.accepting import Accepting
from memos_graph.audit.seals import Seals
from memos_graph.audit.watching import RightsWatch
from memos_graph.config import Settings
from memos_graph.embedding import Embedder
from memos_graph.exchange.dumping import Dumper
from memos_graph.exchange.export import Exporter
from memos_graph.exchange.loading.loader import Loader
from memos_graph.forms.chat import Chat
from memos_graph.forms.distillation import Distiller
from memos_graph.forms.materialize import Materializer
from memos_graph.governance import MemGovernance
from memos_graph.governance.api_keys import ApiKeys
from memos_graph.governance.roles import Roles
from memos_graph.governance.tenants import Tenants
from memos_graph.graph.runner import Runner
from memos_graph.host.client import HostClient
from memos_graph.ingest.extraction import Extractor
from memos_graph.ingest.ingest import Ingest
from memos_graph.integrity import Integrity
from memos_graph.jobs.queue import JobQueue
from memos_graph.kit.crypto.keyring import Keyring
from memos_graph.language.sensitivity import Detector
from memos_graph.lifecycle.applying import Policies
from memos_graph.lifecycle.erasure import MemErasure
from memos_graph.lifecycle.lifecycle import MemLifecycle
from memos_graph.lifecycle.rollbacks import Rollbacks
from memos_graph.lifecycle.sweep import Sweeper
from memos_graph.search.operator import MemOperator
from memos_graph.vault.payloads import Payloads
from memos_graph.vault.vault import MemVault


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
    ingest: Ingest
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
    jobs: JobQueue
    dumper: Dumper
    loader: Loader
    rollbacks: Rollbacks
