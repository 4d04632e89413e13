"""Which keys a store was used with: one of them that is missing is told of, and never made anew in silence."""

import logging
from pathlib import Path

from memos_graph.errors import ConfigurationError
from memos_graph.graph.runner import Runner
from memos_graph.kit.crypto.keyring import ROOT, SIGNING, Keyring

_log = logging.getLogger(__name__)
_LOST = {
    ROOT: "Without it its log and its memories can't be checked, nor KV-caches and adapters be read, nor receipts be matched with names",
    SIGNING: "Without it nothing more can be signed as before: seals, receipts and marks would be signed by another key",
}


def refuse_lost(runner: Runner, keyring: Keyring, seals: Path) -> None:
    """Raise ``ConfigurationError``, naming the key, where a store was used with one that is not there any more.

    ``seals`` the folder of the seals: where there is one, something was signed.
    """
    bound = runner.read_one("audit/bound_keys")
    if bound is None:
        return
    if bound["root"] is not None and not keyring.has(ROOT):
        raise _lost(keyring, ROOT, bound["root"])
    signed = bound["signer"] is not None or bound["signed"] or next(seals.glob("*/*.json"), None) is not None
    if signed and not keyring.has(SIGNING):
        raise _lost(keyring, SIGNING, bound["signer"])


def bind_signer(runner: Runner, keyring: Keyring) -> None:
    """Note which key signs for the store; another than the one it was bound to is told of."""
    bound = runner.read_one("audit/bound_keys")
    if bound is None or bound["signer"] == keyring.fingerprint:
        return
    former = [each.was for each in keyring.renewals(SIGNING) if each.was is not None]
    now_bound = runner.write("audit/bind_signer", signer=keyring.fingerprint, instead=former)[0]["signer"]
    if now_bound != keyring.fingerprint:
        _log.warning(
            "This store was signed for by the key %s; %s in %s is %s. What it signed is told of as signed by another key.",
            now_bound,
            SIGNING,
            keyring.folder,
            keyring.fingerprint,
        )


def _lost(keyring: Keyring, name: str, fingerprint: str | None) -> ConfigurationError:
    known = f", fingerprint {fingerprint}," if fingerprint else ""
    other = (
        "Without a backup, begin a new store (MEMOS_HOME), and add the sources to it again: nothing else can vouch for this one."
        if name == ROOT
        else f"Without a backup, `memos keys renew {name}` begins another, and says what that means."
    )
    return ConfigurationError(
        f"The key {keyring.folder / name}{known} is lost, with which this store was used. {_LOST[name]}.",
        hint=f"Put it back from a backup, or set MEMOS_KEYS to its folder. {other}",
    )
