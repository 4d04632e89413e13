"""How a space stands, for another device to compare: a digest of what each memory says, its registers, and what is gone."""

from typing import Literal

from pydantic import Field

from memos_graph.audit import AuditLog, Event
from memos_graph.errors import NotFoundError
from memos_graph.exchange.ages import content_digest
from memos_graph.exchange.devices.registers import Name, Register, registers_of
from memos_graph.governance import Action, MemGovernance
from memos_graph.governance.rules_in_force import check_transfer
from memos_graph.graph.rows import Row
from memos_graph.graph.runner import Runner
from memos_graph.integrity.withheld import gathering
from memos_graph.kit.clock import now
from memos_graph.kit.moments import NEVER
from memos_graph.types import Model, State

Gone = Literal["deleted", "erased"]
MOST = 2000


class CubeStanding(Model):
    """One memory, as two devices compare it."""

    id: str = Field(description="The id it travels by, the same on every device.")
    cube: str = Field(description="Its id here.")
    gone: Gone | None = Field(default=None, description="That it was deleted, or erased; nothing else is told then.")
    content: str = Field(default="", description="Digest of what it says and ever said.")
    registers: dict[Name, Register] = Field(default={}, description="Its state and terms, and the name of a document.")


class StandingPage(Model):
    """A page of memories."""

    items: tuple[CubeStanding, ...]
    next: str | None = Field(description="`after` of the next page; null at the end.")


def standing(
    runner: Runner,
    governance: MemGovernance,
    audit: AuditLog,
    *,
    space: str,
    principal: str,
    after: str = "",
    limit: int = MOST,
) -> StandingPage:
    """Return how the memories of a space stand, in the order of their ids here; the first page is in the log as ``compare``.

    What the principal does not see whole is left out: it does not travel. Raises ``NotFoundError``, ``ForbiddenError`` without the right to
    write, as what is gone is not every reader's to know, and where the policy lets nobody take memories away.
    """
    access = governance.require(space, principal, Action.WRITE)
    check_transfer(runner.read, space, principal)
    asked = {"principal": principal, "space": access.space, "now": now(), "until": NEVER}
    with gathering() as withheld:
        page = runner.read_one("devices/standing", after=after, limit=limit, **asked)
    if page is None:
        raise NotFoundError(f"'{space}' may not be read any more.", hint="Ask its owner for a grant.", target=space)
    if not after:
        audit.read(Event(space, "compare", principal, detail="with another device"))
    rows: list[Row] = page["memories"]
    found = [each for each in map(_standing, rows) if each is not None]
    return StandingPage(
        items=tuple(found), next=rows[-1]["id"] if len(rows) + len(withheld) >= limit and rows else None
    )


def _standing(row: Row) -> CubeStanding | None:
    id_, cube = row["carried_id"] or row["id"], row["id"]
    if row["state"] == State.DELETED:
        return CubeStanding(id=id_, cube=cube, gone="erased" if row["erased"] else "deleted")
    if any(each["masked"] for each in row["versions"]):
        return None
    return CubeStanding(
        id=id_,
        cube=cube,
        content=content_digest([each["sha256"] for each in row["versions"]]),
        registers=registers_of(row),
    )
