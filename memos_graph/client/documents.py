"""JSON documents of a space, under namespaces and keys."""

from collections.abc import Sequence

from memos_graph.client.methods import C, RemotePart, by_hand, flowing, over
from memos_graph.client.steps import Flow, Give, Plan, ask
from memos_graph.errors import InputError, NotFoundError
from memos_graph.lifecycle.moving import Move
from memos_graph.memory.documents import Document, DocumentPage, DocumentStore
from memos_graph.verbs import documents

_PAGE = 200


class RemoteDocuments(RemotePart[C]):
    """The documents of one space. What ``DocumentStore`` does in one transaction with others (``edit``, ``together``) needs it in process."""

    put = over(DocumentStore.put, documents.put_document, lambda put: put.cube)
    get = over(DocumentStore.get, documents.get_document)
    delete = over(DocumentStore.delete, documents.delete_document)
    page = over(DocumentStore.page, documents.list_documents)
    namespaces = over(
        DocumentStore.namespaces,
        documents.list_namespaces,
        lambda found: list(found.namespaces),
        named={"below": "namespace"},
    )
    search = over(DocumentStore.search, documents.search_documents, list, named={"query": "question"})

    @by_hand
    def find(self, namespace: Sequence[str], key: str) -> Plan[Document | None]:
        """Return a document as ``get`` does; none where there is none that may be read."""
        try:
            return (yield from ask(documents.get_document, self.space, namespace=tuple(namespace), key=key))
        except NotFoundError:
            return None

    @by_hand
    def move(self, moves: Sequence[Move], *, reason: str | None = None) -> Plan[Sequence[str]]:
        """Give a document another name: one pair of where from and where to; several at once are moved in process only."""
        if len(moves) != 1:
            raise InputError("One document is moved at a time over REST.", hint="Call it for each.")
        ((old, new),) = moves
        names = {"namespace": old.namespace, "key": old.key, "new_namespace": new.namespace, "new_key": new.key}
        moved = yield from ask(documents.move_document, self.space, reason=reason, **names)
        return [moved.cube]

    @flowing
    def every(self, namespace: Sequence[str] = (), *, skip: int = 0) -> Flow[Document]:
        """Yield the documents in a namespace and below it, as ``page`` gives them, read a page at a time as they are taken."""
        following: int | None = skip
        while following is not None:
            asked = {"namespace": tuple(namespace), "skip": following, "limit": _PAGE}
            found: DocumentPage = yield from ask(documents.list_documents, self.space, **asked)
            for each in found.items:
                yield Give(each)
            following = found.next
