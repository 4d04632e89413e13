"""What is to be distilled: the file a distillation is started with, and resumed with."""

import hashlib
import json

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from memos_graph.errors import InputError, PayloadError
from memos_graph.host.lora.payload import AdapterFolder
from memos_graph.host.protocol import Recipe


class Job(BaseModel):
    """One distillation; its lines are memories, so its file is sealed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    lines: tuple[str, ...] = Field(min_length=1)
    recipe: Recipe = Recipe()
    model: str
    device: str | None = None
    dtype: str | None = None
    threads: int | None = None

    @property
    def order(self) -> str:
        """What is to be learned from what, as a SHA-256: a checkpoint of another order is not gone on from."""
        whole = [self.lines, self.recipe.model_dump(), self.model]
        return hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).hexdigest()

    def save(self, folder: AdapterFolder) -> None:
        """Write ``job.sealed``."""
        folder.write(folder.job, self.model_dump_json().encode())


def read_job(folder: AdapterFolder) -> Job:
    """Read ``job.sealed``; raises ``InputError``."""
    try:
        return Job.model_validate_json(folder.read(folder.job))
    except (PayloadError, ValidationError) as error:
        raise InputError(f"The distillation's order in '{folder.root}' can't be read: {error}") from error
