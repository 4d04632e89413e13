"""Who calls: an API key becomes a principal, and the principal's view of the store."""

from dataclasses import dataclass
from datetime import tzinfo
from typing import Annotated

from fastapi import Depends, Header, Request, Security
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer

from memos_graph.api import problems, shapes
from memos_graph.api.admission import credential_of
from memos_graph.errors import UnauthenticatedError
from memos_graph.infrastructure.governance import Action
from memos_graph.interface.cubes import Cubes
from memos_graph.interface.memory import Memory
from memos_graph.interface.provenance import Provenance
from memos_graph.interface.reader import named_zone
from memos_graph.interface.shared import Shared
from memos_graph.interface.updates import Update
from memos_graph.memos import MemOS
from memos_graph.types import Shaped

_bearer = HTTPBearer(auto_error=False, description="An API key, made by `memos key create`.")
_header = APIKeyHeader(name="X-API-Key", auto_error=False, description="The same key, where Authorization is taken.")


@dataclass(frozen=True)
class Caller:
    """An authenticated principal and what it works with."""

    memos: MemOS
    principal: str
    zone: tzinfo | None = None

    def memory(self, space: str) -> Memory:
        """Return a space it may read; raises ``NotFoundError`` alike for one it may not and one that is not there."""
        services = self.memos.services
        access = services.governance.require(space, self.principal, Action.READ)
        return Memory(services, access, self.principal, self.zone)

    @property
    def cubes(self) -> Cubes:
        """Memories by id, in whichever space."""
        return Cubes(self.memos.services.runner, self.memos.services.audit, self.principal)

    @property
    def updates(self) -> Update:
        """The Update API, in whichever space."""
        return Update(self.memos.services, self.principal)

    @property
    def shared(self) -> Shared:
        """What others shared with it one by one or by topic."""
        return Shared(self.memos.services, self.principal, self.zone)

    @property
    def provenance(self) -> Provenance:
        """The Provenance API, in whichever space."""
        return Provenance(self.memos.services.runner, self.memos.services.audit, self.principal)


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
) -> Caller:
    """Return who sends the request's key; raises ``UnauthenticatedError`` without a valid one."""
    secret = bearer.credentials if bearer else header
    if not secret:
        raise UnauthenticatedError(
            "No API key came with the request.", hint="Send `Authorization: Bearer KEY`; `memos key create` makes one."
        )
    memos: MemOS = request.app.state.memos
    principal = memos.services.api_keys.authenticate(secret)
    request.state.principal = principal
    space = problems.named_space(request)
    acting = memos.services.roles.acting(principal, on_behalf_of=on_behalf_of, purpose=purpose, space=space)
    request.state.principal = acting
    if credential := credential_of(request.headers):
        request.app.state.admission.learn(credential, principal)
    return Caller(memos, acting, named_zone(timezone))


CallerDep = Annotated[Caller, Depends(authenticated)]
