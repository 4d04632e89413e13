"""Checks a space's log against its hashes, its seals and the witness, and every version against what the log says was written."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import Field

from memos_graph.audit.chain import Chain
from memos_graph.audit.events import WrittenVersion
from memos_graph.audit.governing import changed
from memos_graph.audit.marks import LogMark
from memos_graph.audit.seals import Seal, Seals, signed_by
from memos_graph.audit.walking import Break, Read, Walk, standing, walk
from memos_graph.graph.rows import Row
from memos_graph.graph.runner import Runner, Transaction
from memos_graph.integrity.digests import Digests
from memos_graph.integrity.tally import Item, Tallies, joined
from memos_graph.kit.digests import sha256
from memos_graph.types import Model

_PAGE = 500
# What is wrong with one log is told from its beginning; past this many findings the rest adds nothing.
_MOST = 20


class Verification(Model):
    """What a check of one space's log found; ``broken`` is empty when everything is as it was written."""

    space: str
    since: int = Field(
        default=0,
        description="So many first events were not read: an earlier check found them as written, and under a seal. 0: all were read.",
    )
    events: int = Field(description="Events checked, those after `since`.")
    versions: int = Field(description="Versions of memories checked.")
    seals: int = Field(description="Signed seals checked.")
    broken: tuple[Break, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether nothing was changed."""
        return not self.broken


def verify(
    runner: Runner, chain: Chain, seals: Seals, space: str, *, given: Sequence[Seal] = (), full: bool = False
) -> Verification:
    """Check one space, against seals ``given`` from elsewhere too; reads a page at a time.

    * ``full`` reads all of the log; otherwise what came after its mark (``marks``), and what that says of the rest is trusted.

    What looks broken may only have been written meanwhile: it is then checked again with the space locked.
    """
    found, walked = _inspect(runner.read, chain, seals, space, given, full=full)
    if not found.whole:

        def work(tx: Transaction) -> tuple[Verification, Walk]:
            tx.run("audit/head", space=space, cubes=[])
            return _inspect(tx.run, chain, seals, space, given, full=full)

        found, walked = runner.transact(work)
    keep_mark(chain, seals, space, walked)
    return found


def inspect(read: Read, chain: Chain, seals: Seals, space: str, *, given: Sequence[Seal] = ()) -> Verification:
    """Check all of what ``read`` shows, which nobody changes meanwhile."""
    return _inspect(read, chain, seals, space, given, full=True)[0]


def keep_mark(chain: Chain, seals: Seals, space: str, walked: Walk) -> None:
    """Have later checks go on from the last sealed block that was found as written; what was found changed is read by all of them."""
    sealed = max(
        (each.size for each in seals.of(space) if walked.roots.get(each.size) == each.root), default=walked.since
    )
    mark = walked.mark(sealed)
    if mark.seq < chain.marks.of(space).seq:
        chain.marks.drop(space)
    if mark.seq:
        chain.marks.keep(space, mark, walked.roots)


def _inspect(
    read: Read, chain: Chain, seals: Seals, space: str, given: Sequence[Seal], *, full: bool
) -> tuple[Verification, Walk]:
    checked = [*seals.of(space), *given]
    mark, known = LogMark() if full else standing(read, chain, space), chain.marks.roots(space)
    if any(seal.size < mark.seq and seal.size not in known for seal in checked):
        mark = LogMark()  # what such a seal is over is not known without reading it
    walked = walk(read, chain, space, mark, sizes={seal.size for seal in checked})
    roots = {**(known if mark.seq else {}), **walked.roots}
    found = _Findings(walked)
    _check_end(read, chain, space, found)
    for seal in checked:
        if (said := seals.foreign(seal)) is not None:
            found.report(said)
        if signed_by(seal) is not None and roots.get(seal.size) != seal.root:
            found.report(f"The first {seal.size} events are not those that were sealed at {seal.at}.")
    versions = _check_versions(read, chain, space, found)
    if chain.digests is not None:
        items = _check_digests(read, chain.digests, space, found)
        for what in changed(read, chain.digests, space):
            found.report(what)
        _check_tally(read, chain.tallies, space, items, found)
    verification = Verification(
        space=space,
        since=mark.seq,
        events=walked.events,
        versions=versions,
        seals=len(checked),
        broken=tuple(found.broken[:_MOST]),
    )
    return verification, walked


class _Findings:
    """What was found broken: on the way through the log, and after."""

    def __init__(self, walked: Walk) -> None:
        self.walked = walked
        self.broken = [*walked.broken]

    def report(self, what: str, *, seq: int | None = None, cube: str | None = None) -> None:
        self.broken.append(Break(seq=seq, cube=cube, what=what))


def _check_end(read: Read, chain: Chain, space: str, found: _Findings) -> None:
    walked, last = found.walked, (found.walked.seq, found.walked.hash)
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
    kept = {at: hash_ for at, hash_ in chain.witness.checkpoints(space).items() if at <= last[0]}
    hashes = walked.hashes | _before(read, space, [at for at in {*kept, seen[0]} if at <= walked.since])
    # What was not read and is not in the graph any more, a full check looks at.
    out = chain.archives.last(space) if walked.since else 0
    other = next((at for at, hash_ in kept.items() if hashes.get(at, hash_ if at <= out else None) != hash_), None)
    if other is not None:
        found.report("This machine has seen another event here: the log was put back or rewritten.", seq=other)
    seq, hash_ = seen
    if seq > last[0]:
        found.report(f"The log was cut off after event {last[0]}: this machine has seen it reach {seq}.", seq=last[0])
    elif other is None and hashes.get(seq, hash_ if seq <= out else None) != hash_:
        found.report("This machine has seen another event here: the log was put back or rewritten.", seq=seq)


def _before(read: Read, space: str, seqs: Sequence[int]) -> dict[int, str]:
    """Return the hashes of events that were not read."""
    return {row["seq"]: row["hash"] for row in read("rollback/known", space=space, seqs=seqs)} if seqs else {}


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
    for (id_, number), (seq, _, _) in found.walked.vouched.items():
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
    id_, number, walked = cube["id"], version["number"], found.walked
    seq, said, frame = walked.vouched.get((id_, number), (None, "", ""))
    if seq is None and not walked.since:
        found.report(f"Version {number} was written by no event.", cube=id_)
        return
    stated, erased = version["sha256"] or "", id_ in walked.erased
    if erased and any((version["text"], version["sha256"], version["reason"], cube["text"])):
        found.report(f"Version {number} has content again, after it was erased.", seq=walked.erased[id_], cube=id_)
    elif version["text"] and sha256(version["text"]) != stated:
        found.report(f"The text of version {number} was changed.", seq=seq, cube=id_)
    elif seq is None:
        return  # the event that wrote it was not read: that it is as it was written, the memory's own digest says
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
    seq = found.walked.vouched.get((id_, versions[-1]["number"]), (None,))[0] if versions else None
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
    if id_ not in found.walked.erased and (cube["text"] or "") != (versions[-1]["text"] or ""):
        found.report("Its text is not that of its current version.", seq=seq, cube=id_)
    if id_ not in found.walked.erased and cube["state"] == "deleted" and cube["text"] == "" and versions[-1]["text"]:
        found.report("It is marked as deleted, and no event deleted it.", seq=seq, cube=id_)
