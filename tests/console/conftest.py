"""The application in this process, and somebody who looks at it."""

from collections.abc import Callable

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient
from support.console_visits import signed_in

from memos_graph import Memory, MemOS, Message
from memos_graph.api import create_app

TALK = [
    Message(id="m1", speaker="Alice", text="Dana moved to Lisbon in May. She loves the sea."),
    Message(id="m2", speaker="Bob", text="Really? What does she do there?"),
    Message(id="m3", speaker="Alice", text="She teaches piano at a music school."),
]


@pytest.fixture(scope="session")
def app(memos: MemOS) -> FastAPI:
    return create_app(memos)


@pytest.fixture
def as_(app: FastAPI, memos: MemOS) -> Callable[[str], TestClient]:
    """A client that is signed in as the principal named."""
    return lambda principal: signed_in(app, memos, principal)


@pytest.fixture
def client(as_: Callable[[str], TestClient], principal: str) -> TestClient:
    """The test's own principal."""
    return as_(principal)


@pytest.fixture
def talk(space: Memory) -> Memory:
    """A space with three messages in it."""
    space.add(TALK, source="chat")
    return space
