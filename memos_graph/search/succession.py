"""The order of what a search found: successors before what they replaced, and the parts of one message as one."""

from collections.abc import Sequence

from memos_graph.graph.rows import Row


def missing_successors(rows: Sequence[Row]) -> list[str]:
    """Return the ids of memories that took the place of what was found, and were not found themselves."""
    found = {row["cube"]["id"] for row in rows}
    wanted = dict.fromkeys(each for row in rows for each in row["successors"])
    return [each for each in wanted if each not in found]


def successors_first(rows: Sequence[Row], more: Sequence[Row] = ()) -> list[Row]:
    """Return ``rows``, best first, with each successor right before the first memory whose place it took.

    * ``more`` rows of successors that were not found themselves; they come in with the score of what they replace.
    * Two memories that each took the place of a part of the other stay as they are.
    """
    ordered, waiting = list(rows), {row["cube"]["id"]: row for row in more}
    place, raised = 0, set[str]()
    while place < len(ordered):
        row = ordered[place]
        newer = next((each for each in _below(row, ordered, place, waiting) if each not in raised), None)
        if newer is None:
            place += 1
            continue
        raised.add(newer)
        below = next((i for i in range(place + 1, len(ordered)) if ordered[i]["cube"]["id"] == newer), None)
        moved = waiting.pop(newer) if below is None else ordered.pop(below)
        # It may have a successor of its own: the same place is looked at again.
        ordered.insert(place, {**moved, "score": row["score"]})
    return ordered


def _below(row: Row, ordered: Sequence[Row], place: int, waiting: dict[str, Row]) -> list[str]:
    """Which successors of ``row`` do not stand before it."""
    after = {each["cube"]["id"] for each in ordered[place + 1 :]}
    return [each for each in row["successors"] if each in after or each in waiting]


def one_of_each(rows: Sequence[Row]) -> list[Row]:
    """Return ``rows`` with the best part alone of each message that is kept in parts (``formats/gather.py``)."""
    seen: set[tuple[str, str, str]] = set()
    kept = []
    for row in rows:
        cube = row["cube"]
        stem, slash, _ = (cube["origin_id"] or "").rpartition("/")
        if cube["part"] is not None and slash:  # of a message without an id nobody can tell here which is its own
            message = (cube["space"], cube["source"], stem)
            if message in seen:
                continue
            seen.add(message)
        kept.append(row)
    return kept
