"""Signing in to the console, and what keeps others out."""

import json
import re
from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient
from support.console_visits import FROM_HERE, HOST, Looked, csrf_in, send, visitor

import memos_graph.console
from memos_graph import Memory, MemOS, Settings
from memos_graph.api import Metrics, create_app
from memos_graph.api.admission import Admission
from memos_graph.console.guard import HEADERS
from memos_graph.console.sign_ins import COOKIE, SESSION_LASTS, SignIns
from memos_graph.errors import InputError, UnauthenticatedError


def enter(client: TestClient, **fields: str):
    return client.post("/console/sign-in", data=fields, headers=FROM_HERE)


def test_a_link_signs_in_once(app: FastAPI, memos: MemOS, principal: str) -> None:
    code, _ = SignIns(memos.settings.home).link(principal)
    client = visitor(app)
    for _ in range(2):  # looking at it does not use it up
        asked = client.get("/console/sign-in", params={"code": code})
        assert f"Sign in as {principal}?" in asked.text
    done = enter(client, code=code)
    assert (done.status_code, done.headers["location"]) == (303, "/console")
    cookie = done.headers["set-cookie"]
    assert cookie.startswith(f"{COOKIE}=")
    assert {"HttpOnly", "Path=/console", "SameSite=strict"} <= set(cookie.split("; "))
    assert principal in client.get("/console").text
    again = enter(visitor(app), code=code)
    assert again.status_code == 401
    assert "used already" in again.text


def test_a_link_is_over_after_five_minutes(
    memos: MemOS, principal: str, pass_time: Callable[[timedelta], None]
) -> None:
    sign_ins = SignIns(memos.settings.home)
    code, _ = sign_ins.link(principal)
    pass_time(timedelta(minutes=5))
    with pytest.raises(UnauthenticatedError):
        sign_ins.redeem(code)


def test_a_session_is_over_after_its_time(client: TestClient, pass_time: Callable[[timedelta], None]) -> None:
    assert client.get("/console").status_code == 200
    pass_time(SESSION_LASTS)
    assert client.get("/console").headers["location"] == "/console/sign-in"


def test_only_a_principal_itself_gets_a_link(memos: MemOS) -> None:
    for name in ("claude>alice", "", "a/b", "x" * 200):
        with pytest.raises(InputError):
            SignIns(memos.settings.home).link(name)


def test_a_key_signs_in_and_ends_the_session_when_it_is_revoked(app: FastAPI, memos: MemOS, principal: str) -> None:
    key, secret = memos._services.api_keys.create(principal, label="test")
    client = visitor(app)
    assert enter(client, key=f" {secret} ").status_code == 303
    assert client.get("/console").status_code == 200
    memos._services.api_keys.revoke(key.id)
    left = client.get("/console")
    assert (left.status_code, left.headers["location"]) == (303, "/console/sign-in")
    refused = enter(visitor(app), key=secret)
    assert refused.status_code == 401
    assert secret not in refused.text


def test_nothing_on_the_disk_opens_a_session(app: FastAPI, memos: MemOS, principal: str) -> None:
    sign_ins = SignIns(memos.settings.home)
    code, _ = sign_ins.link(principal)
    _, secret = memos._services.api_keys.create(principal, label="test")
    client = visitor(app)
    enter(client, key=secret)
    kept = [path for path in (memos.settings.home / "console").rglob("*") if path.is_file()]
    assert kept
    for path in kept:
        assert path.stat().st_mode & 0o777 == 0o600
        assert path.parent.stat().st_mode & 0o777 == 0o700
        for told in (code, secret, client.cookies[COOKIE]):
            assert told not in path.read_text() + path.name


def test_signing_out_ends_the_session_everywhere(app: FastAPI, client: TestClient) -> None:
    copied = visitor(app)
    copied.cookies.set(COOKIE, client.cookies[COOKIE], domain="127.0.0.1", path="/console")
    assert copied.get("/console").status_code == 200
    assert send(client, "/console/sign-out").headers["location"] == "/console/sign-in"
    assert copied.get("/console").status_code == 303


def test_signing_in_anew_ends_the_session_before(app: FastAPI, memos: MemOS, client: TestClient) -> None:
    before = client.cookies[COOKIE]
    code, _ = SignIns(memos.settings.home).link("somebody")
    assert enter(client, code=code).status_code == 303
    assert SignIns(memos.settings.home).session(before) is None


def test_who_is_not_signed_in_is_sent_there_and_back(app: FastAPI, memos: MemOS, talk: Memory, principal: str) -> None:
    client = visitor(app)
    sent = client.get("/console/search", params={"q": "Dana & the sea"})
    assert sent.status_code == 303
    page = client.get(sent.headers["location"])
    (back,) = re.findall(r'name="next" value="([^"]+)"', page.text)
    code, _ = SignIns(memos.settings.home).link(principal)
    done = enter(client, code=code, next=back.replace("&amp;", "&"))
    assert done.headers["location"] == "/console/search?q=Dana+%26+the+sea"
    part = visitor(app).get("/console/search?q=x", headers={"HX-Request": "true"})
    assert (part.status_code, part.headers["hx-redirect"]) == (204, "/console/sign-in")


@pytest.mark.parametrize(
    "elsewhere",
    ["https://evil.example", "//evil.example", "/\\evil.example", "/consolex", "/console\\@evil", "/console/ x"],
)
def test_nobody_is_sent_elsewhere(app: FastAPI, memos: MemOS, principal: str, elsewhere: str) -> None:
    code, _ = SignIns(memos.settings.home).link(principal)
    assert enter(visitor(app), code=code, next=elsewhere).headers["location"] == "/console"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:9999", "Sec-Fetch-Site": "same-site"},
        {"Origin": HOST, "Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "none"},
    ],
)
def test_a_form_of_another_site_is_refused(client: TestClient, headers: dict[str, str]) -> None:
    csrf = csrf_in(client.get("/console"))
    refused = client.post("/console/sign-out", data={"csrf": csrf}, headers=headers)
    assert refused.status_code == 403
    assert client.get("/console").status_code == 200


@pytest.mark.parametrize("csrf", ["", "0" * 64, "ü"])
def test_a_form_of_another_session_is_refused(client: TestClient, csrf: str) -> None:
    refused = client.post("/console/sign-out", data={"csrf": csrf}, headers=FROM_HERE)
    assert refused.status_code == 403
    assert client.get("/console").status_code == 200


def test_what_is_no_form_is_refused(client: TestClient) -> None:
    assert client.post("/console/sign-out", json={}, headers=FROM_HERE).status_code == 422
    sent = FROM_HERE | {"Content-Type": "application/x-www-form-urlencoded"}
    assert client.post("/console/sign-out", content=b"\xff=%ff", headers=sent).status_code == 422


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_another_site_can_ask_for_the_entrance_alone(client: TestClient, site: str) -> None:
    assert client.get("/console", headers={"Sec-Fetch-Site": site}).status_code == 403
    assert client.get("/console/sign-in", headers={"Sec-Fetch-Site": site}).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8787", "[", ""])
def test_a_name_that_leads_here_is_refused(client: TestClient, host: str) -> None:
    for path in ("/console", "/console/sign-in", "/console/static/console.css"):
        assert client.get(path, headers={"Host": host}).status_code == 403


def test_every_answer_is_hardened(app: FastAPI, client: TestClient, talk: Memory) -> None:
    for who in (client, visitor(app)):
        for path in ("", "/search?q=Dana", "/sign-in", "/nowhere", "/static/console.css"):
            answer = who.get(f"/console{path}")
            assert {name: answer.headers[name] for name in HEADERS} == dict(HEADERS)
            kept = answer.headers["cache-control"]
            assert kept == ("public, max-age=86400" if "static" in path else "no-store")


def test_the_cookie_opens_nothing_but_the_console(client: TestClient, talk: Memory) -> None:
    with_cookie = {"Cookie": f"{COOKIE}={client.cookies[COOKIE]}"}
    assert client.get("/v1/spaces", headers=with_cookie).status_code == 401


def test_a_session_counts_as_its_principal(app: FastAPI, client: TestClient, principal: str) -> None:
    client.get("/console")
    assert principal in app.state.admission._known.values()


def test_what_others_made_is_what_it_was() -> None:
    vendor = Path(memos_graph.console.__file__).parent / "static" / "vendor"
    listed = dict(line.split()[::-1] for line in (vendor / "vendored.sha256").read_text().splitlines())
    found = {path.name for path in vendor.iterdir()} - {"README.md", "vendored.sha256"}
    assert found == listed.keys()
    for name, digest in listed.items():
        assert sha256((vendor / name).read_bytes()).hexdigest() == digest
        assert name in (vendor / "README.md").read_text()


def test_the_configuration_of_htmx_is_json(app: FastAPI) -> None:
    page = Looked(visitor(app).get("/console/sign-in").text)
    (given,) = [each["content"] for each in page.named("meta") if each.get("name") == "htmx-config"]
    config = json.loads(given or "")
    assert config["allowEval"] is False
    assert config["historyCacheSize"] == 0


def test_a_look_too_many_is_told_on_a_page_with_when_to_come_again(
    memos: MemOS, monkeypatch: pytest.MonkeyPatch
) -> None:
    limited = Settings.load(api_rate="1/hour")
    monkeypatch.setattr("memos_graph.api.app.Admission", lambda _: Admission(limited))
    client = visitor(create_app(memos, metrics=Metrics()))
    assert client.get("/console/sign-in").status_code == 200
    refused = client.get("/console/sign-in")
    assert refused.status_code == 429
    assert refused.headers["content-type"].startswith("text/html")
    assert int(refused.headers["Retry-After"]) > 0
    assert {name: refused.headers[name] for name in HEADERS} == HEADERS
    assert "You have sent 1 requests in 1 hour" in Looked(refused.text).text
    assert client.get("/v1/me").headers["content-type"] == "application/problem+json"
