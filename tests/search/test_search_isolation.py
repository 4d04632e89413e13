"""A search shows only what its principal may read, at the moment it is asked."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from support.raw_graph import revouch, rows

from memos_graph import Action, Memory, MemOS, Message
from memos_graph.errors import NotFoundError

SECRET = "The vault code is kept behind the painting of the lighthouse."


@pytest.fixture
def secret(memos: MemOS, principal: str) -> Memory:
    """A space of somebody else, with a memory in it."""
    owner = f"{principal}.owner"
    space = memos.mount(f"{owner}/vault", principal=owner)
    space.add([Message(id="m1", speaker="Zebedee", text=SECRET)])
    return space


@pytest.mark.alone
def test_a_space_without_grant_adds_nothing_and_looks_like_a_missing_one(
    memos: MemOS, space: Memory, secret: Memory
) -> None:
    space.add([Message(id="a", text="The lighthouse opens on Sundays.")])
    question = "What did Zebedee say about the vault code and the lighthouse?"
    alone = space.search(question)
    for other in (secret.space, f"{space.principal}.nobody/vault"):
        found = space.search(question, spaces=[other])
        assert [(hit.cube.id, hit.score, hit.why) for hit in found.hits] == [
            (hit.cube.id, hit.score, hit.why) for hit in alone.hits
        ]
        assert found.call == alone.call
    errors = []
    for other in (secret.space, f"{secret.principal}/nowhere"):
        with pytest.raises(NotFoundError) as caught:
            memos.mount(other, principal=space.principal)
        errors.append(str(caught.value).replace(other, "X"))
    assert errors[0] == errors[1]


def test_a_cube_without_grant_looks_like_a_missing_one(space: Memory, secret: Memory) -> None:
    hidden = secret.page()[0].id
    for act in (
        space.get,
        space.history,
        space.lineage,
        lambda id_: space.update(id_, text="Mine now."),
        lambda id_: space.rollback(id_, to=1),
        space.delete,
    ):
        errors = []
        for id_ in (hidden, "0199aaaa-0000-7000-8000-000000000000"):
            with pytest.raises(NotFoundError) as caught:
                act(id_)
            errors.append(str(caught.value).replace(id_, "X"))
        assert errors[0] == errors[1]
    assert secret.get(hidden).text == SECRET


def test_a_failed_look_at_a_space_leaves_no_trace_in_its_log(memos: MemOS, space: Memory, secret: Memory) -> None:
    space.search("vault code", spaces=[secret.space])
    memos._services.audit.flush()
    found = rows(memos, "MATCH (e:AuditEvent {space: $s}) RETURN e.principal AS who", s=secret.space)
    assert {row["who"] for row in found} == {secret.principal}


def test_a_grant_opens_a_space_and_its_end_closes_it_at_once(
    memos: MemOS, space: Memory, secret: Memory, pass_time: Callable[[timedelta], None]
) -> None:
    question = "Where is the vault code?"
    secret.grant(space.principal, [Action.READ], expires_at=datetime.now(UTC) + timedelta(hours=1))
    assert space.search(question, spaces=[secret.space]).hits
    pass_time(timedelta(hours=1))
    assert not space.search(question, spaces=[secret.space]).hits
    secret.grant(space.principal, [])
    assert space.search(question, spaces=[secret.space]).hits
    secret.revoke(space.principal)
    assert not space.search(question, spaces=[secret.space]).hits
    with pytest.raises(NotFoundError):
        memos.mount(secret.space, principal=space.principal)


def test_an_expired_memory_vanishes_at_once(
    memos: MemOS, space: Memory, pass_time: Callable[[timedelta], None]
) -> None:
    cube = space.add([Message(id="m1", text="The parcel lies at the corner shop.")]).added[0]
    soon = datetime.now(UTC) + timedelta(hours=1)
    rows(memos, "MATCH (c:MemCube {space: $s}) SET c.expires_at = $soon", s=space.space, soon=soon)
    revouch(memos)
    asked = "Where is the parcel?"
    assert [hit.cube.id for hit in space.search(asked).hits] == [cube]
    pass_time(timedelta(hours=1))
    assert not space.search(asked).hits
    assert not space.page()
    for act in (space.get, space.lineage):
        with pytest.raises(NotFoundError):
            act(cube)
