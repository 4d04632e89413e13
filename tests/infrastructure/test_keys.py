"""API keys: only a hash is stored, a revoked one opens nothing."""

import pytest
from raw_graph import holders

from memos_graph import MemOS
from memos_graph.errors import NotFoundError, UnauthenticatedError
from memos_graph.infrastructure.governance import MemGovernance


@pytest.fixture
def governance(memos: MemOS) -> MemGovernance:
    return memos.services.governance


def test_a_key_names_its_principal_and_its_secret_is_not_stored(
    memos: MemOS, governance: MemGovernance, principal: str
) -> None:
    key, secret = governance.create_key(principal, label="laptop")
    assert governance.authenticate(secret) == principal
    assert len(secret) > 40
    assert holders(memos, secret, secret.removeprefix("memos_"), secret[6:26]) == []
    assert secret not in repr(key)
    (listed,) = governance.keys(principal)
    assert (listed.id, listed.principal, listed.label, listed.revoked_at) == (key.id, principal, "laptop", None)


@pytest.mark.parametrize("secret", ["", "memos_", "memos_" + "a" * 43, "\0", "\ud83d", "x" * 10_000])
def test_any_other_text_is_refused(governance: MemGovernance, secret: str) -> None:
    with pytest.raises(UnauthenticatedError) as caught:
        governance.authenticate(secret)
    assert secret == "" or secret not in str(caught.value)


def test_a_revoked_key_is_refused_at_once(governance: MemGovernance, principal: str) -> None:
    key, secret = governance.create_key(principal)
    kept, other = governance.create_key(principal)
    governance.revoke_key(key.id)
    with pytest.raises(UnauthenticatedError):
        governance.authenticate(secret)
    assert governance.authenticate(other) == principal
    assert {k.id: k.revoked_at is None for k in governance.keys(principal)} == {key.id: False, kept.id: True}
    with pytest.raises(NotFoundError):
        governance.revoke_key(key.id)


def test_a_principal_revokes_its_own_keys_only(governance: MemGovernance, principal: str) -> None:
    key, secret = governance.create_key(principal)
    with pytest.raises(NotFoundError):
        governance.revoke_key(key.id, principal=f"{principal}.other")
    assert governance.authenticate(secret) == principal
    governance.revoke_key(key.id, principal=principal)
