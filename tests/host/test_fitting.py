"""What fits a model's window, counted by its own tokenizer: the best lines, the last turns, and room for the answer."""

from pathlib import Path

import pytest
from transformers import AutoTokenizer, PreTrainedTokenizerBase

from memos_graph.host.fitting import fit
from memos_graph.host.prompt import Prompt, PromptTurn, question_tokens
from memos_graph.host.protocol import Fit, Fitted
from memos_graph.host.protocol import Turn as HostMessage
from memos_graph.host.recall_tiny import MODEL_FOLDER

WINDOW = 400
QUESTION = HostMessage(role="user", text="Where does Dana live?")
LINES = tuple(f"[2026-05-{day:02}] Dana: I planted {day} apple trees behind the house." for day in range(1, 29))


@pytest.fixture(scope="module", params=["recall-tiny", "bytes"])
def tokenizer(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> PreTrainedTokenizerBase:
    """The tokenizer of the model that ships, with words and syllables, and one of bytes."""
    from support.tiny_models import save_model  # noqa: PLC0415 - loads torch's models

    folder = MODEL_FOLDER if request.param == "recall-tiny" else save_model(tmp_path_factory.mktemp("bytes"), "qwen3")
    return AutoTokenizer.from_pretrained(Path(folder))


def size(tokenizer: PreTrainedTokenizerBase, asked: Fit, fitted: Fitted) -> int:
    turns = [PromptTurn(turn.role, turn.text) for turn in asked.turns[len(asked.turns) - fitted.turns :]]
    lines = (*asked.fixed, *(asked.memory[place] for place in fitted.memory))
    return len(question_tokens(tokenizer, Prompt(lines, tuple(turns), asked.instructions)))


@pytest.mark.parametrize("window", [400, 1000, 3000])
@pytest.mark.parametrize("max_new_tokens", [16, 64, 4096])
def test_the_best_lines_fit_with_room_for_the_answer(
    tokenizer: PreTrainedTokenizerBase, window: int, max_new_tokens: int
) -> None:
    asked = Fit(memory=LINES, turns=(QUESTION,), max_new_tokens=max_new_tokens)
    fitted = fit(tokenizer, window, asked)
    room = window - min(max_new_tokens, window // 4)
    assert fitted.memory == tuple(range(len(fitted.memory)))  # all are as long: the best of them
    assert size(tokenizer, asked, fitted) < room
    if len(fitted.memory) < len(LINES):
        more = fitted.model_copy(update={"memory": (*fitted.memory, len(fitted.memory))})
        assert size(tokenizer, asked, more) + 2 >= room  # none is left out for nothing


def test_a_line_that_is_too_long_is_passed_over(tokenizer: PreTrainedTokenizerBase) -> None:
    asked = Fit(memory=(LINES[0], " ".join(LINES), LINES[1]), turns=(QUESTION,), max_new_tokens=16)
    assert fit(tokenizer, 700, asked).memory == (0, 2)


def test_lines_that_must_stand_first_fit_whole_or_not_at_all(tokenizer: PreTrainedTokenizerBase) -> None:
    asked = Fit(fixed=LINES, memory=LINES[:1], turns=(QUESTION,), max_new_tokens=16)
    assert fit(tokenizer, WINDOW, asked) == Fitted(window=WINDOW, fixed=False, memory=(), turns=1)
    assert fit(tokenizer, 4000, asked) == Fitted(window=4000, fixed=True, memory=(0,), turns=1)


def test_the_oldest_turns_go_before_the_memories_do(tokenizer: PreTrainedTokenizerBase) -> None:
    said = [HostMessage(role=role, text=f"{n}: {LINES[0]}") for n in range(20) for role in ("user", "assistant")]
    asked = Fit(memory=LINES, turns=(*said, QUESTION), max_new_tokens=16)
    fitted = fit(tokenizer, 700, asked)
    assert 1 <= fitted.turns < len(said)
    assert asked.turns[len(asked.turns) - fitted.turns].role == "user"
    assert fitted.memory
    assert size(tokenizer, asked, fitted) < 700 - 16


def test_a_question_that_does_not_fit_alone_is_told_of(tokenizer: PreTrainedTokenizerBase) -> None:
    asked = Fit(memory=LINES, turns=(HostMessage(role="user", text=" ".join(LINES)),), max_new_tokens=16)
    assert fit(tokenizer, WINDOW, asked) == Fitted(window=WINDOW, fixed=False, memory=(), turns=0)
