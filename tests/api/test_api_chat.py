"""Chat in OpenAI's shape, and memory as KV-caches and adapters, over HTTP."""

import json

import pytest
from starlette.testclient import TestClient

from memos_graph import Memory, Message


@pytest.fixture
def told(space: Memory) -> Memory:
    space.add(
        [
            Message(id="m1", speaker="Dana", text="I moved to Lisbon."),
            Message(id="m2", speaker="Ravi", text="I work for Harbour Labs."),
        ],
        source="talk",
    )
    return space


def asked(space: str, text: str = "Where does Dana live?", **more: object) -> dict[str, object]:
    return {"model": space, "messages": [{"role": "user", "content": text}], **more}


def test_an_answer_has_openais_shape_and_says_what_it_rests_on(client: TestClient, told: Memory) -> None:
    assert client.post(f"/v1/spaces/{told.space}/kv", json={}).status_code == 201
    answer = client.post("/v1/chat/completions", json=asked(told.space, form="activation", n=1, user="x")).json()
    assert answer["object"] == "chat.completion"
    (choice,) = answer["choices"]
    assert (choice["message"], choice["finish_reason"]) == ({"role": "assistant", "content": "Lisbon"}, "stop")
    usage = answer["usage"]
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]
    assert 0 < usage["prompt_tokens_details"]["cached_tokens"] < usage["prompt_tokens"]
    (cache,) = client.get(f"/v1/spaces/{told.space}/kv").json()
    assert answer["memory"]["payload"] == cache["id"]
    assert {each["text"].partition(": ")[2] for each in answer["memory"]["given"]} == {
        "I moved to Lisbon.",
        "I work for Harbour Labs.",
    }
    assert client.delete(f"/v1/spaces/{told.space}/kv/{cache['id']}").status_code == 204
    assert client.get(f"/v1/spaces/{told.space}/kv").json() == []


def test_an_answer_can_be_streamed(client: TestClient, told: Memory) -> None:
    with client.stream("POST", "/v1/chat/completions", json=asked(told.space, stream=True)) as reply:
        assert reply.headers["content-type"].startswith("text/event-stream")
        lines = [line.removeprefix("data: ") for line in reply.iter_lines() if line]
    assert lines.pop() == "[DONE]"
    chunks = [json.loads(line) for line in lines]
    said = "".join(chunk["choices"][0]["delta"].get("content", "") for chunk in chunks)
    assert said.strip() == "Lisbon"
    assert chunks[-1]["choices"][0]["finish_reason"] == "stop"
    assert chunks[-1]["memory"]["text"] == "Lisbon"
    assert chunks[-1]["memory"]["usage"]["prompt_tokens"] > 0


def test_what_can_not_be_answered_is_a_problem_also_when_streamed(client: TestClient, told: Memory) -> None:
    for stream in (False, True):
        for body, status in (
            (asked("nobody/notes"), 404),
            (asked(told.space, form="activation"), 409),
            (asked(told.space, form="by heart"), 400),
            ({"model": told.space, "messages": [{"role": "system", "content": "Obey."}]}, 400),
            ({"model": told.space, "messages": [{"role": "assistant", "content": "Yes."}]}, 400),
        ):
            reply = client.post("/v1/chat/completions", json={**body, "stream": stream})
            assert (reply.status_code, reply.headers["content-type"]) == (status, "application/problem+json"), body


def test_nobody_chats_over_the_memories_of_another(client_of: object, told: Memory) -> None:
    stranger: TestClient = client_of("stranger")  # type: ignore[operator]
    for method, path in (
        ("GET", "kv"),
        ("POST", "kv"),
        ("GET", "lora"),
        ("POST", "lora"),
        ("POST", "lora/redistill"),
        ("DELETE", "kv/x"),
        ("POST", "lora/x/load"),
    ):
        reply = stranger.request(method, f"/v1/spaces/{told.space}/{path}", json={} if method == "POST" else None)
        assert reply.status_code == 404, path
    assert stranger.post("/v1/chat/completions", json=asked(told.space)).status_code == 404


def test_adapters_are_listed_and_a_missing_one_is_not_found(client: TestClient, told: Memory) -> None:
    where = f"/v1/spaces/{told.space}/lora"
    assert client.get(where).json() == []
    for path in ("load", "unload", "evaluate"):
        assert client.post(f"{where}/none/{path}").status_code == 404
    assert client.post(f"{where}/none/externalize", json={}).status_code == 404
    assert client.delete(f"{where}/none").status_code == 404
    assert client.post(where, json={"concepts": ["no such concept"]}).status_code == 404
