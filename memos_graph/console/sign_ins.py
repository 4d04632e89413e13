"""Who is signed in: one-time links and sessions, as private files of this home that hold hashes and no secret."""

import secrets
from datetime import datetime, timedelta
from pathlib import Path

from pydantic import ValidationError

from memos_graph.errors import InputError, UnauthenticatedError
from memos_graph.governance import PRINCIPAL
from memos_graph.kit.clock import now
from memos_graph.kit.digests import sha256
from memos_graph.kit.files import using_folders, write_private
from memos_graph.kit.moments import UtcDatetime
from memos_graph.types import Model

COOKIE = "memos_console"
LINK_LASTS = timedelta(minutes=5)
SESSION_LASTS = timedelta(hours=12)
_BYTES = 32
_HINT = "Have `memos console` print a new one."


class SignIn(Model):
    """Whom a link or a session is for."""

    principal: str
    until: UtcDatetime
    key: str | None = None
    """SHA-256 of the API key that the session was opened with, and ends with; none: a link did."""


class SignIns:
    """The links and sessions of one home. Each file is named by the hash of what opens it."""

    def __init__(self, home: Path) -> None:
        folder = home.expanduser().absolute() / "console"
        self._links, self._sessions = folder / "links", folder / "sessions"

    def link(self, principal: str) -> tuple[str, datetime]:
        """Make a code that signs ``principal`` in once; returns it, and when it ends. Raises ``InputError``."""
        if not PRINCIPAL.fullmatch(principal):
            raise InputError(
                f"'{principal[:80]}' is not a principal id, and only a principal itself can sign in.",
                hint="Use 1 to 128 letters, digits and . _ @ + -.",
            )
        return _keep(self._links, SignIn(principal=principal, until=now() + LINK_LASTS))

    def invited(self, code: str) -> str:
        """Return whom a code signs in, and leave it as it is; raises ``UnauthenticatedError`` for one that is used or over."""
        if (found := _read(_file(self._links, code))) is None:
            raise UnauthenticatedError("This link was used already, or is too old.", hint=_HINT)
        return found.principal

    def redeem(self, code: str) -> str:
        """Return whom a code signs in, once: raises ``UnauthenticatedError`` for every later one that brings it."""
        principal = self.invited(code)
        try:
            _file(self._links, code).unlink()  # one of several at once succeeds
        except FileNotFoundError:
            raise UnauthenticatedError("This link was used already.", hint=_HINT) from None
        return principal

    def begin(self, principal: str, *, key: str | None = None) -> str:
        """Open a session; returns the token that its cookie holds. ``key``: the hash of the key it was opened with."""
        return _keep(self._sessions, SignIn(principal=principal, until=now() + SESSION_LASTS, key=key))[0]

    def session(self, token: str) -> SignIn | None:
        """Return whose session it is; none where it is over, or was none."""
        return _read(_file(self._sessions, token))

    def end(self, token: str) -> None:
        """End a session, if it is one."""
        _file(self._sessions, token).unlink(missing_ok=True)


def _file(folder: Path, secret: str) -> Path:
    return folder / f"{sha256(secret.encode('utf-8', 'replace'))}.json"


def _keep(folder: Path, sign_in: SignIn) -> tuple[str, datetime]:
    secret = secrets.token_urlsafe(_BYTES)
    with using_folders():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for other in folder.glob("*.json"):
            if _read(other) is None:
                other.unlink(missing_ok=True)
        write_private(_file(folder, secret), sign_in.model_dump_json())
    return secret, sign_in.until


def _read(path: Path) -> SignIn | None:
    """Return what a file holds, unless that is over."""
    try:
        found = SignIn.model_validate_json(path.read_bytes())
    except (FileNotFoundError, ValidationError):
        return None
    return found if found.until > now() else None
