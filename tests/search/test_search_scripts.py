"""What is written in other forms and scripts is found by its words, both ways; each memory once."""

import pytest

from memos_graph import Memory, Message

PAIRS = [
    ("The traf\ufb01c of\ufb01ce closes at four.", "traffic office"),
    ("Ask for Z\u00fcbeyde at the caf\u00e9 in Malm\u00f6.", "Zubeyde cafe Malmo"),
    ("Ask for Rene at the cafe.", "Ren\u00e9 caf\u00e9"),
    ("The \uff37\uff49\uff46\uff49 router hums.", "wifi"),
    ("Un\u00adbe\u00adliev\u00adable noise from the attic.", "unbelievable"),
    (
        "\u0e09\u0e31\u0e19\u0e0a\u0e2d\u0e1a\u0e01\u0e34\u0e19\u0e02\u0e49\u0e32\u0e27\u0e1c\u0e31\u0e14",
        "\u0e02\u0e49\u0e32\u0e27\u0e1c\u0e31\u0e14",
    ),
    ("\u6771\u4eac\u306b\u4f4f\u3093\u3067\u3044\u307e\u3059", "\u6771\u4eac"),
]


@pytest.mark.parametrize(("text", "asked"), PAIRS)
def test_it_is_found_by_its_words(space: Memory, text: str, asked: str) -> None:
    space.add([Message(id="other", text="The kayak lies in the shed."), Message(id="it", text=text)])
    found = {hit.sources[0]: hit.why["words"] for hit in space.search(asked).hits}
    assert found["it"] == 1.0
    assert found.get("other", 0.0) == 0.0


@pytest.mark.parametrize("asked", ["hanna@example.org", "+49 170 5550123"])
def test_what_is_found_by_something_sensitive_comes_once(space: Memory, asked: str) -> None:
    space.add(
        [Message(id="m0", text=f"Write to {asked} for the key of the boathouse."), Message(id="m1", text="See you.")]
    )
    found = [hit.sources[0] for hit in space.search(asked).hits]
    assert found.count("m0") == 1
    assert len(found) == len(set(found))


def test_words_of_neighbours_count_less_than_own(space: Memory) -> None:
    talk = ["Do you still live in Lund?", "Chinese food is what I love.", "I live above the pharmacy."]
    space.add([Message(id=str(n), speaker="Ana" if n else "Bo", text=text) for n, text in enumerate(talk)])
    words = {hit.sources[0]: hit.why["words"] for hit in space.search("Where do people live?").hits}
    assert words["2"] > words["1"]


def test_what_an_assistant_answered_comes_after_what_people_said_unless_it_is_asked_for(space: Memory) -> None:
    said = {
        "user": "My oven is a Kessler 40, and it smells.",
        "assistant": "A Kessler 40 oven smells when its seal is old.",
    }
    space.add([Message(id=who, speaker=who, text=text, attributes={"role": who}) for who, text in said.items()])
    (first, second) = space.search("Which oven is it?").hits
    assert (first.why["author"], second.why["author"]) == (1.0, 0.0)
    assert first.sources == ("user",)
    assert second.cube.descriptive.origin == "inference"
    asked = {hit.sources[0]: hit.why["author"] for hit in space.search("What did you say about the oven?").hits}
    assert asked == {"user": 0.0, "assistant": 1.0}
