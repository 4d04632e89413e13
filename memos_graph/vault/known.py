"""What of a batch is stored already, as far as its writer may be told of it.

Nobody is told of what is denied to it, nor of what is more sensitive than it sees, unless it wrote that itself.
"""

from collections.abc import Callable, Sequence

from memos_graph.graph.rows import Row
from memos_graph.kit.clock import now
from memos_graph.memcube.drafts import CubeDraft

# ``Runner.read``, or ``Transaction.run``.
Read = Callable[..., list[Row]]


def known_cubes(read: Read, space: str, principal: str, identities: Sequence[str]) -> dict[str, Row]:
    """Return what is stored already of these messages, by identity; ``told`` is whether ``principal`` may be told of it."""
    rows = read("ingest/known_cubes", identities=identities)
    if not rows:
        return {}
    told = told_of(read, space, principal)
    return {row["identity"]: row | {"told": told(row)} for row in rows}


def known_facts(
    read: Read, space: str, principal: str, drafts: Sequence[CubeDraft], *, own: bool = False
) -> dict[str, str]:
    """Return the ids of facts that stand already, by the fingerprints they share with facts of ``drafts``; ``own``: none that came in a bundle.

    A fact said again by somebody who may not be told of the first is one of its own.
    """
    prints = sorted({fact.fingerprint for draft in drafts for fact in draft.facts if fact.fingerprint})
    rows = read("ingest/known_facts", space=space, fingerprints=prints) if prints else []
    if not rows:
        return {}
    told = told_of(read, space, principal)
    # They come newest first: of several the oldest is kept.
    return {row["fingerprint"]: row["id"] for row in rows if told(row) and not (own and row["carried"])}


def told_of(read: Read, space: str, principal: str) -> Callable[[Row], bool]:
    """Return whether ``principal`` may be told of a memory, by its ``id``, its ``clearance`` and who wrote it, ``by``."""
    # No row: a grant on single memories or topics alone, which shows no others.
    access = next(iter(read("governance/access", principal=principal, space=space, now=now())), None)
    sees, forbidden = (access["sees"], set(access["forbidden"])) if access else (-1, set())
    return lambda row: row["id"] not in forbidden and (row["clearance"] <= sees or row["by"] == principal)
