"""Tells when an answer goes round in a loop, as small models do: the same few tokens again and again, up to the limit."""

from collections.abc import Sequence

LEAST_TOKENS = 24
"""How long a loop has to be before it counts: shorter ones are laughter, lists of noughts and lines of tables."""
LEAST_ROUNDS = 4
"""How often its tokens have to come, one time behind the other."""
LONGEST_ROUND = 64
"""Tokens of the longest round that is looked for."""


def repeats(tokens: Sequence[int]) -> bool:
    """Whether the last tokens are one round of at most ``LONGEST_ROUND``, over and over."""
    return any(_ends_in_rounds(tokens, size) for size in range(1, min(LONGEST_ROUND, len(tokens) // LEAST_ROUNDS) + 1))


def _ends_in_rounds(tokens: Sequence[int], size: int) -> bool:
    """Whether the end of ``tokens`` comes again every ``size`` tokens, long enough."""
    length = max(LEAST_TOKENS, LEAST_ROUNDS * size)
    # From the end: where an answer is not a loop, the first comparison says so.
    return len(tokens) >= length and all(tokens[-i] == tokens[-i - size] for i in range(1, length - size + 1))
