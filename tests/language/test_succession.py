"""Which facts take the place of others: what has one value at a time, said as it is, of the same subject."""

import pytest

from memos_graph.language import Succession, relation_of, succession

CERTAIN = [
    ("I live in Leeds.", "I live in Malmö now."),
    ("I've lived in Leeds for ten years.", "I'm living in York now."),
    ("Dana lives in Lisbon.", "Dana lives in Porto."),
    ("My flight is on the 7th.", "Actually my flight is on the 9th, not the 7th."),
    ("My dentist appointment is on Tuesday.", "My dentist appointment is on Thursday, not on Tuesday."),
    ("The meeting starts at 3.", "Sorry, the meeting starts at 4, not at 3."),
    ("The rent is 900 euros.", "The rent is 950 euros, not 900 euros."),
]
LIKELY = [
    ("I live in Leeds.", "I moved to Malmö."),
    ("I live in Leeds.", "I have relocated to Malmö for work."),
    ("I'm living in Leeds with my sister.", "We've just moved to Malmö!"),
    ("Dana lives in Lisbon.", "Dana has moved to Porto."),
    ("i live in leeds", "i moved to york"),
    ("- I live in Leeds.", "- I moved to York."),
    ("My sister lives in Leeds.", "My sister moved to York in May."),
    ("I work at Acme.", "I joined Globex in May."),
    ("I work for Acme.", "I now work for Globex."),
    ("My flight is on 7 March.", "Actually, my flight is on 9 March."),
    ("My flight is on the 7th.", "My flight will be on the 9th."),
    ("The meeting is on Friday at 3 pm.", "The meeting is on Friday at 4 pm."),
    ("Our train leaves at 9:15.", "Our train leaves at 9:45."),
    ("The release is on 15 May.", "Correction: the release is on 22 May."),
    ("The deadline is 15 May.", "The deadline is 22 May."),
    ("I start at Harbour Labs on 16 March.", "I start at Harbour Labs on 23 March."),
    ("My phone number is 555 1234.", "My phone number is 555 9999."),
    ("My address is 4 Elm Street.", "My address is 12 Oak Road."),
    ("My name is Ana.", "My name is Eva."),
    ("My boss is Tom.", "My boss is Anna now."),
    ("My favourite colour is green.", "My favourite colour is blue."),
    ("I'm 33.", "I'm 34 now."),
    ("The rent is 900 euros.", "The rent is 950 euros."),
    ("I weigh 82 kg.", "I weigh 79 kg."),
]
NEVER = [
    # Likes, possessions and deeds: many at a time.
    ("I love tea.", "I love coffee."),
    ("I like Leeds.", "I like York."),
    ("I love living in Leeds.", "I would love living in York."),
    ("I have a dog.", "I have a cat."),
    ("My sister has 2 cats.", "My sister has 3 kids."),
    ("I went to Rome.", "I went to Paris."),
    ("I stayed in Rome.", "I stayed in Paris."),
    ("I bought two apples.", "I bought 3 apples."),
    ("I ran 5 km.", "I ran 10 km."),
    ("I had 2 coffees.", "I had 3 coffees."),
    ("My brother is tall.", "My brother is a doctor."),
    ("My boss is nice.", "My boss is kind."),
    ("My car is red.", "My car is a Volvo."),
    ("I'm allergic to hazelnuts.", "I'm allergic to peanuts."),
    # Not so, not yet, not any more, or not sure.
    ("I live in Leeds.", "I want to move to Malmö."),
    ("I live in Leeds.", "I might move to Malmö in May."),
    ("I live in Leeds.", "I may move to Malmö."),
    ("I live in Leeds.", "We're going to move to Malmö."),
    ("I live in Leeds.", "I don't live in Malmö."),
    ("I live in Leeds.", "I used to live in Malmö."),
    ("I live in Leeds.", "I lived in Malmö as a child."),
    ("My flight is on the 7th.", "My flight could be on the 9th."),
    # Other subjects, other things.
    ("I live in Leeds.", "My sister lives in Malmö."),
    ("I work from home.", "I work on the parser."),
    ("I moved the sofa to the Kitchen.", "I moved the lamp to the Hall."),
    ("I start yoga on Monday.", "I start the new job on Friday."),
    ("I leave on Friday.", "I leave on Monday."),
    ("I have a meeting at 3.", "I have a meeting at 5."),
    ("I am in Berlin on Monday.", "I am in Rome on Friday."),
    ("I was in Rome on 3 May.", "I was in Paris on 9 May."),
    ("My sister is visiting on Friday.", "My sister is visiting on Monday."),
    ("The meeting is on Friday.", "The meeting is at 4."),
    ("The cake has 3 eggs.", "The soup has 2 eggs."),
    # Laid out, not said.
    ("- **Date**: May 20", "- **Date**: May 14"),
    ("- 9:00 AM - 1:00 PM: Editing", "- 9:00 AM - 11:00 AM: Editing"),
    ("9 AM - 12 PM: Writing", "9 AM - 11 AM: Writing"),
    ("### The timeline starts on August 25", "### The timeline starts on September 4"),
    ("- The length: each book is 700 pages", "- The length: each book is 900 pages"),
    # The same, said otherwise.
    ("I live in Leeds.", "I live in Leeds with my sister."),
    ("I moved to Malmö in October.", "I moved to Malmö in May."),
    ("My name is Ana.", "My name is Ana Silva."),
    ("I live in Leeds and York.", "I live in Malmö."),
]


def how(older: str, newer: str, speaker: str = "Ana") -> Succession | None:
    return succession(newer, older, speaker=speaker, older_speaker="Ana")


@pytest.mark.parametrize(("older", "newer"), CERTAIN)
def test_the_rule_is_certain(older: str, newer: str) -> None:
    assert how(older, newer) is Succession.CERTAIN


@pytest.mark.parametrize(("older", "newer"), LIKELY)
def test_the_rule_takes_it_for_likely(older: str, newer: str) -> None:
    assert how(older, newer) is Succession.LIKELY


@pytest.mark.parametrize(("older", "newer"), NEVER)
def test_nothing_takes_the_place_of_what_stands_beside_it(older: str, newer: str) -> None:
    assert how(older, newer) is None


@pytest.mark.parametrize(("older", "newer"), [pair for pair in (*CERTAIN, *LIKELY) if " my " in f" {pair[1].lower()}"])
def test_what_somebody_else_says_of_themselves_replaces_nothing(older: str, newer: str) -> None:
    assert how(older, newer, speaker="Bo") is None


def test_a_correction_that_takes_back_something_else_is_not_certain() -> None:
    assert how("My flight is on the 7th.", "My flight is on the 9th, not the 8th.") is Succession.LIKELY


@pytest.mark.parametrize("lead", ["Sorry, ", "Correction: ", "No, wait, ", "Oh no... ", "Actually, ", "By the way, "])
def test_what_a_sentence_begins_with_is_no_part_of_its_subject(lead: str) -> None:
    assert relation_of(f"{lead}the meeting starts at 4.") == ("meeting", "start")
