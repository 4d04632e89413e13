"""What the search for leaks found, each as small as it can be."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from support.raw_graph import derive, revouch, rows
from uuid_utils import uuid7

from memos_graph import Action, Memory, MemOS, Message
from memos_graph.errors import NotFoundError
from memos_graph.language.sensitivity import LevelName


@pytest.fixture
def guest(principal: str) -> str:
    return f"{principal}.guest"


def test_what_was_made_in_another_space_of_a_denied_memory_is_in_no_listing(
    memos: MemOS, space: Memory, mount: Callable[..., Memory], guest: str
) -> None:
    other = mount("other")
    (origin,) = space.add("Dana owes the bank nine thousand euros.").added
    (made,) = other.add("Dana is nine thousand in debt.").added
    derive(memos, made, origin)
    other.grant(guest, [])
    space.permissions.deny(guest, [Action.READ], cube=origin)
    theirs = memos.mount(other.space, principal=guest)
    with pytest.raises(NotFoundError):
        theirs.get(made)
    assert not theirs.page()
    assert not theirs.search("Who is in debt?").hits


def test_counts_leave_out_what_may_not_be_read(memos: MemOS, space: Memory, guest: str) -> None:
    first, second, _ = space.add(
        [Message(id=str(i), text=f"The {what} is green.") for i, what in enumerate(("door", "roof", "well"))]
    ).added
    space.grant(guest, [])
    governance = memos._services.governance
    space.permissions.deny(guest, [Action.READ], cube=first)
    space.set(second, expires_at=datetime.now(UTC) - timedelta(hours=1))
    assert [access.cubes for access in governance.spaces(guest)] == [1]
    assert governance.require(space.space, guest, Action.READ).cubes == 1
    assert governance.require(space.space, space.principal, Action.READ).cubes == 2


def test_who_is_kept_from_a_memory_is_not_told_by_whom_and_why(memos: MemOS, space: Memory, guest: str) -> None:
    (cube,) = space.add("Dana owes the bank nine thousand euros.").added
    space.grant(guest, [Action.WRITE, Action.SHARE, Action.ADMINISTER])
    space.update(cube, text="Dana owes nothing.", reason="she paid the bank")
    space.permissions.deny(guest, [Action.READ], cube=cube, reason="her debts are private")
    theirs = memos.mount(space.space, principal=guest)
    missing = theirs.can(guest, Action.READ, str(uuid7()))
    assert theirs.can(guest, Action.READ, cube).model_copy(update={"target": missing.target}) == missing
    assert "private" not in str(theirs.grants())
    assert cube not in str(theirs.grants())
    told = str(theirs.log(limit=200))
    assert "private" not in told
    assert "she paid" not in told
    assert not theirs.log(cube=cube)


def test_nobody_decides_about_a_memory_that_it_is_kept_from(memos: MemOS, space: Memory, guest: str) -> None:
    (cube,) = space.add("Dana owes the bank nine thousand euros.").added
    space.grant(guest, [Action.SHARE, Action.ADMINISTER])
    space.permissions.deny(guest, [Action.READ], cube=cube)
    space.permissions.grant("somebody", [], cube=cube)
    theirs = memos.mount(space.space, principal=guest).permissions
    for act in (
        lambda target: theirs.allow(guest, cube=target),
        lambda target: theirs.grant("accomplice", [], cube=target),
        lambda target: theirs.deny("somebody", [Action.READ], cube=target),
        lambda target: theirs.revoke("somebody", cube=target),
    ):
        with pytest.raises(NotFoundError) as hidden:
            act(cube)
        with pytest.raises(NotFoundError) as missing:
            act("nowhere")
        assert str(hidden.value).replace(cube, "nowhere") == str(missing.value)


def test_what_a_memory_said_before_it_was_changed_ends_with_it(space: Memory) -> None:
    (cube,) = space.add([Message(id="m1", speaker="Dana", text="I moved to Lisbon in May.")]).added
    (fact,) = (node.id for node in space.lineage(cube).downstream())
    space.update(cube, text="I moved to Porto in May.")
    assert space.get(fact).text
    space.set(cube, expires_at=datetime.now(UTC) - timedelta(hours=1))
    with pytest.raises(NotFoundError):
        space.get(fact)
    assert not space.page()


def test_a_topic_named_after_a_word_that_may_not_be_read_is_not_named(memos: MemOS, space: Memory, guest: str) -> None:
    (denied,) = space.add([Message(id="m1", text="Dana bought a clarinet.")], source="a").added
    space.add([Message(id="m2", text="Ravi bought a saxophone.")], source="b")
    space.grant(guest, [])
    theirs = memos.mount(space.space, principal=guest)
    assert "clarinet" in str([hit.path for hit in theirs.search("Who bought a saxophone?").hits])
    space.permissions.deny(guest, [Action.READ], cube=denied)
    assert "clarinet" not in str([hit.path for hit in theirs.search("Who bought a saxophone?").hits])


def test_the_full_name_of_who_speaks_where_nothing_may_be_read_is_not_known(
    memos: MemOS, space: Memory, guest: str
) -> None:
    (denied,) = space.add([Message(id="m1", speaker="Ilse Qvarnström", text="I play the cello.")], source="a").added
    space.add([Message(id="m2", speaker="Ravi", text="I play chess.")], source="b")
    space.grant(guest, [])
    theirs = memos.mount(space.space, principal=guest)
    assert theirs.search("What does Ilse play?").call.people == ("Ilse Qvarnström",)
    space.permissions.deny(guest, [Action.READ], cube=denied)
    assert theirs.search("What does Ilse play?").call.people == ()
    assert theirs.search("What does Ravi play?").call.people == ("Ravi",)


def test_an_administrator_who_is_kept_from_a_memory_foresees_the_rest(memos: MemOS, space: Memory, guest: str) -> None:
    (denied,) = space.add([Message(id="m1", speaker="Dana", text="I owe the bank nine thousand euros.")]).added
    space.add([Message(id="m2", speaker="Dana", text="I play the cello.")], source="b")
    space.grant(guest, [Action.ADMINISTER])
    space.permissions.deny(guest, [Action.READ], cube=denied)
    theirs = memos.mount(space.space, principal=guest)
    told = str(theirs.forgetting.foresee("Dana", [space.space]))
    assert "cello" in told
    assert "nine thousand" not in told
    assert denied not in told


def test_a_policy_tried_shows_no_example_that_may_not_be_read(memos: MemOS, space: Memory, guest: str) -> None:
    (denied,) = space.add("Dana owes the bank nine thousand euros.", tags=["temporary"]).added
    rows(memos, "MATCH (c:MemCube {id: $c}) SET c.created_at = c.created_at - duration({days: 2})", c=denied)
    revouch(memos)
    space.grant(guest, [Action.ADMINISTER])
    policy = "policy: 1\nname: desk\nkeep:\n  rules:\n    - for: {tag: temporary}\n      keep: 1 hour\n"
    theirs = memos.mount(space.space, principal=guest).policy
    assert "nine thousand" in str(theirs.apply(policy, dry_run=True))
    space.permissions.deny(guest, [Action.READ], cube=denied)
    assert "nine thousand" not in str(theirs.apply(policy, dry_run=True))


def test_a_writer_is_not_told_what_stands_in_a_denied_memory(memos: MemOS, space: Memory, guest: str) -> None:
    debt = Message(id="1", text="Dana owes the bank nine thousand euros.")
    (cube,) = space.add([debt], source="chat").added
    space.grant(guest, [Action.WRITE])
    space.permissions.deny(guest, [Action.READ], cube=cube)
    theirs = memos.mount(space.space, principal=guest)
    said = theirs.add([Message(id="2", text=debt.text)], source="chat")
    unheard = theirs.add([Message(id="3", text="Hugo keeps a parrot in the attic.")], source="chat")
    for report in (said, unheard):
        assert (len(report.added), report.facts, report.repeated_facts) == (1, 1, 0)
        assert report.concepts > 0
    same, other = (
        theirs.add([Message(id="1", text=text)], source="chat") for text in (debt.text, "Dana owes nothing.")
    )
    assert same == other, "a guess of what the memory says can't be tried"
    assert [conflict.cube for conflict in same.conflicts] == [""]
    assert not same.unchanged


def test_a_writer_is_not_told_what_is_hidden_from_its_level(memos: MemOS, space: Memory, guest: str) -> None:
    text = "The bank called Dana on 030 5550 1234 about her debts."
    space.add([Message(id="1", text=text)], source="chat")
    space.permissions.grant(guest, [Action.WRITE], sees=LevelName.PUBLIC)
    theirs = memos.mount(space.space, principal=guest)
    same, other = (theirs.add([Message(id="1", text=sent)], source="chat") for sent in (text, text.replace("4", "7")))
    assert same == other
    own = [Message(id="2", text=text)]
    said, again = theirs.add(own, source="chat"), theirs.add(own, source="chat")
    assert (said.facts, said.repeated_facts) == (1, 0)
    assert (again.unchanged, again.conflicts) == (1, ()), "what one wrote oneself is known to one"


def test_an_error_does_not_repeat_the_name_of_a_topic(space: Memory, guest: str) -> None:
    """It is made of what memories say, and errors end in logs."""
    space.add("Dana owes the bank nine thousand euros.")
    with pytest.raises(NotFoundError) as refused:
        space.permissions.grant(guest, [Action.READ], topic="zqtorodotak lamp")
    assert "zqtorodotak" not in f"{refused.value!r} {refused.value} {refused.value.hint}"
