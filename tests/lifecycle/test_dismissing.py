"""Two facts that are both true: a person says so, and neither is proposed as the other's successor any more."""

import pytest

from memos_graph import Action, Memory, MemOS, Message, Successor
from memos_graph.errors import ForbiddenError, FrozenError, InputError, NotFoundError, StateError

LEEDS, YORK, PORTO = "I live in Leeds.", "I live in York.", "I live in Porto."


def told(space: Memory, *said: tuple[str, str]) -> list[str]:
    """Add what Ana said on each day; returns the ids of the whole messages."""
    talk = [Message(id=at, speaker="Ana", at=at, text=text) for at, text in said]
    return list(space.add(talk, source="talk").added)


def texts(found: object) -> list[tuple[str, str]]:
    assert isinstance(found, list)
    assert all(isinstance(each, Successor) for each in found)
    return [(each.old_text, each.new_text) for each in found]


def test_a_pair_that_was_dismissed_is_neither_proposed_nor_settled(space: Memory) -> None:
    told(space, ("2026-03-01", LEEDS), ("2026-05-01", YORK))
    (pair,) = space.review()
    done = space.dismiss(pair.new, pair.old, reason="two homes")
    assert (done.act, done.cubes) == ("dismiss", (pair.new, pair.old))
    assert not space.review()
    assert not space.settle()
    assert space.get(pair.old).descriptive.valid_to is None
    assert texts(space.review(dismissed=True)) == [(LEEDS, YORK)]
    (noted,) = (entry for entry in space.log(limit=20) if entry.action == "dismiss")
    assert (noted.reason, {each.id for each in noted.cubes}) == ("two homes", {pair.new, pair.old})
    assert space.audit.verify().whole


def test_it_holds_when_the_older_one_is_said_again(space: Memory) -> None:
    told(space, ("2026-03-01", LEEDS), ("2026-05-01", YORK))
    (pair,) = space.review()
    space.dismiss(pair.new, pair.old)
    told(space, ("2026-06-01", LEEDS))
    assert not space.review()
    told(space, ("2026-07-01", PORTO))
    assert sorted(texts(space.review())) == [(LEEDS, PORTO), (YORK, PORTO)]


def test_it_is_taken_back_once(space: Memory) -> None:
    told(space, ("2026-03-01", LEEDS), ("2026-05-01", YORK))
    (pair,) = space.review()
    with pytest.raises(StateError, match="was not dismissed"):
        space.reconsider(pair.new, pair.old)
    space.dismiss(pair.new, pair.old)
    for one, other in ((pair.new, pair.old), (pair.old, pair.new)):
        with pytest.raises(StateError, match="dismissed already"):
            space.dismiss(one, other)
    assert space.reconsider(pair.new, pair.old).act == "reconsider"
    assert texts(space.review()) == [(LEEDS, YORK)]
    assert space.review(dismissed=True) == []
    space.dismiss(pair.new, pair.old)
    assert not space.review()


def test_what_one_of_them_says_later_is_proposed_again(space: Memory) -> None:
    told(space, ("2026-03-01", LEEDS), ("2026-05-01", YORK))
    (pair,) = space.review()
    space.dismiss(pair.new, pair.old)
    space.update(pair.old, text="I live in Hull.")
    assert texts(space.review()) == [("I live in Hull.", YORK)]
    space.dismiss(pair.new, pair.old)
    assert not space.review()


def test_whoever_may_supersede_may_dismiss_and_nobody_else(memos: MemOS, space: Memory, principal: str) -> None:
    told(space, ("2026-03-01", LEEDS), ("2026-05-01", YORK))
    (pair,) = space.review()
    guest = f"{principal}.guest"
    space.grant(guest, [Action.READ])
    theirs = memos.mount(space.space, principal=guest)
    for act in (theirs.dismiss, theirs.reconsider, theirs.supersede):
        with pytest.raises(ForbiddenError):
            act(pair.new, pair.old)
    space.grant(guest, [Action.READ, Action.WRITE])
    theirs.dismiss(pair.new, pair.old)
    assert space.review() == []
    space.freeze(pair.new)
    with pytest.raises(FrozenError):
        space.reconsider(pair.new, pair.old)


def test_a_fact_that_may_not_be_read_is_not_found_beside_another(memos: MemOS, space: Memory, principal: str) -> None:
    """Neither do the words of the refusal tell whom it is about."""
    told(space, ("2026-03-01", LEEDS), ("2026-05-01", YORK))
    (pair,) = space.review()
    guest = f"{principal}.guest"
    space.grant(guest, [Action.READ, Action.WRITE])
    theirs = memos.mount(space.space, principal=guest)
    space.permissions.deny(guest, [Action.READ], cube=pair.new)
    for act in (theirs.dismiss, theirs.reconsider, theirs.supersede, theirs.contradict):
        with pytest.raises(NotFoundError) as caught:
            act(pair.new, pair.old)
        assert "ana" not in str(caught.value).lower()


def test_only_facts_about_the_same_are_dismissed(space: Memory) -> None:
    whole, _ = told(space, ("2026-03-01", LEEDS), ("2026-05-01", "My dog is called Rex."))
    home, dog = sorted((each for each in space.page(level="fact")), key=lambda each: each.text)
    for new, old in ((home.id, dog.id), (home.id, home.id), (whole, home.id)):
        with pytest.raises(InputError):
            space.dismiss(new, old)


def test_an_erasure_of_one_leaves_nothing_of_the_note(space: Memory) -> None:
    first, _ = told(space, ("2026-03-01", LEEDS), ("2026-05-01", YORK))
    (pair,) = space.review()
    space.dismiss(pair.new, pair.old)
    space.delete(first)
    assert space.review(dismissed=True) == []
    assert space.audit.verify().whole
