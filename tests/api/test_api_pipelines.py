"""Pipelines over REST: a posted declaration runs with the rights of the key, and its run is seen by readers only."""

from collections.abc import Callable

from starlette.testclient import TestClient

from memos_graph import Memory
from memos_graph.governance import Action

LOOK = """\
pipeline: look
inputs:
  question: {type: text}
steps:
  - {id: query, act: search, arguments: {question: "${inputs.question}", limit: 1}}
"""
WRITE = "pipeline: write\nsteps:\n  - {id: add, act: add, arguments: {text: Herons nest by the weir.}}\n"
FAIL = WRITE + "  - {id: read, act: get, needs: [add], arguments: {cube: nothing}}\n"


def test_a_posted_declaration_is_run_shown_and_listed(client: TestClient, talk: Memory) -> None:
    sent = {"space": talk.space, "declaration": LOOK, "inputs": {"question": "Where does Dana live?"}}
    answer = client.post("/v1/pipelines", json=sent)
    assert answer.status_code == 201, answer.text
    run = answer.json()
    assert run["state"] == "done"
    assert "Lisbon" in run["outputs"]["query"]["first"]["text"]
    assert client.get(f"/v1/pipelines/{run['id']}").json()["steps"][0]["state"] == "done"
    page = client.get("/v1/pipelines", params={"space": talk.space, "limit": 1}).json()
    assert [each["id"] for each in page["items"]] == [run["id"]]
    rest = client.get("/v1/pipelines", params={"space": talk.space, "after": page["next"]}).json()
    assert (rest["items"], rest["next"]) == ([], None)
    done = client.post(f"/v1/pipelines/{run['id']}/resume")
    assert (done.status_code, done.json()["code"]) == (409, "state-conflict")


def test_a_fault_has_its_line_and_column(client: TestClient, talk: Memory) -> None:
    answer = client.post("/v1/pipelines", json={"space": talk.space, "declaration": LOOK.replace("limit", "lmit")})
    problem = answer.json()
    assert (answer.status_code, problem["code"], problem["line"], problem["column"]) == (422, "pipeline-invalid", 5, 74)
    missing = client.post("/v1/pipelines", json={"space": talk.space, "declaration": LOOK})
    assert (missing.status_code, missing.json()["code"]) == (422, "input-invalid")


def test_a_run_that_fails_is_a_conflict_that_names_its_run(client: TestClient, talk: Memory) -> None:
    answer = client.post("/v1/pipelines", json={"space": talk.space, "declaration": FAIL})
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (409, "pipeline-failed")
    run = client.get(f"/v1/pipelines/{problem['run']}").json()
    assert (run["error_step"], run["error_code"]) == ("read", "not-found")
    again = client.post(f"/v1/pipelines/{problem['run']}/resume")
    assert (again.status_code, again.json()["run"]) == (409, problem["run"])


def test_a_key_has_its_own_rights_only(
    client: TestClient, client_of: Callable[[str], TestClient], talk: Memory
) -> None:
    reader, stranger = client_of(f"{talk.principal}.r"), client_of(f"{talk.principal}.s")
    talk.grant(f"{talk.principal}.r", [Action.READ])
    run = client.post("/v1/pipelines", json={"space": talk.space, "declaration": WRITE}).json()["id"]
    assert reader.get(f"/v1/pipelines/{run}").status_code == 200
    assert reader.post(f"/v1/pipelines/{run}/resume").status_code == 403
    assert (
        reader.post("/v1/pipelines", json={"space": talk.space, "declaration": WRITE}).json()["code"]
        == "pipeline-failed"
    )
    for answer in (
        stranger.get(f"/v1/pipelines/{run}"),
        stranger.post(f"/v1/pipelines/{run}/resume"),
        stranger.get("/v1/pipelines", params={"space": talk.space}),
        stranger.post("/v1/pipelines", json={"space": talk.space, "declaration": LOOK}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "not-found")
    missing = stranger.get("/v1/pipelines/nothing").json()
    hidden = stranger.get(f"/v1/pipelines/{run}").json()
    assert missing["detail"].replace("nothing", "X") == hidden["detail"].replace(run, "X")
