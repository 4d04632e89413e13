"""Words of a question are words: no operator of Lucene or Cypher in them does anything."""

import pytest
from support.raw_graph import rows, value

from memos_graph import Memory, MemOS, Message

NASTY = [
    "* OR *:*",
    "text:* AND space_key:*",
    '"unclosed',
    "(((",
    "a AND OR NOT b",
    "kit~0.1 ten^100",
    "/.*/",
    "[a TO z]",
    "{* TO *}",
    "+space_key:1 -zebra",
    "\\",
    '\\\\" OR 1=1 //',
    "'}) DETACH DELETE n //",
    "`; MATCH (n) DETACH DELETE n; //",
    "$space {id: $principal}",
    "{.*}",
    "\u2028\u202e\u0000x".replace("\u0000", ""),
    "🦓" * 50,
    "OR",
    "NOT",
    "&& || !",
    "?*?*",
    "_" * 300,
    "a " * 3000,
    "<script>alert(1)</script>",
]


@pytest.fixture
def zoo(space: Memory) -> Memory:
    space.add([Message(id="z1", text="The okapi sleeps behind the fig tree.")], source="zoo")
    return space


@pytest.mark.parametrize("question", NASTY, ids=range(len(NASTY)))
def test_a_question_of_operators_neither_fails_nor_matches_by_words(talk: Memory, question: str) -> None:
    call = talk.read_question(question)
    assert all(part.startswith('"') and part.endswith('"') for part in call.words.split(" OR ") if part)
    if question not in {NASTY[5], NASTY[8]}:
        assert all(hit.why["words"] == 0.0 for hit in talk.search(question).hits)


def test_operators_around_a_word_do_not_change_what_it_finds(zoo: Memory) -> None:
    plain = zoo.search("okapi").hits[0]
    for question in ("+okapi", "okapi*", '"okapi', "(okapi", "okapi~", "okapi^9", "-okapi", "NOT okapi", "text:okapi"):
        assert zoo.search(question).hits[0].why["words"] == plain.why["words"] == 1.0


@pytest.mark.alone
@pytest.mark.parametrize("nasty", [n for n in NASTY if len(n.strip()) < 200], ids=str)
def test_names_of_people_sources_and_tags_are_data(memos: MemOS, space: Memory, nasty: str) -> None:
    name = nasty.strip()
    before = value(memos, "MATCH (n:Space) RETURN count(n)")
    report = space.add(
        [Message(id=name, speaker=name, text=f"{name} is a strange name for an okapi.")], source=name, tags=[name]
    )
    assert len(report.added) == 1
    found = space.get(report.added[0]).descriptive
    assert (found.origin_id, found.speaker, found.source, found.tags) == (name, name, name, (name,))
    assert space.search(f"What did {name} say about the okapi?").hits[0].cube.id == report.added[0]
    assert value(memos, "MATCH (n:Space) RETURN count(n)") == before
    assert len(rows(memos, "MATCH (s:Source {space: $s}) RETURN s.id", s=space.space)) == 1
