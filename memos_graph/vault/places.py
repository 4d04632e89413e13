"""The places where payloads of a database lie: homes, each with a model host and its files, other engines, and vaults.

One database may serve several homes. Before a place keeps the first payload of a space it says so (``Places.keep``), so that an
erasure in that space waits until every such place has confirmed that nothing is left there, and its receipt names those it
waits for. Nobody but a place itself can confirm; one that is no more is declared so by whoever runs the installation, and
receipts say that it was declared, not seen.
"""

import platform
import secrets
from collections.abc import Collection, Iterator
from typing import Literal

from pydantic import Field

from memos_graph.audit import AuditLog, Event
from memos_graph.errors import InputError, NotFoundError
from memos_graph.graph.runner import Runner, Transaction
from memos_graph.host.record import HostHome
from memos_graph.host.remote import RemoteModel
from memos_graph.kit.clock import now
from memos_graph.kit.files import write_once
from memos_graph.kit.moments import UtcDatetime
from memos_graph.types import Model

Kind = Literal["home", "engine", "vault"]
_ID_BYTES = 8


class PayloadPlace(Model):
    """A home, an engine or a vault that keeps payloads of some spaces, or did."""

    id: str
    kind: Kind
    name: str = Field(description="Of a home: its machine's name and its id; of an engine or a vault: its address.")
    since: UtcDatetime
    ended_at: UtcDatetime | None = Field(default=None, description="When it was declared to be no more.")
    spaces: int = Field(description="Spaces of which it may keep payloads.")
    waiting: int = Field(description="Erasures that wait for it.")


class Places:
    """What this process knows of places: its own home, the engine it speaks to, and all that the graph has."""

    def __init__(
        self, runner: Runner, home: HostHome, remote: RemoteModel | None, vaults: Collection[str] = ()
    ) -> None:
        self._runner = runner
        self._home = home
        self.vaults = frozenset(vaults)
        """The ids of the vaults of this process, which are their addresses: whoever has one configured does what is to be done there."""
        self._engine = remote.address if remote is not None and remote.takes_adapters else None
        self._kept: set[tuple[str, str]] = set()

    @property
    def home(self) -> str:
        """The id of this home, given at first use."""
        if not self._home.serial.exists():
            self._home.create()
            write_once(self._home.serial, secrets.token_hex(_ID_BYTES).encode())
        return self._home.serial.read_text(encoding="ascii").strip()

    @property
    def new(self) -> bool:
        """Whether this home has no id yet."""
        return not self._home.serial.exists()

    @property
    def engine(self) -> str | None:
        """The id of the engine that takes adapters, where there is one."""
        return self._engine

    def ours(self, holder: str | None) -> bool:
        """Tell whether what is to be done at a place is this process's to do."""
        if holder is None or holder == self._engine or holder in self.vaults:
            return True
        return not self.new and holder == self.home

    def keep(self, space: str) -> bool:
        """Note that this home, and its vaults, keep payloads of ``space`` from now on; call it before what they are made of is read.

        Returns whether that is new of this home.
        """
        home = self.home
        for vault in self.vaults:
            self.keep_in_vault(vault, space)
        return self._note(home, "home", f"{platform.node() or 'a machine'}, home {home}", space)

    def keep_in_engine(self, space: str) -> None:
        """Note that the engine is handed adapters of ``space`` from now on."""
        if self._engine is not None:
            self._note(self._engine, "engine", self._engine, space)

    def keep_in_vault(self, vault: str, space: str) -> None:
        """Note that a vault is given payloads of ``space`` from now on."""
        self._note(vault, "vault", vault, space)

    def all(self) -> list[PayloadPlace]:
        """Return every place, oldest first."""
        return [PayloadPlace(**row) for row in self._runner.read("payloads/holders")]

    def _note(self, holder: str, kind: Kind, name: str, space: str) -> bool:
        if (holder, space) in self._kept:
            return False
        new = self._runner.read_one("payloads/holds", holder=holder, space=space) is None
        if new:
            self._runner.write("payloads/hold", holder=holder, kind=kind, name=name, space=space, now=now())
        if not self._runner.joined:  # a unit may yet come to nothing
            self._kept.add((holder, space))
        return new


def declare_gone(runner: Runner, audit: AuditLog, place: str) -> PayloadPlace:
    """Say that a place is no more, its disk and memory destroyed: nothing is waited for there from now on.

    In the log of each of its spaces as the owner's act. Raises ``NotFoundError`` for none of that id, ``InputError`` for one
    that is declared so already.
    """
    found = next((PayloadPlace(**row) for row in runner.read("payloads/holders") if row["id"] == place), None)
    if found is None:
        raise NotFoundError(f"No place '{place}' keeps payloads.", hint="`memos place list` shows them.", target=place)
    if found.ended_at is not None:
        raise InputError(f"'{found.name}' is declared to be no more already.")

    def work(tx: Transaction) -> None:
        row = tx.one("payloads/end_holder", holder=place, now=tx.now())
        audit.append(tx, list(_events(row["spaces"], row["owners"], found)) if row else [])

    runner.transact(work)
    return found


def _events(spaces: list[str], owners: list[str], place: PayloadPlace) -> Iterator[Event]:
    for space, owner in zip(spaces, owners, strict=True):
        yield Event(space, "place gone", owner, detail=place.name)
