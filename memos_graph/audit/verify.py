"""Checks a space's log against its hashes, its seals and the witness, and every version against what the log says was written."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import Field

from memos_graph.audit import merkle
from memos_graph.audit.chain import Chain, leaf
from memos_graph.audit.events import WORDS, WrittenVersion, commitment, node_of
from memos_graph.audit.governing import changed
from memos_graph.audit.seals import Seal, Seals, signed_by
from memos_graph.graph.rows import Row
from memos_graph.graph.runner import Runner, Transaction
from memos_graph.integrity.digests import Digests
from memos_graph.integrity.tally import Item, Tallies, joined
from memos_graph.kit.digests import sha256
from memos_graph.types import Model

# Runs a named statement: ``Runner.read``, or ``Transaction.run``.
Read = Callable[..., list[Row]]

_PAGE = 500
_VOUCHER = re.compile(r"(?P<cube>[^/]+)/(?P<number>[0-9]+)/(?P<said>[0-9a-f]+)/(?P<frame>[0-9a-f]+)")
# What is wrong with one log is told from its beginning; past this many findings the rest adds nothing.
_MOST = 20


class Break(Model):
    """One thing that is not as the log says."""

    seq: int | None = Field(description="Place in the log of the event it is about; none: of no event.")
    cube: str | None = Field(default=None, description="The memory it is about, if it is about one.")
    what: str = Field(description="What was changed, in words.")


class Verification(Model):
    """What a check of one space's log found; ``broken`` is empty when everything is as it was written."""

    space: str
    events: int = Field(description="Events checked.")
    versions: int = Field(description="Versions of memories checked.")
    seals: int = Field(description="Signed seals checked.")
    broken: tuple[Break, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether nothing was changed."""
        return not self.broken


@dataclass
class _Findings:
    """What the log vouches for, gathered while it is read, and what was found broken."""

    broken: list[Break] = field(default_factory=list)
    leaves: list[bytes] = field(default_factory=list)
    hashes: dict[int, str] = field(default_factory=dict)
    vouched: dict[tuple[str, int], tuple[int, str, str]] = field(default_factory=dict)
    erased: dict[str, int] = field(default_factory=dict)
    wordless: set[int] = field(default_factory=set)
    redacted: set[int] = field(default_factory=set)

    def report(self, what: str, *, seq: int | None = None, cube: str | None = None) -> None:
        self.broken.append(Break(seq=seq, cube=cube, what=what))


def verify(runner: Runner, chain: Chain, seals: Seals, space: str, *, given: Sequence[Seal] = ()) -> Verification:
    """Check everything there is of one space, against seals ``given`` from elsewhere too; reads it all, a page at a time.

    What looks broken may only have been written meanwhile: it is then checked again with the space locked.
    """
    found = inspect(runner.read, chain, seals, space, given=given)
    if found.whole:
        return found

    def work(tx: Transaction) -> Verification:
        tx.run("audit/head", space=space, cubes=[])
        return inspect(tx.run, chain, seals, space, given=given)

    return runner.transact(work)


def inspect(read: Read, chain: Chain, seals: Seals, space: str, *, given: Sequence[Seal] = ()) -> Verification:
    """Check what ``read`` shows, which nobody changes meanwhile."""
    found = _Findings()
    last = _check_events(read, chain, space, found)
    _check_end(read, chain, space, last, found)
    checked = [*seals.of(space), *given]
    roots = merkle.roots(found.leaves, {seal.size for seal in checked})
    for seal in checked:
        if (said := seals.foreign(seal)) is not None:
            found.report(said)
        if signed_by(seal) is None:
            continue
        if seal.size not in roots or roots[seal.size].hex() != seal.root:
            found.report(f"The first {seal.size} events are not those that were sealed at {seal.at}.")
    versions = _check_versions(read, chain, space, found)
    if chain.digests is not None:
        items = _check_digests(read, chain.digests, space, found)
        for what in changed(read, chain.digests, space):
            found.report(what)
        _check_tally(read, chain.tallies, space, items, found)
    return Verification(
        space=space, events=len(found.leaves), versions=versions, seals=len(checked), broken=tuple(found.broken[:_MOST])
    )


def events(read: Read, space: str) -> Iterator[Row]:
    """Yield every event of a space's log in order, with its cubes and links."""
    after = -1
    while True:
        page = read("audit/events", space=space, after=after, limit=_PAGE)
        yield from page
        if len(page) < _PAGE:
            return
        after = page[-1]["properties"]["seq"]


def _check_events(read: Read, chain: Chain, space: str, found: _Findings) -> tuple[int, str]:
    seq, previous = 0, ""
    for row in events(read, space):
        event, cubes = row["properties"], row["cubes"]
        seq += 1
        if event["seq"] != seq:
            missing = f"event {seq}" if event["seq"] == seq + 1 else f"events {seq} to {event['seq'] - 1}"
            found.report(f"{missing} is missing.".capitalize(), seq=seq)
            seq, previous = event["seq"], ""
        elif (expected := _expected(chain, event, cubes, previous)) is None:
            found.report("The event is not as events are written.", seq=seq)
        elif expected != event.get("hash"):
            found.report(
                f"The event, now '{event.get('action')}' by '{event.get('principal')}' on {len(cubes)} memories, "
                "or the one before it, is not what was recorded.",
                seq=seq,
            )
        _check_links(row, seq, found)
        _check_words(event, seq, found)
        previous = str(event.get("hash"))
        found.hashes[seq] = previous
        found.leaves.append(merkle.leaf_hash(_leaf(event, cubes)))
        # A forged one is of no such shape, or is found by its event's hash.
        for match in filter(None, map(_VOUCHER.fullmatch, map(str, event.get("written") or ()))):
            found.vouched[match["cube"], int(match["number"])] = (seq, match["said"], match["frame"])
        found.erased |= dict.fromkeys(map(str, event.get("erased") or ()), seq)
    for silent in sorted(found.wordless - found.redacted):
        found.report("Its reason or detail is gone, and no event took it away.", seq=silent)
    return seq, previous


def _check_words(event: Mapping[str, Any], seq: int, found: _Findings) -> None:
    """Check that an event's reason and detail are those of its commitment, or were taken away by a later event."""
    if all(event.get(name) is None for name in WORDS):
        if event.get("said") is not None:
            found.wordless.add(seq)
    elif commitment(event) != event.get("said"):
        found.report("Its reason or detail is not what was recorded.", seq=seq)
    found.redacted |= {each for each in event.get("redacted") or () if isinstance(each, int)}


def _expected(chain: Chain, event: Mapping[str, Any], cubes: Sequence[Mapping[str, Any]], previous: str) -> str | None:
    try:
        return chain.link(event, cubes, previous)
    except (KeyError, TypeError, AttributeError, ValueError):
        return None


def _leaf(event: Mapping[str, Any], cubes: Sequence[Mapping[str, Any]]) -> bytes:
    try:
        return leaf(event, cubes)
    except (KeyError, TypeError, AttributeError, ValueError):
        return b""  # reported already, and of no sealed tree


def _check_links(row: Row, seq: int, found: _Findings) -> None:
    principal = str(row["properties"].get("principal"))
    if row["by"] not in ([principal], [node_of(principal)]):  # a release before made nodes of stated purposes
        found.report("Its BY link does not lead to who did it.", seq=seq)
    if row["after"] != ([seq - 1] if seq > 1 else []):
        found.report("Its AFTER link does not lead to the event before it.", seq=seq)


def _check_end(read: Read, chain: Chain, space: str, last: tuple[int, str], found: _Findings) -> None:
    end = next(iter(read("audit/end", space=space)), None)
    if end is None:
        found.report("The space is gone.")
    elif (end["seq"], end["hash"] or "") != last:
        found.report(f"The space says its log ends at event {end['seq']}; it ends at {last[0]}.", seq=last[0])
    for each in chain.witness.contradictions(space):
        found.report(str(each), seq=each.found_seq)
    seen = chain.witness.heads().get(space)
    if seen is None:
        return
    kept = chain.witness.checkpoints(space)
    other = next((at for at, hash_ in kept.items() if at <= last[0] and found.hashes.get(at) != hash_), None)
    if other is not None:
        found.report("This machine has seen another event here: the log was put back or rewritten.", seq=other)
    seq, hash_ = seen
    if seq > last[0]:
        found.report(f"The log was cut off after event {last[0]}: this machine has seen it reach {seq}.", seq=last[0])
    elif other is None and found.hashes.get(seq) != hash_:
        found.report("This machine has seen another event here: the log was put back or rewritten.", seq=seq)


def _check_versions(read: Read, chain: Chain, space: str, found: _Findings) -> int:
    after, checked, present = "", 0, set[tuple[str, int]]()
    while True:
        page = read("audit/versions", space=space, after=after, limit=_PAGE)
        for cube in page:
            for version in cube["versions"]:
                checked += 1
                present.add((cube["id"], version["number"]))
                _check_version(chain, cube, version, found)
            _check_cube(cube, found)
        if len(page) < _PAGE:
            break
        after = page[-1]["id"]
    for (id_, number), (seq, _, _) in found.vouched.items():
        if (id_, number) not in present:
            found.report(f"Version {number} is gone, and no event erased it.", seq=seq, cube=id_)
    return checked


def _check_tally(read: Read, tallies: Tallies, space: str, items: list[Item], found: _Findings) -> None:
    """Check that the memories are in the last state that each was in; where something else is broken, that says it better."""
    row = next(iter(read("integrity/balance", space=space)), None)
    if row is None or found.broken:
        return
    if not tallies.holds(row):
        found.report(
            "The tally of the memories, or of the rights, is not that of the end of the log: an older one was put back."
        )
    elif tallies.moved(None, (), items) != (row["tally"] or tallies.moved(None, (), ())):
        found.report("A memory was put back to an older state, taken away or brought back.")


def _check_digests(read: Read, digests: Digests, space: str, found: _Findings) -> list[Item]:
    """Check that every memory is governed as it was, by the digests that it carries; return these."""
    after, items = "", list[Item]()
    while True:
        page = read("integrity/cubes", space=space, after=after, limit=_PAGE, probe=digests.probe)
        for row in page:
            cube = row["present"]["id"]
            items.append((cube, joined(row["present"]["digest"], row["past"]["digest"])))
            if not digests.hold("present", row["present"]):
                found.report(
                    "It is not as it was written: what it says, how it is governed or where it came from was changed.",
                    cube=cube,
                )
            elif not digests.hold("past", row["past"]):
                found.report("One of its versions, or what it was once, is not as it was written.", cube=cube)
        if len(page) < _PAGE:
            return items
        after = page[-1]["present"]["id"]


def _check_version(chain: Chain, cube: Row, version: Mapping[str, Any], found: _Findings) -> None:
    id_, number = cube["id"], version["number"]
    vouched = found.vouched.get((id_, number))
    if vouched is None:
        found.report(f"Version {number} was written by no event.", cube=id_)
        return
    seq, said, frame = vouched
    stated, erased = version["sha256"] or "", id_ in found.erased
    if erased and any((version["text"], version["sha256"], version["reason"], cube["text"])):
        found.report(f"Version {number} has content again, after it was erased.", seq=found.erased[id_], cube=id_)
    elif version["text"] and sha256(version["text"]) != stated:
        found.report(f"The text of version {number} was changed.", seq=seq, cube=id_)
    elif _digests(chain, id_, version, stated, erased=erased) != ((frame,) if erased else (said, frame)):
        found.report(
            f"Version {number} is not what was written: its text, date, author or reason was changed.",
            seq=seq,
            cube=id_,
        )


def _digests(chain: Chain, cube: str, version: Mapping[str, Any], sha256: str, *, erased: bool) -> tuple[str, ...]:
    """Return what the log should say of a version; of an erased one only what is left of it."""
    if version["known_from"] is None:
        return ()
    written = WrittenVersion(
        cube,
        version["number"],
        sha256,
        version["known_from"],
        version["by"],
        version["reason"],
        version["rollback_of"],
    )
    said, frame = chain.voucher(written).split("/")[2:]
    return (frame,) if erased else (said, frame)


def _check_cube(cube: Row, found: _Findings) -> None:
    versions, id_ = cube["versions"], cube["id"]
    seq = found.vouched.get((id_, versions[-1]["number"]), (None,))[0] if versions else None
    if [v["number"] for v in versions] != list(range(1, len(versions) + 1)) or cube["number"] != len(versions):
        numbers = [v["number"] for v in versions]
        found.report(f"It says it is at version {cube['number']} and has versions {numbers}.", seq=seq, cube=id_)
        return
    if [v["number"] for v in versions if v["current"]] != [len(versions)]:
        found.report("Its CURRENT link does not lead to its last version.", seq=seq, cube=id_)
    if any(v["previous"] != ([v["number"] - 1] if v["number"] > 1 else []) for v in versions):
        found.report("A PREVIOUS link of its versions is gone or leads elsewhere.", seq=seq, cube=id_)
    ends = [v["known_to"] for v in versions]
    if ends != [*(v["known_from"] for v in versions[1:]), None]:
        found.report("Its versions do not follow each other in time.", seq=seq, cube=id_)
    if id_ not in found.erased and (cube["text"] or "") != (versions[-1]["text"] or ""):
        found.report("Its text is not that of its current version.", seq=seq, cube=id_)
    if id_ not in found.erased and cube["state"] == "deleted" and cube["text"] == "" and versions[-1]["text"]:
        found.report("It is marked as deleted, and no event deleted it.", seq=seq, cube=id_)
