"""Linear layers with 8-bit weights, for models that only read: a fourth of the memory traffic, which is what a CPU waits for.

Weights are rounded once, a scale for each output row; activations are rounded per call, a scale for each tensor, to the
whole eight bits (PyTorch's own ``quantize_dynamic`` leaves one bit unused, and loses twice the accuracy with it).
"""

import warnings
from functools import cache

import torch
from torch import Tensor, nn

_LARGEST = 127.0


class Int8Linear(nn.Module):
    """A linear layer by 8-bit weights: shapes ``[…, in] → […, out]``, float32 in and out.

    * ``weight`` ``[out, in]``; ``bias`` ``[out]``.
    """

    def __init__(self, weight: Tensor, bias: Tensor | None) -> None:
        super().__init__()
        weight = weight.detach().float()
        scales = weight.abs().amax(dim=1).clamp(min=torch.finfo(torch.float32).tiny) / _LARGEST
        _hear_that_it_is_old()
        rounded = _rounded(weight, scales)
        self.packed = torch.ops.quantized.linear_prepack(rounded, None if bias is None else bias.detach().float())

    def forward(self, inputs: Tensor) -> Tensor:
        """Return the layer's output."""
        found: Tensor = torch.ops.quantized.linear_dynamic(inputs, self.packed, reduce_range=False)
        return found


def _rounded(weight: Tensor, scales: Tensor) -> Tensor:
    zeros = torch.zeros(len(scales), dtype=torch.long)
    return torch.quantize_per_channel(weight, scales.double(), zeros, 0, torch.qint8)


@cache
def _hear_that_it_is_old() -> None:
    """Let PyTorch say, as it does once a process, that the call in ``_rounded`` is old; the operator it prepares for is not.

    Once and for a moment only: the filters of warnings belong to all threads.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        _rounded(torch.ones(1, 1), torch.ones(1))


def quantize(model: nn.Module) -> int:
    """Replace every linear layer inside ``model``, in place; returns how many there were.

    For inference on a CPU only. The model can no longer be trained, saved or moved to another device.
    """
    replaced = 0
    for module in list(model.modules()):
        for name, child in list(module.named_children()):
            if type(child) is nn.Linear:
                setattr(module, name, Int8Linear(child.weight, child.bias))
                replaced += 1
    return replaced
