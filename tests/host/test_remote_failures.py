"""A remote model's failures are failures, in its own words; what is odd but whole is an answer."""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.remote_stand_in import LISBON, USAGE, Reply, StandIn, piece, remote_model, sse, stand_in, whole

from memos_graph import Settings
from memos_graph.errors import ConfigurationError, RemoteBusyError, RemoteModelError
from memos_graph.host.completions import words_of
from memos_graph.host.protocol import Generate, Generated, TokenEvent, Turn
from memos_graph.host.sse import EventStream
from memos_graph.kit.addresses import retry_after

KEY = "sk-proj-4f9aT3BlbkFJx8Qw2Lm7Zr"


@pytest.fixture
def server() -> Iterator[tuple[str, type[StandIn]]]:
    with stand_in() as serving:
        yield serving


def answer(
    server: tuple[str, type[StandIn]], *script: Reply, retry: float = 0, timeout: float = 5, **more: object
) -> tuple[str, Generated]:
    """Return what was streamed, and the whole answer, of a server that replies so."""
    url, handler = server
    handler.script[:] = script
    remote = remote_model(Settings.load(llm_url=url, llm_model="m", llm_key=KEY, llm_retry=retry, llm_timeout=timeout))
    try:
        wanted = {
            "space": "u/notes",
            "memory": ("Dana moved to Lisbon.",),
            "turns": (Turn(role="user", text="Where?"),),
        }
        *pieces, done = remote.generate(Generate(**{**wanted, **more}))
    finally:
        remote.close()
    assert isinstance(done, Generated)
    return "".join(each.text for each in pieces if isinstance(each, TokenEvent)), done


NULLS = {"usage": {"prompt_tokens": None, "completion_tokens": None, "prompt_tokens_details": None}}
WHOLE = {
    "no blank behind data:": LISBON.body.replace(b"data: ", b"data:"),
    "other line breaks": LISBON.body.replace(b"\n", b"\r\n"),
    "oldest line breaks": LISBON.body.replace(b"\n", b"\r"),
    "no empty lines": LISBON.body.replace(b"\n\n", b"\n"),
    "no line break at the end": LISBON.body.rstrip(b"\n"),
    "a byte order mark": b"\xef\xbb\xbf" + LISBON.body,
    "comments": b": PROCESSING\n\n:\n\n" + LISBON.body.replace(b"\n\n", b"\n: waits\n\n"),
    "ids and event names": b"".join(
        b"event: chunk\nid: 7\nretry: 10\n" + each + b"\n\n" for each in LISBON.body.split(b"\n\n") if each
    ),
    "data in several lines": b"data: {\ndata: " + sse(piece("Lisbon", "stop"), done=False)[7:],
    "usage with nulls": sse(piece("Lisbon", "stop", role=None), {**piece(None), **NULLS}),
    "usage null": sse({**piece("Lisbon", "stop"), "usage": None}),
    "nulls everywhere": sse(
        {"choices": None}, {"choices": []}, {"choices": [{"delta": None}]}, piece(None), piece("Lisbon"), piece(None, "stop")
    ),
    "an end without [DONE]": sse(piece("Lisbon", "stop"), done=False),
    "[DONE] without a reason": sse(piece("Lisbon")),
    "an error that is null": sse({**piece("Lisbon", "stop"), "error": None}),
    "parts": sse({"choices": [{"delta": {"content": [{"type": "text", "text": "Lisbon"}]}, "finish_reason": "stop"}]}),
    "a second choice": sse(piece("Lisbon", "stop"), {"choices": [{"index": 1, "delta": {"content": "Oslo"}}]}),
    "no stream": json.dumps(whole("Lisbon")).encode(),
    "no stream, indented": json.dumps(whole("Lisbon"), indent=2).encode(),
}  # fmt: skip


@pytest.mark.parametrize("case", WHOLE)
def test_what_is_odd_but_whole_is_an_answer(server: tuple[str, type[StandIn]], case: str):
    streamed, done = answer(server, Reply(WHOLE[case]))
    assert (streamed, done.text, done.finish) == ("Lisbon", "Lisbon", "stop")


def test_a_line_separator_inside_an_answer_is_text(server: tuple[str, type[StandIn]]):
    said = "Lisbon\u2028is\x85big\x0b."
    body = f"data: {json.dumps(piece(said, 'stop'), ensure_ascii=False)}\n\ndata: [DONE]\n\n"
    assert answer(server, Reply(body.encode()))[0] == said


BROKEN = {
    "an error event": (sse(piece("Le"), {"error": {"message": "out of blocks", "type": "x", "code": 500}}), "failed while it answered.*out of blocks"),
    "an error by name": (sse(piece("Le"), done=False) + b'event: error\ndata: {"message": "engine died"}\n\n', "engine died"),
    "an error object": (sse({"object": "error", "message": "too long", "code": 400}), "too long"),
    "an error in words": (sse(piece("Le"), done=False) + b"data: Internal Server Error\n\n", "Internal Server Error"),
    "an error before anything": (b'{"error": {"message": "no such model"}}', "no such model"),
    "an error in a choice": (
        sse(piece("Le"), {"choices": [{"delta": {}, "finish_reason": "error", "error": {"message": "upstream died"}}]}),
        "upstream died",
    ),
    "an end after some": (sse(piece("Le"), done=False), "broke off its answer after 2 characters"),
    "half an event": (sse(piece("Le"), done=False) + b'data: {"choices": [{"de', "not a chunk of an answer|broke off"),
    "nothing": (b"", "broke off its answer after 0 characters"),
    "only [DONE]": (b"data: [DONE]\n\n", "answered nothing"),
    "an empty answer": (sse(piece("", "stop")), "answered nothing"),
    "a content filter": (sse(piece("Le"), piece("", "content_filter")), "content filter"),
    "tools that were not offered": (sse(piece(None, "tool_calls")), "tool_calls"),
    "an abort": (sse(piece("Le", "abort")), "abort"),
    "a refusal": (sse(piece(None, "stop", refusal="I can't help with that")), "refused to answer.*can't help"),
    "a page": (b"<!doctype html><html><title>Sign in</title><body>Hello", "a page, Sign in"),
    "a page in the middle": (sse(piece("Le"), done=False) + b"<html><title>504 Gateway</title></html>", "504 Gateway"),
    "something else": (b'{"status": "ok"}', "no form of a chat completion"),
    "lines of JSON": (b'{"message": {"content": "Le"}}\n{"done": true}\n', "no form of a chat completion"),
    "thoughts alone": (sse(piece("<think>Where did she", "length")), "used up all tokens"),
    "thoughts apart alone": (sse(piece(None, "length", reasoning_content="Where")), "used up all tokens"),
}  # fmt: skip


@pytest.mark.parametrize("case", BROKEN)
def test_what_is_not_whole_is_an_error(server: tuple[str, type[StandIn]], case: str):
    body, words = BROKEN[case]
    with pytest.raises(RemoteModelError, match=words) as failed:
        answer(server, Reply(body))
    assert "httpx" not in str(failed.value)


def test_a_connection_that_is_cut_is_an_error(server: tuple[str, type[StandIn]]):
    for headers in ({}, {"Content-Length": "9999"}):
        with pytest.raises(RemoteModelError, match="broke off"):
            answer(server, Reply(sse(piece("Le"), done=False), headers=headers, cut=True))
    # What was whole before the connection was cut is whole.
    assert answer(server, Reply(sse(piece("Lisbon", "stop"), done=False), cut=True))[1].text == "Lisbon"


def test_a_server_that_only_keeps_the_connection_open_is_given_up():
    def pieces() -> Iterator[bytes]:
        while True:
            time.sleep(0.02)
            yield b": keep-alive\n\n"

    with pytest.raises(TimeoutError):
        list(EventStream(pieces(), silence=0.1))


def test_a_redirect_is_an_error_that_says_where_to(server: tuple[str, type[StandIn]]):
    for status in (301, 302, 307, 308):
        with pytest.raises(RemoteModelError, match=f"status {status}.*https://else.example/v1") as failed:
            answer(server, Reply(status=status, headers={"Location": "https://else.example/v1?token=abc"}))
        assert "abc" not in str(failed.value)


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (400, {"error": {"message": "maximum context length is 4096", "code": "x"}}, "maximum context length is 4096"),
        (401, {"error": {"message": f"Incorrect API key provided: {KEY}. Look at your account"}}, "Incorrect API key"),
        (403, {"detail": "Not for you"}, "Not for you"),
        (404, {"error": {"message": "The model 'm' does not exist"}}, "does not exist"),
        (404, "<html><head><title>404 Not Found</title></head></html>", "404 Not Found"),
        (422, {"detail": [{"loc": ["body"], "msg": "field required"}]}, "field required"),
        (429, {"error": {"message": "You exceeded your quota", "code": "insufficient_quota"}}, "exceeded your quota"),
    ],
)
def test_a_refusal_has_the_servers_words_and_is_not_repeated(
    server: tuple[str, type[StandIn]], status: int, body: object, words: str
):
    text = body if isinstance(body, str) else json.dumps(body)
    with pytest.raises(RemoteModelError, match=words) as failed:
        answer(server, Reply(text.encode(), status, "application/json"), retry=30)
    assert not isinstance(failed.value, RemoteBusyError)
    assert f"status {status}" in str(failed.value)
    assert KEY not in str(failed.value)
    assert len(server[1].seen) == 1


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504, 529])
def test_a_server_that_has_no_time_is_asked_again(server: tuple[str, type[StandIn]], status: int):
    busy = Reply(b'{"error": {"message": "slow down"}}', status, "application/json", {"Retry-After": "0"})
    assert answer(server, busy, busy, LISBON, retry=10)[1].text == "Lisbon"
    assert len(server[1].seen) == 3


def test_retry_after_is_waited_for_and_never_past_the_limit(server: tuple[str, type[StandIn]]):
    def busy(seconds: str) -> Reply:
        return Reply(b'{"error": "slow down"}', 429, "application/json", {"Retry-After": seconds})

    started = time.monotonic()
    assert answer(server, busy("1"), retry=5)[1].text == "Lisbon"
    assert 1 <= time.monotonic() - started < 4
    started = time.monotonic()
    with pytest.raises(RemoteBusyError, match=r"slow down.*Ask again in 60 s") as failed:
        answer(server, busy("60"), retry=5)
    assert time.monotonic() - started < 1
    assert failed.value.retry_after == 60
    with pytest.raises(RemoteBusyError):
        answer(server, *[Reply(status=503)] * 20, retry=1)
    assert len(server[1].seen) < 10
    with pytest.raises(RemoteBusyError):
        answer(server, busy("0"), retry=0)


def test_an_answer_that_has_begun_is_never_repeated(server: tuple[str, type[StandIn]]):
    with pytest.raises(RemoteModelError, match="broke off"):
        answer(server, Reply(sse(piece("Le"), done=False), cut=True), LISBON, retry=10)
    assert len(server[1].seen) == 1


def test_retry_after_is_read_as_servers_write_it():
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    for headers, seconds in (
        ({}, None),
        ({"Retry-After": "7"}, 7),
        ({"Retry-After": "1.5"}, 1.5),
        ({"Retry-After": "-3"}, 0),
        ({"retry-after-ms": "250", "Retry-After": "9"}, 0.25),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "nan"}, None),
        ({"Retry-After": "inf"}, None),
        ({"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0),
    ):
        assert retry_after(httpx.Headers(headers)) == seconds, headers
    found = retry_after(httpx.Headers({"Retry-After": soon}))
    assert found is not None
    assert 28 <= found <= 30


def test_a_server_that_is_not_there_is_told_as_that():
    remote = remote_model(Settings.load(llm_url="http://127.0.0.1:9/v1", llm_model="m"))
    with pytest.raises(RemoteBusyError, match=r"does not answer.*MEMOS_LLM_URL"):
        list(remote.generate(Generate(space="u/n", memory=("a",), turns=(Turn(role="user", text="b"),))))
    remote.close()
    for url in ("127.0.0.1:8000/v1", "file:///etc/passwd", "http://", "http://[::1"):
        with pytest.raises(ConfigurationError, match="not an address of a server"):
            remote_model(Settings.load(llm_url=url, llm_model="m"))


@pytest.mark.parametrize(
    "body",
    [
        sse(piece(None, reasoning_content="She moved."), piece("Lisbon", "stop")),
        sse(piece(None, reasoning="She "), piece(None, reasoning="moved."), piece("Lisbon", "stop")),
        sse(piece("<thi"), piece("nk>She moved.</th"), piece("ink>\n\nLis"), piece("bon", "stop")),
    ],
)
def test_what_it_thinks_is_kept_apart(server: tuple[str, type[StandIn]], body: bytes):
    streamed, done = answer(server, Reply(body))
    assert (streamed, done.text, done.reasoning) == ("Lisbon", "Lisbon", "She moved.")


def test_a_stop_ends_the_answer_of_a_server_that_knows_none(server: tuple[str, type[StandIn]]):
    body = sse(piece("Lisbon.\n"), piece("\nQuestion: "), piece("more", "stop"), USAGE)
    streamed, done = answer(server, Reply(body), stop=("\n\n",))
    assert (streamed, done.text, done.finish) == ("Lisbon.", "Lisbon.", "stop")
    assert server[1].seen[-1]["stop"] == ["\n\n"]
    assert answer(server, Reply(sse(piece("", "stop"))), stop=("Lis",))[1].text == ""


def test_what_is_sensitive_stays_here_unless_it_is_allowed(server: tuple[str, type[StandIn]]):
    lines = ("The card is 4111 1111 1111 1111.", "Mail dana@example.org, password: hunter2-Blue9")
    asked = (Turn(role="user", text=f"Is {KEY} the key?"),)
    for level, gone, sent in (
        ("public", ("4111", "dana@", "hunter2", KEY), ("[payment card]", "[e-mail]", "[password]", "[api key]")),
        ("personal", ("4111", "hunter2", KEY), ("dana@example.org",)),
        ("secret", (), ("4111 1111", "dana@example.org", "hunter2-Blue9", KEY)),
    ):
        remote = remote_model(Settings.load(llm_url=server[0], llm_model="m", llm_sees=level))
        list(remote.generate(Generate(space="u/n", memory=lines, turns=asked, instructions=(f"Use {KEY}.",))))
        remote.close()
        body = json.dumps(server[1].seen[-1]["messages"])
        assert not [each for each in gone if each in body]
        assert not [each for each in sent if each not in body]
        assert [remote.may_see(line) for line in lines] == [level == "secret"] * 2
        assert remote.may_see("The ferry leaves at noon.")


@given(st.binary(max_size=200), st.integers(1, 50))
def test_no_bytes_break_the_reader_of_events(data: bytes, size: int):
    stream = EventStream([data[i : i + size] for i in range(0, len(data), size)], silence=10)
    list(stream)


@given(st.text(max_size=200))
def test_words_are_found_in_any_body(text: str):
    assert isinstance(words_of(text), str)
    assert words_of(json.dumps({"error": {"message": text}})) == text or not text
