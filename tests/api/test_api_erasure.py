"""Forgetting, receipts, exports and marks over HTTP."""

import json
from collections.abc import Callable

from starlette.testclient import TestClient

from memos_graph import Memory
from memos_graph.exchange.marks import check
from memos_graph.governance import Action


def test_a_subject_is_foreseen_and_forgotten(client: TestClient, talk: Memory, principal: str) -> None:
    where = f"/v1/spaces/{principal}/notes"
    foreseen = client.post(f"{where}/foresee", json={"subject": ["Alice"]}).json()
    assert {each["role"] for each in foreseen["found"]} == {"said"}
    receipt = client.post(f"{where}/forget", json={"subject": ["Alice"], "reason": "request 17"}).json()
    assert (receipt["complete"], "Alice" in json.dumps(receipt)) == (True, False)
    assert [cube.text for cube in talk.page(level="whole")] == ["Really? What does she do there?"]
    assert [each["id"] for each in client.get(f"{where}/receipts").json()] == [receipt["id"]]
    assert client.get(f"{where}/receipts/{receipt['id']}").json() == receipt
    assert client.get(f"{where}/receipts/none").status_code == 404
    refused = client.post(f"{where}/forget", json={"subject": ["Bob"], "reason": "Bob asked"})
    assert (refused.status_code, refused.json()["code"]) == (422, "input-invalid")


def test_a_reader_neither_forgets_nor_sees_receipts(
    client_of: Callable[[str], TestClient], talk: Memory, principal: str
) -> None:
    reader, stranger = f"{principal}.r", f"{principal}.s"
    talk.grant(reader, [Action.READ])
    where = f"/v1/spaces/{principal}/notes"
    for who, status in ((reader, 403), (stranger, 404)):
        caller = client_of(who)
        assert caller.post(f"{where}/forget", json={"subject": ["Alice"]}).status_code == status
        assert caller.post(f"{where}/foresee", json={"subject": ["Alice"]}).status_code == status
        assert caller.get(f"{where}/receipts").status_code == status
    assert client_of(stranger).get(f"{where}/export").status_code == 404
    assert len(client_of(reader).get(f"{where}/export").text.splitlines()) == 3


def test_an_export_is_marked_and_leaves_out_what_is_denied(
    client: TestClient, client_of: Callable[[str], TestClient], talk: Memory, principal: str
) -> None:
    where, reader = f"/v1/spaces/{principal}/notes/export", f"{principal}.r"
    key = client.get("/v1/mark-key").text
    lines = client.get(where).text.splitlines()
    assert {each.standing for each in check(lines, key)} == {"genuine"}
    talk.grant(reader, [Action.READ])
    secret = json.loads(lines[0])["cube"]
    talk.permissions.deny(reader, [Action.READ], cube=secret)
    seen = client_of(reader).get(where, params={"facts": True}).text
    assert "Lisbon" not in seen
    assert "piano" in seen
    assert client.get(where, params={"concept": ["nothing"]}).text == ""
