"""The console in a real Chromium, through playwright: skipped where one of them is missing."""

import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI

from memos_graph import Memory, MemOS
from memos_graph.console.sign_ins import COOKIE, SignIns

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium on this machine's path")
playwright = pytest.importorskip("playwright.sync_api", reason="pip install playwright, for tests in a browser")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
HARMFUL = (
    "<img src=x onerror='window.harmed=1'><script>window.harmed=1</script><a href='javascript:window.harmed=1'>x</a>"
)
PAGES = (
    "",
    "/memories",
    "/chat",
    "/settle",
    "/permissions?principal=bob&action=read",
    "/policy",
    "/log",
    "/forms",
    "/jobs",
    "/costs",
)


@pytest.fixture(scope="module")
def address(app: FastAPI) -> Iterator[str]:
    """Where the console is served, as ``memos up`` serves it."""
    with closing(socket.socket()) as listener:
        listener.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_level="error"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        while not server.started:
            time.sleep(0.05)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/console"
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def seen(memos: MemOS) -> Memory:
    """A space to look at."""
    memory = memos.mount("seen/notes", principal="seen")
    memory.add(
        [
            {"id": "a", "speaker": "Alice", "text": f"Dana lives in Lisbon. {HARMFUL}", "at": "2026-05-04T09:00:00Z"},
            {"id": "b", "speaker": HARMFUL, "text": "Dana lives in Porto now.", "at": "2026-09-14T09:00:00Z"},
        ],
        source="chat",
    )
    memory.update(memory.page()[0].id, text=f"Dana lives in Lisbon, by the sea. {HARMFUL}", reason=HARMFUL)
    return memory


@pytest.fixture
def opened(chromium: Any, memos: MemOS, address: str) -> Iterator[Callable[..., Any]]:
    """Open a tab of somebody who is signed in; what goes wrong in it fails the test, and so does a look elsewhere."""
    wrong: list[str] = []
    contexts = []

    def tab(principal: str | None = "seen", **how: Any) -> Any:
        context = chromium.new_context(**{"viewport": {"width": 1200, "height": 800}, **how})
        contexts.append(context)
        if principal:
            token = SignIns(memos.settings.home).begin(principal)
            context.add_cookies([{"name": COOKIE, "value": token, "domain": "127.0.0.1", "path": "/console"}])
        page = context.new_page()
        page.on("console", lambda told: wrong.append(told.text) if told.type == "error" else None)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("dialog", lambda dialog: wrong.append(dialog.message))
        page.on("request", lambda asked: None if asked.url.startswith(address) else wrong.append(asked.url))
        return page

    yield tab
    for context in contexts:
        context.close()
    assert wrong == []


def test_a_link_signs_in_with_a_click(opened: Callable[..., Any], memos: MemOS, address: str) -> None:
    page = opened(None)
    page.goto(address)
    assert page.url == f"{address}/sign-in"
    code, _ = SignIns(memos.settings.home).link("seen")
    page.goto(f"{address}/sign-in?code={code}")
    page.click("main button")
    page.wait_for_url(address)
    assert page.locator(".who").inner_text() == "seen"
    (cookie,) = page.context.cookies()
    assert (cookie["httpOnly"], cookie["sameSite"], cookie["path"]) == (True, "Strict", "/console")
    assert page.evaluate("document.cookie") == ""
    page.click("text=Sign out")
    page.wait_for_url(f"{address}/sign-in")
    assert page.context.cookies() == []


def test_a_search_replaces_what_was_found_and_nothing_else(
    opened: Callable[..., Any], seen: Memory, address: str
) -> None:
    page = opened()
    page.goto(f"{address}/search")
    page.evaluate("window.same = true")
    page.fill("#q", "Where does Dana live?")
    page.keyboard.press("Enter")
    page.wait_for_selector(".hit")
    assert page.evaluate("window.same")
    assert "q=Where" in page.url
    page.locator(".hit").first.get_by_role("link", name="What was said around it").click()
    page.wait_for_selector(".hit #around")
    assert page.evaluate("window.same")
    kept = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
    assert "Lisbon" not in kept
    assert "Porto" not in kept


def test_a_chat_goes_on_without_a_new_page(opened: Callable[..., Any], seen: Memory, address: str) -> None:
    page = opened()
    page.goto(f"{address}/spaces/seen/notes/chat")
    page.select_option("#form", "quote")
    for turns, question in ((2, "Where does Dana live?"), (4, "And where did she live before?")):
        page.fill("#question", question)
        page.keyboard.press("Enter")
        page.locator(".turns li").nth(turns - 1).wait_for()
    assert page.locator("#form").input_value() == "quote"


def test_graphs_are_drawn_and_lead_to_memories(opened: Callable[..., Any], seen: Memory, address: str) -> None:
    page, cube = opened(), seen.page()[0].id
    page.goto(f"{address}/memories/{cube}")
    page.wait_for_selector(".graph[data-drawn] canvas")
    assert page.locator(".graph").get_attribute("data-drawn") == str(len(seen.lineage(cube, depth=8).nodes))
    page.goto(f"{address}/spaces/seen/notes")
    page.wait_for_selector(".graph[data-drawn] canvas")
    box = page.locator(".graph").bounding_box()
    assert box["height"] > 200


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_fits_a_narrow_screen(opened: Callable[..., Any], seen: Memory, address: str, scheme: str) -> None:
    page = opened(viewport={"width": 360, "height": 740}, color_scheme=scheme)
    places = ["", "/search?q=Dana", f"/memories/{seen.page()[0].id}", *(f"/spaces/seen/notes{each}" for each in PAGES)]
    for place in places:
        page.goto(address + place)
        page.wait_for_load_state()
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, place
        assert page.evaluate("window.harmed") is None, place


def test_the_keyboard_reaches_everything(opened: Callable[..., Any], seen: Memory, address: str) -> None:
    page = opened()
    page.goto(address)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "find"
    page.keyboard.type("a/b")
    assert page.locator("#find").input_value() == "a/b"
