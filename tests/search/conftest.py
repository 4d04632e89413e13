"""One space that the tests of search share and only read; what writes takes the test's own."""

from datetime import UTC, datetime

import pytest
from uuid_utils import uuid4

from memos_graph import Memory, MemOS, Message

SPRING = datetime(2024, 5, 10, 9, tzinfo=UTC)
AUTUMN = datetime(2024, 10, 3, 18, tzinfo=UTC)


def _said(id_: str, speaker: str, text: str, at: datetime, session: str) -> Message:
    return Message(id=id_, speaker=speaker, text=text, at=at, attributes={"session": session})


TALK = [
    _said("s1", "Alice", "Yesterday I adopted a grey kitten from the shelter.", SPRING, "1"),
    _said("s2", "Bob", "What is it called?", SPRING, "1"),
    _said("s3", "Alice", "Her name is Mochi, and she hides under the piano.", SPRING, "1"),
    _said("s4", "Bob", "My brother repairs old violins in Ghent.", SPRING, "1"),
    _said("s5", "Bob", "I signed the lease for a bakery near the harbour.", AUTUMN, "2"),
    _said("s6", "Alice", "Mochi learned to open the kitchen door.", AUTUMN, "2"),
    _said("s7", "Bob", "The oven for the bakery arrives next week.", AUTUMN, "2"),
]


@pytest.fixture(scope="session")
def talk(memos: MemOS) -> Memory:
    """Two sessions of talk, and a tagged note."""
    principal = f"t{uuid4().hex[:12]}"
    space = memos.mount(f"{principal}/talk", principal=principal)
    space.add(TALK, source="chat")
    space.add("The fire drill is on the first Monday of every month.", source="notes", tags=["office", "safety"])
    return space
