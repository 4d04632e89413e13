"""Tokens of an issuer sign people in, and no other token does; the issuer is a server of its own here, with keys of its own."""

import base64
import hmac
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from fastapi import FastAPI
from fastapi.responses import JSONResponse, Response
from starlette.testclient import TestClient
from support.raw_graph import value
from support.serving import served

from memos_graph import MemOS, Settings
from memos_graph.api import Metrics, create_app
from memos_graph.api.issuer import Issuer
from memos_graph.errors import ConfigurationError, ServiceError, UnauthenticatedError

AUDIENCE = "https://memory.example.com/mcp"
RSA, OTHER = (rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2))
CURVE = ec.generate_private_key(ec.SECP256R1())


@dataclass
class Login:
    """What the issuer says, and how often it was asked."""

    url: str = ""
    keys: dict[str, Any] = field(default_factory=lambda: {"r1": RSA})
    document: dict[str, Any] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    status: int = 200

    def token(self, key: Any = RSA, kid: str | None = "r1", algorithm: str = "RS256", **claims: Any) -> str:
        """Return a token for this service, or another one where ``claims`` say so; ``None`` leaves a claim out."""
        given = {"iss": self.url, "aud": AUDIENCE, "sub": "ada", "exp": time.time() + 300} | claims
        given = {name: each for name, each in given.items() if each is not None}
        return jwt.encode(given, key, algorithm=algorithm, headers=None if kid is None else {"kid": kid})


@pytest.fixture
def login() -> Iterator[Login]:
    """An issuer."""
    told, app = Login(), FastAPI()

    @app.get("/.well-known/openid-configuration")
    def discovery() -> Response:
        told.asked.append("discovery")
        document = {"issuer": told.url, "jwks_uri": f"{told.url}/keys"} | told.document
        return JSONResponse(document, status_code=told.status)

    @app.get("/keys")
    def keys() -> Response:
        told.asked.append("keys")
        made = []
        for kid, key in told.keys.items():
            algorithm = (
                jwt.algorithms.RSAAlgorithm if isinstance(key, rsa.RSAPrivateKey) else jwt.algorithms.ECAlgorithm
            )
            made.append(algorithm.to_jwk(key.public_key(), as_dict=True) | {"kid": kid, "use": "sig"})
        return JSONResponse({"keys": made})

    with served(app) as address:
        told.url = address
        yield told


@pytest.fixture
def issuer(login: Login) -> Issuer:
    """Who checks its tokens."""
    return Issuer(login.url, AUDIENCE, "sub", timeout_s=5)


@pytest.fixture
def client(memos: MemOS, login: Login, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    """The service, which takes its tokens."""
    for name, setting in {"oidc_issuer": login.url, "oidc_audience": AUDIENCE}.items():
        monkeypatch.setitem(vars(memos.settings), name, setting)
    with TestClient(create_app(memos, metrics=Metrics()), base_url="http://127.0.0.1:7707") as made:
        yield made


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_a_token_names_its_principal_and_the_keys_are_asked_for_once(login: Login, issuer: Issuer):
    assert issuer.named(login.token()) == "ada"
    assert issuer.named(login.token(sub="bob", aud=["else", AUDIENCE])) == "bob"
    assert login.asked == ["discovery", "keys"]


@pytest.mark.parametrize(
    ("told", "claims"),
    [
        ("expired", {"exp": 1}),
        ("another service", {"aud": "https://else.example.com"}),
        ("lacks 'aud'", {"aud": None}),
        ("lacks 'exp'", {"exp": None}),
        ("lacks 'sub'", {"sub": None}),
        ("another issuer", {"iss": "https://else.example.com"}),
        ("can't be read", {"nbf": 9e9}),
        ("can't be read", {"sub": 7}),
    ],
)
def test_what_is_not_for_here_and_now_is_refused(login: Login, issuer: Issuer, told: str, claims: dict[str, Any]):
    with pytest.raises(UnauthenticatedError, match=told):
        issuer.named(login.token(**claims))


def by_secret(claims: dict[str, Any], secret: str) -> str:
    """Return a token that is signed with what everybody knows, which the library would not make."""
    head = jwt.encode({}, "x" * 32, algorithm="HS256", headers={"kid": "r1"}).split(".")[0]
    body = jwt.encode(claims, "x" * 32, algorithm="HS256").split(".")[1]
    sign = hmac.digest(secret.encode(), f"{head}.{body}".encode(), "sha256")
    return f"{head}.{body}.{base64.urlsafe_b64encode(sign).decode().rstrip('=')}"


def forged(login: Login) -> dict[str, str]:
    """Return tokens that nobody signed who may."""
    public = jwt.algorithms.RSAAlgorithm.to_jwk(RSA.public_key())
    claims = {"iss": login.url, "aud": AUDIENCE, "sub": "ada", "exp": time.time() + 300}
    unsigned = jwt.encode(claims, None, algorithm="none", headers={"kid": "r1"})
    head, body, signature = login.token().split(".")
    return {
        "by another key": login.token(OTHER),
        "by a key that it does not have": login.token(OTHER, kid="r2"),
        "by nobody": unsigned,
        "by its public key as a secret": by_secret(claims, public),
        "changed since": f"{head}.{login.token(sub='eve').split('.')[1]}.{signature}",
        "without a signature": f"{head}.{body}.",
        "no token": "a.b.c",
        "long": f"{head}.{body * 200}.{signature}",
    }


def test_what_the_issuer_did_not_sign_is_refused(login: Login, issuer: Issuer):
    for how, token in forged(login).items():
        with pytest.raises(UnauthenticatedError):
            pytest.fail(f"{how}: {issuer.named(token)}")


def test_new_keys_are_asked_for_but_not_for_each_token(login: Login, issuer: Issuer, monkeypatch: pytest.MonkeyPatch):
    issuer.named(login.token())
    login.keys = {"e1": CURVE}
    new = login.token(CURVE, "e1", "ES256")
    for _ in range(5):
        with pytest.raises(UnauthenticatedError):
            issuer.named(new)  # the issuer was asked just now
    assert login.asked == ["discovery", "keys"]
    monkeypatch.setattr("memos_graph.api.issuer._AGAIN_S", 0.0)
    assert issuer.named(new) == "ada"
    with pytest.raises(UnauthenticatedError):
        issuer.named(login.token())  # a key that was taken back


@pytest.mark.parametrize(
    ("document", "status"),
    [
        ({"issuer": "https://else.example.com"}, 200),
        ({"jwks_uri": "http://else.example.com/keys"}, 200),
        ({"jwks_uri": 1}, 200),
        ({}, 500),
    ],
)
def test_an_issuer_that_says_nothing_of_use_is_named(
    login: Login, issuer: Issuer, document: dict[str, Any], status: int
):
    login.document, login.status = document, status
    with pytest.raises(ServiceError, match=login.url):
        issuer.named(login.token())


def test_keys_that_are_known_serve_while_the_issuer_is_away(
    login: Login, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
):
    issuer.named(login.token())
    login.status = 503
    monkeypatch.setattr("memos_graph.api.issuer._KEPT_S", 0.0)
    assert issuer.named(login.token()) == "ada"


def test_an_issuer_is_set_with_what_its_tokens_are_for(login: Login):
    with pytest.raises(ConfigurationError, match="MEMOS_OIDC_AUDIENCE"):
        Issuer.of(Settings.load(oidc_issuer=login.url))
    with pytest.raises(ConfigurationError, match="only https"):
        Settings.load(oidc_issuer="http://login.example.com", oidc_audience=AUDIENCE)
    assert Issuer.of(Settings.load()) is None


def test_who_signs_in_has_what_is_theirs_and_keys_count_as_before(
    client: TestClient, memos: MemOS, login: Login, client_of: Callable[[str], TestClient]
):
    name, other = f"t{uuid4().hex[:10]}", f"t{uuid4().hex[:10]}"
    mine = bearer(login.token(sub=name))
    assert client.put(f"/v1/spaces/{name}/notes", headers=mine).is_success
    added = client.post(
        f"/v1/spaces/{name}/notes/messages", json={"messages": [{"text": "The kiln is hot."}]}, headers=mine
    )
    assert added.is_success, added.text
    assert value(memos, "MATCH (p:Principal {id: $p}) RETURN count(p)", p=name) == 1
    asked = {"spaces": [f"{name}/notes"], "question": "What is hot?"}
    assert client.post("/v1/search", json=asked, headers=mine).json()["hits"]
    foreign = client.post("/v1/search", json=asked, headers=bearer(login.token(sub=other)))
    assert foreign.status_code == 404
    key = client_of(name).headers["authorization"]
    assert client.get("/v1/spaces", headers={"Authorization": key}).is_success


def test_what_can_be_no_principal_and_forged_tokens_are_401_and_in_no_answer(client: TestClient, login: Login):
    tokens = {
        **forged(login),
        "of nobody": login.token(sub="a/b|c"),
        "of one who looks like ada": login.token(sub="\u0430da"),
    }
    for how, token in tokens.items():
        answer = client.get("/v1/spaces", headers=bearer(token))
        assert answer.status_code == 401, how
        assert token not in answer.text


def test_mcp_says_who_signs_people_in(client: TestClient, login: Login):
    refused = client.post("/mcp", json={"jsonrpc": "2.0", "id": 1, "method": "ping"})
    assert refused.status_code == 401
    where = refused.headers["www-authenticate"].removeprefix('Bearer resource_metadata="').rstrip('"')
    assert where == "http://127.0.0.1:7707/.well-known/oauth-protected-resource/mcp"
    told = client.get(where).json()
    assert told["resource"] == "http://127.0.0.1:7707/mcp"
    assert told["authorization_servers"] == [login.url]
    assert client.get("/v1/spaces").headers["www-authenticate"] == "Bearer"


def test_without_an_issuer_nothing_is_said_and_no_token_counts(anonymous: TestClient, login: Login):
    assert anonymous.get("/.well-known/oauth-protected-resource/mcp").status_code == 404
    assert anonymous.get("/v1/spaces", headers=bearer(login.token())).status_code == 401
    assert login.asked == []
