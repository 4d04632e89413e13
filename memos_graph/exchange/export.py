"""Export: memories as lines of JSON, each with its owner's mark, as far as who asks may read them.

The lines can be read in again as a transcript (``memos add``): ``id``, ``speaker``, ``text`` and ``at`` are those of a message.
"""

import json
from collections.abc import Iterator

from memos_graph.audit import AuditLog, Event
from memos_graph.errors import NotFoundError
from memos_graph.exchange.marks import marked
from memos_graph.governance import Action, MemGovernance
from memos_graph.governance.rules_in_force import check_transfer
from memos_graph.graph.rows import Row
from memos_graph.graph.runner import Runner
from memos_graph.integrity.withheld import gathering
from memos_graph.kit.clock import now
from memos_graph.kit.crypto.keyring import Keyring
from memos_graph.search.selection import Selection

_PAGE = 500


class Exporter:
    """Exports memories of one database."""

    def __init__(self, runner: Runner, governance: MemGovernance, audit: AuditLog, keyring: Keyring) -> None:
        self._runner = runner
        self._governance = governance
        self._audit = audit
        self._keyring = keyring

    def lines(self, selection: Selection, *, space: str, principal: str, level: str | None = "whole") -> Iterator[str]:
        """Return the lines of a selection, in the order the memories were written, read a page at a time as they are taken.

        * ``level`` messages and passages (``whole``), facts (``fact``), or both (``None``).
        * Each page is in the log before its lines are given out. Raises ``ForbiddenError`` where the policy does not let who asks take
          memories away, ``NotFoundError`` for a space that may not be read, and between
          two lines for one that may not be read any more: what ends without an error is whole.
        """
        owner = self._governance.require(space, principal, Action.READ).owner
        check_transfer(self._runner.read, space, principal)
        return self._pages(selection, space, owner, principal, level)

    def _pages(self, selection: Selection, space: str, owner: str, principal: str, level: str | None) -> Iterator[str]:
        after = ""
        while True:
            with gathering() as withheld:
                page = self._runner.read_one(
                    "export/page",
                    principal=principal,
                    space=space,
                    now=now(),
                    after=after,
                    everything=selection.everything,
                    level=level,
                    limit=_PAGE,
                    **selection.model_dump(mode="json"),
                )
            if page is None:
                raise NotFoundError(
                    f"'{space}' may not be read any more, so its export is not whole.",
                    hint="Ask its owner for a grant, and export it again.",
                    target=space,
                )
            rows = page["memories"]
            if not rows and not withheld:
                return
            self._audit.read(Event(space, "export", principal, cubes=[row["id"] for row in rows]))
            for row in rows:
                yield json.dumps(marked(_exported(row, space, owner), self._keyring), ensure_ascii=False) + "\n"
            after = max([*withheld, *(row["id"] for row in rows)])


def _exported(row: Row, space: str, owner: str) -> dict[str, object]:
    memory = {
        "cube": row["id"],
        "id": row["origin_id"],
        **{name: row[name] for name in row if name not in {"id", "origin_id"}},
    }
    return {
        "space": space,
        "owner": owner,
        **{name: value for name, value in memory.items() if value not in (None, [])},
    }
