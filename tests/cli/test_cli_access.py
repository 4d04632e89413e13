"""Spaces, grants and keys on the command line."""

from support.cli_runner import Run

from memos_graph import MemOS


def test_a_grant_lets_somebody_in_and_revoking_puts_them_out(memos_cli: Run, mine: Run, principal: str) -> None:
    space, guest = f"{principal}/team", f"{principal}-guest"
    assert mine("space", "create", space).code == 0
    assert [each["space"] for each in mine("space", "list", "--json").json()] == [space]
    refused = memos_cli("log", "--space", space, "--as", guest)
    assert refused.code == 1
    (told,) = mine("log", "--space", space, "--action", "refused", "--json").json()
    assert (told["principal"], told["detail"]) == (guest, "memos log")
    assert mine("grant", guest, "read", "write", "--space", space, "--json").json()["actions"] == ["read", "write"]
    assert memos_cli("log", "--space", space, "--as", guest).code == 0
    assert guest in mine("grants", "--space", space).out
    assert mine("revoke", guest, "--space", space).code == 0
    again = memos_cli("log", "--space", space, "--as", guest)
    assert (again.code, again.err) == (1, refused.err)


def test_a_key_is_printed_once_and_can_be_revoked(memos_cli: Run, memos: MemOS, principal: str) -> None:
    made = memos_cli("key", "create", "--principal", principal, "--label", "laptop")
    secret = made.out.strip()
    assert memos._services.api_keys.authenticate(secret) == principal
    assert secret not in made.err
    listed = memos_cli("key", "list", "--principal", principal)
    assert "laptop" in listed.out
    assert secret not in listed.out
    (key,) = memos_cli("key", "list", "--principal", principal, "--json").json()
    assert memos_cli("key", "revoke", key["id"]).code == 0
    assert memos_cli("key", "revoke", key["id"]).code == 1
