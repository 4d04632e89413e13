"""Documents: JSON objects under a namespace and a key in one space, each a memory of it, and so governed as any."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from pydantic import Field

from memos_graph.audit import Event
from memos_graph.errors import AccessError, ForbiddenError, NotFoundError, StateError
from memos_graph.governance import Action
from memos_graph.graph.runner import Transaction
from memos_graph.integrity.withheld import gathering
from memos_graph.kit.clock import now
from memos_graph.kit.moments import UtcDatetime
from memos_graph.kit.text import readable
from memos_graph.lifecycle.documents import Documents, DocumentWrite, WrittenDocuments, ends, missing
from memos_graph.lifecycle.lifecycle import Deleted
from memos_graph.lifecycle.moving import Move, Moving
from memos_graph.lifecycle.terms import Terms, set_terms
from memos_graph.memcube.documents import DocumentPlace, check_namespace, namespace_of, read, root_of
from memos_graph.memcube.drafts import identity
from memos_graph.memcube.rows import as_cube
from memos_graph.memory.cubes import Cubes
from memos_graph.memory.refusing import record, recording
from memos_graph.search.calls import Filters
from memos_graph.search.reader import check
from memos_graph.search.reader import read as read_question
from memos_graph.services import Services
from memos_graph.types import MemCube, Model

_PAGE = 200
T = TypeVar("T")


class Document(Model):
    """A document, as the principal may see it: what is hidden from it stands there as its kind in brackets."""

    cube: str = Field(description="Id of the memory that it is.")
    namespace: tuple[str, ...]
    key: str
    value: dict[str, Any]
    created_at: UtcDatetime
    updated_at: UtcDatetime
    ttl_minutes: float | None = Field(
        default=None, description="How long after it was put, or last read by who may write, it ends."
    )
    score: float | None = Field(default=None, description="How well it answers a question, 0 to 1.")


class DocumentPage(Model):
    """Some of many documents, the last changed first: ask again with ``skip`` set to ``next`` until that is none."""

    items: tuple[Document, ...]
    next: int | None


@recording
class DocumentStore:
    """The documents of one space, for one principal."""

    def __init__(self, services: Services, space: str, principal: str) -> None:
        self._services = services
        self._space = space
        self._principal = principal
        self._acts = Documents(
            services.runner,
            services.governance,
            services.vault,
            services.lifecycle,
            services.embedder,
            services.detector,
            max_chars=services.settings.max_text_chars,
        )

    def write(self, writes: Sequence[DocumentWrite], *, reason: str | None = None) -> WrittenDocuments:
        """Put and delete documents in one transaction; see ``lifecycle.documents.Documents.write``."""
        return self._acts.write(self._space, self._principal, writes, reason=reason)

    def put(
        self,
        namespace: Sequence[str],
        key: str,
        value: Mapping[str, Any],
        *,
        indexed: Sequence[str] | None = None,
        ttl_minutes: float | None = None,
        reason: str | None = None,
    ) -> str:
        """Put one document in its place; what is there gets a new version. Returns the id of the memory that it is.

        The arguments are those of ``DocumentWrite``.
        """
        place, paths = DocumentPlace(tuple(namespace), key), None if indexed is None else tuple(indexed)
        return self.write([DocumentWrite(place, value, paths, ttl_minutes)], reason=reason).put[place]

    def delete(self, namespace: Sequence[str], key: str, *, reason: str | None = None) -> Deleted:
        """Erase a document, in all its versions; one that is not there, or may not be read, is left as it is: nothing is returned of it."""
        done = self.write([DocumentWrite(DocumentPlace(tuple(namespace), key), None)], reason=reason).deleted
        return done[0] if done else Deleted(space=self._space, cubes=())

    def get(self, namespace: Sequence[str], key: str, *, refresh_ttl: bool = True) -> Document:
        """Return a document; recorded in the log as a reading. Raises ``NotFoundError`` where there is none that may be read.

        ``refresh_ttl`` lets one that ends some time after it was read begin that time anew, where the principal may write.
        """
        place = DocumentPlace(tuple(namespace), key)
        if (cube := self._cube(place, "get")) is None:
            raise missing(place)
        found = document(cube)
        if refresh_ttl:
            self.refresh([found])
        return found

    def find(self, namespace: Sequence[str], key: str) -> Document | None:
        """Return a document as ``get`` does; none where there is none that may be read."""
        cube = self._cube(DocumentPlace(tuple(namespace), key), "find")
        if cube is None:
            return None
        found = document(cube)
        self.refresh([found])
        return found

    def edit(
        self,
        namespace: Sequence[str],
        key: str,
        change: Callable[[dict[str, Any]], Mapping[str, Any]],
        *,
        reason: str | None = None,
    ) -> str:
        """Put what ``change`` makes of a document in its place, in one act: nobody writes in between. Returns its id.

        Raises ``NotFoundError`` as ``get`` does, and ``ForbiddenError`` where the principal sees only a part of it: the rest would
        be lost. What ``change`` raises leaves everything as it is.
        """
        place = DocumentPlace(tuple(namespace), key)

        def work() -> str:
            if (cube := self._cube(place, "edit")) is None:
                raise missing(place)
            if cube.governance.clearance and self._services.lifecycle.history(cube.id, self._principal)[1][-1].redacted:
                raise ForbiddenError(
                    f"The document '{place.source}' holds what this principal may not see, so it can't change it.",
                    hint="Ask the owner of the space to change it, or for the right to see all of it.",
                    target=self._space,
                )
            changed = DocumentWrite(
                place, change(read(cube.text)), cube.descriptive.indexed, cube.governance.ttl_minutes
            )
            return self.write([changed], reason=reason).put[place]

        return self.together(work)

    def move(self, moves: Sequence[Move], *, reason: str | None = None) -> Sequence[str]:
        """Give documents other names, all of them or none: pairs of where from and where to. See ``lifecycle.moving``."""
        services = self._services
        mover = Moving(services.runner, services.governance, services.lifecycle)
        return mover.move(self._space, self._principal, moves, reason=reason)

    def together(self, work: Callable[[], T]) -> T:
        """Do reads and writes of this space as one act: nobody else writes there meanwhile, and a failure leaves everything as it was.

        Needs the right to write. ``work`` is called again, whole, where the database asks for that.
        """

        def lock(tx: Transaction) -> None:
            self._services.governance.lock(tx, self._space, self._principal, Action.WRITE)

        def locked() -> T:
            self._services.runner.transact(lock)
            return work()

        return self._services.runner.unit(locked)

    def _cube(self, place: DocumentPlace, asked: str) -> MemCube | None:
        place.check()
        named = identity(self._space, place.root, place.key)
        row = self._services.runner.read_one("documents/standing", identities=[named], now=now())
        if row is None or not row["stands"] or not row["document"]:
            return None
        try:
            return Cubes(self._services.runner, self._services.audit, self._principal).get(row["id"])
        except NotFoundError as refused:
            record(self, asked, refused)
            return None

    def page(self, namespace: Sequence[str] = (), *, skip: int = 0, limit: int = _PAGE) -> DocumentPage:
        """Return documents in a namespace and below it, the last changed first, but for the first ``skip`` of them; at most ``limit``."""
        check_namespace(namespace)
        with gathering() as withheld:
            rows = self._services.runner.read(
                "documents/list",
                principal=self._principal,
                space=self._space,
                below=root_of(namespace),
                now=now(),
                skip=skip,
                limit=limit,
            )
        cubes = [as_cube(row["cube"], row["owner"]) for row in rows]
        versions = [cube.behavioural.version for cube in cubes]
        self._services.audit.read(
            Event(self._space, "list", self._principal, cubes=[cube.id for cube in cubes], versions=versions)
        )
        more = len(rows) + len(withheld) == limit
        return DocumentPage(items=tuple(map(document, cubes)), next=skip + limit if more else None)

    def every(self, namespace: Sequence[str] = (), *, skip: int = 0) -> Iterator[Document]:
        """Yield the documents in a namespace and below it, as ``page`` gives them.

        They are read, and recorded in the log, a page at a time, as far as they are asked for.
        """
        following: int | None = skip
        while following is not None:
            found = self.page(namespace, skip=following)
            yield from found.items
            following = found.next

    def namespaces(self, below: Sequence[str] = ()) -> list[tuple[str, ...]]:
        """Return the namespaces that hold a document the principal may read, ``below`` itself and those below it, in order."""
        check_namespace(below)
        rows = self._services.runner.read(
            "documents/namespaces", principal=self._principal, space=self._space, below=root_of(below), now=now()
        )
        return sorted(namespace_of(row["root"]) for row in rows)

    def search(self, query: str, namespace: Sequence[str] = (), *, limit: int = 10) -> list[Document]:
        """Return the documents in a namespace and below it that answer ``query`` best, each with its score, 0 to 1."""
        check(query, limit)
        check_namespace(namespace)
        found = self._services.operator.search(
            read_question(readable(query)),
            principal=self._principal,
            spaces=tuple(self._services.operator.speakers(self._principal, [self._space])),
            limit=limit,
            filters=Filters(namespace=tuple(namespace)),
        )
        return [document(hit.cube, hit.score) for hit in found.hits]

    def refresh(self, documents: Sequence[Document]) -> None:
        """Let documents that end some time after they were read begin that time anew, those that the principal may change."""
        ending = [each for each in documents if each.ttl_minutes is not None]
        access = self._services.governance.access(self._space, self._principal) if ending else None
        if access is None or Action.WRITE not in access.actions:
            return
        for each in ending:
            try:
                set_terms(
                    self._services.runner,
                    self._services.lifecycle,
                    each.cube,
                    self._principal,
                    Terms(expires_at=ends(each.ttl_minutes)),
                )
            except (AccessError, StateError):  # denied to it alone, frozen, or deleted meanwhile: it ends as it would
                continue


def document(cube: MemCube, score: float | None = None) -> Document:
    """Return the document that a memory is."""
    place = DocumentPlace.of(cube.descriptive.source or "")
    return Document(
        cube=cube.id,
        namespace=place.namespace,
        key=place.key,
        value=read(cube.text),
        created_at=cube.descriptive.created_at,
        updated_at=cube.descriptive.updated_at,
        ttl_minutes=cube.governance.ttl_minutes,
        score=score,
    )
