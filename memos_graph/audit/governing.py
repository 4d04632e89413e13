"""Checks that the rights and rules of a space, and of everybody who has some in it, are as they were set."""

from collections.abc import Callable, Iterator

from memos_graph.graph.rows import Row
from memos_graph.integrity.digests import Digests

_PAGE = 500
_PARTS = {
    "space": "The space itself, its owner, its tenant, or who sees what in it",
    "owner": "Whose the space is",
    "grants": "What is granted in the space",
    "denials": "What is denied in the space",
    "policies": "The policy of the space, or one before it,",
    "receipts": "A receipt of an erasure",
    "snapshots": "A snapshot",
    "principal": "The principal '{id}', its tenant or its mandate",
    "roles": "Which roles '{id}' has, or who has this role,",
    "mandates": "Which mandates '{id}' has, gave or is",
    "keys": "An API key of '{id}'",
}


def changed(read: Callable[..., list[Row]], digests: Digests, space: str) -> Iterator[str]:
    """Yield, in words, what governs a space and was changed by whoever may write to the database."""
    parties = [row["id"] for row in read("integrity/parties", space=space)]
    for start in range(0, len(parties) + 1, _PAGE):
        ids = [*([] if start else [space]), *parties[start : start + _PAGE]]
        for row in read("integrity/governing", ids=ids):
            if row["kind"] == "space" and row["id"] != space:
                continue  # a role has the same name
            for part in digests.changed_parts(row["kind"], row["id"], row["parts"], row["digest"]):
                yield f"{_PARTS[part].format(id=row['id'])} is not as it was set."
