"""Where a service is, and how it is spoken to: its address, a key, timeouts, and when something is sent again."""

from collections.abc import Generator, Mapping
from typing import Any

import httpx

from memos_graph.client.calls import RestCall
from memos_graph.errors import InputError, ServiceError
from memos_graph.kit.addresses import is_loopback, retry_after
from memos_graph.kit.moments import zone_of
from memos_graph.kit.traces import Traces

_CONNECT_S = 10.0
_LONGEST_WAIT_S = 60.0
_TRIES = 4
_TRACES = Traces()
_HAS_NO_TIME = {429, 503}


class _Key(httpx.Auth):
    """Puts the key on each request, and shows it to nobody: it stands in no repr, and in no header that is kept."""

    def __init__(self, secret: str) -> None:
        self.__secret = secret

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["Authorization"] = f"Bearer {self.__secret}"
        yield request

    def __repr__(self) -> str:
        return "<key>"


class Address:
    """A service, and what goes with every request to it.

    * ``url`` of the service, without ``/v1``; the rest as of ``Connecting.connect``.
    * Raises ``InputError`` for an address, a key or a zone that can't be one.
    """

    def __init__(
        self,
        url: str,
        key: str,
        *,
        on_behalf_of: str | None = None,
        purpose: str | None = None,
        timezone: str | None = None,
        timeout_s: float = 60.0,
        long_timeout_s: float = 3600.0,
        unencrypted: bool = False,
    ) -> None:
        self.url = _checked(url, unencrypted=unencrypted)
        if not key or not key.isascii() or not key.isprintable() or " " in key:
            raise InputError("The key given is no API key.", hint="`memos key create` makes one: memos_….")
        self._key = _Key(key)
        told = {"X-On-Behalf-Of": on_behalf_of, "X-Purpose": purpose, "X-Timezone": _zone(timezone)}
        self._headers = {name: value for name, value in told.items() if value is not None}
        self._timeouts = (timeout_s, long_timeout_s)

    def __repr__(self) -> str:
        return str(self.url)

    @property
    def options(self) -> dict[str, Any]:
        """What an HTTP client for it is made with: TLS is verified, no redirect is followed, and nothing is between this machine and itself."""
        return {
            "auth": self._key,
            "headers": {**self._headers, "Accept": "application/json, */*"},
            "follow_redirects": False,
            "trust_env": not is_loopback(self.url.host),
        }

    def request(self, client: httpx.Client | httpx.AsyncClient, call: RestCall) -> httpx.Request:
        """Return the request of a call."""
        silence = self._timeouts[call.slow]
        try:
            return client.build_request(
                call.method,
                self.url.join(call.path.removeprefix("/")),
                params=_pairs(call),
                headers={**call.headers, **({"traceparent": told} if (told := _TRACES.carried()) else {})},
                content=call.body,
                timeout=httpx.Timeout(silence, connect=min(_CONNECT_S, silence)),
            )
        except (UnicodeError, httpx.InvalidURL) as error:
            raise InputError(f"What was given can't be sent: {error}.", hint="Check names and labels.") from error

    def unreachable(self, call: RestCall, error: httpx.HTTPError) -> ServiceError:
        """Return the error for a call without an answer."""
        told = str(error) or type(error).__name__
        if isinstance(error, httpx.TimeoutException):
            hint = "Give it longer by `timeout_s` or `long_timeout_s`."
        else:
            hint = "Check its address, and that it runs (`memos up`)."
        may = "" if call.repeatable or isinstance(error, httpx.ConnectError) else " It may have done the call."
        return ServiceError(f"The service at {self.url} gave no answer: {told}.{may}", hint=hint)


def again_after(call: RestCall, status: int, headers: Mapping[str, str], tried: int) -> float | None:
    """Return after how many seconds a call is sent again; ``None``: it is not.

    That is done for a service that has no time (429, 503) and says when it will (``Retry-After``), within a minute, and only for a call that
    does no more when it is sent twice.
    """
    if not call.repeatable or status not in _HAS_NO_TIME or tried >= _TRIES:
        return None
    after = retry_after(headers)
    return None if after is None or after > _LONGEST_WAIT_S else after


def _checked(url: str, *, unencrypted: bool) -> httpx.URL:
    try:
        found = httpx.URL(url.rstrip("/") + "/")
    except (httpx.InvalidURL, TypeError) as error:
        raise _no_address() from error
    if found.scheme not in {"http", "https"} or not found.host or found.userinfo or found.query or found.fragment:
        raise _no_address()
    if found.scheme == "http" and not unencrypted and not is_loopback(found.host):
        raise InputError(
            f"{found} is not encrypted, so whoever is in between would see the key and the memories.",
            hint="Use https://, or say `unencrypted=True` for a network that is yours.",
        )
    return found


def _zone(name: str | None) -> str | None:
    try:
        return name and zone_of(name).key
    except ValueError as error:
        raise InputError(f"{error}.") from error


def _no_address() -> InputError:
    # What was given is not repeated: it may hold a password.
    return InputError(
        "The address of the service can't be used.", hint="Give it as https://host or http://127.0.0.1:8765."
    )


def _pairs(call: RestCall) -> list[tuple[str, str | int | float | bool | None]]:
    every = (
        (name, each) for name, value in call.query for each in (value if isinstance(value, list | tuple) else (value,))
    )
    return [(name, each if isinstance(each, bool) else str(each)) for name, each in every if each is not None]
