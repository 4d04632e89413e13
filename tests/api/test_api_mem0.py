"""mem0's calls: memories under the ids of mem0, with rights, redaction, versions and the log as all others; errors in mem0's form."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from memos_graph import MemOS
from memos_graph.governance import Action
from memos_graph.language.sensitivity import LevelName

AT = "/compat/mem0"
Asks = Callable[..., Any]


@pytest.fixture
def mem0_of(app: FastAPI, memos: MemOS) -> Callable[[str], TestClient]:
    """A client that sends a key as mem0's do."""

    def make(principal: str) -> TestClient:
        _, secret = memos._services.api_keys.create(principal, label="test")
        return TestClient(app, headers={"Authorization": f"Token {secret}"}, base_url=f"http://testserver{AT}/")

    return make


@pytest.fixture
def mem0(mem0_of: Callable[[str], TestClient], principal: str) -> TestClient:
    return mem0_of(principal)


def add(mem0: TestClient, text: str, **given: Any) -> str:
    answer = mem0.post("v3/memories/add/", json={"messages": [{"role": "user", "content": text}], **given})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["results"][0]["id"])


def found(mem0: TestClient, query: str, filters: dict[str, Any], **more: Any) -> list[str]:
    answer = mem0.post("v3/memories/search/", json={"query": query, "filters": filters, **more})
    assert answer.status_code == 200, answer.text
    return [each["memory"] for each in answer.json()["results"]]


def listed(mem0: TestClient, filters: dict[str, Any]) -> list[str]:
    answer = mem0.post("v3/memories/", json={"filters": filters})
    assert answer.status_code == 200, answer.text
    return [each["memory"] for each in answer.json()["results"]]


def test_a_memory_from_its_first_word_to_its_end(mem0: TestClient, memos: MemOS, principal: str) -> None:
    memory = add(
        mem0, "I drink green tea.", user_id="ada", metadata={"category": "food", "n": 3}, expiration_date="2099-05-04"
    )
    item = mem0.get(f"v1/memories/{memory}/").json()
    assert (item["memory"], item["user_id"], item["metadata"]) == (
        "I drink green tea.",
        "ada",
        {"category": "food", "n": 3},
    )
    assert item["expiration_date"] == "2099-05-04"
    assert found(mem0, "What does Ada drink?", {"user_id": "ada"}) == ["I drink green tea."]
    changed = mem0.put(f"v1/memories/{memory}/", json={"text": "I drink coffee.", "metadata": {"n": 4}})
    assert (changed.json()["memory"], changed.json()["metadata"], changed.json()["user_id"]) == (
        "I drink coffee.",
        {"n": 4},
        "ada",
    )
    history = mem0.get(f"v1/memories/{memory}/history/").json()
    assert [(each["event"], each["old_memory"], each["new_memory"]) for each in history] == [
        ("ADD", None, "I drink green tea."),
        ("UPDATE", "I drink green tea.", "I drink coffee."),
    ]
    space = memos.mount(f"{principal}/mem0/user/ada", principal=principal)
    assert space.search("coffee").hits[0].cube.id == memory
    assert space.get(memory).descriptive.speaker == "ada"
    assert mem0.put(f"v1/memories/{memory}/", json={"expiration_date": None}).json()["expiration_date"] is None
    assert mem0.delete(f"v1/memories/{memory}/").status_code == 200
    gone = mem0.get(f"v1/memories/{memory}/")
    assert (gone.status_code, gone.headers["content-type"]) == (404, "application/json")
    assert space.audit.verify().whole


def test_filters_say_where_and_what(mem0: TestClient) -> None:
    add(mem0, "I drink tea.", user_id="ada", agent_id="bot", metadata={"topic": "food", "n": 1})
    add(mem0, "I ride a red bicycle.", user_id="ada", run_id="r/1", metadata={"topic": "sport", "n": 2})
    add(mem0, "I drink coffee.", user_id="bob@example.org", metadata={"topic": "food"})
    add(mem0, "Answer in one sentence.", agent_id="bot")
    ada = {"user_id": "ada"}
    assert set(listed(mem0, ada)) == {"I drink tea.", "I ride a red bicycle."}
    assert listed(mem0, {**ada, "agent_id": "bot"}) == ["I drink tea."]
    assert listed(mem0, {**ada, "run_id": "r/1"}) == ["I ride a red bicycle."]
    assert listed(mem0, {"agent_id": "bot"}) == ["Answer in one sentence."]
    assert (
        listed(mem0, {**ada, "topic": "food"})
        == listed(mem0, {**ada, "metadata": {"topic": "food"}})
        == ["I drink tea."]
    )
    assert listed(mem0, {"AND": [ada, {"n": {"gte": 2}}]}) == ["I ride a red bicycle."]
    assert listed(mem0, {"AND": [ada, {"NOT": [{"topic": "food"}]}]}) == ["I ride a red bicycle."]
    assert listed(mem0, {**ada, "topic": {"in": ["food", "x"]}}) == ["I drink tea."]
    assert listed(mem0, {**ada, "topic": {"icontains": "FOO"}}) == ["I drink tea."]
    assert listed(mem0, {**ada, "created_at": {"lt": "2020-01-01"}}) == []
    assert len(listed(mem0, {**ada, "created_at": {"gte": "2020-01-01"}})) == 2
    assert listed(mem0, {"AND": [ada, {"user_id": "bob@example.org"}]}) == []
    either = {"OR": [ada, {"user_id": "bob@example.org"}]}
    assert set(found(mem0, "Who drinks what?", either)) >= {"I drink tea.", "I drink coffee."}
    assert set(found(mem0, "Who drinks?", {"AND": [either, {"topic": "food"}]})) == {"I drink tea.", "I drink coffee."}
    assert found(mem0, "Who drinks what?", {"user_id": {"in": ["bob@example.org", "nobody"]}}) == ["I drink coffee."]
    assert found(mem0, "Who?", {"user_id": "nobody"}) == []
    assert len(found(mem0, "Who drinks what?", either, top_k=1)) == 1
    only = mem0.post("v3/memories/search/", json={"query": "tea", "filters": ada, "fields": ["score"]}).json()[
        "results"
    ][0]
    assert set(only) == {"id", "memory", "score"}


def test_pages_users_and_ends(mem0: TestClient) -> None:
    for number in range(5):
        add(mem0, f"I have {number} cats.", user_id="ü 1", metadata={"n": number})
    add(mem0, "Be kind.", agent_id=".bot_+x")
    page = mem0.post("v3/memories/", params={"page": 2, "page_size": 2}, json={"filters": {"user_id": "ü 1"}}).json()
    assert (page["count"], [each["memory"] for each in page["results"]]) == (5, ["I have 2 cats.", "I have 1 cats."])
    assert page["next"].endswith("page=3")
    assert page["previous"].endswith("page=1")
    users = mem0.get("v1/entities/").json()["results"]
    assert {(each["type"], each["name"], each["total_memories"]) for each in users} == {
        ("user", "ü 1", 5),
        ("agent", ".bot_+x", 1),
    }
    assert mem0.delete("v1/memories/", params={"user_id": "ü 1", "run_id": "none"}).status_code == 200
    assert len(listed(mem0, {"user_id": "ü 1"})) == 5
    assert mem0.delete("v1/memories/", params={"filters": str({"user_id": "ü 1"})}).status_code == 200
    assert listed(mem0, {"user_id": "ü 1"}) == []
    assert mem0.delete("v2/entities/agent/.bot_%2Bx/").status_code == 200
    assert mem0.get("v1/entities/").json()["results"] == []
    assert mem0.delete("v2/entities/agent/.bot_%2Bx/").status_code == 404


def test_conversations_and_the_open_source_server(mem0: TestClient) -> None:
    turns = [
        {"role": "system", "content": "You are kind."},
        {"role": "user", "content": "I moved to Porto yesterday."},
        {"role": "assistant", "content": [{"type": "text", "text": "How is it there?"}]},
    ]
    added = mem0.post(
        "memories", json={"messages": turns, "user_id": "ada", "agent_id": "bot", "timestamp": 1777885200}
    ).json()
    assert [(each["memory"], each["event"]) for each in added["results"]] == [
        ("I moved to Porto yesterday.", "ADD"),
        ("How is it there?", "ADD"),
    ]
    memory = added["results"][0]["id"]
    assert mem0.get(f"memories/{memory}").json()["user_id"] == "ada"
    assert (
        mem0.post("search", json={"query": "Where does Ada live?", "user_id": "ada"}).json()["results"][0]["id"]
        == memory
    )
    assert mem0.put(f"memories/{memory}", json={"text": "I moved to Faro."}).status_code == 200
    assert len(mem0.get(f"memories/{memory}/history").json()) == 2
    assert len(mem0.get("memories", params={"user_id": "ada", "top_k": 1}).json()["results"]) == 1
    assert mem0.delete(f"memories/{memory}").status_code == 200
    assert mem0.delete("memories", params={"user_id": "ada"}).status_code == 200
    assert mem0.get("memories", params={"user_id": "ada"}).json() == {"results": []}
    add(mem0, "I drink tea.", user_id="bob")
    assert mem0.post("reset").status_code == 200
    assert mem0.get("v1/entities/").json()["count"] == 0


def test_keys_and_rights_hold(
    mem0: TestClient, mem0_of: Callable[[str], TestClient], app: FastAPI, memos: MemOS, principal: str
) -> None:
    memory = add(mem0, "Write to ada@example.org.", user_id="ada")
    other = mem0_of(f"{principal}.other")
    missing = other.get("v1/memories/00000000-0000-7000-8000-000000000000/")
    for answer in (
        other.get(f"v1/memories/{memory}/"),
        other.get(f"v1/memories/{memory}/history/"),
        other.put(f"v1/memories/{memory}/", json={"text": "x"}),
        other.put(f"v1/memories/{memory}/", json={"metadata": {}}),
        other.delete(f"v1/memories/{memory}/"),
    ):
        assert (answer.status_code, set(answer.json())) == (404, {"detail", "code", "request_id"})
        assert "ada" not in answer.text
    assert missing.status_code == 404
    assert found(other, "ada", {"user_id": "ada"}) == listed(other, {"user_id": "ada"}) == []
    assert other.get("v1/entities/").json()["results"] == []
    space = memos.mount(f"{principal}/mem0/user/ada", principal=principal)
    space.permissions.grant(f"{principal}.other", [Action.READ], sees=LevelName.PUBLIC)
    assert other.get(f"v1/memories/{memory}/").json()["memory"] == "Write to [e-mail]."
    assert other.put(f"v1/memories/{memory}/", json={"text": "x y"}).status_code == 403
    space.permissions.revoke(f"{principal}.other")
    space.permissions.grant(f"{principal}.other", [Action.READ, Action.WRITE], cube=memory)
    assert other.put(f"v1/memories/{memory}/", json={"text": "It is shared."}).json()["memory"] == "It is shared."
    for headers in ({}, {"Authorization": "Token nothing"}, {"Authorization": "Token"}):
        refused = TestClient(app, headers=headers).get(f"{AT}/v1/ping/")
        assert (refused.status_code, set(refused.json())) == (401, {"detail", "code", "request_id"})


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "v3/memories/add/", {"messages": []}),
        ("POST", "v3/memories/add/", {"messages": "I drink tea."}),
        ("POST", "v3/memories/add/", {"messages": "I drink tea.", "user_id": ""}),
        ("POST", "v3/memories/add/", {"messages": "I drink tea.", "user_id": "x" * 200}),
        ("POST", "v3/memories/add/", {"messages": "I drink tea.", "user_id": "a\u0000"}),
        ("POST", "v3/memories/add/", {"messages": " ", "user_id": "ada"}),
        ("POST", "v3/memories/add/", {"messages": [{"role": "system", "content": "x"}], "user_id": "ada"}),
        ("POST", "v3/memories/add/", {"messages": "tea", "user_id": "ada", "custom_instructions": "Only names."}),
        ("POST", "v3/memories/add/", {"messages": "tea", "user_id": "ada", "expiration_date": "9999-12-31"}),
        ("POST", "v3/memories/add/", {"messages": "tea", "user_id": "ada", "expiration_date": "soon"}),
        ("POST", "v3/memories/add/", {"messages": "tea", "user_id": "ada", "timestamp": "soon"}),
        ("POST", "v3/memories/add/", {"messages": "tea", "user_id": "ada", "timestamp": 1e300}),
        ("POST", "v3/memories/add/", {"messages": "tea", "user_id": "ada", "metadata": {"x": "y" * 600}}),
        ("POST", "v3/memories/add/", {"messages": "tea", "user_id": "ada", "metadata": {"x": "\u0000"}}),
        ("POST", "v3/memories/add/", {"messages": "tea", "filters": {"user_id": "ada", "n": 3}}),
        ("POST", "v3/memories/search/", {"query": "tea"}),
        ("POST", "v3/memories/search/", {"query": "", "filters": {"user_id": "ada"}}),
        ("POST", "v3/memories/search/", {"query": "tea", "filters": {"user_id": "*"}}),
        ("POST", "v3/memories/search/", {"query": "tea", "filters": {"user_id": {"ne": "ada"}}}),
        ("POST", "v3/memories/search/", {"query": "tea", "filters": {"user_id": "ada", "n": {"near": 3}}}),
        ("POST", "v3/memories/search/", {"query": "tea", "filters": {"OR": {"user_id": "ada"}}}),
        ("POST", "v3/memories/search/", {"query": "tea", "filters": {"OR": [{"user_id": str(n)} for n in range(60)]}}),
        ("POST", "v3/memories/search/", {"query": "tea", "filters": {"user_id": "ada"}, "top_k": 0}),
        ("POST", "v3/memories/search/", {"query": "tea", "filters": {"user_id": "ada"}, "categories": ["food"]}),
        ("POST", "v3/memories/", {"filters": {}}),
        ("POST", "v3/memories/", {"filters": {"user_id": "ada"}, "start_date": "x"}),
        ("POST", "v3/memories/", "[" * 1000),
        ("PUT", "v1/memories/x/", {}),
        ("DELETE", "v1/memories/", None),
        ("DELETE", "v1/memories/?filters=(", None),
        ("DELETE", "v1/memories/?colour=red", None),
        ("DELETE", "v1/memories/x/?delete_linked=true", None),
    ],
)
def test_what_can_not_be_used_is_said_in_mem0s_form(mem0: TestClient, method: str, path: str, body: Any) -> None:
    answer = mem0.request(method, path, content=body if isinstance(body, str) else json.dumps(body))
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/json"), answer.text
    assert set(answer.json()) == {"detail", "code", "request_id"}
    assert mem0.get("v1/entities/").json()["results"] == []


def test_what_is_not_there_says_where_to_look(mem0: TestClient) -> None:
    answer = mem0.post("v1/exports/", json={})
    assert (answer.status_code, "docs/mem0.md" in answer.json()["detail"]) == (404, True)


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(["ada", "*", "2026-01-01"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["AND", "OR", "NOT", "user_id", "agent_id", "in", "gte", "ne", "contains", "metadata", "n"]
            ),
            inner,
            max_size=3,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    filters=VALUES,
    more=st.dictionaries(
        st.sampled_from(["messages", "metadata", "query", "top_k", "timestamp", "threshold", "fields", "user_id"]),
        VALUES,
        max_size=4,
    ),
)
def test_no_input_breaks_it(mem0: TestClient, filters: Any, more: dict[str, Any]) -> None:
    for path in ("v3/memories/add/", "v3/memories/search/", "v3/memories/", "memories", "search"):
        sent = json.dumps({"query": "tea", "messages": "I drink tea.", "filters": filters, **more})
        answer = mem0.post(path, content=sent)
        assert answer.status_code in {200, 400}, (path, sent, answer.text)
