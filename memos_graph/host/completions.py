"""A server of language models, as it is spoken to: asked again where that helps, what it says of a failure told in its words.

Asked again, while ``llm_retry`` seconds are not over: a server that has no time (408, 429, 502, 503, 504, 529), failed (500), or
closed a connection without a reply; after ``Retry-After`` where it says so, else after .5, 1, 2, 4 … seconds. Once an answer has
begun nothing is repeated.
"""

import json
import random
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

import httpx

from memos_graph.config import Settings
from memos_graph.errors import ConfigurationError, RemoteBusyError, RemoteModelError
from memos_graph.kit.addresses import is_loopback, retry_after
from memos_graph.language.sensitivity import Level, detect, redact

_CONNECT_S = 5.0
_FIRST_WAIT_S, _LONGEST_WAIT_S = 0.5, 8.0
_BUSY = {408, 429, 502, 503, 504, 529}
_FAILED = 500
_DROPPED = (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError)
_NEVER_BY_WAITING = ("insufficient_quota", "billing")
_SHOWN_CHARS = 300
_TITLE = re.compile(r"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)
_HINTS = {
    401: "Check MEMOS_LLM_KEY.",
    403: "Check MEMOS_LLM_KEY, and what it may use.",
    404: "Check MEMOS_LLM_URL, which ends in /v1 for most servers, and MEMOS_LLM_MODEL.",
}


class CompletionServer:
    """The server at ``MEMOS_LLM_URL``, with its key. Close it."""

    def __init__(self, settings: Settings) -> None:
        if settings.llm_url is None or settings.llm_model is None:
            raise ConfigurationError(
                "A remote model needs MEMOS_LLM_URL and MEMOS_LLM_MODEL.", hint="Set both, or neither."
            )
        try:
            url = httpx.URL(settings.llm_url.rstrip("/") + "/")
        except httpx.InvalidURL as error:
            raise _no_address(settings.llm_url) from error
        if url.scheme not in {"http", "https"} or not url.host:
            raise _no_address(settings.llm_url)
        self.model = settings.llm_model
        self.address = str(url.copy_with(username=None, password=None, query=None, fragment=None)).rstrip("/")
        self.silence = settings.llm_timeout
        self._key = settings.llm_key.get_secret_value() if settings.llm_key else None
        self._patience = settings.llm_retry
        self._client = httpx.Client(
            base_url=url,
            headers={"Authorization": f"Bearer {self._key}"} if self._key else {},
            timeout=httpx.Timeout(settings.llm_timeout, connect=min(_CONNECT_S, settings.llm_timeout)),
            # No proxy of the environment is between this machine and itself.
            trust_env=not is_loopback(url.host),
        )

    @contextmanager
    def posted(self, path: str, body: dict[str, Any]) -> Iterator[httpx.Response]:
        """Post ``body`` and give the reply, which is still to be read and has a status of success.

        Raises ``RemoteBusyError``, ``RemoteModelError``.
        """
        until = time.monotonic() + self._patience
        for attempt in count():
            failure: RemoteModelError
            try:
                reply = self._client.send(self._client.build_request("POST", path, json=body), stream=True)
            except httpx.TransportError as error:
                failure, again = self.unreachable(error), isinstance(error, _DROPPED)
            else:
                if reply.is_success:
                    break
                failure, again = self._refusal(reply)
            asked = failure.retry_after if isinstance(failure, RemoteBusyError) else None
            wait = _backoff(attempt) if asked is None else asked
            if not again or time.monotonic() + wait > until:
                raise failure
            time.sleep(wait)
        try:
            yield reply
        finally:
            reply.close()

    def asked(self, method: str, path: str, body: dict[str, Any] | None = None, *, seconds: float) -> httpx.Response:
        """Ask once, within ``seconds``, whatever the answer is; raises ``RemoteBusyError`` where there is none.

        ``path`` goes on from the base URL, or with a slash before it from the server's root.
        """
        url = self._client.base_url.copy_with(path=path) if path.startswith("/") else httpx.URL(path)
        try:
            return self._client.request(method, url, json=body, timeout=min(seconds, self.silence))
        except httpx.TransportError as error:
            raise self.unreachable(error) from error

    def unreachable(self, error: Exception) -> RemoteBusyError:
        """Return the error for a server that gave no reply."""
        return RemoteBusyError(
            f"The language model at MEMOS_LLM_URL does not answer: {self.clean(str(error) or type(error).__name__)}.",
            hint="Check that it runs, and MEMOS_LLM_URL.",
        )

    def broken(self, what: str, said: str = "", *, hint: str | None = None) -> RemoteModelError:
        """Return the error for an answer that can't be used."""
        quoted = f': "{words}"' if (words := self.clean(words_of(said))) else ""
        return RemoteModelError(f"The language model '{self.model}' at MEMOS_LLM_URL {what}{quoted}.", hint=hint)

    def clean(self, text: str) -> str:
        """Return words of the server on one line, without our key and whatever else is a secret."""
        if self._key:
            text = text.replace(self._key, "[api key]")
        line = " ".join(redact(text, detect(text), Level.PERSONAL).split()).rstrip(".")
        return line if len(line) <= _SHOWN_CHARS else line[:_SHOWN_CHARS] + "…"

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def _refusal(self, reply: httpx.Response) -> tuple[RemoteModelError, bool]:
        """Return the error for a reply that is not a success, and whether asking again may help."""
        status = reply.status_code
        if reply.is_redirect:
            reply.close()
            there = reply.headers.get("location", "").partition("?")[0]
            hint = "Set MEMOS_LLM_URL to where it really is."
            return self.broken(f"sends elsewhere (status {status})", there, hint=hint), False
        try:
            said = reply.read().decode("utf-8", "replace")
        except httpx.TransportError:
            said = ""
        finally:
            reply.close()
        if status not in _BUSY or any(each in said for each in _NEVER_BY_WAITING):
            failure = self.broken(f"refused the request (status {status})", said, hint=_HINTS.get(status))
            return failure, status == _FAILED
        after = retry_after(reply.headers)
        later = f" in {after:.0f} s" if after is not None else " later"
        told = self.broken(f"has no time (status {status})", said)
        return RemoteBusyError(told.message, hint=f"Ask again{later}.", retry_after=after), True


def _no_address(url: str) -> ConfigurationError:
    return ConfigurationError(
        f"MEMOS_LLM_URL is '{url}', which is not an address of a server.", hint="Set it as http://host:port/v1."
    )


def words_of(said: str) -> str:
    """Return what the body of a failure says to people: its message in any of the usual shapes, or a page's title."""
    try:
        found = json.loads(said)
    except ValueError:
        page = _TITLE.search(said)
        return f"a page, {page[1]}" if page else "a page" if said.lstrip().startswith("<") else said
    return _message(found) or said


def _message(found: Any) -> str:
    if isinstance(found, str):
        return found
    if isinstance(found, list):
        return _message(found[0]) if found else ""
    if isinstance(found, dict):
        for name in ("error", "message", "detail", "msg", "title"):
            if words := _message(found.get(name)):
                return words
    return ""


def _backoff(attempt: int) -> float:
    wait: float = min(_FIRST_WAIT_S * 2**attempt, _LONGEST_WAIT_S)
    return wait * random.uniform(0.75, 1.0)  # noqa: S311 - so that many who wait do not come back at once
