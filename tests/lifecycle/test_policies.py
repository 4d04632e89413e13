"""A declared policy: tried first, applied in one transaction, and held to by every later write."""

from collections.abc import Callable

import pytest
from support.raw_graph import revouch, rows, value

from memos_graph import Memory, MemOS, Message
from memos_graph.errors import ForbiddenError, NotFoundError, PolicyError, PolicyFileError, QuotaError

HEAD = "policy: 1\nname: desk\n"
SOON = f"{HEAD}keep:\n  rules:\n    - for: {{tag: temporary}}\n      keep: 1 hour\n"
GRAPH = """
MATCH (n) WHERE n.space = $space OR n.id = $space
RETURN elementId(n) AS node, properties(n) AS properties ORDER BY node
"""


def said(number: int, text: str, speaker: str = "Alice") -> Message:
    return Message(id=f"m{number}", speaker=speaker, text=text)


def aged(memos: MemOS, cube: str, days: float) -> None:
    """Make a memory and its facts as if they had been stored earlier."""
    rows(
        memos,
        "MATCH (:MemCube {id: $cube})<-[:DERIVED_FROM*0..1]-(c) SET c.created_at = c.created_at - duration({seconds: $s})",
        cube=cube,
        s=round(days * 86_400),
    )
    revouch(memos)


def texts(space: Memory, question: str) -> list[str]:
    return sorted(hit.cube.text for hit in space.search(question).hits)


@pytest.fixture
def filled(memos: MemOS, space: Memory) -> Memory:
    """A space with an old temporary memory, a new one, and one that has no label."""
    (old,) = space.add([said(1, "The spare key lies under the blue flowerpot.")], tags=["temporary"]).added
    space.add([said(2, "The spare bulb lies in the kitchen drawer.")], tags=["temporary"])
    space.add([said(3, "The spare fuse lies beside the meter.", "Bob")])
    aged(memos, old, 2)
    return space


def test_a_dry_run_says_what_would_end_and_writes_nothing(memos: MemOS, filled: Memory) -> None:
    memos._services.audit.flush()
    before = rows(memos, GRAPH, space=filled.space)
    tried = filled.policy.apply(SOON, dry_run=True)
    assert (tried.dry_run, tried.version, tried.ending) == (True, 1, 1)
    assert (tried.rules[0].memories, tried.rules[0].ending) == (2, 1)
    assert tried.rules[0].rule == "Memories tagged 'temporary' end 1 hour after they were stored."
    assert [each.text for each in tried.rules[0].examples] == ["The spare key lies under the blue flowerpot."]
    assert rows(memos, GRAPH, space=filled.space) == before


def test_applying_does_what_the_dry_run_said(filled: Memory) -> None:
    tried = filled.policy.apply(SOON, dry_run=True)
    done = filled.policy.apply(SOON)
    assert [(each.rule, each.memories, each.ending) for each in done.rules] == [
        (each.rule, each.memories, each.ending) for each in tried.rules
    ]
    assert (done.changed, done.ending, done.memories) == (tried.changed, tried.ending, tried.memories)
    assert texts(filled, "Where is the spare key?") == [
        "The spare bulb lies in the kitchen drawer.",
        "The spare fuse lies beside the meter.",
    ]


def test_a_fact_ends_with_the_memory_that_says_it(memos: MemOS, filled: Memory) -> None:
    filled.policy.apply(SOON)
    left = [cube.text for cube in filled.page(level="fact")]
    assert not any("flowerpot" in text for text in left)
    assert any("fuse" in text for text in left)


def test_the_same_policy_again_changes_nothing_and_says_so(memos: MemOS, filled: Memory) -> None:
    filled.policy.apply(SOON)
    before = rows(memos, GRAPH, space=filled.space)
    again = filled.policy.apply(SOON)
    assert (again.unchanged, again.version, again.changed) == (True, 1, 0)
    kept = [{k: v for k, v in row["properties"].items() if k != "revision"} for row in before]
    after = rows(memos, GRAPH, space=filled.space)
    assert [{k: v for k, v in row["properties"].items() if k != "revision"} for row in after] == kept


def test_the_earlier_policy_applied_again_undoes_the_later_one(filled: Memory) -> None:
    filled.policy.apply(HEAD)
    filled.policy.apply(SOON)
    assert len(texts(filled, "Where is the spare key?")) == 2
    undone = filled.policy.apply(filled.policy.show(1).text)
    assert (undone.version, undone.returning > 0) == (3, True)
    assert len(texts(filled, "Where is the spare key?")) == 3
    assert [each.version for each in filled.policy.history()] == [3, 2, 1]
    assert filled.policy.show().text == HEAD


def test_the_first_rule_that_fits_decides_and_every_matcher_fits(memos: MemOS, space: Memory) -> None:
    keep = "\n".join(
        f"    - for: {{{match}}}\n      keep: {days} days"
        for match, days in [
            ("tag: one, speaker: bob", 2),
            ("tag: one", 3),
            ("speaker: bob", 4),
            ("source: diary", 5),
            ("sensitivity: e-mail", 6),
            ("level: confidential", 7),
            ("type: passage", 8),
        ]
    )
    space.policy.apply(f"{HEAD}keep:\n  default: 9 days\n  rules:\n{keep}\n")
    bob, ann = "Bob", "Alice"
    space.add([said(1, "I water the fern each week.", bob)], tags=["one"])
    space.add([said(2, "I water the palm each week.", ann)], tags=["one"])
    space.add([said(3, "I water the moss each week.", bob)])
    space.add([said(4, "I water the rose each week.", ann)], source="diary")
    space.add([said(5, "Mail ann@example.org about the lawn.", ann)])
    space.add([said(6, "The card is 4111 1111 1111 1111, for plants.", ann)])
    space.add_data("# Garden\n\nThe hedge is cut in May.", name="garden.md")
    space.add([said(8, "I water the tulip each week.", ann)])
    found = rows(
        memos,
        "MATCH (c:MemCube {space: $space, level: 'whole'}) "
        "RETURN duration.inDays(c.created_at, c.expires_at).days AS days ORDER BY c.id",
        space=space.space,
    )
    assert [row["days"] for row in found] == [2, 3, 4, 5, 6, 7, 8, 9]


def test_who_may_apply_and_who_may_look(filled: Memory, mount: Callable[..., Memory]) -> None:
    filled.policy.apply(SOON)
    reader = f"{filled.principal}.reader"
    filled.grant(reader, [])
    theirs = mount(owner=filled.owner, as_=reader)
    assert theirs.policy.show().name == "desk"
    for dry_run in (True, False):
        with pytest.raises(ForbiddenError):
            theirs.policy.apply(HEAD, dry_run=dry_run)
    with pytest.raises(ForbiddenError):
        theirs.sweep()
    filled.revoke(reader)
    with pytest.raises(NotFoundError):
        theirs.policy.show()


def test_a_file_with_problems_changes_nothing(filled: Memory) -> None:
    with pytest.raises(PolicyFileError):
        filled.policy.apply(f"{HEAD}kepe: {{}}\n")
    with pytest.raises(NotFoundError, match="no policy"):
        filled.policy.show()


def test_an_applied_policy_is_in_the_log_without_its_text(filled: Memory) -> None:
    filled.policy.apply(SOON)
    (entry,) = filled.logs.query(action="policy")
    assert (entry.detail, entry.principal) == ("version 1", filled.principal)


def test_what_the_policy_refuses_is_reported_and_the_rest_is_stored(space: Memory) -> None:
    space.policy.apply(f"{HEAD}sensitivity:\n  refuse: [payment card, secret]\n")
    report = space.add(
        [said(1, "My card is 4111 1111 1111 1111."), said(2, "My mail is a@example.org."), said(3, "The sea is calm.")]
    )
    assert len(report.added) == 2
    (refused,) = report.rejected
    assert "payment card" in refused.reason
    assert "4111" not in f"{refused.reason}{refused.excerpt}"
    kept = space.get(report.added[0])
    assert (kept.governance.sensitivity, kept.governance.clearance) == (("e-mail",), 1)
    with pytest.raises(PolicyError, match="password"):
        space.update(report.added[1], text="My password is hunter2.")
    assert len(space.history(report.added[1])) == 1


@pytest.mark.parametrize(
    ("quota", "told"),
    [
        ("memories: 2", "2 memories; it has 2"),
        ("characters: 40", "40 characters"),
        ("memories_per_day: 2", "in 24 hours"),
    ],
)
def test_a_quota_is_held_and_says_what_stands(space: Memory, quota: str, told: str) -> None:
    space.policy.apply(f"{HEAD}quotas: {{{quota}}}\n")
    space.add([said(1, "The sea is calm."), said(2, "The sky is clear.")])
    with pytest.raises(QuotaError, match=told) as caught:
        space.add([said(3, "The wind is still.")])
    assert caught.value.hint
    assert len(space.page(level="whole")) == 2


def test_a_memory_that_was_deleted_makes_room_but_counts_for_its_day(space: Memory) -> None:
    space.policy.apply(f"{HEAD}quotas: {{memories: 1, memories_per_day: 2}}\n")
    (first,) = space.add([said(1, "The sea is calm.")]).added
    space.delete(first)
    space.add([said(2, "The sky is clear.")])
    space.delete(space.page(level="whole")[0].id)
    with pytest.raises(QuotaError, match="24 hours"):
        space.add([said(3, "The wind is still.")])


def test_who_may_share_is_the_policy_s_to_say(space: Memory, mount: Callable[..., Memory]) -> None:
    deputy, helper = f"{space.principal}.deputy", f"{space.principal}.helper"
    space.grant(deputy, ["share", "administer"])
    space.grant(helper, ["share"])
    space.policy.apply(f"{HEAD}sharing: {{who: [owner, administrators]}}\n")
    mount(owner=space.owner, as_=deputy).grant(f"{deputy}.friend", [])
    with pytest.raises(ForbiddenError, match="does not let this principal share"):
        mount(owner=space.owner, as_=helper).grant(f"{helper}.friend", [])
    assert f"{helper}.friend" not in {grant.principal for grant in space.grants()}
    space.policy.apply(f"{HEAD}sharing: {{who: {helper}}}\n")
    mount(owner=space.owner, as_=helper).grant(f"{helper}.friend", [])
    with pytest.raises(ForbiddenError):
        space.grant("somebody", [])


def test_a_new_text_is_weighed_anew(space: Memory) -> None:
    (cube,) = space.add([said(1, "Write to ann@example.org about the roof.")]).added
    assert space.get(cube).governance.sensitivity == ("e-mail",)
    space.update(cube, text="Write to Ann about the roof.")
    assert (space.get(cube).governance.sensitivity, space.get(cube).governance.clearance) == ((), 0)
    (hit,) = [hit for hit in space.search("Who hears about the roof?").hits if hit.cube.id == cube]
    assert hit.cube.governance.clearance == 0


def test_a_version_keeps_the_clearance_of_its_own_text(memos: MemOS, space: Memory) -> None:
    (cube,) = space.add([said(1, "The card is 4111 1111 1111 1111.")]).added
    space.update(cube, text="The card is in the drawer.")
    found = value(
        memos,
        "MATCH (v:MemVersion {cube: $cube}) WITH v ORDER BY v.number RETURN collect(v.clearance) AS all",
        cube=cube,
    )
    assert found == [2, 0]
