"""What is to be distilled: the order a distillation is started with, and resumed with."""

import json
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from memos_graph.host.protocol import Recipe
from memos_graph.kit.digests import sha256


class DistillJob(BaseModel):
    """One distillation; its lines are memories, so it is handed from process to process and lies in no file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    lines: tuple[str, ...] = Field(min_length=1)
    recipe: Recipe = Recipe()
    model: str
    device: str | None = None
    dtype: str | None = None
    threads: int | None = None
    """Of the CPU; unset: as many as find an idle core, step by step."""
    cache: Path | None = None
    """Folder of models that are made once; unset: the settings'."""

    @property
    def order(self) -> str:
        """What is to be learned from what, as a SHA-256: a checkpoint of another order is not gone on from."""
        whole = [self.lines, self.recipe.model_dump(), self.model]
        return sha256(json.dumps(whole, sort_keys=True))
