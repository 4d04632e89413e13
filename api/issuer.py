"""Sign-in by an OpenID Connect issuer: a token that it signed for this service names the principal. Nothing of a token is kept.

Asked of the issuer are its discovery document and its public keys, now and then; which algorithm a token is held to is ours to say.
"""

import logging
import threading
import time
from typing import Any, Self
from urllib.parse import urlsplit

import httpx
import jwt

from memos_graph.config import Settings
from memos_graph.errors import ConfigurationError, ServiceError, UnauthenticatedError
from memos_graph.kit.addresses import is_local, is_safe

_log = logging.getLogger(__name__)
_ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Signatures by keys that only the issuer has; never one by a secret that is shared, and never none."""
_KEPT_S, _AGAIN_S = 600.0, 10.0
_LEEWAY_S = 30
_MOST_BYTES = 1 << 20
_LONGEST = 16_384
_PARTS = 3
_HINT = "Get a new one from the issuer (MEMOS_OIDC_ISSUER), or send a key, which `memos key create` makes."


def is_token(secret: str) -> bool:
    """Whether a secret has the shape of a signed token; keys of memos-graph have no dots."""
    return len(secret.split(".")) == _PARTS


class Issuer:
    """Checks tokens of one issuer that are for one ``audience``; ``claim`` names the principal."""

    def __init__(self, url: str, audience: str, claim: str, *, timeout_s: float) -> None:
        self.url = url
        self._audience = audience
        self._claim = claim
        self._timeout_s = timeout_s
        self._guard = threading.Lock()
        self._keys: dict[str | None, jwt.PyJWK] = {}
        self._asked = -_KEPT_S
        self.known: set[str] = set()
        """Those who signed in since this process began."""

    @classmethod
    def of(cls, settings: Settings) -> Self | None:
        """Return the issuer that the settings name, where they name one; raises ``ConfigurationError`` for one without an audience."""
        if settings.oidc_issuer is None:
            return None
        if settings.oidc_audience is None:
            raise ConfigurationError(
                "MEMOS_OIDC_ISSUER is set without MEMOS_OIDC_AUDIENCE: tokens for other services would count here.",
                hint="Set it to what the issuer's tokens for this service have as `aud`.",
            )
        return cls(settings.oidc_issuer, settings.oidc_audience, settings.oidc_claim, timeout_s=settings.timeout_s)

    def named(self, token: str) -> str:
        """Return whom a token names.

        Raises ``UnauthenticatedError`` for one that is not the issuer's, not for this service, not valid now, or names nobody,
        ``ServiceError`` where the issuer's keys can't be had.
        """
        try:
            if len(token) > _LONGEST:
                raise jwt.InvalidTokenError("it is too long")
            key = self._key(jwt.get_unverified_header(token).get("kid"))
            claims = jwt.decode(
                token,
                key,
                algorithms=list(_ALGORITHMS),
                audience=self._audience,
                issuer=self.url,
                leeway=_LEEWAY_S,
                options={"require": ["exp", "iss", "aud", self._claim]},
            )
        except jwt.PyJWTError as error:
            raise UnauthenticatedError(f"The token is not valid here: {_worded(error)}.", hint=_HINT) from error
        name = claims[self._claim]
        if not isinstance(name, str):
            raise UnauthenticatedError(
                f"The token's '{self._claim}' is no text.",
                hint="MEMOS_OIDC_CLAIM says which claim names the principal.",
            )
        return name

    def _key(self, kid: object) -> jwt.PyJWK:
        """Return the key a token says it is signed with; the issuer is asked anew for one that is not known, but not for each."""
        name = kid if isinstance(kid, str) else None
        with self._guard:
            age = time.monotonic() - self._asked
            if age > _KEPT_S or (name not in self._keys and age > _AGAIN_S):
                try:
                    self._keys = self._fetched()
                except ServiceError:
                    if name not in self._keys:
                        raise
                    _log.warning("the keys of %s can't be had; those known since are used", self.url)
                self._asked = time.monotonic()
            if name in self._keys:
                return self._keys[name]
        raise jwt.InvalidTokenError("it is signed with a key that the issuer does not have")

    def _fetched(self) -> dict[str | None, jwt.PyJWK]:
        told = self._get(f"{self.url.rstrip('/')}/.well-known/openid-configuration")
        where = told.get("jwks_uri")
        if told.get("issuer") != self.url or not isinstance(where, str) or not is_safe(where):
            raise self._failed("its discovery document is another issuer's, or names no https address of keys")
        try:
            found = jwt.PyJWKSet.from_dict(self._get(where)).keys
        except jwt.PyJWTError as error:
            raise self._failed("its keys can't be read") from error
        keys: dict[str | None, jwt.PyJWK] = {each.key_id: each for each in found}
        if len(found) == 1:
            keys[None] = found[0]  # a token need not say which, where there is one
        return keys

    def _get(self, url: str) -> dict[str, Any]:
        # A proxy of the environment is for elsewhere; nobody may lead on to another address.
        outside = not is_local(urlsplit(url).hostname or "")
        try:
            with httpx.Client(trust_env=outside, timeout=self._timeout_s, follow_redirects=False) as client:
                answer = client.get(url)
            if not answer.is_success or len(answer.content) > _MOST_BYTES:
                raise self._failed(f"it answered {answer.status_code}")
            told = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            raise self._failed(type(error).__name__) from error
        if not isinstance(told, dict):
            raise self._failed("what it says is no object of JSON")
        return told

    def _failed(self, why: str) -> ServiceError:
        return ServiceError(
            f"The issuer {self.url} of tokens can't be asked for its keys: {why}.",
            hint="Try again later, or send a key, which `memos key create` makes.",
        )


def _worded(error: jwt.PyJWTError) -> str:
    if isinstance(error, jwt.ExpiredSignatureError):
        return "it has expired"
    if isinstance(error, jwt.InvalidAudienceError):
        return "it is for another service"
    if isinstance(error, jwt.InvalidIssuerError):
        return "another issuer made it"
    if isinstance(error, jwt.MissingRequiredClaimError):
        return f"it lacks '{error.claim}'"
    return "it can't be read, or was not signed by the issuer"
