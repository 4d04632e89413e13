"""What must hold before the managed server is started: disk space, and a store it can read."""

import re
import shutil

from memos_graph.config import Settings
from memos_graph.errors import EngineStartError, StoreVersionError
from memos_graph.graph.distribution import VERSION
from memos_graph.graph.home import ServerHome


def check_before_start(settings: Settings, home: ServerHome) -> None:
    """Raise ``EngineStartError`` on too little free disk, ``StoreVersionError`` on a store of a later server."""
    free = shutil.disk_usage(home.root).free >> 20
    if free < settings.min_free_disk_mb:
        raise EngineStartError(
            f"Only {free} MiB are free on the disk of {home.root}; {settings.min_free_disk_mb} are needed.",
            hint="Free disk space, set MEMOS_HOME to another disk, or lower MEMOS_MIN_FREE_DISK_MB.",
        )
    if not home.version.is_file():
        return
    wrote = home.version.read_text(encoding="utf-8").strip()
    if _numbers(wrote) > _numbers(VERSION):
        raise StoreVersionError(
            f"The store in {home.data} was last used by Neo4j {wrote}; this release brings {VERSION}.",
            hint="Upgrade memos-graph, or restore a backup made with this release into another MEMOS_HOME.",
        )


def _numbers(version: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", version)]
