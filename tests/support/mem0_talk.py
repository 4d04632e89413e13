"""What mem0's own client is asked for, in a Python that has it: prints what it was answered. Called with an address and two keys."""

import asyncio
import json
import sys
from typing import Any

from mem0 import AsyncMemoryClient, MemoryClient


def refused(act: Any) -> list[str]:
    try:
        act()
    except Exception as error:  # noqa: BLE001 - whichever it is, is what is asked
        return [type(error).__name__, str(error)]
    return []


async def awaited(host: str, key: str) -> dict[str, Any]:
    async with AsyncMemoryClient(api_key=key, host=host) as client:
        added = await client.add("I play the piano.", user_id="bob", infer=False)
        memory = added["results"][0]["id"]
        return {
            "found": (await client.search("What does Bob play?", filters={"user_id": "bob"}))["results"],
            "all": (await client.get_all(filters={"user_id": "bob"}))["results"],
            "updated": await client.update(memory, text="I play the cello."),
            "history": await client.history(memory),
            "deleted": await client.delete(memory),
        }


def main(host: str, key: str, other: str) -> dict[str, Any]:
    client = MemoryClient(api_key=key, host=host)
    talk = [{"role": "user", "content": "I drink green tea."}, {"role": "assistant", "content": "Noted."}]
    added = client.add(talk, user_id="ada", agent_id="bot", metadata={"topic": "food"})
    memory = added["results"][0]["id"]
    stranger = MemoryClient(api_key=other, host=host)
    return {
        "added": added,
        "got": client.get(memory),
        "found": client.search("What does Ada drink?", filters={"user_id": "ada"}, top_k=1)["results"],
        "filtered": client.search("tea", filters={"AND": [{"user_id": "ada"}, {"topic": "sport"}]})["results"],
        "all": client.get_all(filters={"user_id": "ada"}, page=1, page_size=1),
        "updated": client.update(
            memory, text="I drink coffee.", metadata={"topic": "drinks"}, expiration_date="2099-01-01"
        ),
        "history": client.history(memory),
        "users": client.users(),
        "stranger": stranger.search("tea", filters={"user_id": "ada"})["results"],
        "refused": {
            "get": refused(lambda: stranger.get(memory)),
            "update": refused(lambda: stranger.update(memory, text="mine")),
            "delete": refused(lambda: stranger.delete(memory)),
            "filters": refused(lambda: client.search("tea")),
            "option": refused(lambda: client.add("x y", user_id="ada", custom_instructions="Only names.")),
            "key": refused(lambda: MemoryClient(api_key="nothing", host=host)),
            "users": refused(lambda: client.delete_users(user_id="nobody")),
            "batch": refused(lambda: client.batch_delete([{"memory_id": memory}])),
        },
        "deleted": client.delete(memory),
        "gone": refused(lambda: client.get(memory)),
        "delete_all": client.delete_all(user_id="ada"),
        "left": client.get_all(filters={"user_id": "ada"})["count"],
        "by_options": [client.add("I ride.", user_id="eve")["status"], client.delete_all(filters={"user_id": "eve"})],
        "reset": [client.add("Be kind.", agent_id="bot/1")["status"], client.reset(), client.users()["results"]],
        "awaited": asyncio.run(awaited(host, key)),
    }


sys.stdout.write(json.dumps(main(*sys.argv[1:])))
