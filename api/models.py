"""The spaces as OpenAI's models, by which clients offer them for a chat."""

from collections.abc import Iterator
from typing import Annotated, Literal

from fastapi import APIRouter, Path

from memos_graph.acting import Acting
from memos_graph.api.auth import CallerDep
from memos_graph.api.problems import documented
from memos_graph.governance import Access
from memos_graph.types import Model
from memos_graph.verbs.fields import Text

router = APIRouter(prefix="/v1/models", tags=["chat"])
_PAGE = 200


class SpaceModel(Model):
    """A space, as OpenAI's API tells of a model."""

    id: str
    object: Literal["model"] = "model"
    created: int
    owned_by: str


class SpaceModels(Model):
    """All of them."""

    object: Literal["list"] = "list"
    data: tuple[SpaceModel, ...]


@router.get("", responses=documented(400))
def list_models(caller: CallerDep) -> SpaceModels:
    """List the spaces you may read as OpenAI's models; a chat names one of them as its `model`."""
    return SpaceModels(data=tuple(_model(access) for access in _spaces(caller)))


@router.get("/{model:path}", responses=documented(400, 404))
def show_model(
    model: Annotated[Text, Path(max_length=700, description="The space's id.", examples=["alice/notes"])],
    caller: CallerDep,
) -> SpaceModel:
    """Show a space as one of OpenAI's models."""
    return _model(caller.access(model))


def _spaces(caller: Acting) -> Iterator[Access]:
    after = ""
    while page := caller.spaces(after=after, limit=_PAGE):
        yield from page
        after = page[-1].space


def _model(access: Access) -> SpaceModel:
    return SpaceModel(id=access.space, created=int(access.created_at.timestamp()), owned_by=access.owner)
