"""docs/formats.md says what is read: each example of it is read, and gives what the page says."""

import re
from pathlib import Path

import pytest

from memos_graph.errors import FormatError
from memos_graph.formats import Message, Parsed, Passage, parse

PAGE = Path(__file__).parents[2] / "docs" / "formats.md"
EXAMPLE = re.compile(
    r"^```\w+ (?P<name>\S+)\n(?P<source>.*?\n)```\n```entries\n(?P<told>.*?)```$", re.DOTALL | re.MULTILINE
)
EXAMPLES = [found.groupdict() for found in EXAMPLE.finditer(PAGE.read_text(encoding="utf-8"))]


def told(parsed: Parsed) -> str:
    """What was read as the page writes it: an entry or a reason a line."""
    lines = [_entry(entry) for entry in parsed.entries]
    lines += [f"left out ({bad.count}): {bad.reason}" for bad in parsed.rejected]
    lines += [f"kept all the same: {remark.reason}" for remark in parsed.remarks]
    return "\n".join(line.replace("\n", " / ") for line in lines) + "\n"


def _entry(entry: Message | Passage) -> str:
    if isinstance(entry, Passage):
        return f"{' / '.join(entry.heading) or '-'} | {entry.text}"
    return f"{entry.speaker or '-'} | {entry.at.isoformat(timespec='minutes') if entry.at else '-'} | {entry.text}"


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example["name"])
def test_every_example_is_read_as_the_page_says(example: dict[str, str]) -> None:
    try:
        found = told(parse(example["source"], name=example["name"]))
    except FormatError as error:
        found = f"{error.message}\n"
    assert found == example["told"]


def test_no_example_stands_without_what_is_read_of_it() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert len(EXAMPLES) == len(re.findall(r"^```\w+ \S+$", text, re.MULTILINE)) >= 15
    assert all(example["told"].strip() for example in EXAMPLES)
