"""Texts that end an answer, found while it is still being made: none of one is ever told, however it is cut into pieces."""

from collections.abc import Sequence


class StopTexts:
    r"""Passes an answer on up to the first of ``stops``.

    ::

        ends = StopTexts(["\n\n"])
        told = ends.push("Lisbon.\n")   # "Lisbon.": the line break may be the first half of what ends it
        ends.push("\nAnd")              # "", and ends.hit is true
    """

    def __init__(self, stops: Sequence[str]) -> None:
        self._stops = tuple(stop for stop in stops if stop)
        self._held = ""
        self.hit = False

    def push(self, text: str) -> str:
        """Take the next piece; returns what can be told now, nothing once one of the stops has come."""
        if self.hit:
            return ""
        self._held += text
        found = [at for stop in self._stops if (at := self._held.find(stop)) >= 0]
        if found:
            self.hit = True
            told, self._held = self._held[: min(found)], ""
            return told
        kept = len(self._held) - self._begun()
        told, self._held = self._held[:kept], self._held[kept:]
        return told

    def flush(self) -> str:
        """Return what was held back, once the answer has ended by itself."""
        told, self._held = self._held, ""
        return told

    def _begun(self) -> int:
        """Return how many characters at the end may be the beginning of a stop."""
        longest = max((len(stop) - 1 for stop in self._stops), default=0)
        for length in range(min(longest, len(self._held)), 0, -1):
            if any(stop.startswith(self._held[-length:]) for stop in self._stops):
                return length
        return 0
