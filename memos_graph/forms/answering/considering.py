"""Why memories went before the model in one form and not in another: each form, what it would have cost, and what kept it from being taken."""

import math
from collections.abc import Sequence

from memos_graph.forms.answering.answers import Considered, Form
from memos_graph.forms.materialize import Covering
from memos_graph.search.selection import Line

_CHARS_A_TOKEN = 4.0
ATTENDED = 0.02
"""What attending to a cached token costs of reading it."""


def estimated_tokens(lines: Sequence[Line]) -> int:
    """Return how many tokens lines take, estimated."""
    return math.ceil(sum(len(line.text) for line in lines) / _CHARS_A_TOKEN)


def share(lines: Sequence[Line], of: Sequence[Line]) -> float:
    """Return which part of the text of some lines others are, 0 to 1."""
    return sum(len(line.text) for line in lines) / max(1, sum(len(line.text) for line in of))


def pays(cover: Covering, spared: Sequence[Line]) -> bool:
    """Whether reading the lines that a KV-cache spares would cost more than attending to all that it holds."""
    return estimated_tokens(spared) > ATTENDED * estimated_tokens(cover.lines)


def text(lines: Sequence[Line], chosen: Form) -> Considered:
    """Return what plaintext would have cost, which always serves where there is something to say."""
    why = "What was found is read in the prompt." if lines else "Nothing was found to be read."
    return Considered(
        form=Form.PLAINTEXT,
        chosen=chosen is Form.PLAINTEXT,
        serves=bool(lines),
        tokens_read=estimated_tokens(lines),
        why=why,
    )


def cached(
    lines: Sequence[Line], behind: Sequence[Line], cover: Covering | None, chosen: Form, problem: str | None
) -> Considered:
    """Return what a KV-cache would have spared, with what is read ``behind`` it; ``problem``: what kept it from being taken."""
    held = {line.cube for line in cover.lines} if cover else set[str]()
    lacking = sum(line.cube not in held for line in lines)
    again = len(behind) - lacking
    why = problem or (
        f"It holds {len(lines) - lacking} of the {len(lines)} memories that were found; the others follow it"
        + (f", and {again} that it holds are read again." if again else ".")
    )
    return Considered(
        form=Form.ACTIVATION,
        chosen=chosen is Form.ACTIVATION,
        serves=problem is None,
        payload=cover.id if cover else None,
        tokens_read=estimated_tokens(behind),
        tokens_cached=estimated_tokens(cover.lines) if cover else 0,
        why=why,
    )


def taught(cover: Covering | None, chosen: Form) -> Considered:
    """Return what an adapter would have spared; ``auto`` takes none, since what it says can't be held against text that it was shown."""
    why = (
        "No adapter in service was taught any of it."
        if cover is None
        else f"It was taught {cover.covered} of the memories that were found; it is taken where the form is asked for."
    )
    return Considered(
        form=Form.PARAMETRIC,
        chosen=chosen is Form.PARAMETRIC,
        serves=cover is not None,
        payload=cover.id if cover else None,
        why=why,
    )


def quoted(*, chosen: bool) -> Considered:
    """Return why a sentence was quoted, or could have been."""
    why = "No model is set that answers in its own words." if chosen else "A model answers."
    return Considered(form=Form.QUOTE, chosen=chosen, serves=True, why=why)
