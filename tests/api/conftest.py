"""The application in this process, on the server of the test run, with keys of its callers."""

from collections.abc import Callable, Iterator

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from memos_graph import Memory, MemOS, Message
from memos_graph.api import Metrics, create_app

TALK = [
    Message(id="m1", speaker="Alice", text="Dana moved to Lisbon in May. She loves the sea."),
    Message(id="m2", speaker="Bob", text="Really? What does she do there?"),
    Message(id="m3", speaker="Alice", text="She teaches piano at a music school."),
]


@pytest.fixture(scope="session")
def app(memos: MemOS) -> FastAPI:
    return create_app(memos, metrics=Metrics())


@pytest.fixture(scope="session")
def anonymous(app: FastAPI) -> Iterator[TestClient]:
    """Nobody: sends no key."""
    with TestClient(app) as client:
        yield client


@pytest.fixture
def client_of(app: FastAPI, memos: MemOS) -> Callable[[str], TestClient]:
    """A client that sends a key of the principal named."""

    def make(principal: str) -> TestClient:
        _, secret = memos._services.api_keys.create(principal, label="test")
        return TestClient(app, headers={"Authorization": f"Bearer {secret}"})

    return make


@pytest.fixture
def client(client_of: Callable[[str], TestClient], principal: str) -> TestClient:
    """The test's own principal."""
    return client_of(principal)


@pytest.fixture
def talk(space: Memory) -> Memory:
    """A space with three messages in it."""
    space.add(TALK, source="chat")
    return space


@pytest.fixture(scope="session")
def library(memos: MemOS) -> Memory:
    """The same, made once: for tests that are refused, and so change nothing."""
    memory = memos.mount("library/notes", principal="library")
    memory.add(TALK, source="chat")
    return memory
