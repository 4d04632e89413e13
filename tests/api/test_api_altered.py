"""A memory that was changed in the database itself, over HTTP: not read out, and told."""

from collections.abc import Callable

import pytest
from httpx import Response
from starlette.testclient import TestClient
from support.alterations import ASKED, EDITS, FORGED, Held, altered, held
from support.raw_graph import rows

from memos_graph import Memory, MemOS


def held_back(client: TestClient) -> float:
    """How often something was held back so far, as the metrics have it."""
    lines = client.get("/metrics").text.splitlines()
    return float(next(line for line in lines if line.startswith("memos_withheld ")).split()[1])


@pytest.mark.tampers
def test_what_is_held_back_is_counted_and_by_its_id_a_problem(memos: MemOS, client: TestClient, talk: Memory) -> None:
    cube, before = talk.page(level="whole")[0].id, held_back(client)
    where = f"/v1/spaces/{talk.space}/cubes"
    asked = {"question": "Where did Dana move?", "spaces": [talk.space]}
    assert "X-Memos-Withheld" not in client.post("/v1/search", json=asked).headers
    rows(memos, "MATCH (c:MemCube {id: $c}) SET c.speaker = 'Mallory'", c=cube)
    found = client.post("/v1/search", json=asked)
    assert cube not in {hit["cube"]["id"] for hit in found.json()["hits"]}
    assert found.json()["withheld"] == int(found.headers["X-Memos-Withheld"]) >= 1
    listed = client.get(where)
    assert cube not in listed.text
    assert int(listed.headers["X-Memos-Withheld"]) >= 1
    assert held_back(client) >= before + 2
    refused = client.get(f"/v1/cubes/{cube}")
    assert (refused.status_code, refused.json()["code"]) == (409, "memory-altered")
    assert "Mallory" not in refused.text


_WITHHELD = '"withheld":1}'  # the end of a bundle says so: its beginning is sent before all of it is known


def _calls(world: Held) -> dict[str, tuple[str, str, object]]:
    """Every call that shows memories, with what it is sent; `guest` calls are those of whom single memories were shared with."""
    space, cube = f"/v1/spaces/{world.memory.space}", f"/v1/cubes/{world.whole}"
    then, before = (moment.isoformat().replace("+00:00", "Z") for moment in (world.then, world.before))
    search = {"question": ASKED, "spaces": [world.memory.space], "limit": 20}
    chat = {"model": world.memory.space, "messages": [{"role": "user", "content": ASKED}]}
    return {
        "list": ("GET", f"{space}/cubes?limit=200", None),
        "list as of": ("GET", f"{space}/cubes?limit=200&as_of={then}", None),
        "get": ("GET", cube, None),
        "get as of": ("GET", f"{cube}?as_of={then}", None),
        "get a fact": ("GET", f"/v1/cubes/{world.fact}", None),
        "versions": ("GET", f"{cube}/versions", None),
        "diff": ("GET", f"{cube}/diff?old=1&new=2", None),
        "lineage": ("GET", f"{cube}/lineage", None),
        "duplicates": ("GET", f"{space}/duplicates", None),
        "successors": ("GET", f"{space}/successors", None),
        "changes": ("GET", f"{space}/changes?since={before}", None),
        "foresee": ("POST", f"{space}/foresee", {"subject": ["Dana"]}),
        "export": ("GET", f"{space}/export", None),
        "dump": ("GET", f"{space}/dump", None),
        "search": ("POST", "/v1/search", search),
        "search as of": ("POST", "/v1/search", {**search, "filters": {"as_of": then}}),
        "guest's shared": ("GET", "/v1/shared", None),
        "guest's search": ("POST", "/v1/shared/search", {"question": ASKED}),
        "chat": ("POST", "/v1/chat/completions", {**chat, "form": "quote"}),
    }


@pytest.mark.tampers
@pytest.mark.timeout(600)
@pytest.mark.parametrize("kind", EDITS)
def test_no_call_gives_out_what_was_altered(
    memos: MemOS, space: Memory, client: TestClient, client_of: Callable[[str], TestClient], kind: str
) -> None:
    world = held(memos, space)
    guest, given, untold = client_of(world.guest), list[str](), list[str]()

    def asked(name: str) -> Response:
        method, path, body = _calls(world)[name]
        return (guest if name.startswith("guest") else client).request(method, path, json=body)

    seen = set[str]()
    for victim in (world.whole, world.fact):
        # A difference between versions names no memory: it is what it says that shows it.
        plain = {name for name in _calls(world) if victim in asked(name).text}
        plain |= {"diff", "versions"} if victim == world.whole else set()
        seen |= plain
        with altered(memos, kind, victim, world.other):
            for name in _calls(world):
                answer = asked(name)
                if answer.status_code not in {200, 404, 409}:
                    untold.append(f"{name}: {answer.text}")
                if FORGED in answer.text or (victim in answer.text and answer.status_code == 200):
                    given.append(f"{name}: {answer.text[:1000]}")
                told = "X-Memos-Withheld" in answer.headers or answer.status_code == 409 or _WITHHELD in answer.text
                if name in plain and not told:
                    untold.append(f"{name}: {answer.status_code} {dict(answer.headers)} {answer.text[:300]}")
    assert seen == set(_calls(world)), "what shows neither can't fail"
    assert given == []
    assert untold == []
