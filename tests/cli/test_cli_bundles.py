"""``memos dump``, ``memos load`` and ``memos mip verify``: a bundle is written whole or not at all, and told from what is none."""

import json
from pathlib import Path

from support.cli_runner import Run


def test_a_space_is_dumped_to_a_file_and_verified(mine: Run, memos_cli: Run, principal: str, tmp_path: Path) -> None:
    file, key, text = tmp_path / "notes.memcube", tmp_path / "owner.pem", tmp_path / "notes.txt"
    text.write_text("Dana moved to Lisbon in May 2026.", encoding="utf-8")
    assert mine("add", str(text)).code == 0
    space = f"{principal}/notes"
    told = mine("dump", space, str(file), "--json").json()
    assert told == {"file": str(file), "memories": 2, "bytes": file.stat().st_size}
    assert file.stat().st_mode & 0o777 == 0o600
    key.write_text(memos_cli("mark", "key").out, encoding="utf-8")
    verified = memos_cli("mip", "verify", str(file), "--key", str(key), "--json").json()
    assert (verified["space"], verified["memories"], verified["facts"]) == (space, 1, 1)
    assert "signer" in memos_cli("mip", "verify", str(file)).out
    again = tmp_path / "again.memcube"
    assert mine("dump", space, str(again), "--content-only", "--search", "Where is Dana?").code == 0
    found = memos_cli("mip", "verify", str(again), "--json").json()
    assert (found["level"], found["content"]) == ("core", verified["content"])


def test_what_is_no_bundle_is_told_in_one_line(mine: Run, memos_cli: Run, tmp_path: Path) -> None:
    file, missing = tmp_path / "broken.memcube", tmp_path / "missing.memcube"
    file.write_bytes(b"PK")
    refused = memos_cli("mip", "verify", str(file), "--json")
    assert (refused.code, json.loads(refused.err)["code"]) == (1, "format-invalid")
    refused = mine("dump", "nobody/knows", str(missing))
    assert (refused.code, "nobody/knows" in refused.err, missing.exists()) == (1, True, False)


def test_a_bundle_is_loaded_again_and_conflicts_are_listed(
    mine: Run, memos_cli: Run, principal: str, tmp_path: Path
) -> None:
    file, text = tmp_path / "notes.memcube", tmp_path / "talk.json"
    text.write_text(
        json.dumps([{"id": "m1", "speaker": "Dana", "text": "The ferry leaves at nine."}]), encoding="utf-8"
    )
    assert mine("add", str(text), "--source", "talk").code == 0
    assert mine("dump", f"{principal}/notes", str(file)).code == 0
    copy = ("load", str(file), "--space", f"{principal}/copy")
    assert mine(*copy, "--dry-run", "--json").json()["memories"] == 1
    loaded = mine(*copy, "--json").json()
    assert (loaded["memories"], loaded["dry_run"], loaded["conflicts"]) == (1, False, [])
    assert mine(*copy, "--json").json()["unchanged"] >= 1
    text.write_text(json.dumps([{"id": "m1", "speaker": "Dana", "text": "The ferry leaves at ten."}]), encoding="utf-8")
    assert mine("add", str(text), "--source", "talk", "--space", f"{principal}/third").code == 0
    third = ("load", str(file), "--space", f"{principal}/third")
    asked = mine(*third, "--conflicts", "ask")
    assert (asked.code, "nobody decided yet" in asked.err) == (1, True)
    assert "changed" in mine(*third, "--conflicts", "version").out
    wrong = mine(*third, "--map", "alice")
    assert (wrong.code, "--map alice=bob" in wrong.err) == (1, True)
    key = tmp_path / "owner.pem"
    key.write_text("no key", encoding="utf-8")
    assert "not a public key" in mine(*third, "--key", str(key)).err


def test_a_bundle_for_a_recipient_is_opened_with_its_key_alone(
    mine: Run, memos_cli: Run, principal: str, tmp_path: Path
) -> None:
    secret, file, text = tmp_path / "bob.key", tmp_path / "notes.memcube.age", tmp_path / "notes.txt"
    text.write_text("Dana moved to Lisbon in May 2026.", encoding="utf-8")
    assert mine("add", str(text)).code == 0
    made = memos_cli("mip", "keygen", str(secret), "--json").json()
    assert secret.stat().st_mode & 0o777 == 0o600
    again = memos_cli("mip", "keygen", str(secret))
    assert (again.code, "is there already" in again.err) == (1, True)
    assert "SECRET" not in str(made)
    assert mine("dump", f"{principal}/notes", str(file), "--recipient", made["recipient"]).code == 0
    assert b"Lisbon" not in file.read_bytes()
    refused = memos_cli("mip", "verify", str(file))
    assert (refused.code, "--identity FILE" in refused.err) == (1, True)
    assert memos_cli("mip", "verify", str(file), "--identity", str(secret), "--json").json()["memories"] == 1
    copy = ("load", str(file), "--space", f"{principal}/copy", "--json")
    assert mine(*copy).code == 1
    assert mine(*copy, "--identity", str(secret)).json()["memories"] == 1
