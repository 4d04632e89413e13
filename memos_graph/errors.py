"""Every exception memos-graph raises, in one tree.

::

    MemosError
    ├── ConfigurationError          a setting is missing, contradictory or out of range
    ├── InputError                  what was given can't be used; nothing was written
    │   ├── FormatError             a file or transcript could not be parsed (names file and line)
    │   ├── PolicyFileError         a policy file has problems (names each with line and column)
    │   │   └── DeclarationError    a pipeline's declaration can't be run (names file, line and column)
    │   ├── DimensionError          an embedding has another width than the store's index
    │   └── DuplicateError          the same id came with different content
    ├── AccessError                 who asks may not, or may not know
    │   ├── UnauthenticatedError    no key, or a wrong or revoked one
    │   ├── ForbiddenError          may read it, may not do this to it
    │   └── NotFoundError           missing, or not visible to this principal: never told apart
    ├── LimitError                  somebody asks for more at once than one principal may; later it may
    ├── PolicyError                 the space's declared policy does not allow it; nothing was written
    │   └── QuotaError              the space holds, or was given, as much as its policy allows
    ├── StateError                  the memory is in a state that does not allow the act
    │   ├── VersionConflictError    somebody else updated the cube first
    │   └── FrozenError             the cube is immutable
    ├── EngineError                 the managed Neo4j server
    │   ├── DownloadError           its jars could not be fetched or failed their checksum
    │   ├── EngineStartError        it did not come up (says why: port, disk, memory, log line)
    │   └── StoreVersionError       the store or the server is of a version this release can't use
    ├── DatabaseError               the server answered with an error
    │   ├── DatabaseUnavailableError    it did not answer; the write was not acknowledged
    │   ├── DatabaseAuthError       it refused the user name or password
    │   ├── DiskFullError           it could not write to its disk
    │   ├── TransactionTimeoutError     a transaction took longer than it may, and was rolled back
    │   └── SchemaError             an index or constraint is missing, failed or of another shape
    ├── JobLostError                another worker has the job by now, or it was cancelled: what this one did is not kept
    ├── ForkedError                 this process was forked from the one that opened MemOS, and can't use its connections
    ├── PipelineError               a step of a pipeline failed for good; its run says what was done and undone
    ├── AuditError                  an act could not be recorded, and so is refused
    ├── ServiceError                a service that a client is connected to does not answer, or not as memos-graph does
    ├── IntegrityError              a memory or an event was changed past memos-graph, by whoever may write to the database
    ├── VaultError                  the place that keeps payloads (MEMOS_VAULT_URL) failed, refused, or does not answer
    └── ModelError                  a language or embedding model failed or can't be reached
        ├── HostUnavailableError    the model host does not run, does not answer, or ended while answering
        ├── RemoteModelError        the model at MEMOS_LLM_URL refused, failed, or broke off (says so in its own words)
        │   └── RemoteBusyError     it is busy or down; it was asked again as long as the settings allow
        └── PayloadError            a KV-cache or adapter file is damaged, foreign or of another model

Each class has a stable ``code`` (kebab case, used by REST problem details and ``memos --json``) and a message that says
what happened, to what, and what to do next. HTTP statuses are not here: the API maps codes to them in one place.
"""

from collections.abc import Sequence
from typing import ClassVar, NamedTuple


class MemosError(Exception):
    """Root of every error this package raises on purpose.

    * ``message`` what happened, and to what.
    * ``hint`` what the reader can do next, if there is something.
    """

    code: ClassVar[str] = "memos-error"

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}" if self.hint else self.message


class ConfigurationError(MemosError):
    """A setting is missing, contradictory or out of range."""

    code = "configuration-invalid"


class InputError(MemosError):
    """What was given can't be used; nothing was written."""

    code = "input-invalid"


class FormatError(InputError):
    """A file or transcript could not be parsed; ``line`` is 1-based where one is to blame."""

    code = "format-invalid"

    def __init__(self, message: str, *, hint: str | None = None, line: int | None = None) -> None:
        super().__init__(message, hint=hint)
        self.line = line


class PolicyProblem(NamedTuple):
    """One problem of a policy file; ``line`` and ``column`` are 1-based."""

    line: int
    column: int
    message: str

    def __str__(self) -> str:
        return f"line {self.line}, column {self.column}: {self.message}"


class PolicyFileError(InputError):
    """A policy file has problems; ``problems`` are all of them, in the order of the file."""

    code = "policy-invalid"

    def __init__(self, problems: Sequence[PolicyProblem]) -> None:
        count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        listed = "; ".join(map(str, problems))
        super().__init__(f"The policy has {count}: {listed}.", hint="docs/policies.md shows what a policy can say.")
        self.problems = tuple(problems)
        self.line = problems[0].line if problems else None


class DeclarationError(FormatError):
    """A pipeline's declaration can't be run. ``findings`` are all its faults, each with its place where it has one."""

    code = "pipeline-invalid"

    def __init__(
        self,
        message: str,
        *,
        hint: str | None = None,
        line: int | None = None,
        column: int | None = None,
        findings: tuple[str, ...] = (),
    ) -> None:
        super().__init__(message, hint=hint, line=line)
        self.column = column
        self.findings = findings or (message,)


class DimensionError(InputError):
    """An embedding has another width than the store's vector index."""

    code = "embedding-dimension-wrong"


class DuplicateError(InputError):
    """The same id came with different content."""

    code = "id-conflict"


class AccessError(MemosError):
    """Who asks may not do this, or may not know. ``target`` the space or memory it was asked of, where it is one."""

    code = "access-refused"

    def __init__(self, message: str, *, hint: str | None = None, target: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.target = target
        self.recorded = False  # once the log tells of it


class UnauthenticatedError(AccessError):
    """No API key came with the request, or a wrong or revoked one."""

    code = "unauthenticated"


class ForbiddenError(AccessError):
    """The principal may read this, but may not do what was asked to it."""

    code = "forbidden"


class NotFoundError(AccessError):
    """Missing, or not visible to this principal: the two are never told apart."""

    code = "not-found"


class LimitError(MemosError):
    """Somebody has as much running and waiting as one principal may; ``retry_after`` seconds from now it may be less."""

    code = "limit-reached"

    def __init__(self, message: str, *, hint: str | None = None, retry_after: float = 30.0) -> None:
        super().__init__(message, hint=hint)
        self.retry_after = retry_after


class PolicyError(MemosError):
    """The declared policy of the space does not allow it; nothing was written."""

    code = "policy-refused"


class QuotaError(PolicyError):
    """The space holds, or was given, as much as its policy allows."""

    code = "quota-exceeded"


class StateError(MemosError):
    """The memory is in a state that does not allow the act."""

    code = "state-conflict"


class VersionConflictError(StateError):
    """Somebody else updated the cube first; ``current`` is the version that now stands."""

    code = "version-conflict"

    def __init__(self, message: str, *, hint: str | None = None, current: int | None = None) -> None:
        super().__init__(message, hint=hint)
        self.current = current


class FrozenError(StateError):
    """The cube is frozen, and so immutable."""

    code = "cube-frozen"


class EngineError(MemosError):
    """The managed Neo4j server failed."""

    code = "engine-failed"


class DownloadError(EngineError):
    """The server's jars could not be fetched, or failed their checksum."""

    code = "engine-download-failed"


class EngineStartError(EngineError):
    """The managed server did not come up."""

    code = "engine-start-failed"


class StoreVersionError(EngineError):
    """The store or the server is of a version this release can't use."""

    code = "store-version-unsupported"


class DatabaseError(MemosError):
    """The server answered with an error that has no closer class."""

    code = "database-error"


class DatabaseUnavailableError(DatabaseError):
    """The server did not answer; a write in flight was not acknowledged."""

    code = "database-unavailable"


class DatabaseAuthError(DatabaseError):
    """The server refused the user name or password."""

    code = "database-auth-failed"


class DiskFullError(DatabaseError):
    """The server, or this process, could not write to its disk."""

    code = "disk-full"


class TransactionTimeoutError(DatabaseError):
    """A transaction took longer than it may, and was rolled back."""

    code = "transaction-timed-out"


class SchemaError(DatabaseError):
    """An index or constraint is missing, failed or of another shape."""

    code = "schema-invalid"


class ForkedError(MemosError):
    """This process was forked from the one that opened MemOS, and can't use its connections."""

    code = "process-forked"


class JobLostError(MemosError):
    """A worker was not heard of for longer than its lease, or its job was cancelled: what it did since is rolled back."""

    code = "job-lost"


class PipelineError(MemosError):
    """A step of a pipeline failed for good; ``run`` is the id under which its history is kept."""

    code = "pipeline-failed"

    def __init__(self, message: str, *, hint: str | None = None, run: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.run = run


class AuditError(MemosError):
    """An act could not be recorded in the audit log, and so is refused."""

    code = "audit-unavailable"


class ServiceError(MemosError):
    """A service that a client is connected to does not answer, fails, or answers otherwise than memos-graph does."""

    code = "service-unavailable"


class IntegrityError(MemosError):
    """A memory, or an event of the log, is not as memos-graph wrote it: somebody changed it in the database itself. It is not read out."""

    code = "memory-altered"


class VaultError(MemosError):
    """The place that keeps payloads failed, refused, or does not answer; nothing of what was asked is there in part."""

    code = "vault-failed"


class ModelError(MemosError):
    """A language or embedding model failed or can't be reached."""

    code = "model-unavailable"


class HostUnavailableError(ModelError):
    """The model host does not run, does not answer in time, or ended while it was answering."""

    code = "model-host-unavailable"


class RemoteModelError(ModelError):
    """The model at ``MEMOS_LLM_URL`` refused, failed, broke off, or answered in no form that can be read.

    The message is fit to be shown to whoever asks: it quotes what the server said, without secrets.
    """

    code = "remote-model-failed"


class RemoteBusyError(RemoteModelError):
    """It has no time, or does not answer; ``retry_after`` seconds from now it may, where it said so."""

    code = "remote-model-busy"

    def __init__(self, message: str, *, hint: str | None = None, retry_after: float | None = None) -> None:
        super().__init__(message, hint=hint)
        self.retry_after = retry_after


class PayloadError(ModelError):
    """A payload file is truncated, tampered with, of wrong shapes, no safetensors at all, or of another model."""

    code = "payload-invalid"
