"""How far a training has got: one encrypted safetensors file, written in one step, so that a crash leaves the old one or the new."""

import json
from dataclasses import dataclass
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors
from torch import Tensor

from memos_graph.errors import PayloadError
from memos_graph.host.lora.payload import AdapterFolder, metadata


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Matrices, the optimizer's averages of them, and the counts that go with them."""

    tensors: dict[str, Tensor]
    state: dict[str, Any]


def write_checkpoint(folder: AdapterFolder, checkpoint: Checkpoint, order: str) -> None:
    """Write ``checkpoint.sealed``; ``order`` names the job it belongs to."""
    plain = {name: each.detach().to("cpu", copy=True).contiguous() for name, each in checkpoint.tensors.items()}
    data = save_tensors(plain, metadata={"order": order, "state": json.dumps(checkpoint.state)})
    folder.write(folder.checkpoint, data)


def read_checkpoint(folder: AdapterFolder, order: str) -> Checkpoint | None:
    """Read it; ``None`` where there is none, or one of another job. Raises ``PayloadError`` for a damaged one."""
    if not folder.checkpoint.exists():
        return None
    try:
        data = bytes(folder.read(folder.checkpoint))
        about = metadata(data)
        if about.get("order") != order:
            return None
        return Checkpoint(load_tensors(data), json.loads(about["state"]))
    except (PayloadError, SafetensorError, KeyError, ValueError) as error:
        raise PayloadError(
            f"The checkpoint of adapter {folder.root.name} can't be read: {error}",
            hint=f"Delete {folder.checkpoint} to begin anew.",
        ) from error
