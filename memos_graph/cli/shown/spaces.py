"""How spaces look."""

from collections.abc import Mapping
from typing import Any

from memos_graph.cli import output
from memos_graph.cli.shown.looking import Look
from memos_graph.governance import Access
from memos_graph.memory.overview import SpaceMap


def _space(found: Access) -> None:
    output.note(f"{found.space}: {found.cubes} memories, owner {found.owner}.")


def _map(found: SpaceMap) -> None:
    topics = output.table("Topic", "Mentions", "Concepts", right=("Mentions",))
    for topic in found.topics:
        names = ", ".join(f"{each.name} {each.mentions}" for each in topic.concepts)
        topics.add_row(output.plain(topic.name), str(topic.mentions), output.plain(names))
    sources = output.table("Source", "Memories", "First", "Last", right=("Memories",))
    for source in found.sources:
        row = (output.worded(source.first), output.worded(source.last))
        sources.add_row(output.plain(source.name), str(source.memories), *row)
    for made in (topics, sources):
        output.show(made)
    output.show(
        output.facts(
            {
                "Months": ", ".join(f"{each.month} {each.memories}" for each in found.months),
                "Sensitive": ", ".join(f"{each.kind} {each.memories}" for each in found.sensitivity),
            }
        )
    )


LOOKS: Mapping[Any, Look] = {Access: _space, SpaceMap: _map}
