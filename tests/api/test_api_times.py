"""The caller's time zone, and the zone of what is sent."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from starlette.testclient import TestClient

from memos_graph import Memory


def test_a_message_keeps_its_own_zone(client: TestClient, space: Memory) -> None:
    sent = {"text": "I met the baker yesterday.", "at": "2026-08-11T22:45:00-07:00"}
    added = client.post(f"/v1/spaces/{space.space}/messages", json={"messages": [sent]}).json()["added"]
    assert f"{space.get(added[0]).descriptive.valid_from:%Y-%m-%d}" == "2026-08-10"
    where, text = f"/v1/spaces/{space.space}/documents", b"We saw the otters today."
    asked = {"source": "note.txt", "at": "2026-08-12T03:00:00+09:00"}
    added = client.post(where, params=asked, content=text).json()["added"]
    assert f"{space.get(added[0]).descriptive.valid_from:%Y-%m-%d}" == "2026-08-12"


def test_the_header_says_where_the_reader_is(client: TestClient, space: Memory) -> None:
    asked = {"question": "What happened today?", "spaces": [space.space], "explain": True}
    for name, hours in (("Pacific/Kiritimati", 14), ("Etc/GMT+12", -12)):
        call = client.post("/v1/search", json=asked, headers={"X-Timezone": name}).json()["call"]
        begins = datetime.fromisoformat(call["begins"]).astimezone(ZoneInfo(name))
        assert (begins.hour, begins.utcoffset()) == (0, timedelta(hours=hours))
    refused = client.post("/v1/search", json=asked, headers={"X-Timezone": "Mars/Olympus"})
    assert (refused.status_code, refused.json()["code"]) == (422, "input-invalid")
    assert "'Mars/Olympus' is not a time zone" in refused.json()["detail"]
