"""An adapter's folder: what is written there, and what must hold before anything of it is used.

* ``weights.sealed`` the matrices, as safetensors; their metadata says rank, scale, targets and base model, so that the SHA-256
  of what is encrypted vouches for everything that decides what the adapter does.
* ``adapter_config.json`` the same in PEFT's words, for other tools; never read back.
* ``memos.sealed`` the recipe, the lines it was taught, and what was measured of it; ``course.sealed`` the lessons.

All that is encrypted is so by the adapter's own key (``kit.crypto.encrypted_files``, ``keys.py``): an adapter is memory.
"""

import json
import secrets
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from safetensors import SafetensorError
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors

from memos_graph.errors import PayloadError
from memos_graph.host.lora.layers import config_for
from memos_graph.host.protocol import Evaluation
from memos_graph.kit.crypto.encrypted_files import read_encrypted, write_encrypted
from memos_graph.kit.digests import sha256
from memos_graph.kit.files import write_private

_HINT = "Distil it anew: `memos lora redistill`."
_METADATA_KEY = "memos"
_LENGTH_BYTES = 8


class Card(BaseModel):
    """What the matrices are; kept in the metadata of their file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: int = 1
    base_model: str = Field(min_length=1, description="Fingerprint of the model it was distilled for.")
    rank: int = Field(ge=1, le=1024)
    alpha: int = Field(ge=1)
    targets: tuple[str, ...] = Field(min_length=1)


class Record(BaseModel):
    """What is known of an adapter besides its matrices."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    base_model: str
    base_name: str
    lines: tuple[str, ...]
    recipe: dict[str, int | float]
    steps: int
    seconds: float
    tokens: int
    payload_sha256: str
    evaluation: Evaluation


@dataclass(frozen=True)
class AdapterPayload:
    """An adapter read from disk and found sound; ``tensors`` by their names in the file."""

    card: Card
    tensors: dict[str, torch.Tensor]
    sha256: str
    size: int


@dataclass(frozen=True)
class AdapterFolder:
    """Where each thing of one adapter lies, and the key that seals it; every file has mode 0600."""

    root: Path
    key: bytes = field(repr=False)

    @property
    def weights(self) -> Path:
        """The matrices."""
        return self.root / "weights.sealed"

    @property
    def peft_config(self) -> Path:
        """PEFT's configuration."""
        return self.root / "adapter_config.json"

    @property
    def record(self) -> Path:
        """Recipe, lines and evaluation."""
        return self.root / "memos.sealed"

    @property
    def course(self) -> Path:
        """The lessons, by which it is measured and asked again."""
        return self.root / "course.sealed"

    @property
    def checkpoint(self) -> Path:
        """How far training has got."""
        return self.root / "checkpoint.sealed"

    @property
    def lock(self) -> Path:
        """Held by the process that distils it."""
        return self.root / "distill.lock"

    @property
    def log(self) -> Path:
        """What that process printed besides its progress."""
        return self.root / "distill.log"

    def create(self) -> None:
        """Make the folder, mode 0700."""
        self.root.mkdir(mode=0o700, parents=True, exist_ok=True)

    def write(self, path: Path, content: bytes) -> None:
        """Write one of its files encrypted, in one step: a reader sees the old content or the new."""
        write_encrypted(path, self._name(path), self.key, content)

    def read(self, path: Path) -> bytearray:
        """Read one of its files; raises ``PayloadError``."""
        return read_encrypted(path, self._name(path), self.key)

    def _name(self, path: Path) -> str:
        return f"{self.root.name}/{path.name}"


def write_weights(folder: AdapterFolder, tensors: dict[str, torch.Tensor], card: Card) -> str:
    """Write matrices and PEFT's configuration; returns the SHA-256 of the former."""
    plain = {name: each.detach().to("cpu", copy=True).contiguous() for name, each in tensors.items()}
    data = save_tensors(plain, metadata={"format": "pt", _METADATA_KEY: card.model_dump_json()})
    folder.write(folder.weights, data)
    words = asdict(config_for(card.targets, card.rank, card.alpha))
    told = {name: sorted(each) if isinstance(each, set) else each for name, each in words.items() if each is not None}
    del told["runtime_config"]
    write_private(folder.peft_config, json.dumps(told, indent=1).encode())
    return sha256(data)


def write_record(folder: AdapterFolder, record: Record) -> None:
    """Write ``memos.sealed``."""
    folder.write(folder.record, record.model_dump_json(indent=1).encode())


def read_record(folder: AdapterFolder) -> Record:
    """Read ``memos.sealed``; raises ``PayloadError``."""
    try:
        return Record.model_validate_json(folder.read(folder.record))
    except (PayloadError, ValidationError) as error:
        raise PayloadError(f"The record of adapter {folder.root.name} can't be read: {error}", hint=_HINT) from error


def read_weights(folder: AdapterFolder, expected: str | None = None) -> AdapterPayload:
    """Read and check the matrices.

    ``expected`` is the SHA-256 that they must have; unset: what the record says. Raises ``PayloadError`` for a file that is missing,
    cut off, changed, no safetensors at all, without our metadata, or with numbers that are none.
    """
    name = folder.root.name
    expected = expected or read_record(folder).payload_sha256
    try:
        data = bytes(folder.read(folder.weights))
    except PayloadError as error:
        raise PayloadError(f"The matrices of adapter {name} can't be read: {error.message}", hint=_HINT) from error
    found = sha256(data)
    if not secrets.compare_digest(found, expected):
        raise PayloadError(
            f"The matrices of adapter {name} are not those that were distilled: SHA-256 {found[:12]}…, not "
            f"{expected[:12]}….",
            hint=_HINT,
        )
    try:
        tensors = load_tensors(data)
        card = Card.model_validate_json(metadata(data)[_METADATA_KEY])
    except (SafetensorError, ValidationError, KeyError, ValueError) as error:
        raise PayloadError(
            f"The file of adapter {name} is not a safetensors file of an adapter: {error}", hint=_HINT
        ) from error
    for key, tensor in tensors.items():
        if not tensor.is_floating_point() or not bool(torch.isfinite(tensor).all()):
            raise PayloadError(f"The matrix '{key}' of adapter {name} holds no finite numbers.", hint=_HINT)
    return AdapterPayload(card, tensors, found, len(data))


def require_fit(payload: AdapterPayload, name: str, base_model: str, shapes: dict[str, tuple[int, int]]) -> None:
    """Raise ``PayloadError`` unless the adapter belongs to this base model and has exactly these matrices."""
    if payload.card.base_model != base_model:
        raise PayloadError(
            f"Adapter {name} was distilled for another model ({payload.card.base_model[:12]}…) than the one loaded "
            f"({base_model[:12]}…).",
            hint="Distil it for this model, or set MEMOS_MODEL to the other one.",
        )
    found = {key: tuple(tensor.shape) for key, tensor in payload.tensors.items()}
    if found != shapes:
        wrong = sorted(key for key in found.keys() | shapes.keys() if found.get(key) != shapes.get(key))
        first = wrong[0]
        raise PayloadError(
            f"Adapter {name} does not fit the model: {len(wrong)} matrices differ; '{first}' is {found.get(first)}, the model "
            f"takes {shapes.get(first)}.",
            hint=_HINT,
        )


def opened(folder: AdapterFolder, where: Path, sha256: str) -> None:
    """Write the matrices and PEFT's configuration, unencrypted, to the folder ``where``, for an engine that reads only such.

    Raises as ``read_weights`` does.
    """
    read_weights(folder, sha256)
    where.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_private(where / "adapter_model.safetensors", bytes(folder.read(folder.weights)))
    write_private(where / folder.peft_config.name, folder.peft_config.read_bytes())


def metadata(data: bytes) -> dict[str, Any]:
    """Return the metadata of a safetensors file; its library gives them for files only."""
    length = int.from_bytes(data[:_LENGTH_BYTES], "little")
    header: dict[str, Any] = json.loads(data[_LENGTH_BYTES : _LENGTH_BYTES + length])
    found: dict[str, Any] = header["__metadata__"]
    return found
