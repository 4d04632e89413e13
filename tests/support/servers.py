"""The servers of the tests: set up as the product sets them up, and run for minutes rather than for days."""

from pathlib import Path

from memos_graph.graph import launch
from memos_graph.graph.home import ServerHome
from memos_graph.kit.processes import Process

# What is compiled once more, to run fast for long, takes as much of the processors as all else in the first minutes.
_JVM = ("-XX:TieredStopAtLevel=1",)
# A store that is just being filled changes all the time in what plans are made for: every ten seconds each would be made anew.
_NEO4J = ("-c", "dbms.cypher.min_replan_interval=1h")

_spawn = launch.spawn


def _spawn_for_minutes(home: ServerHome, command: list[str]) -> Process:
    java, options, *rest = command
    if "AOTCacheOutput" in Path(options.removeprefix("@")).read_text(encoding="utf-8"):
        return _spawn(home, command)  # what it learns, every later server starts with
    return _spawn(home, [java, *_JVM, options, *rest, *_NEO4J])


def start_for_minutes() -> None:
    """Have the servers that this process starts use little of the processors for what pays only later."""
    launch.spawn = _spawn_for_minutes
