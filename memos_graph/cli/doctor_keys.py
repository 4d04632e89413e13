"""What ``memos doctor`` says of the keys, and of a database that was put back to an older state."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from memos_graph.audit.journal import Journal
from memos_graph.audit.stores import known_folder
from memos_graph.audit.witness import Witness
from memos_graph.config import Settings
from memos_graph.errors import MemosError
from memos_graph.graph.connection import Endpoint
from memos_graph.graph.doctor import Check
from memos_graph.graph.runner import Runner
from memos_graph.kit.crypto.keyring import ROOT, SIGNING, Keyring
from memos_graph.vault.payloads import key_names, payload_keys

_MOST = 3


def key_files(settings: Settings) -> list[Check]:
    """Look at the files of the keys: whose they are, and who may read them. Makes none."""
    keyring = Keyring(settings.keys_folder)
    folder = keyring.folder
    if not keyring.has(ROOT) and not keyring.has(SIGNING):
        return [Check("key files", ok=True, detail=f"none yet in {folder}; they are made when a store is first opened")]
    paths = [path for path in (folder, folder / ROOT, folder / SIGNING) if path.exists()]
    paths += sorted((folder / "payloads").glob("*.key"))
    faults = [fault for path in paths for fault in _faults(path)]
    seals = settings.home.expanduser().absolute() / "audit" / "seals"
    used = {ROOT: True, SIGNING: next(seals.glob("*/*.json"), None) is not None}
    faults += [f"{name} is not in {folder}" for name in used if used[name] and not keyring.has(name)]
    if faults:
        more = f", and {len(faults) - _MOST} more" if len(faults) > _MOST else ""
        advice = (
            f"Run: chmod 700 {folder} && chmod 600 {folder}/* as their owner; put back from a backup what is missing."
        )
        return [Check("key files", ok=False, detail="; ".join(faults[:_MOST]) + more, advice=advice)]
    return [Check("key files", ok=True, detail=f"{len(paths) - 1} in {folder}, this user's alone")]


def _faults(path: Path) -> Iterator[str]:
    found = path.stat()
    wanted = 0o700 if stat.S_ISDIR(found.st_mode) else 0o600
    mode = stat.S_IMODE(found.st_mode)
    if mode & ~wanted:
        yield f"{path} has mode {mode:04o}, not {wanted:04o}"
    if found.st_uid != os.getuid():
        yield f"{path} belongs to user {found.st_uid}, not to {os.getuid()}"


def key_checks(settings: Settings, runner: Runner) -> list[Check]:
    """Hold the keys against those the store was used with, and the keys of its payloads against the payloads."""
    keyring = Keyring(settings.keys_folder)
    bound = runner.read_one("audit/bound_keys")
    if bound is None or bound["root"] is None:
        return [Check("keys", ok=True, detail="this store was not used with keys yet")]
    advice = (
        "Put them back from a backup, or set MEMOS_KEYS to their folder; `memos keys renew` begins a signing key anew."
    )
    lost = [name for name in (ROOT, SIGNING) if not keyring.has(name)]
    if lost:
        return [
            Check("keys", ok=False, detail=f"lost: {', '.join(lost)}, with which this store was used", advice=advice)
        ]
    try:
        own = {ROOT: keyring.root_fingerprint, SIGNING: keyring.fingerprint}
    except MemosError as error:
        return [Check("keys", ok=False, detail=error.message, advice=error.hint)]
    wanted = {ROOT: bound["root"], SIGNING: bound["signer"]}
    other = [
        f"{name} is {own[name]}, the store's is {wanted[name]}" for name in own if wanted[name] not in {None, own[name]}
    ]
    found = [
        Check("keys", ok=False, detail="; ".join(other), advice=advice)
        if other
        else Check("keys", ok=True, detail=f"root {own[ROOT]}, signing {own[SIGNING]}: those of this store")
    ]
    return [*found, _payload_keys(keyring, runner)]


def _payload_keys(keyring: Keyring, runner: Runner) -> Check:
    keys = payload_keys(keyring)
    names = sorted({name for row in runner.read("payloads/in_service") for name in key_names(row)})
    missing = [name for name in names if not keys.exists(name)]
    if not missing:
        return Check("payload keys", ok=True, detail=f"all {len(names)} are there")
    return Check(
        "payload keys",
        ok=False,
        detail=f"{len(missing)} of {len(names)} are gone, first {missing[0]}: those KV-caches and adapters can't be read",
        advice="Put them back from a backup, or drop and build those KV-caches and adapters anew.",
    )


def rolled_back(settings: Settings, runner: Runner, endpoint: Endpoint) -> list[Check]:
    """Tell whether this database was found put back to an older state, and what waits for somebody to look at it."""
    kept = settings.home.expanduser().absolute() / "audit"
    row = runner.read_one("audit/store_name")
    folder = known_folder(kept, row["name"] if row else None, f"{settings.neo4j_uri or 'managed'}/{endpoint.database}")
    if folder is None or not (folder / "heads.sqlite").exists():
        return [Check("put back", ok=True, detail="this machine has seen nothing of this store yet")]
    witness, journal = Witness(folder), Journal(folder)
    try:
        found = witness.contradictions()
        waiting = [each for each in journal.held() if each.confirmed is None] if journal.path.exists() else []
    finally:
        witness.close()
        journal.close()
    unsettled = [each for each in found if not each.settled and each.found_seq is not None]
    if not waiting and not unsettled:
        return [Check("put back", ok=True, detail=f"{len(found)} times so far, all of it settled and confirmed")]
    return [
        Check(
            "put back",
            ok=False,
            detail=f"the logs of {len({each.space for each in found})} spaces were cut off or put back to an older state; "
            f"{len(waiting)} findings, and things taken away again, wait to be confirmed; {len(unsettled)} are not settled",
            advice="`memos audit rollbacks` lists them; `memos audit confirm` says that you have looked.",
        )
    ]
