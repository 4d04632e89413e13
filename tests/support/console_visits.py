"""Somebody at the console, over HTTP and without a browser."""

import re
from html.parser import HTMLParser

from fastapi import FastAPI
from httpx import Response
from starlette.testclient import TestClient

from memos_graph import MemOS
from memos_graph.console.sign_ins import COOKIE, SignIns

HOST = "http://127.0.0.1:8787"
FROM_HERE = {"Sec-Fetch-Site": "same-origin", "Origin": HOST}
_VOID = {"meta", "link", "input", "br", "hr", "img"}
_BLOCKS = {"td", "th", "li", "p", "div", "section", "h1", "h2", "h3", "dt", "dd", "option", "a", "span"}


def visitor(app: FastAPI) -> TestClient:
    """Somebody who is not signed in."""
    return TestClient(app, base_url=HOST, follow_redirects=False)


def signed_in(app: FastAPI, memos: MemOS, principal: str) -> TestClient:
    """Somebody who is."""
    client = visitor(app)
    client.cookies.set(COOKIE, SignIns(memos.settings.home).begin(principal), domain="127.0.0.1", path="/console")
    return client


def csrf_in(page: Response) -> str:
    found = re.search(r'name="csrf" value="([0-9a-f]{64})"', page.text)
    assert found is not None
    return found[1]


def send(client: TestClient, path: str, **fields: str) -> Response:
    """Send a form of a page of the client's session."""
    fields["csrf"] = csrf_in(client.get("/console"))
    return client.post(path, data=fields, headers=FROM_HERE)


class Looked(HTMLParser):
    """What a browser makes of a page: its elements with their attributes, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.open: list[str] = []
        self.misnested: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag in _BLOCKS:
            self.words.append(" ")
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.misnested.append(tag)

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join("".join(self.words).split())

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def harmless(page: Looked) -> None:
    """Assert that nothing on a page runs, or looks otherwise, by what stands in it."""
    assert page.misnested == []
    assert all(str(each.get("src")).startswith("/console/static/") for each in page.named("script"))
    assert page.named("img") == page.named("style") == page.named("iframe") == []
    for _, attributes in page.elements:
        for name, value in attributes.items():
            assert not name.startswith("on")
            assert name != "style"
            if name in {"href", "src", "action", "hx-get"}:
                assert str(value).startswith(("/console", "#"))
