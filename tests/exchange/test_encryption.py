"""Bundles for some readers only: who has a recipient's key reads what was written, and nobody else anything of it."""

import io
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from memos_graph import ConfigurationError, FormatError, InputError, Memory, NotFoundError
from memos_graph.exchange.bundle.encryption import decrypted, encrypted, new_identity, read_identity

SECRET, RECIPIENT = new_identity()


def opened(data: bytes, identity: str | None = SECRET) -> bytes:
    with decrypted(io.BytesIO(data), identity, "notes.memcube") as file:
        return file.read()


def ssh_key() -> tuple[str, str]:
    key = Ed25519PrivateKey.generate()
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()).decode()
    return secret, key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()


@given(st.lists(st.binary(max_size=200_000), max_size=6))
def test_each_recipient_reads_what_was_written(pieces: list[bytes]) -> None:
    other, secret = new_identity(), ssh_key()
    data = b"".join(encrypted(iter(pieces), [RECIPIENT, other[1], secret[1]]))
    for identity in (SECRET, f"# a remark\n\n{other[0]}\n", secret[0], f"{new_identity()[0]}\n{SECRET}"):
        assert opened(data, identity) == b"".join(pieces)


def test_nobody_else_reads_anything() -> None:
    data = b"".join(encrypted([b"Zelda Quist keeps bees."] * 9000, [RECIPIENT]))
    assert b"Zelda" not in data
    for identity in (None, new_identity()[0], ssh_key()[0]):
        with pytest.raises(InputError, match=r"notes\.memcube is encrypted for"):
            opened(data, identity)


def test_what_is_damaged_or_cut_off_is_told_and_gives_nothing() -> None:
    data = b"".join(encrypted([random.Random(7).randbytes(200_000)], [RECIPIENT]))
    dice = random.Random(11)
    for at in [*dice.sample(range(len(data)), 50), len(data) - 1, 30]:
        changed = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
        if not changed.startswith(b"age-encryption.org/v1\n"):
            assert opened(changed) == changed  # not an age file, and no bundle either
            continue
        for broken in (changed, data[: max(at, 22)]):
            with pytest.raises((FormatError, InputError), match=r"damaged|for others"):
                opened(broken)


def test_what_is_not_encrypted_is_read_as_it_is() -> None:
    for plain in (b"", b"PK\x03\x04", b"age-encryption.org/v2\n"):
        assert opened(plain, None) == plain


@pytest.mark.parametrize(
    "wrong", ["", "age1", "bob", "ssh-ed25519 AAAA", pytest.param(RECIPIENT[:-1], id="cut off"), "ssh-dss AAAA"]
)
def test_what_is_no_recipient_is_told_before_anything_is_written(wrong: str) -> None:
    with pytest.raises(InputError, match="is no recipient"):
        encrypted(iter(()), [RECIPIENT, wrong])


def test_a_secret_key_given_as_a_recipient_is_not_repeated() -> None:
    with pytest.raises(InputError, match="A secret key is no recipient") as refused:
        encrypted(iter(()), [SECRET])
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize(
    "wrong", ["", "# nothing\n", "AGE-SECRET-KEY-1QQ", "bob", "-----BEGIN OPENSSH PRIVATE KEY-----\nx"]
)
def test_what_is_no_identity_is_told(wrong: str) -> None:
    data = b"".join(encrypted([b"x"], [RECIPIENT]))
    with pytest.raises(InputError, match=r"identity.*(can't be read|holds no secret key)"):
        opened(data, wrong)


def test_an_identity_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"The identity .*missing\.key can't be read"):
        read_identity(tmp_path / "missing.key")


def test_an_identity_that_others_may_read_is_not_used(tmp_path: Path) -> None:
    file = tmp_path / "bob.key"
    file.write_text(SECRET)
    file.chmod(0o640)
    with pytest.raises(ConfigurationError, match="may be read by others") as refused:
        read_identity(file)
    assert SECRET not in f"{refused.value} {refused.value.hint}"
    file.chmod(0o600)
    assert read_identity(file) == SECRET


def test_what_fails_while_it_is_written_is_raised_as_itself() -> None:
    def pieces() -> Iterator[bytes]:
        yield b"x" * 70_000
        raise NotFoundError("There is no such space.", target=None)

    with pytest.raises(NotFoundError, match="There is no such space"):
        list(encrypted(pieces(), [RECIPIENT]))


def test_a_space_is_dumped_for_a_recipient_who_loads_it(
    space: Memory, mount: Callable[..., Memory], tmp_path: Path
) -> None:
    space.add("Zelda Quist keeps nine bees in Porto.")
    data = b"".join(space.dump(recipients=[RECIPIENT]))
    assert opened(data) == b"".join(space.dump())
    assert b"bees" not in data
    file = tmp_path / "notes.memcube.age"
    file.write_bytes(data)
    copy = mount("copy")
    for given_file in (file, data):
        with pytest.raises(InputError, match="is encrypted for its recipients"):
            copy.load(given_file)
    assert copy.page() == []
    assert copy.load(file, identity=SECRET).memories == 1
    assert copy.load(data, identity=SECRET).unchanged >= 1
    assert copy.search("Who keeps bees?").hits
