"""When a version counts as written, so that whichever of two devices compares, the same one is the later."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from memos_graph.kit.digests import canonical, sha256
from memos_graph.kit.moments import stamp

_LEAST = timedelta(microseconds=1)


def ages(versions: Iterable[tuple[datetime, bool]]) -> list[datetime]:
    """Return when each version of a memory counts as written: pairs of a moment and whether it came from another device, the first first.

    A version written here counts as later than all that stood before it, whatever the clock of the device was that those came from.
    """
    found: list[datetime] = []
    latest: datetime | None = None
    for at, carried in versions:
        age = at if carried or latest is None else max(at, _after(latest))
        found.append(age)
        latest = age if latest is None else max(latest, age)
    return found


def _after(moment: datetime) -> datetime:
    """Return the moment after another; the last there is has none, whoever set a clock to it."""
    try:
        return moment + _LEAST
    except OverflowError:
        return moment


def by_text(sums: Sequence[str], ages_: Sequence[datetime]) -> dict[str, str]:
    """Return when each text, by its SHA-256, was last written, as texts that sort by time."""
    last: dict[str, str] = {}
    for sum_, at in zip(sums, ages_, strict=True):
        last[sum_] = max(stamp(at), last.get(sum_, ""))
    return last


def latest(texts: dict[str, str]) -> str:
    """Return which text stands: the one that was written last; of two at once, that with the larger SHA-256."""
    return max(texts, key=lambda each: (texts[each], each))


def content_digest(sums: Sequence[str]) -> str:
    """Return the digest of what a memory says and ever said: equal where the texts are, and the last one is; ``sums`` in order."""
    return sha256(canonical({"now": sums[-1] if sums else "", "texts": sorted(set(sums))}))
