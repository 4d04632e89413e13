"""What is refused in a Python program, in a step of a pipeline and on the command line is in the log; and every refusal says of what."""

import ast
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import memos_graph
from memos_graph import Memory, MemOS, Message, NotFoundError, Pipeline, PipelineError, Settings
from memos_graph.cli.program import main
from memos_graph.errors import AccessError, DeclarationError
from memos_graph.governance import Action
from memos_graph.search.selection import Selection

_REFUSALS = {"NotFoundError", "ForbiddenError", "AccessError"}
ROOT = Path(memos_graph.__file__).resolve().parent.parent


def test_every_refusal_says_of_what_it_is_one() -> None:
    """What names no target is in no log: only a caller whom nobody knows is told so without one."""
    without = []
    for room in ("memos_graph", "api", "graph"):
        for path in (ROOT / room).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                known = isinstance(node, ast.Call) and getattr(node.func, "id", "") in _REFUSALS
                if known and "target" not in {each.arg for each in node.keywords}:
                    without.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert without == []


@pytest.fixture
def cube(space: Memory) -> str:
    return space.add([Message(id="m1", speaker="Ines", text="The spare key lies under the pot.")], source="chat").added[
        0
    ]


@pytest.fixture
def stranger(space: Memory) -> str:
    return f"{space.principal}-stranger"


@pytest.fixture
def theirs(memos: MemOS, stranger: str) -> Memory:
    """A space of the stranger's own, from which it reaches for others' memories."""
    return memos.mount(f"{stranger}/notes", principal=stranger)


def _refused(space: Memory, principal: str) -> list[tuple[str | None, str | None]]:
    return [(each.detail, each.reason) for each in space.logs.query(action="refused", actor=principal, limit=200)]


ACTS: dict[str, Callable[[Memory, Memory, str], Any]] = {
    "get": lambda mine, space, cube: mine.get(cube),
    "update": lambda mine, space, cube: mine.update(cube, text="x"),
    "delete": lambda mine, space, cube: mine.delete(cube),
    "set": lambda mine, space, cube: mine.set(cube, priority=1),
    "archive": lambda mine, space, cube: mine.archive(cube),
    "freeze": lambda mine, space, cube: mine.freeze(cube),
    "merge": lambda mine, space, cube: mine.merge([cube, mine.add("y").added[0]]),
    "history": lambda mine, space, cube: mine.history(cube),
    "lineage": lambda mine, space, cube: mine.lineage(cube),
    "annotate": lambda mine, space, cube: mine.provenance.annotate(
        mine.add("y").added[0], derived_from=cube, transform="t"
    ),
    "beside": lambda mine, space, cube: mine.beside(space.space),
    "build": lambda mine, space, cube: mine.kv.build(Selection(cubes=(cube,))),
    "can": lambda mine, space, cube: mine.can(space.principal, Action.READ, space.space),
    "forget": lambda mine, space, cube: mine.forgetting.forget("Ines", [space.space]),
}


@pytest.mark.parametrize("act", ACTS)
def test_a_program(space: Memory, theirs: Memory, cube: str, act: str) -> None:
    with pytest.raises(AccessError):
        ACTS[act](theirs, space, cube)
    assert _refused(space, theirs.principal) == [(act, "not-found")]


def test_mounting(memos: MemOS, space: Memory, stranger: str) -> None:
    with pytest.raises(NotFoundError):
        memos.mount(space.space, principal=stranger)
    with pytest.raises(AccessError):
        memos.mount(space.space, principal=stranger, on_behalf_of=space.principal)
    assert _refused(space, stranger) == [("mount", "forbidden"), ("mount", "not-found")]


def test_a_handle_whose_right_is_gone(memos: MemOS, space: Memory, stranger: str, cube: str) -> None:
    space.grant(stranger, [Action.READ])
    mine = memos.mount(space.space, principal=stranger)
    for act in (lambda: mine.add("x"), lambda: mine.snapshot("n"), mine.grants, mine.sweep, mine.audit.verify):
        with pytest.raises(AccessError):
            act()
    lines = mine.export()
    next(lines)
    space.revoke(stranger)
    with pytest.raises(NotFoundError):
        list(lines)
    names = [detail for detail, _ in reversed(_refused(space, stranger))]
    assert names == ["add", "snapshot", "grants", "sweep", "verify", "export"]


def test_a_step_of_a_pipeline(space: Memory, theirs: Memory, cube: str) -> None:
    """Its unit is rolled back with all it did, the refusal stays."""
    before = len(theirs.page())
    chain = (
        Pipeline("reach")
        .step("own", "add", {"text": "A note of my own."})
        .step("theirs", "update", {"cube": cube, "text": "x"}, needs=["own"])
        .unit("both", "own", "theirs")
    )
    with pytest.raises(PipelineError):
        theirs.run(chain)
    assert len(theirs.page()) == before
    assert _refused(space, theirs.principal) == [("pipeline reach: update", "not-found")]


def test_a_pipeline_that_names_a_foreign_space(space: Memory, theirs: Memory) -> None:
    chain = Pipeline("reach").step("look", "search", {"question": "Where is the key?"}, space=space.space)
    with pytest.raises(DeclarationError):
        theirs.run(chain)
    assert _refused(space, theirs.principal) == [("pipeline: declaration", "not-found")]


def test_a_run_of_somebody_else(space: Memory, theirs: Memory) -> None:
    run = space.run(Pipeline("look").step("look", "search", {"question": "Where is the key?"})).id
    for act in (theirs.pipelines.show, theirs.pipelines.resume):
        with pytest.raises(NotFoundError):
            act(run)
    assert _refused(space, theirs.principal) == [("resume", "not-found"), ("show", "not-found")]


def test_commands(
    settings: Settings, memos: MemOS, space: Memory, stranger: str, cube: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEMOS_HOME", str(settings.home))
    monkeypatch.delenv("NEO4J_URI", raising=False)
    owner, role = space.principal, f"{space.principal}/friends"
    memos._services.roles.create(role, owner)
    space.grant(role, [Action.READ])
    commands = {
        "show": ["show", cube],
        "export": ["export", "--space", space.space],
        "can": ["can", owner, "read", space.space],
        "role show": ["role", "show", role],
        "role add": ["role", "add", role, "somebody"],
    }
    for arguments in commands.values():
        with pytest.raises(SystemExit) as ended:
            main([*arguments, "--as", stranger])
        assert ended.value.code == 1
    with pytest.raises(SystemExit) as ended:
        main(["search", "Where is the key?", "--space", space.space, "--as", f"{stranger}>{owner}"])
    assert ended.value.code == 1
    told = [detail for detail, _ in reversed(_refused(space, stranger))]
    assert told == [f"memos {name}" for name in (*commands, "search")]
