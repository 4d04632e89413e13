"""A memory that was changed in the database itself, on the command line."""

import pytest
from cli_runner import Run
from raw_graph import rows

from memos_graph import Memory, MemOS, Message


@pytest.mark.tampers
def test_what_is_held_back_is_told_on_standard_error(memos: MemOS, mine: Run, space: Memory) -> None:
    cube = space.add([Message(id="m1", speaker="Ann", text="The kiln is fired on Mondays.")]).added[0]
    rows(memos, "MATCH (c:MemCube {id: $c}) SET c.speaker = 'Mallory'", c=cube)
    found = mine("search", "When is the kiln fired?")
    assert "Mondays" not in found.out
    assert "changed outside memos-graph and held back" in found.err
    shown = mine("show", cube)
    assert shown.code != 0
    assert f"'{cube}' was changed outside memos-graph" in shown.err
    checked = mine("audit", "verify")
    assert checked.code == 1
    assert cube in checked.out + checked.err
