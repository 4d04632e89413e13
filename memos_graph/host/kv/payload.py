"""Payload files: safetensors with a checksum, encrypted, mode 0600, written whole or not at all. What was hashed is what is used."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import safetensors.torch
import torch
from numpy.typing import NDArray

from memos_graph.errors import ModelError, PayloadError
from memos_graph.host.kv.codec import Tensors
from memos_graph.kit.crypto.encrypted_files import read_encrypted, write_encrypted
from memos_graph.kit.digests import sha256

_HEADER_LENGTH_BYTES = 8
_ABOUT = "memos"
_DTYPES = {"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16, "I8": torch.int8}


@dataclass(frozen=True, slots=True)
class BlockPayload:
    """A payload file as it was written."""

    sha256: str
    bytes: int


def serialized(tensors: Tensors, about: dict[str, str]) -> tuple[bytes, BlockPayload]:
    """Return a block's tensors, with what they are ``about``, as a file holds them; equal tensors give equal bytes."""
    # One entry, since safetensors writes several in no fixed order.
    data = safetensors.torch.save(
        {name: tensor.cpu().contiguous() for name, tensor in tensors.items()}, metadata={_ABOUT: json.dumps(about)}
    )
    return data, BlockPayload(sha256(data), len(data))


def read_payload(path: Path, name: str, key: bytes, written: BlockPayload, about: dict[str, str]) -> Tensors:
    """Read a block's tensors, in host memory; they are views of what was decrypted, so that nothing is copied.

    Raises ``PayloadError`` for a file that is missing, damaged, not what was written, no safetensors, or about something else.
    """
    data = np.frombuffer(read_encrypted(path, name, key), dtype=np.uint8)
    if len(data) != written.bytes:
        raise PayloadError(
            f"The payload '{path.name}' has {len(data)} bytes, not the {written.bytes} that were written."
        )
    if sha256(data.data) != written.sha256:
        raise PayloadError(
            f"The payload '{path.name}' does not match its checksum: it was changed since it was written."
        )
    try:
        tensors, found = _parsed(data)
    except (ValueError, KeyError, TypeError, AttributeError, RuntimeError) as error:
        raise PayloadError(f"The payload '{path.name}' is not a safetensors file: {error}.") from error
    if found != about:
        raise PayloadError(f"The payload '{path.name}' is that of another cache.")
    return tensors


def write_payload(path: Path, name: str, key: bytes, data: bytes) -> None:
    """Write a payload encrypted, with mode 0600, in one step. Raises ``ModelError``."""
    try:
        write_encrypted(path, name, key, data, durable=False)
    except OSError as error:
        raise ModelError(f"The KV-cache could not be written to '{path.parent}': {error}.") from error


def _parsed(data: NDArray[np.uint8]) -> tuple[Tensors, object]:
    """Return the tensors of a safetensors file, and what they are about.

    Its library would copy them (its ``load``) or map the file (its ``safe_open``), which somebody could change after it was
    hashed. Layout: https://huggingface.co/docs/safetensors/index#format.
    """
    start = _HEADER_LENGTH_BYTES + int.from_bytes(data[:_HEADER_LENGTH_BYTES].tobytes(), "little")
    header = json.loads(data[_HEADER_LENGTH_BYTES:start].tobytes())
    whole = torch.from_numpy(data)
    tensors: Tensors = {}
    for name, entry in header.items():
        if name != "__metadata__":
            begin, end = entry["data_offsets"]
            part = whole[start + begin : start + end]
            tensors[name] = part.view(_DTYPES[entry["dtype"]]).view(tuple(entry["shape"]))
    return tensors, json.loads(header.get("__metadata__", {}).get(_ABOUT, "null"))
