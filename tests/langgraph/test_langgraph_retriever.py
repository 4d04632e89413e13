"""LangChain's own tests of a retriever, and what its documents tell."""

import asyncio
from typing import Any

import pytest
from langchain_core.retrievers import BaseRetriever
from langchain_tests.integration_tests import RetrieversIntegrationTests
from pydantic import ValidationError

from memos_graph import Filters, Memory, Message
from memos_graph.errors import InputError
from memos_graph.langgraph import MemosRetriever

TOLD = [
    Message(id=f"m{at}", speaker="Dana", text=text)
    for at, text in enumerate(
        ["I moved to Lisbon.", "My cat lives in Lisbon, too.", "Lisbon is hilly.", "I like the trams of Lisbon."]
    )
]


@pytest.fixture
def told(space: Memory) -> Memory:
    space.add(TOLD, source="chat")
    return space


class TestMemosRetriever(RetrieversIntegrationTests):
    pytestmark = pytest.mark.anyio

    @pytest.fixture(autouse=True)
    def _space(self, told: Memory) -> None:
        self.told = told

    @pytest.fixture(params=["asyncio"])
    def anyio_backend(self, request: pytest.FixtureRequest) -> str:
        return str(request.param)

    @property
    def retriever_constructor(self) -> type[BaseRetriever]:
        return MemosRetriever

    @property
    def retriever_constructor_params(self) -> dict[str, Any]:
        return {"space": self.told}

    @property
    def retriever_query_example(self) -> str:
        return "Where does Dana live in Lisbon?"


def test_a_document_tells_where_it_came_from(told: Memory) -> None:
    retriever = MemosRetriever(space=told, k=1, filters=Filters(source="chat"))
    (found,) = asyncio.run(retriever.ainvoke("Who moved to Lisbon?"))
    assert (found.page_content, found.metadata["speaker"]) == (TOLD[0].text, "Dana")
    assert found.metadata["sources"] == ["m0"]
    assert told.get(str(found.id)).text == TOLD[0].text


def test_what_can_not_be_asked_is_said(told: Memory) -> None:
    with pytest.raises(ValidationError, match="less than or equal to 200"):
        MemosRetriever(space=told, k=1000)
    retriever = MemosRetriever(space=told)
    with pytest.raises(InputError, match="1 to 200"):
        retriever.invoke("Lisbon?", k=0)
    with pytest.raises(InputError, match="empty"):
        retriever.invoke(" ")
