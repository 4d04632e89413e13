"""The `openai` client against the REST API as it is served: what it asks is answered, or refused with a reason it shows."""

from collections.abc import Iterator
from typing import Any

import httpx
import openai
import pytest
from fastapi import FastAPI
from openai import OpenAI
from support.remote_stand_in import Reply, StandIn, piece, sse, stand_in
from support.serving import served

from memos_graph import Memory, MemOS, Message, Settings
from memos_graph.api import create_app

QUESTION = {"role": "user", "content": "Where does Dana live?"}
TOOL = {"type": "function", "function": {"name": "now", "parameters": {"type": "object", "properties": {}}}}


@pytest.fixture(scope="module")
def address(app: FastAPI) -> Iterator[str]:
    with served(app) as found:
        yield f"{found}/v1"


@pytest.fixture
def client(address: str, memos: MemOS, told: Memory) -> Iterator[OpenAI]:
    _, secret = memos._services.api_keys.create(told.principal, label="openai")
    with OpenAI(base_url=address, api_key=secret, max_retries=0) as opened:
        yield opened


@pytest.fixture
def told(space: Memory) -> Memory:
    space.add([Message(id="m1", speaker="Dana", text="I moved to Lisbon.")], source="talk")
    return space


def ask(client: OpenAI, space: Memory, *messages: Any, **more: Any) -> Any:
    return client.chat.completions.create(model=space.space, messages=list(messages or (QUESTION,)), **more)


ACCEPTED: dict[str, tuple[list[Any], dict[str, Any]]] = {
    "plain": ([QUESTION], {}),
    "system": ([{"role": "system", "content": "Be brief."}, QUESTION], {}),
    "developer": ([{"role": "developer", "content": [{"type": "text", "text": "Be brief."}]}, QUESTION], {}),
    "empty system": ([{"role": "system", "content": ""}, QUESTION], {}),
    "parts": ([{"role": "user", "content": [{"type": "text", "text": "Where does"}, {"type": "text", "text": "Dana live?"}]}], {}),
    "named": ([{"role": "user", "name": "Ravi", "content": QUESTION["content"]}], {}),
    "assistant null": ([QUESTION, {"role": "assistant", "content": None}, QUESTION], {}),
    "assistant empty": ([QUESTION, {"role": "assistant", "content": ""}, QUESTION], {}),
    "what a client sends back": (
        [QUESTION, {"role": "assistant", "content": "Lisbon", "refusal": None, "tool_calls": None, "audio": None}, QUESTION],
        {},
    ),
    "tool turns": (
        [
            {"role": "user", "content": "What time is it?"},
            {"role": "assistant", "content": None, "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "now", "arguments": "{}"}}]},
            {"role": "tool", "tool_call_id": "c1", "content": "12:00"},
            {"role": "assistant", "content": "Noon."},
            QUESTION,
        ],
        {},
    ),
    "nulls": (
        [QUESTION],
        {"max_tokens": None, "temperature": None, "n": None, "stop": None, "seed": None, "stream": None, "tools": None,
         "top_p": None, "logit_bias": None, "response_format": None, "logprobs": None, "stream_options": None, "user": None},
    ),
    "what asks for nothing": (
        [QUESTION],
        {"n": 1, "top_p": 1, "presence_penalty": 0, "frequency_penalty": 0.0, "logit_bias": {}, "logprobs": False,
         "tools": [], "tool_choice": "none", "response_format": {"type": "text"}, "modalities": ["text"], "store": False},
    ),
    "what changes nothing": (
        [QUESTION],
        {"user": "ravi", "metadata": {"a": "b"}, "seed": 7, "service_tier": "auto", "safety_identifier": "x",
         "prompt_cache_key": "k", "parallel_tool_calls": True},
    ),
    "more tokens than are ever made": ([QUESTION], {"max_tokens": 128_000}),
    "both limits": ([QUESTION], {"max_tokens": 1, "max_completion_tokens": 50}),
    "stop": ([QUESTION], {"stop": ["\n"]}),
}  # fmt: skip


@pytest.mark.parametrize("case", ACCEPTED)
def test_what_clients_send_is_answered(client: OpenAI, told: Memory, case: str):
    messages, more = ACCEPTED[case]
    answer = ask(client, told, *messages, **more)
    assert answer.choices[0].message.content == "Lisbon"
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens > 0
    assert (answer.object, answer.model) == ("chat.completion", told.space)


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "n": ({"n": 2}, "one answer"),
    "tools": ({"tools": [TOOL]}, "calls nothing"),
    "tool_choice": ({"tool_choice": "required"}, "calls nothing"),
    "response_format": ({"response_format": {"type": "json_object"}}, "plain text"),
    "logprobs": ({"logprobs": True}, "not told"),
    "top_p": ({"top_p": 0.5}, "likeliest"),
    "presence_penalty": ({"presence_penalty": 0.5}, "can't be changed"),
    "store": ({"store": True}, "not kept"),
    "reasoning_effort": ({"reasoning_effort": "high"}, "setting"),
    "max_tokens": ({"max_tokens": 0}, "greater than or equal to 1"),
    "temperature": ({"temperature": 2.5}, "less than or equal to 2"),
    "stop": ({"stop": ["a", "b", "c", "d", "e"]}, "at most 4"),
    "top_k": ({"extra_body": {"top_k": 3}}, "no field"),
    "messages[0].content[0]": (
        {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:,"}}]}]},
        "type 'image_url' is not supported",
    ),
    "messages": ({"messages": []}, "at least 1"),
}  # fmt: skip


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("field", REFUSED)
def test_what_is_not_supported_is_refused_by_its_name(client: OpenAI, told: Memory, field: str, stream: bool):
    wanted, reason = REFUSED[field]
    with pytest.raises(openai.BadRequestError, match=reason) as refused:
        client.chat.completions.create(**{"model": told.space, "messages": [QUESTION], "stream": stream, **wanted})
    assert (refused.value.param, refused.value.type) == (field, "invalid_request_error")
    assert field.partition("[")[0] in str(refused.value)


@pytest.mark.parametrize(
    "messages",
    [
        [{"role": "system", "content": "Be brief."}],
        [QUESTION, {"role": "assistant", "content": "In Oslo."}],
        [{"role": "user", "content": "   "}],
    ],
)
def test_a_chat_that_asks_nothing_is_refused_with_the_reason(client: OpenAI, told: Memory, messages: list[Any]):
    with pytest.raises(openai.BadRequestError, match="a chat ends with a message of the user"):
        ask(client, told, *messages)


def test_errors_carry_their_text(client: OpenAI, told: Memory, address: str):
    with pytest.raises(openai.NotFoundError, match=r"no space 'gpt-4o' .* Ask its owner") as missing:
        client.chat.completions.create(model="gpt-4o", messages=[QUESTION])  # type: ignore[list-item]
    assert (missing.value.code, missing.value.param) == ("model_not_found", "model")
    with pytest.raises(openai.ConflictError, match="No KV-cache in service"):
        ask(client, told, extra_body={"form": "activation"})
    with (
        OpenAI(base_url=address, api_key="memos_wrong", max_retries=0) as stranger,
        pytest.raises(openai.AuthenticationError, match="key") as unknown,
    ):
        stranger.models.list()
    assert (unknown.value.code, unknown.value.type) == ("invalid_api_key", "authentication_error")
    with pytest.raises(openai.NotFoundError, match="/v1/chat/completions and /v1/models"):
        client.embeddings.create(model=told.space, input="x")
    with pytest.raises(openai.BadRequestError, match="JSON"):
        client.post(
            "/chat/completions", cast_to=object, content=b"{", options={"headers": {"Content-Type": "application/json"}}
        )


def test_what_stays_refused_is_not_asked_again(address: str, memos: MemOS, told: Memory):
    _, secret = memos._services.api_keys.create(told.principal, label="openai")
    reply = httpx.post(
        f"{address}/chat/completions",
        json={"model": told.space, "messages": [QUESTION], "form": "activation"},
        headers={"Authorization": f"Bearer {secret}"},
    )
    assert (reply.status_code, reply.headers["x-should-retry"]) == (409, "false")


def test_the_spaces_are_the_models(client: OpenAI, told: Memory, memos: MemOS):
    other = memos.mount(f"{told.principal}/work/maps", principal=told.principal)
    foreign = memos.mount("models-owner/secret", principal="models-owner")
    found = client.models.list()
    assert [model.id for model in found] == [told.space, other.space]
    assert {model.owned_by for model in found} == {told.principal}
    one = client.models.retrieve(other.space)
    assert (one.id, one.object, one.created > 1_700_000_000) == (other.space, "model", True)
    for name in (foreign.space, "nobody/there"):
        with pytest.raises(openai.NotFoundError, match="no space"):
            client.models.retrieve(name)


def test_a_stream_has_pieces_an_end_and_the_usage_where_it_is_asked_for(client: OpenAI, told: Memory):
    plain = list(ask(client, told, stream=True))
    assert "".join(chunk.choices[0].delta.content or "" for chunk in plain).strip() == "Lisbon"
    assert [chunk.choices[0].finish_reason for chunk in plain][-2:] == [None, "stop"]
    assert plain[0].choices[0].delta.role == "assistant"
    assert all(chunk.usage is None for chunk in plain)
    assert len({chunk.id for chunk in plain}) == 1
    assert plain[-1].memory["text"] == "Lisbon"
    *chunks, last = ask(client, told, stream=True, stream_options={"include_usage": True})
    assert all(chunk.usage is None for chunk in chunks)
    assert last.choices == []
    assert last.usage.total_tokens > 0


def test_a_limit_and_a_stop_end_an_answer(client: OpenAI, told: Memory):
    short = ask(client, told, max_completion_tokens=1)
    assert short.choices[0].finish_reason == "length"
    assert short.usage.completion_tokens == 1
    for stop in ("bon", ["never", "isb"]):
        whole = ask(client, told, stop=stop)
        streamed = list(ask(client, told, stop=stop, stream=True))
        expected = "Lisbon".partition(stop if isinstance(stop, str) else stop[1])[0]
        assert whole.choices[0].message.content == expected
        assert "".join(chunk.choices[0].delta.content or "" for chunk in streamed).strip() == expected
        assert whole.choices[0].finish_reason == streamed[-1].choices[0].finish_reason == "stop"


@pytest.fixture(scope="module")
def remote(settings: Settings, memos: MemOS) -> Iterator[tuple[str, type[StandIn]]]:
    """A second service on the same database that chats by a remote model; gives its address, and that model's server."""
    with stand_in() as (url, handler):
        chosen = {"llm_url": url, "llm_model": "m", "llm_retry": 0.0}
        asked = settings.model_copy(update=chosen)
        with MemOS.open(asked) as opened, served(create_app(opened)) as address:
            yield f"{address}/v1", handler


@pytest.fixture
def remotely(remote: tuple[str, type[StandIn]], memos: MemOS, told: Memory) -> Iterator[tuple[OpenAI, type[StandIn]]]:
    _, secret = memos._services.api_keys.create(told.principal, label="openai")
    with OpenAI(base_url=remote[0], api_key=secret, max_retries=0) as opened:
        yield opened, remote[1]


def test_a_remote_model_is_told_what_the_program_says(remotely: tuple[OpenAI, type[StandIn]], told: Memory):
    client, model = remotely
    answer = ask(
        client,
        told,
        {"role": "system", "content": "Answer in one word."},
        {"role": "user", "content": "Hello."},
        {"role": "assistant", "content": "Hello!"},
        {"role": "developer", "content": "No full stop."},
        QUESTION,
        stop=["\n"],
    )
    assert answer.choices[0].message.content == "Lisbon"
    assert answer.usage.prompt_tokens_details.cached_tokens == 32
    sent = model.seen[-1]
    assert [message["role"] for message in sent["messages"]] == ["system", "user", "assistant", "user"]
    system = sent["messages"][0]["content"]
    assert system.index("I moved to Lisbon.") < system.index("Answer in one word.") < system.index("No full stop.")
    assert (sent["stop"], sent["max_tokens"]) == (["\n"], 1024)


def test_thoughts_are_beside_the_answer(remotely: tuple[OpenAI, type[StandIn]], told: Memory):
    client, model = remotely
    thinking = Reply(sse(piece("<think>She moved.</think>"), piece("Lisbon", "stop")))
    model.script[:] = [thinking, thinking]
    answer = ask(client, told)
    assert (answer.choices[0].message.content, answer.memory["reasoning"]) == ("Lisbon", "She moved.")
    assert "".join(chunk.choices[0].delta.content or "" for chunk in ask(client, told, stream=True)) == "Lisbon"


@pytest.mark.parametrize("stream", [False, True])
def test_what_a_remote_model_says_of_its_failure_reaches_the_user(
    remotely: tuple[OpenAI, type[StandIn]], told: Memory, stream: bool
):
    client, model = remotely
    model.script[:] = [Reply(b'{"error": {"message": "No such model"}}', 404, "application/json")]
    with pytest.raises(openai.InternalServerError, match=r"No such model.*MEMOS_LLM_MODEL") as failed:
        ask(client, told, stream=stream)
    assert (failed.value.status_code, failed.value.code) == (502, "remote-model-failed")
    assert failed.value.response.headers["x-should-retry"] == "false"
    model.script[:] = [Reply(b'{"error": "slow down"}', 429, "application/json", {"Retry-After": "7"})]
    with pytest.raises(openai.InternalServerError, match="slow down") as busy:
        ask(client, told, stream=stream)
    assert (busy.value.status_code, busy.value.response.headers["retry-after"]) == (503, "7")


def test_a_failure_inside_a_stream_is_an_error_and_no_end(remotely: tuple[OpenAI, type[StandIn]], told: Memory):
    client, model = remotely
    for broken, words in (
        (Reply(sse(piece("Le"), {"error": {"message": "engine died"}})), "engine died"),
        (Reply(sse(piece("Le"), done=False), cut=True), "broke off its answer after 2 characters"),
        (Reply(sse(piece("Le"), piece("", "content_filter"))), "content filter"),
    ):
        model.script[:] = [broken]
        told_so_far = []
        chunks = ask(client, told, stream=True)
        with pytest.raises(openai.APIError, match=words) as failed:
            told_so_far.extend(chunk.choices[0] for chunk in chunks)
        assert "".join(choice.delta.content or "" for choice in told_so_far) == "Le"
        assert all(choice.finish_reason is None for choice in told_so_far)
        assert (failed.value.code, failed.value.type) == ("remote-model-failed", "server_error")
