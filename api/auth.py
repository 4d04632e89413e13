"""Who calls: an API key, or a token of the issuer, becomes a principal at work."""

from typing import Annotated

from fastapi import Depends, Header, Request, Security
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer

from memos_graph.acting import Acting
from memos_graph.api import problems
from memos_graph.api.admission import SCHEME, credential_of
from memos_graph.api.issuer import Issuer, is_token
from memos_graph.audit import naming_refusals
from memos_graph.errors import InputError, UnauthenticatedError
from memos_graph.memos import MemOS
from memos_graph.types import Shaped
from memos_graph.verbs import shapes

_bearer = HTTPBearer(auto_error=False, description="An API key, made by `memos key create`.")
_header = APIKeyHeader(name="X-API-Key", auto_error=False, description="The same key, where Authorization is taken.")


def authenticated(
    request: Request,
    bearer: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)],
    header: Annotated[str | None, Security(_header)],
    on_behalf_of: Annotated[
        Annotated[str, Shaped(shapes.PRINCIPAL)] | None,
        Header(alias="X-On-Behalf-Of", max_length=128, description="The user you act for, by its mandate."),
    ] = None,
    purpose: Annotated[
        Annotated[str, Shaped(shapes.PURPOSE)] | None,
        Header(alias="X-Purpose", max_length=64, description="What you act for; grants can ask for one."),
    ] = None,
    timezone: Annotated[
        str | None,
        Header(
            alias="X-Timezone", max_length=64, description="Your time zone, e.g. Europe/Lisbon: what today means here."
        ),
    ] = None,
) -> Acting:
    """Return who sends the request's key; raises ``UnauthenticatedError`` without a valid one."""
    secret = bearer.credentials if bearer else _token_of(request) or header
    if not secret:
        raise UnauthenticatedError(
            "No API key came with the request.", hint="Send `Authorization: Bearer KEY`; `memos key create` makes one."
        )
    memos: MemOS = request.app.state.memos
    principal = _principal(request, memos, secret)
    request.state.principal = principal
    with naming_refusals():  # which come with the answer
        acting = memos.acting(
            principal,
            on_behalf_of=on_behalf_of,
            purpose=purpose,
            timezone=timezone,
            space=problems.named_space(request),
        )
    request.state.principal = acting.principal
    if credential := credential_of(request.headers):
        request.app.state.admission.learn(credential, principal)
    return acting


def _principal(request: Request, memos: MemOS, secret: str) -> str:
    """Return whose a key is, or whom a token names that the issuer signed."""
    issuer: Issuer | None = request.app.state.issuer
    if issuer is None or not is_token(secret):
        return memos.authenticate(secret)
    name = issuer.named(secret)
    if name not in issuer.known:
        try:
            memos.ensure_principal(name)
        except InputError as error:
            raise UnauthenticatedError(
                f"Whom the token names can't be a principal: {error.message}",
                hint="MEMOS_OIDC_CLAIM says which claim is taken.",
            ) from error
        issuer.known.add(name)
    return name


def _token_of(request: Request) -> str | None:
    """Return the key that is sent as mem0's clients do."""
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    return key.strip() if scheme.lower() == SCHEME else None


CallerDep = Annotated[Acting, Depends(authenticated)]
