"""The client against a service that answers as it is told: when it sends again, what it makes of failures, and who sees the key."""

import asyncio
import json
import logging
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from memos_graph import Client, MemOS, RemoteMemory, errors
from memos_graph.client.answers import problem
from memos_graph.client.calls import call_of, read_as
from memos_graph.errors import (
    ForbiddenError,
    InputError,
    LimitError,
    MemosError,
    NotFoundError,
    PipelineError,
    PolicyFileError,
    QuotaError,
    ServiceError,
    VersionConflictError,
)
from memos_graph.types import Version
from memos_graph.verbs import cubes, spaces, timemachine
from memos_graph.verbs.every import VERBS

KEY = "memos_secret-of-a-test"
ME = (200, {}, json.dumps({"principal": "alice", "of_a_newer_version": 1}))


def refusal(status: int, code: str, headers: dict[str, str] | None = None, **members: Any) -> tuple[Any, ...]:
    return status, headers or {}, json.dumps({"code": code, "detail": "No.", "hint": "Wait.", **members})


BUSY = refusal(429, "limit-reached", {"Retry-After": "0"})


@dataclass
class Script:
    """What is answered next, and what was asked."""

    url: str = ""
    replies: list[tuple[Any, ...]] = field(default_factory=list)
    asked: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    connections: set[Any] = field(default_factory=set)


@pytest.fixture
def script() -> Iterator[Script]:
    told = Script()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", "0")))
            told.asked.append((self.command, self.path, dict(self.headers)))
            told.connections.add(self.client_address)
            status, headers, content = told.replies.pop(0)
            body = content.encode()
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _answer  # noqa: N815

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    told.url = f"http://127.0.0.1:{server.server_port}"
    yield told
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def client(script: Script) -> Iterator[Client]:
    with MemOS.connect(
        script.url, KEY, timeout_s=5, on_behalf_of="bob", purpose="support", timezone="Asia/Tokyo"
    ) as made:
        yield made


def test_each_request_carries_the_key_and_who_it_is_for_over_one_connection(script: Script, client: Client) -> None:
    script.replies = [ME, ME]
    assert [client.me(), client.me()] == ["alice", "alice"]
    method, path, headers = script.asked[0]
    assert (method, path) == ("GET", "/v1/me")
    assert headers["Authorization"] == f"Bearer {KEY}"
    assert (headers["X-On-Behalf-Of"], headers["X-Purpose"], headers["X-Timezone"]) == ("bob", "support", "Asia/Tokyo")
    assert len(script.connections) == 1


def test_a_service_below_a_path_is_asked_there(script: Script) -> None:
    script.replies = [ME]
    with MemOS.connect(f"{script.url}/memory/", KEY) as client:
        client.me()
    assert script.asked[0][1] == "/memory/v1/me"


def test_what_changes_nothing_twice_is_sent_again_when_the_service_says_when(script: Script, client: Client) -> None:
    script.replies = [BUSY, BUSY, ME]
    assert client.me() == "alice"
    script.replies = [BUSY] * 4
    with pytest.raises(LimitError) as refused:
        client.me()
    assert (refused.value.retry_after, refused.value.hint) == (0, "Wait.")
    assert not script.replies


@pytest.mark.parametrize(
    "reply",
    [
        refusal(429, "quota-exceeded"),
        refusal(503, "database-unavailable"),
        refusal(429, "limit-reached", {"Retry-After": "3600"}),
        refusal(500, "internal", {"Retry-After": "0"}),
    ],
)
def test_nothing_is_sent_again_otherwise(script: Script, client: Client, reply: tuple[Any, ...]) -> None:
    script.replies = [reply, ME]
    with pytest.raises(MemosError):
        client.me()
    assert len(script.asked) == 1


def test_an_update_is_sent_again_only_with_the_version_it_is_of(script: Script, client: Client) -> None:
    version = {"cube": "c", "number": 2, "text": "t", "sha256": "", "known_from": "2026-01-01T00:00:00Z", "by": "alice"}
    script.replies = [BUSY, (200, {}, json.dumps(version))]
    assert client.updates.update("c", text="t", expected_version=1).number == 2
    assert [headers["If-Match"] for _, _, headers in script.asked] == ['"1"', '"1"']
    script.replies = [BUSY]
    with pytest.raises(LimitError):
        client.updates.update("c", text="t")


def test_which_posts_are_sent_again_is_declared() -> None:
    posts = {verb.name for verb in VERBS if verb.rest and verb.rest.method == "POST" and verb.rest.repeatable}
    assert posts >= {"foresee", "search_documents", "search_shared"}
    assert not posts & {"forget", "create_key", "submit_job", "rollback", "snapshot", "give_mandate", "distill"}


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_no_redirect_is_followed(script: Script, client: Client, kind: str) -> None:
    script.replies = [(307, {"Location": "http://127.0.0.1:9/v1/me"}, "")]

    async def awaited() -> None:
        async with MemOS.connect_async(script.url, KEY) as other:
            await other.me()

    with pytest.raises(ServiceError, match="status 307"):
        client.me() if kind == "sync" else asyncio.run(awaited())
    assert len(script.asked) == 1


@pytest.mark.parametrize(
    "reply",
    [
        (502, {}, "<html>Bad gateway</html>"),
        (200, {}, "<html>Welcome</html>"),
        (200, {}, "{}"),
        (200, {}, ""),
        (404, {}, '{"detail":"Not Found"}'),
        (500, {}, "[1]"),
        (200, {"Content-Length": "999"}, '{"principal'),
    ],
)
def test_what_is_not_this_product_s_answer_is_an_error_of_the_service(script: Script, reply: tuple[Any, ...]) -> None:
    script.replies = [reply]
    with MemOS.connect(script.url, KEY, timeout_s=1) as client, pytest.raises(ServiceError) as refused:
        client.me()
    assert refused.value.hint
    assert KEY not in str(refused.value)


def test_a_service_that_is_not_there_is_an_error_with_a_hint() -> None:
    with (
        MemOS.connect("http://127.0.0.1:9", KEY) as client,
        pytest.raises(ServiceError, match="gave no answer") as refused,
    ):
        client.me()
    assert "memos up" in str(refused.value.hint)


def test_the_key_is_in_no_text_and_no_log(script: Script, client: Client, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    script.replies = [ME, refusal(401, "unauthenticated")]
    client.me()
    with pytest.raises(MemosError):
        client.me()
    shown = [repr(client), str(client), repr(client._connection), repr(client._connection._address), repr(client.keys)]
    shown += [repr(client._connection._client.auth), repr(client._connection._client.headers), caplog.text]
    assert KEY not in "".join(shown)
    assert script.url in shown[0]


def test_no_proxy_of_the_environment_is_between_a_machine_and_itself(
    script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    script.replies = [ME]
    with MemOS.connect(script.url, KEY) as client:
        assert client.me() == "alice"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "memos.example.com",
        "ftp://memos",
        "https://a:b@memos",
        "https://memos?x=1",
        "http://memos.example.com",
        "http://[::1",
    ],
)
def test_an_address_that_can_t_be_used_is_refused_without_repeating_its_password(url: str) -> None:
    with pytest.raises(InputError) as refused:
        MemOS.connect(url, KEY)
    assert "a:b" not in str(refused.value)
    assert refused.value.hint


def test_plain_http_elsewhere_takes_a_word() -> None:
    MemOS.connect("http://memos.example.com", KEY, unencrypted=True).close()
    MemOS.connect("https://memos.example.com", KEY).close()


@pytest.mark.parametrize("key", ["", "two words", "line\nbreak", "schlüssel"])
def test_a_key_that_can_t_be_one_is_refused(key: str) -> None:
    with pytest.raises(InputError, match="no API key"):
        MemOS.connect("http://127.0.0.1:9", key)


def test_a_zone_that_is_none_is_refused() -> None:
    with pytest.raises(InputError, match="time zone"):
        MemOS.connect("http://127.0.0.1:9", KEY, timezone="Nowhere/Here")


def told(status: int, code: str, **members: Any) -> MemosError:
    headers = {"retry-after": "7"}
    return problem(status, headers, json.dumps({"code": code, "detail": "No.", "hint": "Wait.", **members}).encode())


def test_every_problem_is_the_exception_that_it_was() -> None:
    classes = [each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, MemosError)]
    for each in classes:
        found = told(400, each.code)
        if each is not PolicyFileError:
            assert (type(found), found.message, found.hint) == (each, "No.", "Wait.")
    conflict = told(412, "precondition-failed", current_version=4)
    assert isinstance(conflict, VersionConflictError)
    assert conflict.current == 4
    limit, pipeline = told(429, "limit-reached"), told(409, "pipeline-failed", run="r")
    assert isinstance(limit, LimitError)
    assert limit.retry_after == 7
    assert isinstance(pipeline, PipelineError)
    assert pipeline.run == "r"
    assert isinstance(told(429, "quota-exceeded"), QuotaError)
    assert isinstance(told(404, "model_not_found"), NotFoundError)
    assert isinstance(told(413, "too-large"), InputError)
    assert type(told(418, "of-a-newer-version")) is ServiceError
    assert isinstance(told(403, "forbidden"), ForbiddenError)


def test_a_call_is_made_from_what_the_verb_declares() -> None:
    call = call_of(spaces.list_cubes, "alice/work/maps", after="c 1", level=None, limit=3)
    assert (call.method, call.path) == ("GET", "/v1/spaces/alice/work~maps/cubes")
    assert dict(call.query) == {"after": "c 1", "level": None, "limit": 3}
    back = call_of(timemachine.roll_back, "alice/notes", to="before")
    assert (back.path, back.body, back.repeatable) == ("/v1/spaces/alice/notes/rollback", b'{"to":"before"}', False)
    assert call_of(cubes.get, cube="a/b").path == "/v1/cubes/a%2Fb"
    for wrong in ("notes", "alice/no~tes", "/notes"):
        with pytest.raises(InputError):
            call_of(spaces.list_cubes, wrong)


def test_fields_of_a_newer_service_are_left_aside() -> None:
    version = {"cube": "c", "number": 1, "text": "", "sha256": "", "known_from": "2026-01-01T00:00:00Z", "by": "a"}
    assert read_as(Version, json.dumps({**version, "newer": 1}).encode()).number == 1


def chat_events(*events: str) -> tuple[Any, ...]:
    return 200, {}, "".join(f"data: {each}\n\n" for each in events)


def said(text: str) -> str:
    return json.dumps({"choices": [{"delta": {"content": text}}]})


def mounted(script: Script, client: Client) -> RemoteMemory:
    access = {"space": "alice/notes", "owner": "alice", "actions": ["read"], "created_at": "2026-01-01T00:00:00Z"}
    script.replies = [ME, (200, {}, json.dumps(access))]
    return client.mount()


@pytest.mark.parametrize("events", [(said("No"),), (said("No"), "[DONE]"), ()])
def test_a_streamed_answer_without_its_end_is_an_error(script: Script, client: Client, events: tuple[str, ...]) -> None:
    notes = mounted(script, client)
    script.replies = [chat_events(*events)]
    pieces = notes.chat_stream("Where?")
    heard = [next(pieces) for each in events if each != "[DONE]"]
    assert heard == ["No"] * len(heard)
    with pytest.raises(ServiceError, match="broke off"):
        next(pieces)


def test_a_stream_that_tells_of_an_error_raises_it(script: Script, client: Client) -> None:
    notes = mounted(script, client)
    error = {"message": "No such space.", "code": "model_not_found"}
    script.replies = [chat_events(said("No"), json.dumps({"error": error}))]
    with pytest.raises(NotFoundError, match="No such space"):
        list(notes.chat_stream("Where?"))
    problem_line = json.dumps({"error": {"code": "forbidden", "detail": "Not any more.", "hint": None}})
    script.replies = [(200, {}, f'{{"id": "c"}}\n{problem_line}\n')]
    lines = notes.export()
    assert json.loads(next(lines)) == {"id": "c"}
    with pytest.raises(ForbiddenError, match="Not any more"):
        next(lines)


def test_a_certificate_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, now - timedelta(1), now + timedelta(1))
    pem = made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    pem += key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (tmp_path / "both.pem").write_bytes(pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "both.pem")
    heard: list[bytes] = []

    def serve() -> None:
        try:
            with context.wrap_socket(listener.accept()[0], server_side=True) as talk:
                heard.append(talk.recv(1000))
        except OSError:
            pass

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        url = f"https://localhost:{listener.getsockname()[1]}"
        with MemOS.connect(url, KEY) as client, pytest.raises(ServiceError, match=r"(?i)certificate"):
            client.me()
        thread.join()
    assert not b"".join(heard)
