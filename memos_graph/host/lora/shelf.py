"""The adapters a model holds in memory: loaded, switched between, several of them in one batch, and taken out again."""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch

from memos_graph.errors import PayloadError, StateError
from memos_graph.host.engine import ModelEngine
from memos_graph.host.lora.layers import adapter_tensors, config_for, expected_shapes, wrap
from memos_graph.host.lora.payload import AdapterFolder, AdapterPayload, read_weights, require_fit
from memos_graph.host.protocol import AdapterInfo

BASE = "__base__"
"""PEFT's name for no adapter in a mixed batch."""

_ID_CHARS = 32


@dataclass(frozen=True, slots=True)
class _Loaded:
    info: AdapterInfo
    folder: AdapterFolder


class AdapterShelf:
    """Adapters of one engine; makes itself the engine's ``adapters``.

    An adapter is on the shelf from ``load`` to ``unload``. With none on it the model is as it was before the first one:
    the LoRA layers are taken out of it again. Everything that touches the model does so in the engine's turn.
    """

    def __init__(self, engine: ModelEngine) -> None:
        self._engine = engine
        self._loaded: dict[str, _Loaded] = {}
        self._peft: Any = None  # a PeftModel while there are adapters; its methods are not typed
        self._active: str | None = None
        engine.adapters = self

    def load(self, name: str, folder: AdapterFolder, sha256: str | None = None) -> AdapterInfo:
        """Put an adapter on the shelf; one that is there already stays, unless its file is another one by now.

        * ``sha256`` of its matrices as it is known elsewhere; unset: as its own record says.
        * Raises ``PayloadError`` for matrices that are damaged, changed, of another model or of other shapes.
        """
        there = self._loaded.get(name)
        if there and sha256 in {None, there.info.payload_sha256}:
            return there.info
        payload = read_weights(folder, sha256)
        card = payload.card
        require_fit(
            payload,
            name,
            self._engine.identity.fingerprint,
            expected_shapes(self._engine.model, card.targets, card.rank),
        )
        info = AdapterInfo(
            id=name,
            base_model=card.base_model,
            payload_bytes=payload.size,
            payload_sha256=payload.sha256,
            rank=card.rank,
            loaded=True,
        )
        with self._engine.turn():
            if name in self._loaded:
                self._take_out(name)
            self._put_in(name, payload)
            self._loaded[name] = _Loaded(info, folder)
        return info

    def unload(self, name: str) -> bool:
        """Take an adapter off the shelf and give its memory back; returns whether it was there."""
        with self._engine.turn():
            if name not in self._loaded:
                return False
            self._take_out(name)
            del self._loaded[name]
            return True

    def every(self) -> tuple[AdapterInfo, ...]:
        """Return the adapters on the shelf, in the order they were loaded."""
        return tuple(each.info for each in self._loaded.values())

    def folder(self, name: str) -> AdapterFolder:
        """Return where an adapter on the shelf lies; raises ``StateError`` for one that is not."""
        return self._require(name).folder

    @contextmanager
    def activate(self, name: str | None) -> Iterator[None]:
        """Let the model answer with an adapter inside the block, ``None``: without any; raises ``StateError`` if it is not loaded.

        Called by ``ModelEngine.turn``. What was switched to stays so afterwards, as whoever has the next turn says what they
        want too: so the tokens of one answer cost one switch.
        """
        if name is not None:
            self._require(name)
        self._switch(name)
        yield

    @contextmanager
    def mixed(self, names: Sequence[str | None]) -> Iterator[None]:
        """Have the model to oneself for batches with an adapter a row, ``None``: none for that row."""
        for name in names:
            if name is not None:
                self._require(name)
        with self._engine.turn():
            if self._peft is None:
                yield
                return
            self._switch(next(iter(self._loaded)))
            rows = [name or BASE for name in names]
            with self._peft.base_model._enable_peft_forward_hooks(adapter_names=rows):  # noqa: SLF001 - as its own generate does
                yield

    def _require(self, name: str) -> _Loaded:
        if name not in self._loaded:
            raise StateError(f"The adapter '{name}' is not loaded.", hint="`memos lora load` loads it.")
        return self._loaded[name]

    def _switch(self, name: str | None) -> None:
        if self._peft is None or name == self._active:
            return
        if name is None:
            self._peft.base_model.disable_adapter_layers()
        else:
            self._peft.base_model.set_adapter(name, inference_mode=True)
            self._peft.base_model.enable_adapter_layers()
        self._active = name

    def _put_in(self, name: str, payload: AdapterPayload) -> None:
        config = config_for(payload.card.targets, payload.card.rank, payload.card.alpha)
        with torch.inference_mode(mode=False):
            if self._peft is None:
                self._peft = wrap(self._engine.model, config, name)
            else:
                self._peft.add_adapter(name, config, autocast_adapter_dtype=False)
            live = adapter_tensors(self._peft, name)
            if live.keys() != payload.tensors.keys():
                self._remove(name)
                raise PayloadError(f"Adapter {name} does not fit the model: PEFT puts its matrices elsewhere.")
            with torch.no_grad():
                for key, parameter in live.items():
                    parameter.copy_(payload.tensors[key])
            self._peft.requires_grad_(requires_grad=False)
            self._peft.eval()
        # Whatever PEFT made active, the next one to ask says what is wanted.
        self._peft.base_model.disable_adapter_layers()
        self._active = None

    def _take_out(self, name: str) -> None:
        self._switch(None)
        self._remove(name)

    def _remove(self, name: str) -> None:
        if self._peft is None:
            return
        if len(self._peft.peft_config) == 1:
            self._peft.unload()
            self._peft = None
        else:
            others = [each for each in self._peft.peft_config if each != name]
            self._peft.base_model.set_adapter(others[0], inference_mode=True)
            self._peft.delete_adapter(name)
            self._peft.base_model.disable_adapter_layers()
        self._active = None


def adapter_id(base_model: str, lines: Sequence[str], recipe: dict[str, float]) -> str:
    """Return the id of the adapter that these lines and this recipe make of a model: the same ones give the same id."""
    whole = hashlib.sha256(base_model.encode())
    for part in (*lines, repr(sorted(recipe.items()))):
        whole.update(b"\0" + part.encode())
    return whole.hexdigest()[:_ID_CHARS]
