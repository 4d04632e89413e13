"""A memory that was changed in the database itself, on the command line."""

from datetime import timedelta
from typing import Any

import pytest
from support.alterations import ASKED, FORGED, Held, altered, held
from support.cli_runner import Run
from support.raw_graph import rows

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


@pytest.mark.tampers
def test_an_operator_accepts_what_was_changed_on_purpose(memos: MemOS, mine: Run, space: Memory) -> None:
    cube = space.add([Message(id="m1", speaker="Ann", text="The kiln is fired on Mondays.")]).added[0]
    rows(memos, "MATCH (c:MemCube {id: $c}) SET c.speaker = 'Anna'", c=cube)
    assert mine("audit", "verify").code == 1
    assert mine("audit", "accept", cube).code == 2, "a reason is asked for"
    done = mine("audit", "accept", cube, "--reason", "ticket 4711")
    assert (done.code, "vouched for as it stands" in done.out + done.err) == (0, True)
    assert mine("show", cube).code == 0
    assert mine("audit", "verify").code == 0
    again = mine("audit", "accept", cube, "--reason", "ticket 4711", "--json")
    assert again.code == 1
    assert "nothing to accept" in again.err


def _commands(world: Held) -> dict[str, tuple[str, ...]]:
    """Every command that shows memories."""
    where, before = ("--space", world.memory.space), world.before.isoformat()
    then = f"{world.then + timedelta(seconds=1):%Y-%m-%dT%H:%M:%S}"
    return {
        "search": ("search", ASKED, *where),
        "search as of": ("search", ASKED, "--as-of", then, *where),
        "show": ("show", world.whole),
        "show as of": ("show", world.whole, "--as-of", then),
        "show a fact": ("show", world.fact),
        "history": ("history", world.whole),
        "lineage": ("lineage", world.whole),
        "duplicates": ("duplicates", *where),
        "review": ("review", *where),
        "diff": ("diff", before, *where),
        "export": ("export", *where),
        "chat": ("chat", ASKED, "--form", "quote", *where),
        "forget": ("forget", "--subject", "Dana", "--dry-run", *where),
        "shared": ("shared",),
        "search of what is shared": ("shared", ASKED),
    }


@pytest.mark.tampers
@pytest.mark.timeout(900)
def test_no_command_gives_out_what_was_altered(memos: MemOS, memos_cli: Run, space: Memory) -> None:
    world = held(memos, space)
    seen, given, untold = set[str](), list[str](), list[str]()

    def run(name: str) -> Any:
        who = world.guest if "shared" in name else space.principal
        return memos_cli(*_commands(world)[name], "--as", who, "--json")

    for victim in (world.whole, world.fact):
        plain = {name for name in _commands(world) if victim in run(name).out}
        plain |= {"history"} if victim == world.whole else set()
        seen |= plain
        with altered(memos, "text", victim, world.other):
            for name in _commands(world):
                done = run(name)
                if FORGED in done.out + done.err or (victim in done.out and done.code == 0):
                    given.append(f"{name}: {done.out[:1000]}")
                if name in plain and "changed outside memos-graph" not in done.err:
                    untold.append(f"{name}: {done.code} {done.out[:300]} {done.err}")
    assert seen == set(_commands(world)), "what shows neither can't fail"
    assert given == []
    assert untold == []
