"""A log has dates, or a name that comes back; whatever else has colons in it is a document."""

import pytest

from memos_graph.formats import parse

DOCUMENTS = {
    "card": "Name: Ana Holm\nAddress: Harbour Street 9, Lund\nBirthday: 4 June 1990\nAllergies: hazelnuts",
    "cards": "Name: Ana\nPhone: 123\nCity: Lund\n\nName: Bo\nPhone: 456\nCity: Malmo\n\nName: Cy\nPhone: 789\nCity: Ystad",
    "short cards": "Name: Ana\nPhone: 123\n\nName: Bo\nPhone: 456",
    "devices": "Router model: X200\nRouter place: attic\nBoiler model: B7\nBoiler place: cellar",
    "unlisted fields": "Glass: blue\nWood: oak\nCloth: linen\n\nGlass: green\nWood: ash\nCloth: wool",
    "settings": "name: ana\nage: 35\ncity: lund",
    "recipe": "Pancakes\nServes: 4\nPrep time: 10 minutes\nIngredients: flour, milk\nMethod: mix and fry.\nTip: rest it.",
    "minutes": "Minutes, 14 October 2025\nPresent: Ana, Bo\n10:00 Welcome: Ana opens.\n10:15 Budget: figures.\n10:40 Close: none.",
    "minutes with actions": "Agenda: budget\nAna: writes to the bank\nBo: finds a hall\nAna: books the train\nDecision: in May",
    "agenda": "10:00 - Opening: Ana opens.\n10:15 - Budget: Bo presents.\n10:40 - Close: done.",
    "questions": "Q: When does it open?\nA: At nine.\nQ: How much?\nA: Eight euros.",
    "letter": "Dear Bo: thank you for the key.\n\nIt fits: the door opens.\n",
    "glossary": "Kiln: an oven for clay\nSlip: liquid clay\nGlaze: a coat of glass",
    "week": "Monday: swimming\nTuesday: choir\nWednesday: swimming\nThursday: choir",
    "diary": "2025-10-14 08:00 - Breakfast with Lea\n2025-10-14 12:00 - The harbour\n2025-10-15 09:00 - Dentist",
    "server": "2025-10-14 15:34:12 INFO: started\n2025-10-14 15:34:13 ERROR: disk full\n2025-10-14 15:34:14 INFO: stopped",
    "quoted talk": "The court heard this exchange, which both sides have confirmed since.\n"
    + "It was read aloud twice.\n" * 9
    + "[2025-10-14 15:34] Ana: no\n[2025-10-14 15:35] Bo: yes\n"
    + "The court was not amused.\n" * 9,
}
LOGS = {
    "names that come back": "Ann: hi\nBo: hello\nAnn: bye",
    "roles": "User: Where do I live?\nAssistant: In Bremen.\nUser: Thanks.\nAssistant: Welcome.",
    "one dated line": "[2026-05-08 13:56] Ann: hello",
    "one message of a phone": "10/14/2025, 3:34 PM - Marta: hello\nand more\nand more\nand more",
    "a long first message": "14/10/2025, 15:34 - Marta: " + "a line\n" * 90 + "14/10/2025, 15:35 - Jonas: ok",
    "notices first": '14/10/2025, 15:30 - Marta created group "Trip"\n14/10/2025, 15:32 - Marta added you\n'
    "14/10/2025, 15:34 - Marta: hello",
    "times and a date": "14 October 2025\n09:00 Ann: one\n09:01 Bo: two\n09:02 Ann: three",
    "three people": "Ann: hi\nBo: hello\nCy: hey\n\nAnn: where?\nCy: here\nBo: fine",
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document(name: str):
    parsed = parse(DOCUMENTS[name], name="notes.txt")
    assert parsed.kind == "document"
    assert "".join("".join(entry.text for entry in parsed.entries).split()) == "".join(DOCUMENTS[name].split())


@pytest.mark.parametrize("name", LOGS)
def test_a_log(name: str):
    parsed = parse(LOGS[name], name="notes.txt")
    assert parsed.kind == "conversation"
    assert all(entry.speaker in {"Ann", "Bo", "Cy", "Marta", "Jonas", "User", "Assistant"} for entry in parsed.entries)


def test_markdown_with_a_quoted_turn_stays_markdown():
    parsed = parse("# Plan\n\n[2025-10-14 15:34:12] Me: The key.\n\nText\n\nmore\n", name="plan.md")
    assert parsed.kind == "document"
