"""The verbs of documents: JSON objects under a namespace and a key, each a memory of its space."""

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import Field

from memos_graph.lifecycle.lifecycle import Deleted
from memos_graph.memcube.documents import DocumentPlace
from memos_graph.memory.documents import Document, DocumentPage
from memos_graph.memory.memory import MemoryApi
from memos_graph.types import Model
from memos_graph.verbs.declaring import Command, On, Rest, verb
from memos_graph.verbs.fields import Arguments, Asked, Limit, Most, Reason, Short
from memos_graph.verbs.kinds import ValueType

_PATH = "/spaces/{owner}/{name}/store"
_FARTHEST = 10**9
Labels = Annotated[tuple[Short, ...], Field(max_length=50), ValueType.TEXTS]
Namespace = Annotated[Labels, Field(description="Where it is: labels, from the outermost in.")]
Below = Annotated[Labels, Field(description="Only in this namespace and below it; labels, from the outermost in.")]
Key = Annotated[Short, Field(description="Its name there.", examples=["prefs"])]
Indexed = Annotated[
    tuple[Short, ...] | None,
    Field(max_length=50, description="Paths of what it is found by, as `text` or `steps[*].title`; none: all of it."),
    ValueType.TEXTS,
]


class Named(Arguments):
    """Which document."""

    key: Key
    namespace: Namespace = ()


class PutDocument(Arguments):
    """A document, and its place."""

    key: Key
    value: Annotated[dict[str, Any], ValueType.OBJECT] = Field(
        description="The document, an object of JSON.", examples=[{"drinks": "green tea"}]
    )
    namespace: Namespace = ()
    indexed: Indexed = None
    ttl_minutes: Annotated[float, Field(gt=0, le=60 * 24 * 366 * 100), ValueType.NUMBER] | None = Field(
        default=None, description="How long after it was put, or last read by who may write, it ends; none: never."
    )
    reason: Reason = None


class GetDocument(Named):
    """Which document, and whether its time begins anew."""

    refresh_ttl: bool = Field(default=True, description="Let the time after which it ends begin anew, where you may.")


class DeleteDocument(Named):
    """Which document to erase, and why."""

    reason: Reason = None


class MoveDocument(Named):
    """Which document, and its new name."""

    new_key: Key
    new_namespace: Namespace = ()
    reason: Reason = None


class DocumentsPage(Arguments):
    """Which documents to show."""

    namespace: Below = ()
    skip: Annotated[int, Field(ge=0, le=_FARTHEST)] = Field(default=0, description="`next` of the page before.")
    limit: Limit = 50


class DocumentQuestion(Arguments):
    """A search in the documents of a space."""

    question: Asked = Field(description="A question in natural language.")
    namespace: Below = ()
    limit: Most = 10


class Namespaces(Arguments):
    """Which namespaces to show."""

    namespace: Below = ()


class Put(Model):
    """Where a document was put."""

    cube: str = Field(description="Id of the memory that it is.")
    namespace: tuple[str, ...]
    key: str


class NamespaceList(Model):
    """Namespaces that hold documents."""

    namespaces: tuple[tuple[str, ...], ...]


@verb(
    On.SPACE,
    rest=Rest("PUT", f"{_PATH}/item", "PutDocument"),
    command=Command(
        'memos document put prefs \'{"drinks": "green tea"}\' --namespace users --namespace ada',
        name="document put",
        positional=("key", "value"),
        embeds=True,
    ),
    writes=True,
    step=True,
    makes=("cube",),
)
def put_document(space: MemoryApi, given: PutDocument) -> Put:
    """Put a document in its place; one that is there gets a new version."""
    cube = space.documents.put(
        given.namespace,
        given.key,
        given.value,
        indexed=given.indexed,
        ttl_minutes=given.ttl_minutes,
        reason=given.reason,
    )
    return Put(cube=cube, namespace=given.namespace, key=given.key)


@verb(
    On.SPACE,
    rest=Rest("GET", f"{_PATH}/item", problems=(404,)),
    command=Command(
        "memos document get prefs --namespace users --namespace ada",
        name="document get",
        positional=("key",),
        without=("refresh_ttl",),
    ),
    step=True,
)
def get_document(space: MemoryApi, given: GetDocument) -> Document:
    """Read a document by its name, with what you may see of it."""
    return space.documents.get(given.namespace, given.key, refresh_ttl=given.refresh_ttl)


@verb(
    On.SPACE,
    rest=Rest("DELETE", f"{_PATH}/item"),
    command=Command(
        "memos document delete prefs --namespace users --namespace ada --yes",
        name="document delete",
        positional=("key",),
        asks="Erase the document '{key}' in every version?",
    ),
    writes=True,
    step=True,
)
def delete_document(space: MemoryApi, given: DeleteDocument) -> Deleted:
    """Erase a document in every version; where there is none that you may read, nothing happens."""
    return space.documents.delete(given.namespace, given.key, reason=given.reason)


@verb(
    On.SPACE,
    rest=Rest("POST", f"{_PATH}/move", "MoveDocument"),
    command=Command(
        "memos document move prefs habits --namespace users --new-namespace people",
        name="document move",
        positional=("key", "new_key"),
    ),
    writes=True,
    step=True,
    makes=("cube",),
)
def move_document(space: MemoryApi, given: MoveDocument) -> Put:
    """Give a document another name; it stays the memory that it is, with its versions and its rights."""
    old, new = DocumentPlace(given.namespace, given.key), DocumentPlace(given.new_namespace, given.new_key)
    (cube,) = space.documents.move([(old, new)], reason=given.reason)
    return Put(cube=cube, namespace=given.new_namespace, key=given.new_key)


@verb(
    On.SPACE,
    rest=Rest("GET", f"{_PATH}/items", problems=(404,)),
    command=Command("memos document list --namespace users", name="document list"),
)
def list_documents(space: MemoryApi, given: DocumentsPage) -> DocumentPage:
    """List documents, the last changed first."""
    return space.documents.page(given.namespace, skip=given.skip, limit=given.limit)


@verb(
    On.SPACE,
    rest=Rest("POST", f"{_PATH}/search", "DocumentQuestion", problems=(404,), repeatable=True),
    command=Command(
        'memos document search "What does Ada drink?" --namespace users',
        name="document search",
        positional=("question",),
        embeds=True,
    ),
    step=True,
)
def search_documents(space: MemoryApi, given: DocumentQuestion) -> Sequence[Document]:
    """Find the documents that answer a question best, each with its score."""
    return space.documents.search(given.question, given.namespace, limit=given.limit)


@verb(
    On.SPACE,
    rest=Rest("GET", f"{_PATH}/namespaces", problems=(404,)),
    command=Command(name="document namespaces"),
)
def list_namespaces(space: MemoryApi, given: Namespaces) -> NamespaceList:
    """List the namespaces that hold a document which you may read."""
    return NamespaceList(namespaces=tuple(space.documents.namespaces(given.namespace)))


VERBS = (put_document, get_document, delete_document, move_document, list_documents, search_documents, list_namespaces)
