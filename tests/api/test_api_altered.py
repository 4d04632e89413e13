"""A memory that was changed in the database itself, over HTTP: not read out, and told."""

import pytest
from raw_graph import rows
from starlette.testclient import TestClient

from memos_graph import Memory, MemOS


@pytest.mark.tampers
def test_what_is_held_back_is_counted_and_by_its_id_a_problem(memos: MemOS, client: TestClient, talk: Memory) -> None:
    cube = talk.page(level="whole")[0].id
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
    refused = client.get(f"/v1/cubes/{cube}")
    assert (refused.status_code, refused.json()["code"]) == (409, "memory-altered")
    assert "Mallory" not in refused.text
