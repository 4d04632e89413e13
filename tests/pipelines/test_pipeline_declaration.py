"""Declarations: every fault is found before anything runs, with its line and column."""

from pathlib import Path

import pytest

from memos_graph import Pipeline
from memos_graph.errors import DeclarationError, FormatError
from memos_graph.pipelines import plan

EXAMPLES = Path(__file__).parents[2] / "examples" / "pipelines"

GOOD = """\
pipeline: correct
inputs:
  question: {type: text}
  reason: {type: text, default: none given}
steps:
  - id: query
    act: search
    arguments: {question: "${inputs.question}", limit: 1}
  - id: found
    act: condition
    needs: [query]
    arguments: {value: "${query.cubes}", operator: not_empty}
  - id: update
    act: update
    needs: [found]
    when: ${found.holds}
    arguments: {cube: "${query.first}", text: Moved., reason: "${inputs.reason}"}
  - id: build
    act: kv.build
    needs: [update]
units:
  correction: [query, found, update]
"""


def test_a_good_one_becomes_a_plan() -> None:
    planned = plan(Pipeline.from_yaml(GOOD))
    assert [(unit.name, [step.id for step in unit.steps]) for unit in planned.units] == [
        ("correction", ["query", "found", "update"]),
        ("build", ["build"]),
    ]
    assert [unit.outside for unit in planned.units] == [False, True]


@pytest.mark.parametrize(
    ("change", "line", "column", "told"),
    [
        (("act: update", "act: updat"), 14, 10, "there is no act 'updat'; did you mean 'update'?"),
        (("limit: 1", "lmit: 1"), 8, 49, "act 'search' has no argument 'lmit'; did you mean 'limit'?"),
        (("limit: 1", "limit: '1'"), 8, 56, "argument 'limit' of 'search' must be of type integer"),
        (("limit: 1", "limit: 0"), 8, 56, "greater than or equal to 1"),
        (("not_empty", "bigger"), 12, 52, "'empty', 'not_empty', 'equals' or 'greater'"),
        (("needs: [query]", "needs: [update]"), 11, 5, "steps need each other in a circle"),
        (("needs: [query]", "needs: [quer]"), 11, 13, "there is no step 'quer'; did you mean 'query'?"),
        (("needs: [found]", "needs: []"), 16, 11, "step 'update' does not come after 'found'"),
        (("inputs.question", "inputs.questions"), 8, 27, "there is no such input; did you mean 'question'?"),
        (("{type: text}", "{type: word}"), 3, 14, "inputs.question.type"),
        (("default: none given", "default: 3"), 4, 33, "the default of input 'reason' is not of type text"),
        (("query.first}", "query.last}"), 17, 23, "step 'query' gives cubes, first, count, score"),
        (("query.first}", "query.count}"), 17, 23, "${query.count} is of type integer, where cube is needed"),
        (("query.first}", "query.first.colour}"), 17, 23, "there are id, text, version"),
        (("${found.holds}", "${query.count}"), 16, 11, "where boolean is needed"),
        (("${found.holds}", "found.holds == true"), 16, 11, "is not a reference"),
        (("text: Moved.", "text: 'Moved to ${query.first}'"), 17, 47, "a reference is a whole value"),
        (("text: Moved., ", ""), 17, 5, "act 'update' needs the argument 'text'"),
        (("id: found", "id: query"), 9, 9, "the id 'query' is taken"),
        (("id: found", "id: item"), 9, 9, "a word of the reference syntax"),
        (("found, update]", "found, update, build]"), 22, 38, "'kv.build' acts outside the database"),
        (("[query, found, update]", "[query, update]"), 21, 1, "these units wait for each other"),
        (("correction: [", "other: [query]\n  correction: ["), 23, 16, "is part of unit 'other' already"),
        (("found, update]", "found, updates]"), 22, 30, "there is no step 'updates'; did you mean 'update'?"),
        (("steps:\n", "colour: red\nsteps:\n"), 5, 1, "'colour' is nothing that can be declared"),
        (("pipeline: correct\n", ""), 1, 1, "pipeline: Field required"),
        (("limit: 1", "limit: 1, limit: 2"), 8, 59, "'limit' is given twice"),
        (("text: Moved.", 'text: "a\\0b"'), 17, 41, "a NUL byte or a lone surrogate"),
        (("limit: 1", "limit: &a 1"), 8, 56, "anchors and aliases"),
        (("limit: 1", "limit: !!python/name:os.system x"), 8, 56, "the tag"),
        (("id: found", "id: ["), 11, 10, "this is not YAML"),
        (("limit: 1", "limit: 1, minimum_score: " + "[" * 12 + "]" * 12), 8, 82, "nested too deeply"),
    ],
    ids=lambda part: str(part)[:40],
)
def test_a_fault_is_named_with_its_place(change: tuple[str, str], line: int, column: int, told: str) -> None:
    assert change[0] in GOOD
    with pytest.raises(DeclarationError) as caught:
        plan(Pipeline.from_yaml(GOOD.replace(*change, 1)))
    assert told in caught.value.findings[0]
    assert caught.value.findings[0].startswith(f"pipeline:{line}:{column}: ")
    assert (caught.value.line, caught.value.column) == (line, column)


def test_every_fault_is_found_at_once_and_a_file_is_named(tmp_path: Path) -> None:
    file = tmp_path / "bad.yaml"
    file.write_text(GOOD.replace("limit: 1", "lmit: 1").replace("act: update", "act: updat"), encoding="utf-8")
    with pytest.raises(DeclarationError, match="1 more fault") as caught:
        plan(Pipeline.from_yaml(file))
    assert [finding.partition(": ")[0] for finding in caught.value.findings] == ["bad.yaml:8:49", "bad.yaml:14:10"]


def test_a_space_that_can_not_be_used_is_named() -> None:
    elsewhere = GOOD.replace("act: search", "act: search\n    space: bob/notes")
    assert plan(Pipeline.from_yaml(elsewhere)).spaces() == {"bob/notes"}
    with pytest.raises(DeclarationError, match=r"pipeline:8:12: there is no space 'bob/notes'"):
        plan(Pipeline.from_yaml(elsewhere), space_known=lambda space: False)


def test_one_made_in_python_is_the_same_and_has_no_places() -> None:
    made = (
        Pipeline("correct")
        .input("question", "text")
        .input("reason", "text", default="none given")
        .step("query", "search", {"question": "${inputs.question}", "limit": 1})
        .step("found", "condition", {"value": "${query.cubes}", "operator": "not_empty"}, needs=["query"])
        .step(
            "update",
            "update",
            {"cube": "${query.first}", "text": "Moved.", "reason": "${inputs.reason}"},
            needs=["found"],
            when="${found.holds}",
        )
        .step("build", "kv.build", needs=["update"])
        .unit("correction", "query", "found", "update")
    )
    assert plan(made) == plan(Pipeline.from_yaml(GOOD))
    with pytest.raises(DeclarationError, match=r"^pipeline: there is no act 'fly'"):
        plan(made.step("fly", "fly"))


def test_a_dollar_brace_in_a_text_is_written_twice() -> None:
    planned = plan(Pipeline("text").step("add", "add", {"text": "$${HOME} is a shell's"}))
    assert planned.steps[0].arguments == {"text": "${HOME} is a shell's"}


def test_exactly_one_content_is_added() -> None:
    for given in ({}, {"text": "a", "messages": []}):
        with pytest.raises(DeclarationError, match="exactly one of text, messages, file"):
            plan(Pipeline("add").step("add", "add", given))


@pytest.mark.parametrize("file", sorted(EXAMPLES.glob("*.yaml")), ids=lambda file: file.stem)
def test_the_examples_are_good(file: Path) -> None:
    assert plan(Pipeline.from_yaml(file)).name == file.stem


def test_a_file_that_can_not_be_read_is_named(tmp_path: Path) -> None:
    for wrong in (tmp_path / "none.yaml", tmp_path):
        with pytest.raises(FormatError, match=wrong.name):
            Pipeline.from_yaml(wrong)
    with pytest.raises(DeclarationError, match="a pipeline is a mapping"):
        Pipeline.from_yaml("- a\n- b\n")
