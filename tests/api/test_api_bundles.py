"""Bundles over HTTP."""

from collections.abc import Callable

from starlette.testclient import TestClient
from support.bundles import bundle, lines, memory

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


def test_a_bundle_is_loaded_by_who_may_write(
    client: TestClient, client_of: Callable[[str], TestClient], talk: Memory, principal: str
) -> None:
    where, reader = f"/v1/spaces/{principal}/notes", f"{principal}.r"
    data = client.get(f"{where}/dump").content
    assert client.put(f"/v1/spaces/{principal}/copy").status_code == 201
    foreseen = client.post(f"/v1/spaces/{principal}/copy/load", content=data, params={"dry_run": True}).json()
    assert (foreseen["memories"], foreseen["dry_run"]) == (3, True)
    loaded = client.post(f"/v1/spaces/{principal}/copy/load", content=data, params={"map": [f"{principal}=x"]}).json()
    assert (loaded["memories"], loaded["rejected"]) == (3, [])
    for body in (b"", b"PK", data[:-1], data.replace(b"manifest", b"manifesT")):
        refused = client.post(f"{where}/load", content=body)
        assert (refused.status_code, refused.json()["code"]) == (422, "format-invalid")
    for params in ({"conflicts": "overwrite"}, {"map": ["alice"]}):
        assert client.post(f"{where}/load", content=data, params=params).status_code == 422
    later = bundle({"memories": [memory("m1", "The ferry leaves at nine.")]}, version="9.0")
    assert client.post(f"{where}/load", content=later).json()["code"] == "input-invalid"
    assert client_of(f"{principal}.s").post(f"{where}/load", content=data).status_code == 404
    talk.grant(reader, [Action.READ])
    assert client_of(reader).post(f"{where}/load", content=data).status_code == 403
    assert client_of(reader).post(f"{where}/load", content=data, params={"grant": True}).status_code == 403
