"""`memos vault check`: what it tells of a space's payloads, and its exit code."""

import json
from uuid import uuid4

import pytest
from support.cli_runner import Run
from support.raw_graph import rows

from memos_graph import MemOS, Message


@pytest.mark.tampers
def test_the_payloads_of_a_space_are_checked_and_repaired(memos: MemOS, mine: Run, principal: str) -> None:
    notes = memos.mount(f"{principal}/notes", principal=principal)
    notes.add([Message(id="m1", text="The ferry leaves at nine.")], source="talk")
    command = ("vault", "check", "--space", notes.space)
    told = mine(*command)
    assert (told.code, "this home" in told.out, "as it was written" in told.err) == (0, True, True)
    name = str(uuid4())
    rows(
        memos,
        """MATCH (c:MemCube {space: $space, level: 'whole'})
        CREATE (p:MemCube:Parametric {id: $name, space: $space, memory_type: 'parametric', payload_uri: $name, state: 'activated',
          live: false, created_by: $who, created_at: datetime(), version: 1})-[:DERIVED_FROM {transform: 'distilled'}]->(c)
        RETURN p.id AS id""",
        space=notes.space, name=name, who=principal,
    )  # fmt: skip
    wrong = mine(*command, "--json")
    assert (wrong.code, json.loads(wrong.out)["missing"]) == (1, [name])
    done = mine(*command, "--repair")
    assert (done.code, name in done.out) == (0, True)
    assert mine(*command, "--json").json()["payloads"] == 0
