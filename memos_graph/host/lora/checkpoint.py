"""How far a training has got: one safetensors file, written in one step, so that a crash leaves the old one or the new."""

import json
from dataclasses import dataclass
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save as save_tensors
from torch import Tensor

from memos_graph.errors import PayloadError
from memos_graph.host.lora.payload import AdapterFolder, write_private


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Matrices, the optimizer's averages of them, and the counts that go with them."""

    tensors: dict[str, Tensor]
    state: dict[str, Any]


def write_checkpoint(folder: AdapterFolder, checkpoint: Checkpoint, order: str) -> None:
    """Write ``checkpoint.safetensors``; ``order`` names the job it belongs to."""
    plain = {name: each.detach().to("cpu", copy=True).contiguous() for name, each in checkpoint.tensors.items()}
    data = save_tensors(plain, metadata={"order": order, "state": json.dumps(checkpoint.state)})
    write_private(folder.checkpoint, data)


def read_checkpoint(folder: AdapterFolder, order: str) -> Checkpoint | None:
    """Read it; ``None`` where there is none, or one of another job. Raises ``PayloadError`` for a damaged one."""
    if not folder.checkpoint.exists():
        return None
    try:
        with safe_open(folder.checkpoint, framework="pt") as file:
            metadata = file.metadata() or {}
            if metadata.get("order") != order:
                return None
            return Checkpoint({name: file.get_tensor(name) for name in file.keys()}, json.loads(metadata["state"]))  # noqa: SIM118 - no mapping
    except (SafetensorError, OSError, KeyError, ValueError) as error:
        raise PayloadError(
            f"The checkpoint of adapter {folder.root.name} can't be read: {error}",
            hint=f"Delete {folder.checkpoint} to begin anew.",
        ) from error
