"""Who may go on with a request: each principal in its turn, so that one that sends many can't keep the others out.

A request takes no thread, and asks the database nothing, before its turn has come. What takes long (a chat waits for a model, a
distillation for minutes) has turns of its own, fewer than there are threads.
"""

import math
import re
import time
from collections import OrderedDict

import limits
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.datastructures import Headers
from starlette.requests import cookie_parser

from memos_graph.api.mcp_errors import METADATA
from memos_graph.config import Settings
from memos_graph.console.sign_ins import COOKIE
from memos_graph.errors import ConfigurationError, LimitError
from memos_graph.kit.digests import sha256
from memos_graph.kit.turns import Full, QueueTurn, Turns

SCHEME = "token"
"""How mem0's clients call a key, where others say bearer."""
_DISTILLS = re.compile(r"/v1/spaces/.+/lora(?:/redistill)?/?")
_CHATS = re.compile(r"/v1/chat/completions/?|/console/spaces/.+/chat")
_HEAVY = re.compile(
    r"/v1/spaces/.+/(?:documents|messages|kv|kv/[^/]+/externalize|lora/[^/]+/\w+|forget|foresee|export|dump|load|rollback|settle|mark-detect)/?"
    r"|/compat/mem0/(?:v3/memories/add|memories|reset)/?|/v1/pipelines(?:/.*)?|/v1/spaces/.+/(?:runs|pipelines)(?:/.*)?"
)
_SCHEMES = ("bearer", SCHEME)
_FREE = frozenset({"/health", "/docs", "/openapi.json", "/metrics"})
_FREE_BELOW = ("/console/static/", METADATA)
_MOST_KNOWN = 4096
_AGAIN_S = {"ordinary": 1.0, "heavy": 2.0, "chat": 2.0, "distillation": 30.0}
# Of all principals together.
_HEAVY_AT_ONCE, _CHATS_AT_ONCE, _DISTILLATIONS = 6, 16, 8
_SPARE_THREADS = 4
_HANGS, _LONGEST = 0.6, 3.0
"""Of the time in which what hangs must be an error: an ordinary request waits so long while none before it ends, for it may be these that hang;
and so long in all, before its client gives up on it."""


def late() -> LimitError:
    """Return the error of a request whose turn did not come in time."""
    return LimitError(
        "Your requests before this one did not end in time for its turn.",
        hint="Ask for less at once, and again as Retry-After says.",
        retry_after=_AGAIN_S["ordinary"],
    )


class Admission:
    """The turns of one process."""

    def __init__(self, settings: Settings) -> None:
        ordinary, chats = settings.api_requests, settings.api_chats
        self._turns = {
            "ordinary": Turns(
                2 * ordinary,
                ordinary,
                settings.api_waiting,
                within_s=settings.timeout_s * _HANGS,
                longest_s=settings.timeout_s * _LONGEST,
            ),
            "heavy": Turns(_HEAVY_AT_ONCE, settings.api_uploads, settings.api_waiting),
            "chat": Turns(max(_CHATS_AT_ONCE, chats), chats, settings.api_waiting),
            "distillation": Turns(_DISTILLATIONS, 1 + settings.distill_queue, 0),
        }
        self._known: OrderedDict[str, str] = OrderedDict()
        self._rates = _rates(settings.api_rate)
        self._counted = MovingWindowRateLimiter(MemoryStorage())

    @property
    def threads(self) -> int:
        """How many threads endpoints need, so that who has a turn waits for none."""
        return sum(turns.at_once for turns in self._turns.values()) + _SPARE_THREADS

    def learn(self, credential: str, principal: str) -> None:
        """Note whose a credential is, which was seen to be valid: all keys of a principal share its turns."""
        self._known[credential] = principal
        while len(self._known) > _MOST_KNOWN:
            self._known.popitem(last=False)

    def ask(self, method: str, path: str, headers: Headers, client: str) -> QueueTurn | None:
        """Return a request's turn; ``None`` where it needs none. Raises ``LimitError``."""
        if path in _FREE or path.startswith(_FREE_BELOW):
            return None
        kind = kind_of(method, path)
        credential = credential_of(headers)
        name = self._known.get(credential, credential) if credential else f"from {client}"
        self._count(name)
        try:
            return self._turns[kind].ask(name)
        except Full:
            turns = self._turns[kind]
            most = turns.each + turns.waiting
            raise LimitError(
                f"You have {most} {kind} requests running or waiting, which is as many as one principal may.",
                hint="Wait for their answers; ask for less at once.",
                retry_after=_AGAIN_S[kind],
            ) from None

    def _count(self, name: str) -> None:
        """Count a request; raises ``LimitError`` for one more than a rate allows, which counts for none."""
        for rate in self._rates:
            if not self._counted.test(rate, name):
                again_s = self._counted.get_window_stats(rate, name).reset_time - time.time()
                raise LimitError(
                    f"You have sent {rate.amount} requests in {rate.multiples} {rate.GRANULARITY.name}"
                    f"{'s' * (rate.multiples > 1)}, which is as many as one principal may.",
                    hint="Wait as long as Retry-After says.",
                    retry_after=max(1.0, math.ceil(again_s)),
                )
        for rate in self._rates:
            self._counted.hit(rate, name)


def _rates(declared: str | None) -> list[limits.RateLimitItem]:
    try:
        return limits.parse_many(declared) if declared else []
    except ValueError as error:
        raise ConfigurationError(
            f"MEMOS_API_RATE is '{declared}', which is not a rate.", hint="Write e.g. `10/second; 300/minute`."
        ) from error


def kind_of(method: str, path: str) -> str:
    """Return which turns a request takes."""
    if method == "POST" and _DISTILLS.fullmatch(path):
        return "distillation"
    if method == "POST" and _CHATS.fullmatch(path):
        return "chat"
    return (
        "heavy" if _HEAVY.fullmatch(path) and (method == "POST" or path.endswith(("/export", "/dump"))) else "ordinary"
    )


def credential_of(headers: Headers) -> str | None:
    """Return the digest of the key, or of the console's session, that a request carries; ``None`` for none."""
    scheme, _, bearer = headers.get("authorization", "").partition(" ")
    secret = bearer.strip() if scheme.lower() in _SCHEMES and bearer.strip() else headers.get("x-api-key")
    secret = secret or cookie_parser(headers.get("cookie", "")).get(COOKIE)
    return sha256(secret) if secret else None
