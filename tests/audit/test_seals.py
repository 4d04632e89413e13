"""Seals: what is said of who signed them, where they are kept, and how they come to somebody else."""

import json
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from support.raw_graph import rows, services_like

from memos_graph import Memory, MemOS, Message, Settings
from memos_graph.audit.hooks import SealHooks
from memos_graph.audit.seals import Seal, Seals
from memos_graph.errors import ConfigurationError, DiskFullError, InputError
from memos_graph.kit.crypto.keyring import Keyring
from memos_graph.scheduler.scheduler import MemScheduler


def keyring(tmp_path: Path, **settings: object) -> Keyring:
    return Keyring(Settings.load(keys=tmp_path / "keys", **settings).keys_folder)


def made(keys: Keyring, folder: Path) -> Seal:
    return Seals(keys, folder).make("a/b", 2, b"1" * 32)


def test_a_seal_of_another_key_is_called_that_and_one_of_a_former_key_is_ours(tmp_path: Path) -> None:
    keys, other = keyring(tmp_path), keyring(tmp_path / "other")
    seal, seals = made(keys, tmp_path / "seals"), Seals(keys, tmp_path / "seals")
    assert seals.foreign(seal) is None
    told = seals.foreign(made(other, tmp_path / "elsewhere"))
    assert told is not None
    assert f"signed by another key (fingerprint {other.fingerprint})" in told
    altered = seal.model_copy(update={"size": 3})
    assert "was changed" in str(seals.foreign(altered))
    was = keys.fingerprint
    assert keys.renew(was=was).now == keys.fingerprint != was
    assert seals.foreign(seal) is None
    assert seals.genuine(seal)


def test_a_seal_that_cannot_be_kept_is_an_error_of_the_disk(tmp_path: Path) -> None:
    (tmp_path / "seals").write_text("a file")
    with pytest.raises(DiskFullError, match="can't be kept"):
        made(keyring(tmp_path), tmp_path / "seals")


def lose_witness(memos: MemOS, space: Memory) -> None:
    memos._services.audit.flush()
    with memos._services.audit.chain.witness._ledger.transaction() as connection:
        connection.execute("DELETE FROM heads WHERE space = ?", (space.space,))
        connection.execute("DELETE FROM checkpoints WHERE space = ?", (space.space,))


def test_a_seal_kept_elsewhere_proves_a_cut_where_the_witness_is_lost(memos: MemOS, space: Memory) -> None:
    space.add([Message(id="m1", text="The jar holds plums.")], source="shelf")
    for _ in range(5):
        space.search("What does the jar hold?")
        memos._services.audit.flush()
    seal = space.audit.seal()
    for path in memos._services.seals.folder.glob("*/*.json"):
        if json.loads(path.read_text())["space"] == space.space:
            path.unlink()
    lose_witness(memos, space)
    assert space.audit.verify([seal]).whole
    lose_witness(memos, space)
    rows(
        memos,
        """MATCH (e:AuditEvent {space: $s}) WHERE e.seq > 3 DETACH DELETE e WITH count(*) AS _
        MATCH (s:Space {id: $s}), (e:AuditEvent {space: $s, seq: 3}) SET s.audit_seq = 3, s.audit_hash = e.hash""",
        s=space.space,
    )
    for _ in range(5):
        space.search("What does the jar hold?")
        memos._services.audit.flush()
    sealed = "are not those that were sealed"
    assert not any(sealed in each.what for each in space.audit.verify().broken)
    assert any(sealed in each.what for each in space.audit.verify([seal]).broken)
    with pytest.raises(InputError, match="not of"):
        space.audit.verify([seal.model_copy(update={"space": "else/where"})])


class Receiver(BaseHTTPRequestHandler):
    """Takes what is posted; answers 500 at first."""

    taken: list[tuple[dict[str, str], bytes]] = []  # noqa: RUF012 - one server a test

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.taken.append((dict(self.headers.items()), body))
        self.send_response(500 if len(self.taken) == 1 else 200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def address() -> Iterator[str]:
    Receiver.taken.clear()
    server = HTTPServer(("127.0.0.1", 0), Receiver)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/seals"
    server.shutdown()
    thread.join()
    server.server_close()


def test_seals_are_handed_to_a_command_an_address_and_a_folder_and_what_failed_again(
    tmp_path: Path, address: str
) -> None:
    taken = tmp_path / "taken"
    script = f"import sys, pathlib; pathlib.Path({str(taken)!r}).write_text(sys.stdin.read())"
    settings = Settings.load(
        keys=tmp_path / "keys",
        seal_command=f'{sys.executable} -c "{script}"',
        seal_url=address,
        seal_folder=tmp_path / "elsewhere",
    )
    keys = Keyring(settings.keys_folder)
    seal, hooks = made(keys, tmp_path / "seals"), SealHooks(settings, keys, tmp_path / "handed.json")
    (problem,) = hooks.hand_out(seal)
    assert "answered 500" in problem
    assert Seal.model_validate_json(taken.read_text()) == seal
    (copied,) = (tmp_path / "elsewhere").glob("*/*.json")
    assert Seal.model_validate_json(copied.read_text()) == seal
    taken.unlink()
    assert SealHooks(settings, keys, tmp_path / "handed.json").hand_out(seal) == []
    assert not taken.exists()  # it has it
    headers, body = Receiver.taken[-1]
    signature = bytes.fromhex(headers["X-Memos-Signature"].removeprefix("ed25519="))
    load_pem_public_key(keys.public_pem.encode()).verify(signature, body)  # type: ignore[call-arg,union-attr]
    assert hooks.hand_out(seal) == []
    assert len(Receiver.taken) == 2


@pytest.mark.parametrize("url", ["http://example.org/x", "ftp://127.0.0.1/x", "nowhere"])
def test_seals_go_nowhere_in_the_clear(url: str) -> None:
    with pytest.raises(ConfigurationError, match="https"):
        Settings.load(seal_url=url)


def test_a_log_is_sealed_after_so_many_events_and_handed_over(memos: MemOS, space: Memory, tmp_path: Path) -> None:
    services = services_like(memos, seal_events=3, seal_hours=0, seal_folder=tmp_path / "elsewhere")
    scheduler = MemScheduler(services, only=[space.space])
    space.add([Message(id="m0", text="Jar 0 holds plums.")], source="shelf")
    scheduler.seal()
    assert space.audit.seals() == []
    for i in range(1, 4):
        space.add([Message(id=f"m{i}", text=f"Jar {i} holds plums.")], source="shelf")
    scheduler.seal()
    (seal,) = space.audit.seals()
    assert len(list((tmp_path / "elsewhere").glob("*/*.json"))) == 1
    scheduler.seal()
    assert space.audit.seals() == [seal]
