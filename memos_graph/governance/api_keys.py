"""API keys: whose requests are whose. Only a key's SHA-256 is stored."""

import secrets

from memos_graph.audit.journal import Journal, holding
from memos_graph.errors import NotFoundError, UnauthenticatedError
from memos_graph.governance import MemGovernance
from memos_graph.graph.runner import Runner
from memos_graph.kit.clock import now
from memos_graph.kit.digests import sha256
from memos_graph.kit.ids import new_id
from memos_graph.kit.moments import UtcDatetime
from memos_graph.types import Model

_PREFIX = "memos_"


class ApiKey(Model):
    """An API key as it is listed: never with its secret, which is not stored."""

    id: str
    principal: str
    label: str
    created_at: UtcDatetime
    revoked_at: UtcDatetime | None = None


class ApiKeys:
    """Makes, checks, lists and revokes them."""

    def __init__(self, runner: Runner, governance: MemGovernance, journal: Journal | None = None) -> None:
        self._runner = runner
        self._journal = journal
        self._governance = governance

    def create(self, principal: str, *, label: str = "") -> tuple[ApiKey, str]:
        """Make a key; returns how it is listed, and the secret, which is shown this once and not stored."""
        self._governance.create_principal(principal)
        secret = _PREFIX + secrets.token_urlsafe(32)
        key = ApiKey(id=new_id(), principal=principal, label=label, created_at=now())
        self._runner.write(
            "governance/create_key",
            principal=principal,
            id=key.id,
            hash=_hash(secret),
            label=label,
            now=key.created_at,
        )
        return key, secret

    def authenticate(self, secret: str) -> str:
        """Return the principal a key belongs to; raises ``UnauthenticatedError`` for any other text."""
        return self.authenticate_digest(_hash(secret))

    def authenticate_digest(self, digest: str) -> str:
        """Return the principal of the key with this SHA-256, as ``authenticate`` does of the key itself."""
        row = self._runner.read_one("governance/principal_of_key", hash=digest)
        if row is None:
            raise UnauthenticatedError("The API key is not valid.", hint="Make one with `memos key create`.")
        return str(row["principal"])

    def every(self, principal: str | None = None) -> list[ApiKey]:
        """Return every key, or ``principal``'s, revoked ones too, oldest first."""
        return [ApiKey(**row) for row in self._runner.read("governance/keys", principal=principal)]

    def revoke(self, key_id: str, *, principal: str | None = None) -> None:
        """Refuse a key from now on; raises ``NotFoundError`` when there is no such key in force (of ``principal``)."""
        with holding(self._journal, "key", key_id, {}):
            if not self._runner.write("governance/revoke_key", id=key_id, principal=principal, now=now()):
                raise NotFoundError(
                    f"There is no key '{key_id}' in force.", hint="`memos key list` shows them.", target=key_id
                )


def _hash(secret: str) -> str:
    # A key has 256 random bits: one SHA-256 is as hard to invert as a slow hash would be, and is a keyed lookup.
    return sha256(secret.encode("utf-8", "replace"))
