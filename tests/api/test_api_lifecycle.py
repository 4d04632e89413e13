"""Lives of memories and the time machine over HTTP."""

from starlette.testclient import TestClient

from memos_graph import Memory, Message

LISBON, PORTO = "Dana lives in Lisbon.", "Dana lives in Porto."


def added(space: Memory) -> tuple[str, str]:
    first, second = space.add([Message(id=text, text=text) for text in (LISBON, PORTO)], source="chat").added
    return first, second


def test_states_change_and_what_is_not_allowed_is_a_problem(client: TestClient, space: Memory) -> None:
    cube, _ = added(space)
    where = f"/v1/cubes/{cube}"
    done = client.post(f"{where}/archive", json={"reason": "old"}).json()
    assert (done["act"], done["state"], done["cubes"][0]) == ("archive", "archived", cube)
    again = client.post(f"{where}/archive", json={})
    assert (again.status_code, again.json()["code"]) == (409, "state-conflict")
    assert "restore" in again.json()["hint"]
    assert client.post(f"{where}/restore", json={}).json()["state"] == "activated"
    assert client.post(f"{where}/freeze", json={}).json()["state"] == "frozen"
    assert client.patch(where, json={"text": "x y"}).json()["code"] == "cube-frozen"
    assert client.post(f"{where}/thaw", json={}).status_code == 422
    assert client.post(f"{where}/thaw", json={"reason": "closed"}).json()["state"] == "activated"
    assert client.get(where, params={"as_of": done["at"]}).json()["state"] == "archived"


def test_duplicates_are_merged(client: TestClient, space: Memory, principal: str) -> None:
    cubes = added(space)
    where = f"/v1/spaces/{principal}/notes/duplicates"
    (pair,) = client.get(where, params={"threshold": 0.3}).json()
    assert {pair["first"], pair["second"]} == set(cubes)
    assert client.get(where, params={"threshold": 0}).status_code == 422
    new = client.post("/v1/cubes/merge", json={"cubes": list(cubes), "text": "Dana lives there."}).json()["cubes"][0]
    assert client.get(f"/v1/cubes/{new}").json()["text"] == "Dana lives there."
    assert client.get(f"/v1/cubes/{cubes[0]}").json()["state"] == "merged"


def test_a_fact_supersedes_another(client: TestClient, space: Memory) -> None:
    old, new = (space.lineage(cube).downstream()[0].id for cube in added(space))
    assert client.post(f"/v1/cubes/{new}/supersede", json={"old": old}).status_code == 200
    assert client.get(f"/v1/cubes/{old}").json()["descriptive"]["valid_to"]
    assert client.post(f"/v1/cubes/{old}/reinstate", json={}).status_code == 200
    assert client.post(f"/v1/cubes/{new}/contradict", json={"old": old}).status_code == 200
    assert client.post(f"/v1/cubes/{new}/supersede", json={"old": new}).json()["code"] == "input-invalid"


def test_successors_are_proposed_and_settled(client: TestClient, space: Memory, principal: str) -> None:
    talk = [Message(id=str(n), at=f"2026-0{n}-01", text=text) for n, text in enumerate((LISBON, PORTO), start=3)]
    old, new = (space.lineage(cube).downstream()[0].id for cube in space.add(talk, source="chat").added)
    where = f"/v1/spaces/{principal}/notes/successors"
    (pair,) = client.get(where, params={"certain": True, "limit": 5}).json()
    assert (pair["new"], pair["old"], pair["certain"], pair["old_text"]) == (new, old, True, LISBON)
    assert client.post(f"/v1/cubes/{new}/dismiss", json={"old": old}).json()["act"] == "dismiss"
    assert client.post(f"/v1/cubes/{new}/dismiss", json={"old": old}).status_code == 409
    assert client.get(where).json() == client.post(f"{where}/settle", json={}).json() == []
    assert [each["new"] for each in client.get(where, params={"dismissed": True}).json()] == [new]
    assert client.post(f"/v1/cubes/{new}/reconsider", json={"old": old}).status_code == 200
    (done,) = client.post(f"{where}/settle", json={"reason": "checked"}).json()
    assert (done["act"], done["cubes"]) == ("supersede", [old, new])
    assert client.get(where).json() == client.post(f"{where}/settle", json={}).json() == []
    assert client.get("/v1/spaces/nobody/notes/successors").status_code == 404


def test_a_space_goes_back_to_a_snapshot(client: TestClient, space: Memory, principal: str) -> None:
    first, second = added(space)
    where = f"/v1/spaces/{principal}/notes"
    assert client.post(f"{where}/snapshots", json={"name": "calm"}).status_code == 201
    assert client.post(f"{where}/snapshots", json={"name": "calm"}).json()["code"] == "id-conflict"
    assert [each["name"] for each in client.get(f"{where}/snapshots").json()] == ["calm"]
    space.update(first, text="Dana lives in Faro.")
    space.archive(second)
    kinds = {each["cube"]: each["kind"] for each in client.get(f"{where}/changes", params={"since": "calm"}).json()}
    assert (kinds[first], kinds[second]) == ("changed", "state")
    assert client.get(f"{where}/changes", params={"since": "storm"}).status_code == 404
    done = client.post(f"{where}/rollback", json={"to": "calm"}).json()
    assert {first, second} <= set(done["cubes"])
    listed = client.get(f"{where}/cubes", params={"level": "whole"}).json()["items"]
    assert [(each["text"], each["state"]) for each in listed] == [(LISBON, "activated"), (PORTO, "activated")]
    then = client.get(f"{where}/cubes", params={"level": "whole", "as_of": done["undo"]}).json()["items"]
    assert [(each["text"], each["state"]) for each in then] == [
        ("Dana lives in Faro.", "activated"),
        (PORTO, "archived"),
    ]
