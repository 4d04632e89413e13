"""MemDumper: memories of a space to a bundle, with their versions, provenance and states, as far as who asks may see them (paper, 4.3).

An unchanged store gives the same bytes again: nothing in a bundle says when it was made. What a reader sees masked leaves masked.
"""

import json
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from tempfile import TemporaryFile
from typing import IO, Any

from memos_graph.audit import AuditLog, Event
from memos_graph.errors import NotFoundError
from memos_graph.exchange.ages import ages
from memos_graph.exchange.bundle.layout import Told
from memos_graph.exchange.bundle.writing import BundleWriter
from memos_graph.governance import Access, Action, MemGovernance
from memos_graph.governance.permits import Permits
from memos_graph.governance.rules_in_force import check_transfer
from memos_graph.graph.rows import Row
from memos_graph.graph.runner import Runner
from memos_graph.integrity.withheld import gathering
from memos_graph.kit.clock import now
from memos_graph.kit.crypto.keyring import Keyring
from memos_graph.kit.moments import NEVER, stamp
from memos_graph.search.selection import Selection

_IDS, _PAGE = 5_000, 200
_LEVELS = {"memories": "whole", "facts": "fact"}


class Dumper:
    """Writes bundles of one database."""

    def __init__(self, runner: Runner, governance: MemGovernance, audit: AuditLog, keyring: Keyring) -> None:
        self._runner = runner
        self._governance = governance
        self._audit = audit
        self._keyring = keyring

    def pieces(
        self,
        selection: Selection,
        *,
        space: str,
        principal: str,
        content_only: bool = False,
        progress: Told | None = None,
    ) -> Iterator[bytes]:
        """Return the pieces of a bundle of a selection, each made as it is taken.

        * ``content_only`` without grants, policies and the log: two spaces with the same memories then differ in nothing but their names.
        * ``progress`` is told how many memories and facts are in it so far.
        * Raises ``NotFoundError`` for a space that may not be read, ``ForbiddenError`` where its policy does not let who asks take
          memories away; between two pieces ``NotFoundError`` once it may not be read any more, so that what broke off is no bundle.
        """
        access = self._governance.require(space, principal, Action.READ)
        check_transfer(self._runner.read, space, principal)
        return _Dump(self._runner, self._governance, self._audit, self._keyring, selection, access, principal).pieces(
            content_only=content_only, progress=progress or (lambda _: None)
        )


class _Dump:
    """One bundle in the making."""

    def __init__(
        self,
        runner: Runner,
        governance: MemGovernance,
        audit: AuditLog,
        keyring: Keyring,
        selection: Selection,
        access: Access,
        principal: str,
    ) -> None:
        self._runner = runner
        self._permits = Permits(runner, governance)
        self._audit = audit
        self._selection = selection
        self._access = access
        self._principal = principal
        self._redacted = False
        self._withheld: set[str] = set()
        about = {
            "space": access.space,
            "owner": access.owner,
            "selection": {name: sorted(values) for name, values in selection.model_dump().items() if values},
        }
        self._writer = BundleWriter(about, keyring.signing)

    def pieces(self, *, content_only: bool, progress: Told) -> Iterator[bytes]:
        with TemporaryFile("w+", encoding="utf-8") as links:
            yield from self._content(links, progress)
            self._writer.begin("links")
            links.seek(0)
            for line in links:
                self._writer.line(json.loads(line))
                yield self._writer.taken()
        if not content_only:
            yield from self._accounts()
        self._writer.end(
            level="core" if content_only else "full", redacted=self._redacted, withheld=len(self._withheld)
        )
        yield self._writer.taken()

    def _content(self, links: IO[str], progress: Told) -> Iterator[bytes]:
        """Write memories, then facts; their links, which come after both, are put by."""
        done = 0
        for kind, level in _LEVELS.items():
            self._writer.begin(kind)
            for rows in self._rows(level):
                for row in rows:
                    self._writer.line(self._record(row))
                    for link in row["links"]:
                        told = {"id": row["carried_id"] or row["id"], "to": link["said"], "type": link["type"]}
                        links.write(json.dumps(_kept(told | {"transform": link["transform"]})) + "\n")
                done += len(rows)
                progress(done)
                yield self._writer.taken()

    def _accounts(self) -> Iterator[bytes]:
        """Write what tells about the memories: who was granted them, what governed them, what was made of them and done to them."""
        space = self._access.space
        if Action.SHARE in self._access.actions:
            self._writer.begin("grants")
            grants = self._permits.every(space, self._principal)
            carried = self._carried([grant.cube for grant in grants if grant.cube])
            for grant in grants:
                if grant.cube is None or grant.cube in carried:
                    told = grant.model_dump() | {"cube": carried.get(grant.cube or "")}
                    self._writer.line(_kept(told))
        self._writer.begin("policies")
        asked = {"principal": self._principal, "space": space}
        for policy in self._runner.read("policies/history", now=now(), **asked):
            self._writer.line(_kept(policy))
        if self._selection.everything:
            self._writer.begin("forms")
            self._forms()
        self._writer.begin("log")
        self._audit.flush(space)
        for level in _LEVELS.values():
            for ids in self._ids(level):
                cubes = sorted(self._whole(ids))
                for act in self._runner.read("export/acts", now=now(), cubes=cubes, **asked):
                    self._writer.line(_kept(act))
                yield self._writer.taken()

    def _forms(self) -> None:
        asked = {"principal": self._principal, "space": self._access.space, "now": now()}
        found = self._runner.read_one("export/forms", **asked)
        forms: list[Row] = found["forms"] if found else []
        whole = self._whole({each["id"] for form in forms for each in form["made_of"]})
        for form in forms:
            if all(each["id"] in whole for each in form["made_of"]):
                self._writer.line(_kept({**form, "made_of": [each["said"] for each in form["made_of"]]}))

    def _carried(self, cubes: list[str]) -> dict[str, str]:
        """Return the ids that memories have in bundles."""
        return {row["id"]: row["carried_id"] or row["id"] for row in self._page(cubes)}

    def _rows(self, level: str) -> Iterator[list[Row]]:
        for ids in self._ids(level):
            rows = self._page(ids)
            self._audit.read(Event(self._access.space, "dump", self._principal, cubes=[row["id"] for row in rows]))
            yield rows

    def _page(self, ids: list[str]) -> list[Row]:
        """Return memories without those that were changed past the product, and without what names one."""
        asked = {"principal": self._principal, "space": self._access.space, "now": now(), "until": NEVER}
        with gathering() as withheld:
            page = self._runner.read_one("export/travelling", cubes=ids, **asked)
            if page is None:
                raise self._lost()
            rows: list[Row] = page["memories"]
            named = {each["id"] for row in rows for each in (*row["said_by"], *row["links"])}
            whole = self._whole(named)
        self._withheld |= set(withheld)
        for row in rows:
            row["said_by"] = [each["said"] for each in row["said_by"] if each["id"] in whole]
            row["links"] = [each for each in row["links"] if each["id"] in whole]
        return rows

    def _whole(self, cubes: Collection[str]) -> set[str]:
        page = self._runner.read_one("export/whole", cubes=sorted(cubes)) if cubes else None
        return {row["id"] for row in page["memories"]} if page else set()

    def _ids(self, level: str) -> Iterator[list[str]]:
        after = ""
        while True:
            found = self._runner.read_one(
                "export/choose",
                principal=self._principal,
                space=self._access.space,
                now=now(),
                after=after,
                everything=self._selection.everything,
                level=level,
                limit=_IDS,
                **self._selection.model_dump(mode="json"),
            )
            if found is None:
                raise self._lost()
            ids: list[str] = found["ids"]
            for start in range(0, len(ids), _PAGE):
                yield ids[start : start + _PAGE]
            if len(ids) < _IDS:
                return
            after = ids[-1]

    def _lost(self) -> NotFoundError:
        space = self._access.space
        return NotFoundError(
            f"'{space}' may not be read any more, so its bundle is not whole.",
            hint="Ask its owner for a grant, and dump it again.",
            target=space,
        )

    def _record(self, row: Row) -> dict[str, Any]:
        told = ages((version["at"], version.pop("carried")) for version in row["versions"])
        versions = [_kept(version | {"at": at}) for version, at in zip(row["versions"], told, strict=True)]
        self._redacted |= any("redacted" in version for version in versions)
        root = row["root"] or (row["source"] or {}).get("id") or "bundle"
        # What was merged twice from the same memories is two memories, whose ids in their source are the same.
        merged = any(link["transform"] == "merged" for link in row["links"])
        record = {name: value for name, value in row.items() if name not in {"carried_id", "links"}} | {
            "id": row["carried_id"] or row["id"],
            "source": _kept({"kind": "conversation", **(row["source"] or {"id": root})}),
            "root": root,
            "origin_id": row["carried_id"] or row["id"] if merged or not row["origin_id"] else row["origin_id"],
            "versions": versions,
            "said_at": row["said_at"].isoformat(timespec="microseconds") if row["said_at"] else None,
        }
        # An empty list of paths says that a document is found by nothing; no list, that it is found by all. False differs from nothing, too.
        also = {name: row[name] for name in ("indexed", "left_with_source") if row[name] is not None}
        return _kept(record) | also


def _kept(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a line says: without what is not there, moments in UTC, fractions as their digits."""
    return {name: _value(value) for name, value in record.items() if value not in (None, [], (), False, "", 0)}


def _value(value: Any) -> Any:
    if isinstance(value, datetime):
        return stamp(value)
    if isinstance(value, float):
        return f"{value:.9f}".rstrip("0").rstrip(".")
    return value
