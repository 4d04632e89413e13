"""An answer that goes round in a loop is ended, and says so."""

from collections.abc import Sequence

import pytest
from support.tiny_models import tokens

from memos_graph.host.engine import ModelEngine
from memos_graph.host.repetition import LEAST_ROUNDS, LEAST_TOKENS, LONGEST_ROUND, repeats


@pytest.mark.parametrize("size", [1, 2, 3, 7, 24, LONGEST_ROUND])
def test_rounds_of_any_length_are_found_once_there_are_enough(size: int) -> None:
    said = [1000, 1001, *(list(range(size)) * (LEAST_TOKENS + LEAST_ROUNDS))]
    least = 2 + max(LEAST_TOKENS, LEAST_ROUNDS * size)
    assert [repeats(said[:end]) for end in (least - 1, least)] == [False, True]


@pytest.mark.parametrize(
    "said",
    [
        [],
        list(range(500)),
        [5] * (LEAST_TOKENS - 1),  # laughter, noughts, a line under a heading
        [1, 2, 3] * 3 + list(range(100, 130)),  # over before the end
        [token for n in range(100) for token in (7, 8, n)],  # a list, each line with something of its own
    ],
)
def test_what_only_resembles_a_loop_goes_on(said: Sequence[int]) -> None:
    assert not repeats(said)


def test_a_model_that_loops_is_ended_and_says_so(engine: ModelEngine) -> None:
    looping = 0
    for length in range(10, 22):
        prompt = tokens(length)
        whole = engine.generate(prompt, space="s", max_new_tokens=300, stop=()).result
        ended = engine.generate(prompt, space="s", max_new_tokens=300, stop=(), end_repetition=True)
        pieces = list(ended)
        result = ended.result
        assert result.tokens == whole.tokens[: len(result.tokens)]
        assert "".join(piece.text for piece in pieces) == result.text
        loops = next((end for end in range(300) if repeats(whole.tokens[:end])), None)
        assert (result.finish, len(result.tokens)) == (("length", 300) if loops is None else ("repetition", loops))
        looping += loops is not None
    assert looping
