"""A question of a conversation is put so that it can be asked alone."""

import pytest

from memos_graph.language.followups import alone

KNOWN = ("Dana", "Ravi", "Ingrid Holm")
DANA = [("user", "Where does Dana live?"), ("assistant", "Lisbon")]


@pytest.mark.parametrize(
    ("earlier", "question", "expected"),
    [
        (DANA, "And where does she work?", "And where does Dana work?"),
        (DANA, "Who is her boss?", "Who is Dana's boss?"),
        (DANA, "Who knows her?", "Who knows Dana?"),
        (DANA, "What about Ravi?", "What about Ravi? (live)"),
        (DANA, "Since when?", "Since when? (Dana live)"),
        (DANA, "Is it warm there?", "Is it warm there? (Dana live)"),
        (DANA, "Which instrument does Ingrid play?", "Which instrument does Ingrid play?"),
        (DANA, "Where is the boiler manual?", "Where is the boiler manual?"),
        ([("user", "Who plays the cello?"), ("assistant", "\u201cI do.\u201d (Ingrid Holm, talk)")],
         "Where does she live?", "Where does Ingrid Holm live?"),
        ([("user", "When does my aunt Greta arrive?"), ("assistant", "On Monday.")], "What can't she eat?",
         "What can't Greta eat?"),
        ([*DANA, ("user", "Who does Ravi work for?"), ("assistant", "Harbour Labs")], "Where does he live?",
         "Where does Ravi live?"),
        (DANA, "And in winter?", "And in winter? (Dana live)"),
        (DANA, "Is there a harbour museum?", "Is there a harbour museum?"),
        ([], "And where does she work?", "And where does she work?"),
        ([("user", "How much is the rent?"), ("assistant", "900")], "And from when on?", "And from when on? (rent)"),
    ],
)  # fmt: skip
def test_what_a_question_leaves_to_the_conversation_is_put_into_it(
    earlier: list[tuple[str, str]], question: str, expected: str
) -> None:
    assert alone(earlier, question, KNOWN) == expected
