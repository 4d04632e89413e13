"""MemOperator: finds memories by one traversal of the graph (paper, 4.3: "hybrid structural and semantic search")."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from memos_graph.audit import AuditLog, Event, current_request_id
from memos_graph.config import Settings
from memos_graph.cypher import query
from memos_graph.embedding import Embedder, packed
from memos_graph.errors import DatabaseError
from memos_graph.governance import Access, Action
from memos_graph.graph.rows import Row
from memos_graph.graph.runner import Runner
from memos_graph.graph.vouching import TouchedIds, shown
from memos_graph.integrity.withheld import gathering
from memos_graph.kit.clock import now
from memos_graph.memcube.documents import root_of
from memos_graph.memcube.rows import as_cube, moment
from memos_graph.search.cache import Key, SearchCache
from memos_graph.search.calls import FactHit, Filters, Hit, MemoryCall, Path, SearchResult
from memos_graph.search.reader import read
from memos_graph.search.routing import FILTERED_POOL, POOL, VECTOR_POOL, Weights
from memos_graph.search.succession import missing_successors, one_of_each, successors_first


class MemOperator:
    """Searches. One round trip to the database a search; a cached one is checked by one round trip too."""

    def __init__(
        self, runner: Runner, embedder: Embedder, audit: AuditLog, settings: Settings, weights: Weights | None = None
    ) -> None:
        self._runner = runner
        self._embedder = embedder
        self._audit = audit
        self.weights = weights or Weights()
        self._speakers: dict[tuple[str, str], tuple[int, tuple[str, ...]]] = {}
        self._cache = SearchCache(runner, settings.search_cache)

    def search(
        self, call: MemoryCall, *, principal: str, spaces: Sequence[str], limit: int, filters: Filters
    ) -> SearchResult:
        """Return the best ``limit`` memories of ``spaces`` that ``principal`` may read; recorded in each space's log.

        Give only spaces that ``speakers`` returned: what may not be read then leaves no trace in its log either.
        """
        key = (principal, tuple(spaces), call, limit, filters, self.weights)
        rows = self._cached(key)
        cached = rows is not None
        with gathering() as withheld:
            if rows is None:
                rows = self._run(call, principal, spaces, limit, filters)
                if not withheld:
                    self._cache.put(key, rows)
        self._note_revisions(principal, rows)
        hits = tuple(hit for hit in map(self._hit, rows) if hit.score >= filters.minimum_score)
        request_id = self._record(principal, spaces, hits)
        return SearchResult(call=call, hits=hits, request_id=request_id, cached=cached, withheld=len(withheld))

    def warm_up(self) -> None:
        """Load the model, and have the database plan a search, by one of nobody in no space; nothing is recorded of it."""
        call = read("warm up")
        with suppress(DatabaseError):  # the first search tells of it
            self._run(call, "", ("",), 1, Filters())

    def _cached(self, key: Key) -> list[Row] | None:
        """Return the rows of an earlier search, if they still stand and nobody changed one of them in the database itself."""
        rows = self._cache.get(key)
        if rows is None or shown(self._runner, None, query("search/search"), {"principal": key[0]}, rows) == rows:
            return rows
        return None

    def _run(self, call: MemoryCall, principal: str, spaces: Sequence[str], limit: int, filters: Filters) -> list[Row]:
        pool, vector_pool = (FILTERED_POOL, 2 * FILTERED_POOL) if filters.any else (POOL, VECTOR_POOL)
        entry: dict[str, Any] = {
            "principal": principal,
            "spaces": list(dict.fromkeys(spaces)),
            "now": now(),
            "vector": packed(self._embedder.encode_query(call.spoken)),
            # A full-text query needs a word: this one is in no memory, since memories hold no underscore-only words.
            "words": call.words or '"__none__"',
            "pool": pool,
            "vector_pool": vector_pool,
        }
        # What may be missing or empty is in maps: outside of them it would have a type of its own, and another plan with it.
        asked: dict[str, Any] = {
            "asked": {
                "people": [person.lower() for person in call.people],
                "begins": call.begins,
                "ends": call.ends,
                "asks_when": call.intent == "when",
                "asks_now": call.asks_now,
                "asks_assistant": call.asks_assistant,
            },
            "filters": {
                "since": filters.since,
                "until": filters.until,
                "valid_at": filters.valid_at,
                "semantic_type": filters.semantic_type,
                "speaker": filters.speaker.lower() if filters.speaker else None,
                "source": filters.source,
                "tags": list(filters.tags),
                "below": None if filters.namespace is None else root_of(filters.namespace),
            },
            "weights": self.weights.model_dump(),
            "at": filters.as_of or entry["now"],
            "limit": limit,
        }
        if filters.as_of is None:
            rows = self._runner.read("search/search", **entry, **asked, probe=self._probe(entry))
            return one_of_each(successors_first(rows, self._successors(rows, entry, asked)))[:limit]
        # Two round trips, only for questions put as of then: what they ask is in other indexes.
        past = self._runner.read("search/past_versions", as_of=filters.as_of, **entry)
        return one_of_each(self._runner.read("search/search_as_of", **entry, **asked, as_of=filters.as_of, past=past))

    def _probe(self, entry: Mapping[str, Any]) -> object:
        vouching = self._runner.vouching
        return entry["vector"] if vouching is None else vouching.probe

    def _successors(self, rows: Sequence[Row], entry: Mapping[str, Any], asked: Mapping[str, Any]) -> list[Row]:
        """Fetch what took the place of what was found, where the search did not find it itself: a round trip more, where that is so."""
        given = {name: entry[name] for name in ("principal", "spaces", "now", "vector")}
        given |= {name: asked[name] for name in ("weights", "filters")}
        more: list[Row] = []
        sought: set[str] = set()
        while cubes := [each for each in missing_successors([*rows, *more]) if each not in sought]:
            sought.update(cubes)
            more += self._runner.read("search/successors", **given, cubes=cubes, probe=self._probe(entry))
        return more

    def search_shared(self, call: MemoryCall, *, principal: str, limit: int) -> SearchResult:
        """Return the best of what was shared with ``principal`` one by one or by topic; recorded in the log of each space.

        Scored without any index, by each memory's own words and facts. Nothing of this is cached.
        """
        with gathering() as withheld:
            rows = self._runner.read(
                "search/search_shared",
                principal=principal,
                now=now(),
                vector=packed(self._embedder.encode_query(call.spoken)),
                terms=[term.lower() for term in call.concepts],
                weights=self.weights.model_dump(),
                limit=limit,
            )
        best = self.weights.words + self.weights.meaning
        hits = tuple(
            Hit(
                cube=as_cube(row["cube"], row["owner"]),
                score=min(1.0, row["score"] / best),
                why={name: round(value, 4) for name, value in row["parts"].items()},
                sources=tuple(row["sources"]),
            )
            for row in rows
        )
        spaces = dict.fromkeys(hit.cube.governance.space for hit in hits)
        request_id = self._record(principal, tuple(spaces), hits)
        return SearchResult(call=call, hits=hits, request_id=request_id, withheld=len(withheld))

    def _hit(self, row: Row) -> Hit:
        cube, fact = as_cube(row["cube"], row["owner"]), _fact(row["fact"]) if row["fact"] else None
        return Hit(
            cube=cube,
            score=min(1.0, max(0.0, row["score"] / self.weights.best)),
            why={name: round(value, 4) for name, value in row["parts"].items()},
            path=Path(**row["path"]) if row["path"] else None,
            fact=fact,
            until=fact.valid_to if fact else cube.descriptive.valid_to,
            sources=tuple(row["sources"]),
        )

    def speakers(self, principal: str, spaces: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """Return who speaks in each of ``spaces`` that ``principal`` may read; kept until a space changes.

        A space that may not be read is left out, like one that does not exist.
        """
        kept = {space: self._speakers.get((principal, space)) for space in dict.fromkeys(spaces)}
        unknown = [space for space, found in kept.items() if found is None]
        if unknown:
            kept |= {row["space"]: (row["revision"], tuple(row["speakers"])) for row in self._enter(principal, unknown)}
        return {space: found[1] for space, found in kept.items() if found is not None}

    def enter(self, principal: str, spaces: Sequence[str]) -> dict[str, Access]:
        """Return those of ``spaces`` that ``principal`` may read, as it stands now; one round trip for all, and for ``speakers`` after it."""
        return {
            row["space"]: Access(
                space=row["space"],
                owner=row["owner"],
                actions=tuple(Action(action) for action in row["actions"]),
                created_at=row["created_at"],
            )
            for row in self._enter(principal, list(dict.fromkeys(spaces)))
        }

    def _enter(self, principal: str, spaces: Sequence[str]) -> list[Row]:
        rows = self._runner.read("search/speakers", principal=principal, spaces=list(spaces), now=now())
        if not self._runner.joined:  # what a unit sees may never be committed
            for row in rows:
                self._speakers[principal, row["space"]] = (row["revision"], tuple(row["speakers"]))
        return rows

    def _note_revisions(self, principal: str, rows: Sequence[Row]) -> None:
        """Forget the speakers of a space that has changed since they were read; the next search reads them again."""
        for row in rows:
            key = (principal, row["cube"]["space"])
            if key in self._speakers and self._speakers[key][0] != row["revision"]:
                del self._speakers[key]

    def follow(self, _touched: TouchedIds) -> None:
        """Drop what is kept in memory, once a write here is committed: an erased memory must leave no copy."""
        self._cache.clear()
        self._speakers.clear()

    def _record(self, principal: str, spaces: Sequence[str], hits: Sequence[Hit]) -> str:
        request_id = current_request_id()
        for space in spaces:
            found = [hit for hit in hits if hit.cube.governance.space == space]
            self._audit.read(
                Event(
                    space,
                    "search",
                    principal,
                    cubes=[hit.cube.id for hit in found],
                    versions=[hit.cube.behavioural.version for hit in found],
                    relevance=[hit.score for hit in found],
                    request_id=request_id,
                )
            )
        return request_id


def _fact(row: Row) -> FactHit:
    return FactHit(
        id=row["id"],
        text=row["text"],
        valid_from=moment(row["valid_from"]),
        valid_to=moment(row["valid_to"]) if row["valid_to"] else None,
    )
