"""No page shows what its reader may not read, and whatever a memory says is text on every page."""

from collections.abc import Callable, Iterator

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient
from support.console_visits import FROM_HERE, Looked, csrf_in, harmless, visitor
from support.leakage_world import NOWHERE

from memos_graph import Memory, MemOS
from memos_graph.console.serving import PAGES
from memos_graph.governance import Action

HOSTILE = (
    '<script>alert(1)</script><img src=x onerror=alert(2)> {{ 7 * 7 }} {% raw %} "><a href="javascript:alert(3)"'
    " hx-get='/x' style='position:fixed'>click</a> ' onmouseover='alert(4) </textarea> <!-- "
)
FIELDS = {
    "question": "Dana",
    "how": "dismiss",
    "new": NOWHERE,
    "old": NOWHERE,
    "text": "policy: 1\nname: x\n",
    "job": NOWHERE,
}


def routes(method: str) -> Iterator[str]:
    """Every page, by the path of its route."""
    for page in PAGES:
        for route in page.router.routes:
            if method in route.methods:
                yield route.path


NAMING = [path for path in routes("GET") if "{" in path]
SENT = [path for path in routes("POST") if "{" in path]


def test_every_page_that_names_something_is_tried() -> None:
    assert len(NAMING) >= 10
    assert len(SENT) >= 5


@pytest.mark.parametrize("path", NAMING)
def test_a_stranger_is_shown_what_is_shown_of_nothing(
    as_: Callable[[str], TestClient], talk: Memory, path: str
) -> None:
    stranger, cube = as_(f"{talk.owner}-other"), talk.page()[0].id
    theirs = stranger.get(path.format(owner=talk.owner, name="notes", cube=cube))
    missing = stranger.get(path.format(owner="nobody", name="nothing", cube=NOWHERE))
    assert theirs.status_code == missing.status_code == 404
    told = theirs.text.replace(cube, NOWHERE).replace(talk.space, "nobody/nothing")
    assert told.partition("Request")[0] == missing.text.partition("Request")[0]
    for foreign in ("Lisbon", "lisbon", "piano", "Alice"):
        assert foreign not in theirs.text


@pytest.mark.parametrize("path", SENT)
def test_a_stranger_does_nothing(as_: Callable[[str], TestClient], talk: Memory, path: str) -> None:
    stranger = as_(f"{talk.owner}-other")
    csrf = csrf_in(stranger.get("/console"))
    before = talk.log(limit=1)[0].seq
    answers = [
        stranger.post(path.format(owner=owner, name=name), data={**FIELDS, "csrf": csrf}, headers=FROM_HERE)
        for owner, name in ((talk.owner, "notes"), ("nobody", "nothing"))
    ]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert {entry.action for entry in talk.log(limit=50) if entry.seq > before} <= {"refused"}


@pytest.mark.parametrize("path", [*NAMING, *SENT])
def test_who_is_not_signed_in_is_shown_nothing(app: FastAPI, talk: Memory, path: str) -> None:
    where = path.format(owner=talk.owner, name="notes", cube=talk.page()[0].id)
    answer = visitor(app).get(where)
    assert answer.status_code == 303
    sent = visitor(app).post(where, data={**FIELDS, "csrf": "0" * 64}, headers=FROM_HERE)
    assert sent.status_code in {401, 404}
    assert "Lisbon" not in answer.text + sent.text


@pytest.mark.parametrize("path", SENT)
def test_a_form_without_what_the_page_put_in_it_does_nothing(client: TestClient, talk: Memory, path: str) -> None:
    where = path.format(owner=talk.owner, name="notes")
    assert client.post(where, data=FIELDS, headers=FROM_HERE).status_code == 403
    csrf = csrf_in(client.get("/console"))
    assert client.post(where, data={**FIELDS, "csrf": csrf}).status_code == 403


@pytest.fixture(scope="module")
def hostile(memos: MemOS) -> Memory:
    """A space in which everything that can be said is said to do harm."""
    memory = memos.mount("hostile/notes", principal="hostile")
    memory.add(
        [
            {"id": f"{HOSTILE[:30]}{i}", "speaker": HOSTILE[:60], "text": f"Dana lives in {city}. {HOSTILE}"}
            for i, city in enumerate(("Lisbon", "Porto"))
        ],
        source=f"chat {HOSTILE}"[:200],
        tags=[HOSTILE[:80]],
    )
    first = memory.page()[0].id
    memory.update(first, text=f"Dana moved on. {HOSTILE}", reason=HOSTILE[:200])
    memory.permissions.deny("bob", [Action.READ], cube=first, reason=HOSTILE[:200])
    memory.policy.apply("policy: 1\nname: desk <b>\ndescription: '<i>'\nkeep:\n  default: 2 years\n")
    memory.jobs.submit("build")
    return memory


@pytest.mark.parametrize("path", ["/console", "/console/search", *NAMING])
def test_what_is_said_is_text_on_every_page(as_: Callable[[str], TestClient], hostile: Memory, path: str) -> None:
    client, cube = as_("hostile"), hostile.page()[0].id
    where = path.format(owner="hostile", name="notes", cube=cube)
    asked = {"q": f"Dana {HOSTILE}", "principal": "bob", "action": "read", "target": cube}
    asked |= {"actor": HOSTILE} if "/log" in path else {}
    for query in (
        {},
        {name: value for name, value in asked.items() if path.endswith(("search", "permissions", "log"))},
    ):
        answer = client.get(where, params=query)
        assert answer.status_code == 200
        harmless(Looked(answer.text))
        assert "49" not in Looked(answer.text).text.split()


def test_what_is_typed_is_text(as_: Callable[[str], TestClient], hostile: Memory) -> None:
    client = as_("hostile")
    csrf = csrf_in(client.get("/console"))
    for page, fields in {
        "chat": {"question": f"Dana {HOSTILE}", "form": "quote"},
        "policy": {"text": f"policy: 1\nname: x\n{HOSTILE}: 1\n"},
        "settle": {"how": HOSTILE},
        "jobs": {"job": HOSTILE[:90]},
    }.items():
        answer = client.post(f"/console/spaces/hostile/notes/{page}", data={**fields, "csrf": csrf}, headers=FROM_HERE)
        harmless(Looked(answer.text))
    harmless(Looked(client.get("/console/sign-in", params={"code": HOSTILE, "next": HOSTILE}).text))
    harmless(Looked(client.get(f"/console/{HOSTILE[:40]}").text))
