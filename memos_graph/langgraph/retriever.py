"""Memories as documents of LangChain: what a search of a space finds, with where each came from."""

from typing import Any

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document as Found
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict, Field

from memos_graph.acting import Memory
from memos_graph.search.calls import Filters
from memos_graph.search.reader import MOST_HITS


class MemosRetriever(BaseRetriever):
    """Finds the memories of a mounted space that answer a question best, as who mounted it may see them.

    * ``k`` how many, 1 to 200; also given to a single call: ``retriever.invoke(question, k=3)``.
    * ``filters`` what they are limited to.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    space: Memory
    k: int = Field(default=10, ge=1, le=MOST_HITS)
    filters: Filters = Filters()

    def _get_relevant_documents(
        self,
        query: str,
        *,
        run_manager: CallbackManagerForRetrieverRun,  # noqa: ARG002 - called by its name
        k: int | None = None,
    ) -> list[Found]:
        found = self.space.search(query, limit=self.k if k is None else k, filters=self.filters)
        return [
            Found(
                id=hit.cube.id,
                page_content=hit.cube.text,
                metadata=_metadata(hit.cube.descriptive.model_dump(mode="json", exclude_none=True))
                | {"score": hit.score, "space": hit.cube.governance.space, "sources": list(hit.sources)},
            )
            for hit in found.hits
        ]


def _metadata(described: dict[str, Any]) -> dict[str, Any]:
    kept = ("semantic_type", "source", "origin_id", "speaker", "said_at", "valid_from", "valid_to", "tags")
    return {name: described[name] for name in kept if name in described}
