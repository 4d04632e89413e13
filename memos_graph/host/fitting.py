"""What of memories and turns fits a model's window, counted by its own tokenizer: the best lines, and the last turns."""

from collections.abc import Sequence

from transformers import PreTrainedTokenizerBase

from memos_graph.host import protocol
from memos_graph.host.instruction import one_line
from memos_graph.host.prompt import Prompt, PromptTurn, question_tokens

_ANSWER_PART = 4
_TURNS_PART = 2


def fit(tokenizer: PreTrainedTokenizerBase, window: int, request: protocol.Fit) -> protocol.Fitted:
    """Choose what fits ``window`` tokens: an answer has a quarter at most, what was said before the question half of the rest.

    A line that is too long for what is left is passed over, and a shorter one after it may fit. Raises as ``prompt.render``.
    """
    room = window - 1 - min(request.max_new_tokens, window // _ANSWER_PART)
    turns = [PromptTurn(turn.role, turn.text) for turn in request.turns]

    def size(lines: Sequence[str], said: Sequence[PromptTurn]) -> int:
        return len(question_tokens(tokenizer, Prompt(tuple(lines), tuple(said), request.instructions)))

    if size((), turns[-1:]) > room:
        return protocol.Fitted(window=window, fixed=False, memory=(), turns=0)
    while len(turns) > 1 and size((), turns) > room // _TURNS_PART:
        turns = _without_first(turns)
    used = size(request.fixed, turns)
    if used > room:
        return protocol.Fitted(window=window, fixed=False, memory=(), turns=len(turns))
    chosen = _lines(tokenizer, request.memory, room - used)
    while chosen and size([*request.fixed, *(request.memory[place] for place in chosen)], turns) > room:
        chosen.pop()  # counted together, lines may take some tokens more than one by one
    return protocol.Fitted(window=window, fixed=True, memory=tuple(chosen), turns=len(turns))


def _lines(tokenizer: PreTrainedTokenizerBase, lines: Sequence[str], room: int) -> list[int]:
    """Return the places of the lines that fit ``room`` tokens, from the first on."""
    if not lines:
        return []
    counted = tokenizer([f"\n- {one_line(line)}" for line in lines], add_special_tokens=False)["input_ids"]
    chosen: list[int] = []
    for place, tokens in enumerate(counted):
        if len(tokens) <= room:
            room -= len(tokens)
            chosen.append(place)
    return chosen


def _without_first(turns: Sequence[PromptTurn]) -> list[PromptTurn]:
    """Leave out the oldest turn, and its answer: templates want the user to begin."""
    rest = list(turns[1:])
    while rest[0].role != "user":
        rest.pop(0)
    return rest
