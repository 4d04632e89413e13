"""The verbs of who you are, and your own API keys."""

from collections.abc import Sequence

from pydantic import Field

from memos_graph.governance.api_keys import ApiKey
from memos_graph.types import Model
from memos_graph.verbs.declaring import On, Principal, Rest, verb
from memos_graph.verbs.fields import AnyId, Arguments, Nothing, Short


class NewKey(Arguments):
    """A further API key."""

    label: Short = Field(default="", description="What it is for.", examples=["laptop"])


class OneKey(Arguments):
    """An API key."""

    key: AnyId = Field(description="The key's id.")


class MadeKey(Model):
    """A new API key: ``secret`` is shown this once, and not stored."""

    key: ApiKey
    secret: str


class Me(Model):
    """Who the key belongs to."""

    principal: str


@verb(On.OWN, rest=Rest("GET", "/me", problems=()))
def show_me(by: Principal, _given: Nothing) -> Me:
    """Show which principal the key belongs to."""
    return Me(principal=by.principal)


@verb(On.OWN, rest=Rest("GET", "/keys", problems=()))
def list_keys(by: Principal, _given: Nothing) -> Sequence[ApiKey]:
    """List your API keys, revoked ones too, without their secrets."""
    return by.keys.list()


@verb(On.OWN, rest=Rest("POST", "/keys", "NewKey", problems=(), status=201), writes=True)
def create_key(by: Principal, given: NewKey) -> MadeKey:
    """Make a further API key of your own; its secret is shown this once."""
    key, secret = by.keys.create(label=given.label)
    return MadeKey(key=key, secret=secret)


@verb(On.OWN, rest=Rest("DELETE", "/keys/{key}", problems=(404,), status=204), writes=True)
def revoke_key(by: Principal, given: OneKey) -> None:
    """Refuse one of your own API keys from now on."""
    by.keys.revoke(given.key)


VERBS = (show_me, list_keys, create_key, revoke_key)
