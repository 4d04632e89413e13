"""One plan a statement: what is asked, and how long it is, must not have a large statement planned anew."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from memos_graph import Filters, Memory, MemOS, Message
from memos_graph.cypher import Query
from memos_graph.graph import runner
from memos_graph.graph.params import check_params

SAID = [
    Message(id="m1", speaker="Alice", text="Dana moved to Lisbon in May.", at=datetime(2026, 5, 4, tzinfo=UTC)),
    Message(
        id="m2", speaker="Bob", text="The bakery by the river opens at seven.", at=datetime(2026, 5, 5, tzinfo=UTC)
    ),
]


# The server's plans are counted: those of whoever asks meanwhile, too.
pytestmark = pytest.mark.alone


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Names of the statements that were run since it was cleared."""
    names: set[str] = set()

    def check(statement: Query, params: Mapping[str, object]) -> None:
        names.add(statement.name)
        check_params(statement, params)

    monkeypatch.setattr(runner, "check_params", check)
    return names


def plans(memos: MemOS) -> int:
    """Empty the server's cache of plans; returns how many were in it."""
    memos._services.audit.flush()
    with memos.driver.session(database=memos.endpoint.database) as session:
        (said,) = session.run("CALL db.clearQueryCaches()").single(strict=True).values()
    found = re.search(r"\d+", said)
    assert found, said
    return int(found[0])


def test_every_search_has_the_same_plan(memos: MemOS, space: Memory, statements: set[str]) -> None:
    space.add(SAID, source="chat")
    space.search("Lisbon")
    plans(memos)
    statements.clear()
    space.search("river")
    space.search("Where did Alice say that Dana moved, and what did Bob say about the bakery by the river? " * 3)
    space.search("What did Alice say?")
    space.search("What happened in May 2026?")
    space.search("bakery", filters=Filters(speaker="Bob", source="chat", tags=("never",)))
    space.search("bakery", filters=Filters(since=datetime(2026, 1, 1, tzinfo=UTC), semantic_type="fact"))
    found = plans(memos)
    assert "search/search" in statements
    assert found == len(statements), statements


def test_every_message_is_written_by_the_same_plans(memos: MemOS, space: Memory, statements: set[str]) -> None:
    space.add(SAID, source="chat")
    plans(memos)
    statements.clear()
    space.add(Message(id="m3", speaker="Bob", text="It rains."), source="chat")
    extra = plans(memos) - len(statements)
    statements.clear()

    space.add(Message(id="m4", speaker="Bob", text="It snows."), source="chat")
    long = "The bakery by the river sells bread, rolls and cakes; Dana buys a loaf there every morning. " * 30
    space.add(
        [Message(id=f"n{number}", speaker="Bob", text=f"{number}. {long}") for number in range(20)], source="chat"
    )
    found = plans(memos)
    assert "ingest/facts" in statements
    assert found == len(statements) + extra, statements
