"""What stands in a KV-cache before an older line is read again behind it where it may correct that line."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import pytest
from support.raw_graph import value

from memos_graph import Memory, MemOS, Message, Selection
from memos_graph.forms.answering.correcting import correcting
from memos_graph.forms.chat import Form
from memos_graph.host.client import HostClient
from memos_graph.host.protocol import Generate
from memos_graph.search.selection import Line, select

STARTED = datetime.fromisoformat("2026-03-02T09:00:00+00:00")
NOTES = (
    "The kiln is fired on Monday.",
    "Iris bakes rye bread.",
    "Milo paints the fence green.",
    "A sailor mends the torn net.",
    "The kiln is fired on Tuesday.",
    "The kiln door was repaired by Anton.",
    "Anton lives near the harbour.",
)
Chosen = Callable[[Sequence[int], Sequence[int]], list[str]]


def said(memory: Memory, texts: Sequence[str]) -> None:
    """Add notes, each a day after the one before."""
    notes = [Message(id=str(day), text=text, at=STARTED + timedelta(days=day)) for day, text in enumerate(texts)]
    memory.add(notes, source="notes")


def lines_of(memos: MemOS, memory: Memory) -> list[Line]:
    """Return the lines of a space, in order."""
    return list(select(memos._services.runner, Selection(), space=memory.space, principal=memory.principal))


@pytest.fixture
def chosen(memos: MemOS, space: Memory) -> Chosen:
    """Say which of some notes are read again, by number, where others are lacking."""

    def again(lacking: Sequence[int], cached: Sequence[int]) -> list[str]:
        lines = lines_of(memos, space)
        found = correcting(
            memos._services.runner,
            [lines[i] for i in lacking],
            [lines[i] for i in cached],
            space=space.space,
            principal=space.principal,
        )
        return [line.text.partition("] ")[2] for line in found]

    return again


def test_what_is_newer_and_about_the_same_is_read_again(space: Memory, chosen: Chosen):
    said(space, NOTES)
    assert chosen([0], [3, 4]) == [NOTES[4]]
    assert chosen([4], [0, 1]) == []  # it is older: what is read after it corrects it
    assert chosen([1], [4, 6]) == []
    assert chosen([], [4]) == []


def test_so_is_what_may_correct_that_in_its_turn(space: Memory, chosen: Chosen):
    said(space, NOTES)
    assert chosen([0], [4, 5, 6]) == [NOTES[4], NOTES[5], NOTES[6]]  # kiln, kiln and Anton, Anton


def test_what_is_said_right_after_it_needs_no_word_in_common(space: Memory, chosen: Chosen):
    said(space, ("We meet at the fountain.", "Sorry, by the old bridge instead.", *NOTES))
    assert chosen([0], [1, 7, 8]) == ["Sorry, by the old bridge instead."]


def test_of_what_went_meanwhile_the_worst_is_thought(memos: MemOS, space: Memory):
    said(space, NOTES)
    lines = lines_of(memos, space)
    space.delete(space.search("Who paints the fence?").hits[0].cube.id)
    gone = next(line for line in lines if "Milo" in line.text)
    where = {"space": space.space, "principal": space.principal}
    assert correcting(memos._services.runner, [lines[0]], [gone], **where) == (gone,)


def test_a_prompt_that_begins_with_a_cache_ends_with_what_was_said_last(
    memos: MemOS, space: Memory, monkeypatch: pytest.MonkeyPatch
):
    said(space, NOTES)
    lines = lines_of(memos, space)
    asked: list[Generate] = []
    generate = HostClient.generate
    monkeypatch.setattr(HostClient, "generate", lambda host, request: asked.append(request) or generate(host, request))
    space.kv.build(Selection(cubes=tuple(line.cube for line in lines[2:])))
    answer = space.chat("When is the kiln fired?", form=Form.ACTIVATION)
    cached = [line.text for line in lines[2:]]
    memory = list(asked[0].memory)
    assert memory[: len(cached)] == cached
    behind = memory[len(cached) :]
    assert behind == sorted(behind)  # each line begins with its day
    assert behind.index(lines[0].text) < behind.index(lines[4].text)
    assert answer.usage.cached_tokens > 0
    assert len({each.cube for each in answer.given}) == len(answer.given)


def test_what_only_stood_beside_in_a_cache_gets_no_hotter(memos: MemOS, space: Memory):
    said(space, NOTES)
    space.kv.build()
    memos.flush()
    bread = next(line.cube for line in lines_of(memos, space) if "rye" in line.text)
    heat = "MATCH (c:MemCube {id: $cube}) RETURN coalesce(c.access_count, 0)"
    before = value(memos, heat, cube=bread)
    answer = space.chat("When is the kiln fired?", form=Form.ACTIVATION, limit=1)
    memos.flush()
    assert bread in {each.cube for each in answer.given}
    assert value(memos, heat, cube=bread) == before
    seen = "MATCH (e:AuditEvent {action: 'chat', space: $s})-[:ON]->(c:MemCube {id: $cube}) RETURN count(e)"
    assert value(memos, seen, s=space.space, cube=bread) == 1
