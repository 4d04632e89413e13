"""A search where there is little or nothing to find: no rows, and no failure, whatever was erased just before.

The server's vector indexes fail such searches where they rescore what they find (cypher/schema/cube_vector).
"""

from collections.abc import Callable
from datetime import UTC, datetime

from memos_graph import Filters, Memory, Message


def test_small_and_empty_spaces_are_searched_after_an_erasure(mount: Callable[..., Memory]) -> None:
    said, small, empty = mount("said"), mount("small"), mount("empty")
    (kept,) = small.add("Ada keeps bees behind the chapel.").added
    for start in range(0, 25, 5):
        boats = [Message(id=str(i), text=f"Boat number {i} is blue.") for i in range(start, start + 5)]
        added = said.add(boats, source=f"boats {start}").added
        said.delete(added[-1], reason="sold")
        assert not empty.search("Who keeps bees?").hits
        assert [hit.cube.id for hit in small.search(f"Who keeps bees, or {start} wasps?").hits] == [kept]
        assert not small.duplicates()
        then = Filters(as_of=datetime.now(UTC))
        assert not empty.search("Who keeps bees?", filters=then).hits
        assert [hit.cube.id for hit in small.search(f"Who keeps bees, or {start} ants?", filters=then).hits] == [kept]
