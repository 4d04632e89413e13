"""A store of a release before this one: its memories are vouched for once, as they stand, and the log of each space says so."""

import hmac
import logging
from collections import Counter
from pathlib import Path

from memos_graph.audit.chain import Chain
from memos_graph.audit.events import Event
from memos_graph.graph.runner import Runner
from memos_graph.integrity.tally import Item, joined
from memos_graph.integrity.vouching import Integrity
from memos_graph.kit.crypto.keyring import Keyring
from memos_graph.kit.files import write_once

_log = logging.getLogger(__name__)
_PAGE = 500


def adopt(runner: Runner, integrity: Integrity, chain: Chain, keyring: Keyring, seen: Path) -> None:
    """Vouch for memories that have no digest, where that was never done in this store; one read where it was.

    A memory without a digest is broken from then on. The store remembers that it was done by a keyed sign; this machine, too, in
    the file ``seen``: whoever takes the sign out of the database does not have its edits vouched for at the next start.
    """
    sign = hmac.digest(keyring.derived("memory digests, store"), b"vouched", "sha256").hex()
    (store,) = runner.read("integrity/store")
    if store["vouched"] == sign:
        _remember(seen, sign)
        return
    if seen.exists() and runner.read("integrity/unvouched", after="", limit=1):
        _log.error(
            "The store no longer says that its memories are vouched for, but this machine has seen that it did: it was changed "
            "outside memos-graph, or put back from a backup. See `memos audit verify`; nothing is vouched for anew."
        )
        return
    while page := runner.read("integrity/ungoverned", limit=_PAGE):
        integrity.govern_anew(runner, [row["id"] for row in page])
    for space, number in _vouch_all(runner, integrity).items():
        _record(runner, chain, space, number)
    _count_all(runner, integrity)
    runner.write("integrity/vouched", sign=sign)
    _remember(seen, sign)


def _vouch_all(runner: Runner, integrity: Integrity) -> Counter[str]:
    """Vouch page by page; what was broken off goes on with those that still lack a digest."""
    counts: Counter[str] = Counter()
    after = ""
    while page := runner.read("integrity/unvouched", after=after, limit=_PAGE):
        integrity.vouch_anew(runner, [row["id"] for row in page])
        counts.update(row["space"] for row in page)
        after = page[-1]["id"]
    return counts


def _count_all(runner: Runner, integrity: Integrity) -> None:
    for space in runner.read("integrity/spaces"):
        after, items = "", list[Item]()
        while page := runner.read("integrity/digests", space=space["id"], after=after, limit=_PAGE):
            items += [(row["id"], joined(row["digest"], row["past_digest"])) for row in page]
            after = page[-1]["id"]
        integrity.count_anew(runner, space["id"], items)


def _record(runner: Runner, chain: Chain, space: str, number: int) -> None:
    row = runner.read_one("integrity/owner", space=space)
    if row is None:
        return
    detail = "memories of an earlier release's store, as they stand"
    event = Event(space, "vouch", row["owner"], count=number, detail=detail)
    runner.transact(lambda tx: chain.append(tx, [event]))


def _remember(seen: Path, sign: str) -> None:
    if not seen.exists():
        seen.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_once(seen, sign.encode())
