"""Bundles over HTTP."""

from collections.abc import Callable

from starlette.testclient import TestClient
from support.bundles import lines

from memos_graph import Memory
from memos_graph.governance import Action


def test_a_bundle_is_streamed_to_who_may_read(
    client: TestClient, client_of: Callable[[str], TestClient], talk: Memory, principal: str
) -> None:
    where, reader = f"/v1/spaces/{principal}/notes/dump", f"{principal}.r"
    answer = client.get(where)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/vnd.memcube+zip")
    assert len(lines(answer.content, "memories")) == 3
    assert lines(client.get(where, params={"concept": ["nothing"]}).content, "memories") == []
    assert client_of(f"{principal}.s").get(where).status_code == 404
    talk.grant(reader, [Action.READ])
    assert len(lines(client_of(reader).get(where, params={"content_only": True}).content, "memories")) == 3
    talk.policy.apply_text("policy: 1\nname: stays\ntransfer: {who: owner}\n")
    refused = client_of(reader).get(where)
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
