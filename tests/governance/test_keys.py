"""API keys: only a hash is stored, a revoked one opens nothing."""

import pytest
from support.raw_graph import holders

from memos_graph import MemOS
from memos_graph.errors import NotFoundError, UnauthenticatedError
from memos_graph.governance.api_keys import ApiKeys


@pytest.fixture
def keys(memos: MemOS) -> ApiKeys:
    return memos._services.api_keys


def test_a_key_names_its_principal_and_its_secret_is_not_stored(memos: MemOS, keys: ApiKeys, principal: str) -> None:
    key, secret = keys.create(principal, label="laptop")
    assert keys.authenticate(secret) == principal
    assert len(secret) > 40
    assert holders(memos, secret, secret.removeprefix("memos_"), secret[6:26]) == []
    assert secret not in repr(key)
    (listed,) = keys.every(principal)
    assert (listed.id, listed.principal, listed.label, listed.revoked_at) == (key.id, principal, "laptop", None)


@pytest.mark.parametrize("secret", ["", "memos_", "memos_" + "a" * 43, "\0", "\ud83d", "x" * 10_000])
def test_any_other_text_is_refused(keys: ApiKeys, secret: str) -> None:
    with pytest.raises(UnauthenticatedError) as caught:
        keys.authenticate(secret)
    assert secret == "" or secret not in str(caught.value)


def test_a_revoked_key_is_refused_at_once(keys: ApiKeys, principal: str) -> None:
    key, secret = keys.create(principal)
    kept, other = keys.create(principal)
    keys.revoke(key.id)
    with pytest.raises(UnauthenticatedError):
        keys.authenticate(secret)
    assert keys.authenticate(other) == principal
    assert {k.id: k.revoked_at is None for k in keys.every(principal)} == {key.id: False, kept.id: True}
    with pytest.raises(NotFoundError):
        keys.revoke(key.id)


def test_a_principal_revokes_its_own_keys_only(keys: ApiKeys, principal: str) -> None:
    key, secret = keys.create(principal)
    with pytest.raises(NotFoundError):
        keys.revoke(key.id, principal=f"{principal}.other")
    assert keys.authenticate(secret) == principal
    keys.revoke(key.id, principal=principal)
