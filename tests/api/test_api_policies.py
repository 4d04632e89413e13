"""Policies, terms and the sweep over REST."""

from collections.abc import Callable

from starlette.testclient import TestClient

from memos_graph import Memory

POLICY = "policy: 1\nname: desk\nsensitivity:\n  refuse: [payment card]\nquotas: {memories: 4}\n"
CARD = {"messages": [{"id": "x", "text": "My card is 4111 1111 1111 1111."}]}


def test_a_policy_is_tried_applied_and_shown(client: TestClient, talk: Memory) -> None:
    place = f"/v1/spaces/{talk.space}/policy"
    assert client.get(place).status_code == 404
    tried = client.put(place, json={"text": POLICY, "dry_run": True})
    assert (tried.status_code, tried.json()["dry_run"]) == (200, True)
    assert client.get(place).status_code == 404
    assert client.put(place, json={"text": POLICY}).json()["version"] == 1
    assert client.put(place, json={"text": POLICY}).json()["unchanged"] is True
    assert client.get(place).json()["text"] == POLICY
    assert [each["version"] for each in client.get(f"{place}/history").json()] == [1]


def test_a_policy_with_problems_is_refused_with_all_of_them(client: TestClient, talk: Memory) -> None:
    wrong = client.put(f"/v1/spaces/{talk.space}/policy", json={"text": "policy: 1\nname: x\nkepe: 1\nfad: 2\n"})
    problem = wrong.json()
    assert (wrong.status_code, problem["code"], problem["line"]) == (422, "policy-invalid", 3)
    assert "line 3, column 1" in problem["detail"]
    assert "line 4, column 1" in problem["detail"]
    assert client.post("/v1/policies/explain", json={"text": "/etc/passwd"}).json()["code"] == "policy-invalid"


def test_a_policy_is_explained_and_templates_are_there(client: TestClient, anonymous: TestClient) -> None:
    told = client.post("/v1/policies/explain", json={"text": POLICY}).json()["sentences"]
    assert "The space holds at most 4 memories." in told
    found = client.get("/v1/policies/templates/support-desk")
    assert found.text.startswith("# For a team")
    assert client.get("/v1/policies/templates/none").status_code == 422
    assert anonymous.get("/v1/policies/templates/support-desk").status_code == 401
    assert anonymous.post("/v1/policies/explain", json={"text": POLICY}).status_code == 401


def test_later_writes_are_held_to_it(client: TestClient, talk: Memory) -> None:
    client.put(f"/v1/spaces/{talk.space}/policy", json={"text": POLICY})
    messages = f"/v1/spaces/{talk.space}/messages"
    report = client.post(messages, json=CARD).json()
    assert (report["added"], "payment card" in report["rejected"][0]["reason"]) == ([], True)
    assert client.post(messages, json={"messages": [{"text": "The sea is calm."}]}).status_code == 200
    full = client.post(messages, json={"messages": [{"text": "The sky is clear."}]})
    assert (full.status_code, full.json()["code"]) == (429, "quota-exceeded")
    cube = talk.page(level="whole")[0].id
    refused = client.patch(f"/v1/cubes/{cube}", json={"text": CARD["messages"][0]["text"]})
    assert (refused.status_code, refused.json()["code"]) == (422, "policy-refused")


def test_terms_are_set_one_by_one(client: TestClient, talk: Memory) -> None:
    cube = talk.page(level="whole")[0].id
    place = f"/v1/cubes/{cube}/terms"
    client.patch(place, json={"half_life_days": 3, "tags": ["a"]})
    stands = client.patch(place, json={"priority": 2}).json()
    assert (stands["half_life_days"], stands["tags"], stands["priority"]) == (3.0, ["a"], 2)
    assert client.patch(place, json={"half_life_days": None}).json()["half_life_days"] is None
    assert client.patch(place, json={}).status_code == 422
    assert client.patch(place, json={"half_life_days": 0}).status_code == 422
    assert client.patch("/v1/cubes/none/terms", json={"priority": 1}).status_code == 404
    client.patch(place, json={"expires_at": "2020-01-01T00:00:00Z"})
    assert client.get(f"/v1/cubes/{cube}").status_code == 404
    assert client.post(f"/v1/spaces/{talk.space}/sweep").json()["expired"] >= 1


def test_who_may_not_learns_nothing(client_of: Callable[[str], TestClient], talk: Memory) -> None:
    stranger, reader = client_of(f"{talk.principal}.stranger"), client_of(f"{talk.principal}.reader")
    talk.grant(f"{talk.principal}.reader", [])
    place = f"/v1/spaces/{talk.space}"
    for call in (stranger.get(f"{place}/policy"), stranger.put(f"{place}/policy", json={"text": POLICY})):
        assert call.status_code == 404
    assert stranger.post(f"{place}/sweep").status_code == 404
    assert reader.put(f"{place}/policy", json={"text": POLICY}).status_code == 403
    assert reader.post(f"{place}/sweep").status_code == 403
    assert reader.patch(f"/v1/cubes/{talk.page()[0].id}/terms", json={"priority": 1}).status_code == 403
