"""How a model is taught: declared in the file ``memos.json`` beside its weights, never guessed from what its tokenizer looks like."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from memos_graph.errors import ModelError

DECLARATION = "memos.json"


class TeachingDeclared(BaseModel):
    """What is declared of a model.

    * ``lessons`` where questions and answers come from: recall-tiny's ``phrasebook``, ``rules`` over English sentences, or
      ``written`` by the model itself, as for a model that declares nothing.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    lessons: Literal["phrasebook", "rules", "written"] = "written"


def declared(folder: Path) -> TeachingDeclared:
    """Return what the model in ``folder`` declares; raises ``ModelError`` for a declaration that can't be read."""
    file = folder / DECLARATION
    try:
        return TeachingDeclared.model_validate_json(file.read_bytes()) if file.exists() else TeachingDeclared()
    except (OSError, ValidationError) as error:
        raise ModelError(
            f"The declaration '{file}' can't be read: {error}",
            hint='It says where a model\'s lessons come from: {"lessons": "rules"}, "written" or "phrasebook".',
        ) from error
