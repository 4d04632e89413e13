"""A policy file: read, every problem placed, said in words."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memos_graph.errors import InputError, PolicyFileError
from memos_graph.language.sensitivity import FindingKind
from memos_graph.policies import read, rule_sentences, rules, sentences, template, templates

WRONG = """\
policy: 2
nmae: x
keep:
  defualt: 3 years
  default: 5 fortnights
  rules:
    - for: {tpye: message, type: mesage}
      keep: 30
    - for: hello
    - keep: forever
  afterwards: eraze
sensitivity:
  refuse: [pasword, secret]
redaction: [a]
quotas: {memories: yes, characters: -1}
quotas: {}
"""


def problems(text: str) -> list[tuple[int, int, str]]:
    with pytest.raises(PolicyFileError) as caught:
        read(text)
    return [tuple(each) for each in caught.value.problems]


def test_every_problem_of_a_file_is_named_at_once_where_it_stands() -> None:
    found = problems(WRONG)
    assert [(line, column) for line, column, _ in found] == sorted((line, column) for line, column, _ in found)
    told = {(line, column): message for line, column, message in found}
    assert told[2, 1] == "'nmae' is not a setting here; did you mean 'name'?"
    assert told[4, 3] == "'defualt' is not a setting here; did you mean 'default'?"
    assert "'5 fortnights' is not a span of time" in told[5, 3]
    assert told[7, 13] == "'tpye' is not a setting here; did you mean 'type'?"
    assert told[7, 28] == "'mesage' is not a value for 'type'; did you mean 'message'?"
    assert "write a number and a unit" in told[8, 7]
    assert told[11, 3] == "'eraze' is not a value for 'afterwards'; did you mean 'erase'?"
    assert told[13, 12] == "'pasword' can't be refused; did you mean 'password'?"
    assert "group of settings" in told[14, 1]
    assert told[16, 1] == "'quotas' stands here twice; the first is in line 15"
    assert any(message == "'name' is missing here" for *_, message in found)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: [b", "this is not YAML"),
        ("policy: 1\nname: &x a\ndescription: *x\n", "anchors and aliases"),
        ("name: !!python/object:os.system x", "tags"),
        ("", "a policy begins with"),
        ("- 1", "a policy begins with"),
        ("[" * 50, "nesting is too deep"),
        ("policy: 1\n---\nname: x", "another document"),
        ("policy: 1\nname: 2026-13-45", "month must be"),
        ("\x00", "not YAML"),
        ("policy: 1\nname: 7\n", "put '7' in quotes"),
        ("policy: 1\nname: x\nquotas: {memories: yes}\n", "a whole number"),
        ("policy: 1\nname: x\nkeep:\n  rules:\n    - for: {}\n      keep: 1 day\n", "name at least one of"),
        ("policy: 1\nname: x\nkeep: {rules: 3}\n", "is a list"),
        ("policy: 1\nname: x\nkeep: {default: 2000 years}\n", "out of range"),
        ("x" * 100_001, "at most 100000"),
    ],
)
def test_what_is_no_policy_is_told_in_words(text: str, told: str) -> None:
    assert told in problems(text)[0][2]


@given(st.text())
def test_no_text_breaks_the_reader(text: str) -> None:
    assert problems(text)


@given(st.sampled_from(templates()), st.integers(0, 3000), st.text(max_size=3))
def test_a_damaged_template_is_read_or_its_problems_are_named(name: str, place: int, noise: str) -> None:
    whole = template(name)
    damaged = whole[: place % len(whole)] + noise + whole[place % len(whole) + 1 :]
    try:
        read(damaged)
    except PolicyFileError as error:
        named = error.problems
    else:
        return
    assert named
    assert all(1 <= each.line <= damaged.count("\n") + 2 for each in named)


def test_templates_are_policies_and_explain_themselves() -> None:
    assert templates() == ["health-care", "personal-assistant", "support-desk"]
    for name in templates():
        policy = read(template(name))
        assert len(rule_sentences(policy)) == len(rules(policy))
        assert all(each.endswith(".") for each in sentences(policy))
    with pytest.raises(InputError, match="no policy template 'school'"):
        template("school")


POLICY = """\
policy: 1
name: desk
keep:
  default: 2 years
  rules:
    - for: {tag: legal hold, speaker: Ann}
      keep: forever
    - for: {level: confidential}
      keep: 36 hours
fade:
  rules:
    - for: {type: message}
      half_life: 6 weeks
sensitivity:
  refuse: [secret, iban]
redaction:
  default: public
  roles: {agent: personal, lead: confidential}
  principals: {bob: public}
forms: {scheduler: act, megabytes: 200, teach: false, archive_unread: 90 days}
quotas: {memories_per_day: 5000}
"""


def test_a_policy_is_said_in_plain_sentences() -> None:
    told = sentences(read(POLICY))
    assert told[:5] == (
        "Memories tagged 'legal hold' and said by Ann are kept forever.",
        "Memories that are confidential or above end 36 hours after they were stored.",
        "All other memories end 2 years after they were stored.",
        "Memories of type message count half as much in a search after 6 weeks, and so on.",
        "All other memories do not fade.",
    )
    assert told[-5:] == (
        "The memories in most use are kept as KV-caches without being asked for.",
        "The scheduler's KV-caches of the space take at most 200 MiB.",
        "Plans have no memories taught to adapters.",
        "Plans archive memories that were not read for 3 months.",
        "At most 5,000 memories are added in any 24 hours.",
    )


def test_spans_are_read_as_written() -> None:
    policy = read(POLICY)
    assert policy.keep.default == timedelta(days=730)
    assert [each.keep for each in policy.keep.rules] == [None, timedelta(hours=36)]
    assert [(row["seconds"], row["days"]) for row in rules(policy)] == [
        (None, None),
        (129_600, None),
        (63_072_000, None),
        (None, 42.0),
        (None, None),
    ]


def test_a_level_refuses_its_kinds_and_those_above_and_a_kind_only_itself() -> None:
    refused = read(POLICY).sensitivity.refused_kinds
    assert refused == {FindingKind.API_KEY, FindingKind.PASSWORD, FindingKind.PRIVATE_KEY, FindingKind.IBAN}


def test_who_sees_what() -> None:
    policy = read(POLICY)
    levels = policy.redaction.levels("ann")
    assert levels["default"] == 0
    named = dict(zip(levels["names"], levels["levels"], strict=True))
    assert (named["ann/lead"], named["bob"]) == (2, 0)
    assert read("policy: 1\nname: x\n").redaction.levels("ann") == {"default": 3, "names": [], "levels": []}
