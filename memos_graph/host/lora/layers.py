"""LoRA matrices inside a model: which projections get them, how large they are, and how PEFT is told."""

import warnings
from collections.abc import Iterator
from typing import Any

import torch
from peft import LoraConfig, PeftModel, TaskType
from torch import nn
from transformers import PreTrainedModel
from transformers.pytorch_utils import Conv1D

_PREFIX = "base_model.model."


def projections(model: PreTrainedModel, *, attention: bool, upper: float = 1.0) -> tuple[str, ...]:
    """Return the names of the linear projections to teach, or the ends of them; never the output head.

    * ``attention``: those of attention too, else of the feed-forward layers only; a model that has none by name gets all.
    * ``upper``: the share of layers, from the top, that get matrices, above 0 to 1.
    """
    head = model.get_output_embeddings()  # type: ignore[no-untyped-call]
    linear = [
        name.removesuffix(".base_layer")  # where an adapter already is
        for name, module in model.named_modules()
        if _sizes(module) and module is not head and ".lora_" not in name
    ]
    outside = [name for name in linear if "attn" not in name and "attention" not in name]
    chosen = linear if attention or not outside else outside
    if upper < 1.0:
        lowest = round((1.0 - upper) * model.config.num_hidden_layers)
        return tuple(sorted(name for name in chosen if layer_number(name) >= lowest))
    return tuple(sorted({".".join(name.split(".")[-2:]) for name in chosen}))


def layer_number(name: str) -> int:
    """Return the number of the layer that a projection stands in; what stands in none counts as the lowest."""
    return next((int(part) for part in name.split(".") if part.isdigit()), 0)


def config_for(targets: tuple[str, ...], rank: int, alpha: int, *, training: bool = False) -> LoraConfig:
    """Return PEFT's configuration for these projections."""
    return LoraConfig(
        task_type=TaskType.CAUSAL_LM,
        r=rank,
        lora_alpha=alpha,
        lora_dropout=0.0,
        target_modules=list(targets),
        inference_mode=not training,
    )


def wrap(model: nn.Module, config: LoraConfig, name: str, *, precise: bool = False) -> Any:
    """Put the LoRA layers of a first adapter into ``model``, in place; returns PEFT's handle to them.

    ``precise``: in float32, as training needs them, whatever number format the model has.
    """
    with warnings.catch_warnings():
        # PEFT asks the model for a property that transformers is about to rename.
        warnings.filterwarnings("ignore", message=".*is_gradient_checkpointing.*", category=FutureWarning)
        return PeftModel(model, config, adapter_name=name, autocast_adapter_dtype=precise)


def expected_shapes(model: nn.Module, targets: tuple[str, ...], rank: int) -> dict[str, tuple[int, int]]:
    """Return the name and shape of every matrix an adapter with these targets has: A ``[rank, in]``, B ``[out, rank]``."""
    shapes = {}
    for name, inward, outward in _projections(model, targets):
        shapes[f"{_PREFIX}{name}.lora_A.weight"] = (rank, inward)
        shapes[f"{_PREFIX}{name}.lora_B.weight"] = (outward, rank)
    return shapes


def trainable(model: nn.Module) -> dict[str, nn.Parameter]:
    """Return the parameters that training changes, by name, in a stable order."""
    return {name: each for name, each in sorted(model.named_parameters()) if each.requires_grad}


def adapter_tensors(model: nn.Module, name: str) -> dict[str, torch.Tensor]:
    """Return the matrices of one adapter in ``model``, the live ones, under the names they have in a file."""
    infix = f".{name}.weight"
    found: dict[str, torch.Tensor] = {}
    for key, parameter in model.named_parameters():
        if ".lora_" in key and key.endswith(infix):
            found[_PREFIX + key.removeprefix(_PREFIX).removesuffix(infix) + ".weight"] = parameter
    return found


def _projections(model: nn.Module, targets: tuple[str, ...]) -> Iterator[tuple[str, int, int]]:
    for raw, module in model.named_modules():
        name = raw.removesuffix(".base_layer")  # where another adapter already is
        sizes = _sizes(module)
        named = any(f".{name}".endswith(f".{each}") for each in targets)
        if named and sizes and not hasattr(module, "base_layer"):
            yield name, *sizes


def _sizes(module: Any) -> tuple[int, int] | None:
    if isinstance(module, nn.Linear):
        return module.in_features, module.out_features
    if isinstance(module, Conv1D):  # GPT-2's, stored the other way round
        inward, outward = module.weight.shape
        return inward, outward
    return None
