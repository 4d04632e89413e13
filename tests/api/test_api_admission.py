"""One principal's requests can't keep the others out: each has its turns, and one too many is refused with when to come again."""

import asyncio
import threading

import httpx
import pytest
from starlette.datastructures import Headers

from memos_graph import Memory, MemOS, Settings
from memos_graph.api import Metrics, create_app
from memos_graph.api.admission import Admission, credential_of, kind_of
from memos_graph.errors import ConfigurationError, LimitError
from memos_graph.kit.digests import sha256


@pytest.mark.parametrize(
    ("method", "path", "kind"),
    [
        ("POST", "/v1/search", "ordinary"),
        ("GET", "/v1/spaces/a/b", "ordinary"),
        ("GET", "/v1/spaces/a/b/lora", "ordinary"),
        ("GET", "/v1/spaces/a/b/export", "heavy"),
        ("GET", "/v1/spaces/a/b/dump", "heavy"),
        ("POST", "/v1/spaces/a/b/load", "heavy"),
        ("POST", "/v1/spaces/a/b/messages", "heavy"),
        ("POST", "/v1/spaces/a/b~c/documents", "heavy"),
        ("POST", "/v1/spaces/a/b/kv", "heavy"),
        ("POST", "/v1/spaces/a/b/lora/x/evaluate", "heavy"),
        ("POST", "/v1/spaces/a/b/lora", "distillation"),
        ("POST", "/v1/spaces/a/b/lora/redistill", "distillation"),
        ("POST", "/v1/chat/completions", "chat"),
        ("POST", "/console/spaces/a/b/chat", "chat"),
        ("GET", "/console/spaces/a/b/chat", "ordinary"),
    ],
)
def test_what_takes_long_has_turns_of_its_own(method: str, path: str, kind: str) -> None:
    assert kind_of(method, path) == kind


def test_a_session_of_the_console_has_turns_and_what_its_pages_load_needs_none(settings: Settings) -> None:
    admission = Admission(settings)
    signed_in = Headers({"Cookie": "other=1; memos_console=token"})
    assert credential_of(signed_in) == sha256("token")
    assert credential_of(Headers({"Cookie": "memos_console="})) is None
    assert admission.ask("GET", "/console", signed_in, "client") is not None
    assert admission.ask("GET", "/console/static/console.css", signed_in, "client") is None


def test_who_sends_too_much_is_refused_and_others_get_through(
    memos: MemOS, library: Memory, principal: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "memos_graph.api.admission._HANGS", 6.0
    )  # whose turn comes late on a busy machine is not refused for that
    app = create_app(memos, metrics=Metrics())
    keys = {name: memos._services.api_keys.create(name, label="test")[1] for name in (principal, "library")}
    other_key = memos._services.api_keys.create(principal, label="another")[1]
    held = threading.Event()
    spaces = memos._services.governance.spaces

    def hang(who: str, *, after: str, limit: int) -> object:
        if who == principal:
            held.wait(60)
        return spaces(who, after=after, limit=limit)

    monkeypatch.setattr(type(memos._services.governance), "spaces", lambda _, who, **more: hang(who, **more))
    settings = memos._services.settings
    most = settings.api_requests + settings.api_waiting

    async def work() -> None:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://memos", timeout=60) as client:

            async def ask(key: str) -> httpx.Response:
                return await client.get("/v1/spaces", headers={"Authorization": f"Bearer {key}"})

            assert (await ask(keys["library"])).status_code == 200
            for key in (keys[principal], other_key):  # from then on it is known whose they are
                shown = await client.get("/v1/cubes/none", headers={"Authorization": f"Bearer {key}"})
                assert shown.status_code == 404
            many = [asyncio.create_task(ask((keys[principal], other_key)[n % 2])) for n in range(most + 20)]
            await asyncio.sleep(0.5)
            refused = [task.result() for task in many if task.done()]
            assert len(refused) == 20
            for answer in refused:
                assert (answer.status_code, answer.json()["code"]) == (429, "limit-reached")
                assert int(answer.headers["Retry-After"]) > 0
                assert answer.headers["X-Request-ID"]
            assert [(await ask(keys["library"])).status_code for _ in range(10)] == [200] * 10
            held.set()
            assert [(await task).status_code for task in many].count(200) == most
            assert (await ask(keys[principal])).status_code == 200
            told = await client.get("/metrics", headers={"Authorization": f"Bearer {keys['library']}"})
            assert "memos_requests_over_limit_total 20.0" in told.text

    asyncio.run(work())


def test_a_rate_is_each_principals_own_and_says_when_to_come_again() -> None:
    admission = Admission(Settings.load(api_rate="3/hour; 100/day"))
    mine, other = Headers({"Authorization": "Bearer one"}), Headers({"X-API-Key": "other"})

    async def ask(headers: Headers, times: int) -> None:
        for _ in range(times):
            turn = admission.ask("GET", "/v1/spaces", headers, "127.0.0.1")
            assert turn is not None
            async with turn:
                pass

    async def work() -> None:
        await ask(mine, 3)
        with pytest.raises(LimitError, match="You have sent 3 requests in 1 hour,") as refused:
            await ask(mine, 1)
        assert 3000 < (refused.value.retry_after or 0) <= 3600
        await ask(other, 3)
        assert admission.ask("GET", "/health", mine, "127.0.0.1") is None

    asyncio.run(work())


def test_two_keys_of_a_principal_share_its_rate() -> None:
    admission = Admission(Settings.load(api_rate="1/hour"))
    keys = [Headers({"X-API-Key": name}) for name in ("one", "two")]
    for headers in keys:
        admission.learn(str(credential_of(headers)), "ines")

    async def work() -> None:
        admission.ask("GET", "/v1/me", keys[0], "127.0.0.1")
        with pytest.raises(LimitError):
            admission.ask("GET", "/v1/me", keys[1], "127.0.0.1")

    asyncio.run(work())


def test_what_is_no_rate_is_said_at_the_start() -> None:
    with pytest.raises(ConfigurationError, match="'many', which is not a rate"):
        Admission(Settings.load(api_rate="many"))
