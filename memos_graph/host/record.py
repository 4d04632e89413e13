"""The folder of a model host, and the record by which other processes find it."""

import json
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Self

import psutil

from memos_graph.config import Settings
from memos_graph.host.keys import PayloadKeys
from memos_graph.kit import processes
from memos_graph.kit.files import write_private
from memos_graph.kit.processes import Moment, Pid, Port, Process

MODULE = "memos_graph.host"
"""What a host's process runs: ``python -m memos_graph.host FOLDER``."""

_SETTINGS = (
    "cache",
    "model",
    "host_device",
    "host_dtype",
    "host_threads",
    "host_idle",
    "kv_device_mb",
    "kv_host_mb",
    "kv_disk_mb",
    "kv_reuse",
    "distill_at_once",
    "distill_queue",
    "vault_url",
    "vault_cold_url",
)


@dataclass(frozen=True)
class HostHome:
    """Where each thing of one model host lies; every folder made here has mode 0700."""

    root: Path

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Return the folder of the host that ``settings`` describe."""
        return cls(settings.home.expanduser().absolute() / "host")

    @property
    def record(self) -> Path:
        """The running host: process, port, token; mode 0600."""
        return self.root / "host.json"

    @property
    def order(self) -> Path:
        """Where releases before this one laid what a host is started with: it is removed where it is found."""
        return self.root / "order.json"

    @property
    def failure(self) -> Path:
        """Why the last start failed, if it did."""
        return self.root / "failure.json"

    @property
    def lock(self) -> Path:
        """Held while the host is started or stopped."""
        return self.root / "host.lock"

    @property
    def stores(self) -> Path:
        """The databases whose payloads lie here, an empty file each, by the name of their ``:Store``."""
        return self.root / "stores"

    @property
    def serial(self) -> Path:
        """The name by which this home is told from others that use the same database."""
        return self.root / "serial"

    @property
    def log(self) -> Path:
        """What the host itself printed."""
        return self.root / "host.log"

    @property
    def caches(self) -> Path:
        """Payloads of activation cubes."""
        return self.root / "caches"

    @property
    def adapters(self) -> Path:
        """Payloads of parametric cubes, a folder each."""
        return self.root / "adapters"

    @property
    def opened(self) -> Path:
        """Adapters laid out for another engine, which reads no encrypted ones; a folder each."""
        return self.root / "opened"

    def create(self) -> None:
        """Make the folders that are not there."""
        self.root.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        for folder in (self.root, self.caches, self.adapters):
            folder.mkdir(mode=0o700, exist_ok=True)


@dataclass(frozen=True)
class Order:
    """What a host is started with: the settings that matter to it, the token its clients will show, and the payload keys."""

    token: str
    settings: dict[str, object]
    keys: dict[str, str]

    @classmethod
    def of(cls, settings: Settings, keys: PayloadKeys) -> Self:
        """Return the order for a host as ``settings`` want it, with a fresh token."""
        handed = {"folder": str(keys.folder), "wrapping": keys.wrapping.hex()}
        return cls(secrets.token_urlsafe(32), wanted(settings), handed)

    def hand_over(self, to: IO[bytes]) -> None:
        """Give it to a host through its standard input, which nobody else sees and no disk keeps; raises ``BrokenPipeError``."""
        with to:
            to.write(json.dumps(asdict(self)).encode())

    @classmethod
    def handed(cls, by: IO[bytes]) -> Self:
        """Read what ``hand_over`` gave."""
        return cls(**json.loads(by.read()))


@dataclass(frozen=True)
class HostRecord:
    """A running host. ``settings`` are those it was started with: another model needs another host.

    ``keys`` is the fingerprint of the payload keys it was given, ``mark`` what its process carries in its environment.
    """

    pid: Pid
    created: Moment
    port: Port
    token: str
    settings: dict[str, object]
    keys: str = ""
    mark: str = ""

    def save(self, home: HostHome) -> None:
        """Write ``host.json``."""
        write_private(home.record, json.dumps(asdict(self)))

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def process(self, *words: str) -> psutil.Process | None:
        """Return the process, while it runs; never another one with the same pid.

        ``words`` of its command line tell one that a release started which marked none.
        """
        return Process(self.pid, self.created, self.mark).named(*(words or (MODULE,)))


def wanted(settings: Settings) -> dict[str, object]:
    """Return the settings a host is started with."""
    values = ((name, getattr(settings, name)) for name in _SETTINGS)
    return {name: str(value) if isinstance(value, Path) else value for name, value in values}


def same_host(one: dict[str, object], other: dict[str, object]) -> bool:
    """Whether both settings ask for the same host; how long it idles, and where it found its model, is whoever started it's affair."""
    return all(one.get(name) == other.get(name) for name in _SETTINGS if name not in {"host_idle", "cache"})


def read_record(home: HostHome) -> HostRecord | None:
    """Read ``host.json``, whether or not that host still runs; ``None`` where it is absent or no record."""
    return processes.read_record(home.record, HostRecord)
