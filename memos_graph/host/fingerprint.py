"""What a model is: the identity that its KV-caches and its LoRA adapters belong to."""

import hashlib
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from memos_graph.errors import ModelError
from memos_graph.kit.digests import file_sha256


@dataclass(frozen=True, slots=True)
class ModelIdentity:
    """A loaded model.

    * ``fingerprint`` SHA-256 over the files of configuration and weights, whatever number format they are loaded in.
    * ``attention`` name of the attention implementation: another one rounds differently.
    * ``kv_bytes_per_token`` keys and values of one token over all layers.
    """

    name: str
    fingerprint: str
    dtype: str
    attention: str
    device: str
    parameters: int
    context_length: int
    kv_bytes_per_token: int


def fingerprint(folder: Path) -> str:
    """Return the SHA-256 (hex) over ``config.json`` and every safetensors file in ``folder``, names included.

    Raises ``ModelError`` where one of the two is missing: weights in any other format are never read.
    """
    weights = sorted(folder.glob("*.safetensors"))
    config = folder / "config.json"
    if not weights or not config.is_file():
        raise ModelError(
            f"'{folder}' holds no model: it needs config.json and weights as safetensors.",
            hint="Weights in pickle files (.bin, .pt) are not loaded; convert them first.",
        )
    return _digest([config, *weights])


def _digest(files: Sequence[Path]) -> str:
    # Hashing lets go of the interpreter's lock, so that the shards of a large model are hashed side by side.
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        digests = list(pool.map(file_sha256, files))
    whole = hashlib.sha256()
    for file, digest in zip(files, digests, strict=True):
        whole.update(f"{file.name}\0{digest}\n".encode())
    return whole.hexdigest()
