"""A program that does the acts it is told, one a line, and acknowledges each one once it is done."""

import json
import sys
from collections.abc import Callable, Mapping
from typing import Any

from memos_graph import Action, Memory, MemOS, Message, Pipeline, Settings
from memos_graph.errors import MemosError
from memos_graph.host.protocol import Recipe

Given = dict[str, Any]


def _add(memory: Memory, given: Given) -> object:
    return memory.add([Message(**each) for each in given["messages"]], source=given["source"]).added


def _update(memory: Memory, given: Given) -> object:
    return memory.update(given["cube"], text=given["text"]).number


def _rollback(memory: Memory, given: Given) -> object:
    return memory.rollback(given["cube"], to=given["to"]).number


def _merge(memory: Memory, given: Given) -> object:
    return memory.merge(given["cubes"], text=given["text"]).cubes[0]


def _archive(memory: Memory, given: Given) -> object:
    return memory.archive(given["cube"]).state


def _restore(memory: Memory, given: Given) -> object:
    return memory.restore(given["cube"]).state


def _snapshot(memory: Memory, given: Given) -> object:
    return memory.snapshot(given["name"]).name


def _roll_back_to(memory: Memory, given: Given) -> object:
    return memory.roll_back_to(given["to"]).archived


def _pipeline(memory: Memory, given: Given) -> object:
    run = memory.run(Pipeline.from_text(given["declaration"]), given["inputs"])
    return [cube for step in run.steps if step.act == "add" for cube in step.made]


def _build(memory: Memory, given: Given) -> object:
    return memory.kv.build().cube.id


def _distill(memory: Memory, given: Given) -> object:
    return memory.lora.distill(recipe=Recipe(**given["recipe"])).cube.id


def _chat(memory: Memory, given: Given) -> object:
    return memory.chat(given["question"]).request_id


def _forget(memory: Memory, given: Given) -> object:
    return memory.forget(given["subject"]).id


def _grant(memory: Memory, given: Given) -> object:
    memory.grant(given["grantee"], [Action.READ])
    return given["grantee"]


def _revoke(memory: Memory, given: Given) -> object:
    memory.revoke(given["grantee"])
    return given["grantee"]


ACTS: Mapping[str, Callable[[Memory, Given], object]] = {
    "add": _add,
    "update": _update,
    "rollback": _rollback,
    "merge": _merge,
    "archive": _archive,
    "restore": _restore,
    "snapshot": _snapshot,
    "roll_back_to": _roll_back_to,
    "pipeline": _pipeline,
    "build": _build,
    "distill": _distill,
    "chat": _chat,
    "forget": _forget,
    "grant": _grant,
    "revoke": _revoke,
}


def main() -> None:
    with MemOS.open(Settings.load()) as memos:
        memos._services.embedder.encode_query("warm up")
        _say("open")
        for line in sys.stdin:
            act = json.loads(line)
            try:
                memory = memos.mount(act["space"], principal=act["principal"])
                _say(ACTS[act["name"]](memory, act["given"]))
            except MemosError as error:
                _say(None, error=f"{error.code}: {error}")


def _say(result: object, *, error: str | None = None) -> None:
    sys.stdout.write(json.dumps({"result": result, "error": error}) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
