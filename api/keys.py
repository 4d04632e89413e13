"""Who you are, and your own API keys."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Path, status

from memos_graph.api.auth import CallerDep
from memos_graph.api.problems import documented
from memos_graph.api.schemas import MadeKey, Me, NewKey
from memos_graph.governance.api_keys import ApiKey
from memos_graph.verbs.fields import Text

router = APIRouter(prefix="/v1", tags=["keys"])


@router.get("/me", responses=documented())
def show_me(caller: CallerDep) -> Me:
    """Show which principal the key belongs to."""
    return Me(principal=caller.principal)


@router.get("/keys", responses=documented())
def list_keys(caller: CallerDep) -> Sequence[ApiKey]:
    """List your API keys, revoked ones too, without their secrets."""
    return caller.keys.list()


@router.post("/keys", status_code=status.HTTP_201_CREATED, responses=documented(body=True))
def create_key(body: NewKey, caller: CallerDep) -> MadeKey:
    """Make a further API key of your own; its secret is shown this once."""
    key, secret = caller.keys.create(label=body.label)
    return MadeKey(key=key, secret=secret)


@router.delete("/keys/{key}", status_code=status.HTTP_204_NO_CONTENT, responses=documented(404))
def revoke_key(key: Annotated[Text, Path(max_length=100, description="The key's id.")], caller: CallerDep) -> None:
    """Refuse one of your own API keys from now on."""
    caller.keys.revoke(key)
