"""The real client of mem0 against its calls here, as they are served; it lives in a Python of its own."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from support.serving import served

from memos_graph import MemOS

ROOT = Path(__file__).parents[2]
PYTHON = Path(os.environ.get("MEMOS_MEM0_PYTHON", ROOT / ".venv-peers/bin/python"))
TALK = ROOT / "tests/support/mem0_talk.py"


def has_mem0() -> bool:
    return (
        PYTHON.exists()
        and subprocess.run([PYTHON, "-c", "import mem0"], capture_output=True, check=False).returncode == 0
    )


@pytest.fixture
def told(app: FastAPI, memos: MemOS, principal: str, tmp_path: Path) -> Any:
    if not has_mem0():
        pytest.skip(
            "mem0's client is not installed: `make peers` does it, or MEMOS_MEM0_PYTHON names a Python that has it"
        )
    keys = [memos._services.api_keys.create(who, label="mem0")[1] for who in (principal, f"{principal}.other")]
    with served(app) as address:
        done = subprocess.run(
            [PYTHON, TALK, f"{address}/compat/mem0", *keys],
            capture_output=True,
            text=True,
            check=False,
            timeout=200,
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(tmp_path),
                "MEM0_TELEMETRY": "False",
                "MEM0_DIR": str(tmp_path),
            },
        )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)


def test_its_client_is_answered(told: Any, memos: MemOS, principal: str) -> None:
    first, second = told["added"]["results"]
    assert (first["memory"], second["memory"], first["event"]) == ("I drink green tea.", "Noted.", "ADD")
    assert (told["got"]["user_id"], told["got"]["agent_id"], told["got"]["metadata"]) == (
        "ada",
        "bot",
        {"topic": "food"},
    )
    assert [each["id"] for each in told["found"]] == [first["id"]]
    assert told["filtered"] == told["stranger"] == []
    assert (told["all"]["count"], len(told["all"]["results"])) == (2, 1)
    assert (told["updated"]["memory"], told["updated"]["expiration_date"]) == ("I drink coffee.", "2099-01-01")
    assert [each["event"] for each in told["history"]] == ["ADD", "UPDATE"]
    assert told["users"]["results"][0]["name"] == "ada"
    refused = told["refused"]
    assert {name: kind for name, (kind, _) in refused.items()} == {
        "get": "MemoryNotFoundError",
        "update": "MemoryNotFoundError",
        "delete": "MemoryNotFoundError",
        "filters": "ValidationError",
        "option": "ValidationError",
        "key": "ValueError",
        "users": "MemoryNotFoundError",
        "batch": "MemoryNotFoundError",
    }
    assert "At least one of user_id" in refused["filters"][1]
    assert "custom_instructions" in refused["option"][1]
    assert "No valid API key" in refused["key"][1] or "API key" in refused["key"][1]
    assert told["deleted"]["message"].startswith("Memory deleted")
    assert told["gone"][0] == "MemoryNotFoundError"
    assert told["left"] == 0
    assert told["by_options"][1]["message"].startswith("Memories deleted")
    assert told["reset"][2] == []
    waited = told["awaited"]
    assert waited["found"][0]["memory"] == waited["all"][0]["memory"] == "I play the piano."
    assert (waited["updated"]["memory"], len(waited["history"])) == ("I play the cello.", 2)
    assert memos.mount(f"{principal}/mem0/user/ada", principal=principal).audit.verify().whole
