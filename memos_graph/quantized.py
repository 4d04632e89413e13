"""Linear layers with 8-bit weights, for models that only read: a fourth of the memory traffic, which is what a CPU waits for.

Weights are rounded once, a scale for each output row; activations are rounded per call, a scale for each tensor, to the
whole eight bits (PyTorch's own ``quantize_dynamic`` leaves one bit unused, and loses twice the accuracy with it).
"""

import warnings

import torch
from torch import Tensor, nn

_LARGEST = 127.0


class Int8Linear(nn.Module):
    """What ``linear`` computes, by 8-bit weights: shapes ``[…, in] → […, out]``, float32 in and out."""

    def __init__(self, linear: nn.Linear) -> None:
        super().__init__()
        weight = linear.weight.detach().float()
        scales = weight.abs().amax(dim=1).clamp(min=torch.finfo(torch.float32).tiny) / _LARGEST
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # this call is marked as old; the operator it prepares for is not
            rounded = torch.quantize_per_channel(
                weight, scales.double(), torch.zeros(len(scales), dtype=torch.long), 0, torch.qint8
            )
        bias = None if linear.bias is None else linear.bias.detach().float()
        self.packed = torch.ops.quantized.linear_prepack(rounded, bias)

    def forward(self, inputs: Tensor) -> Tensor:
        """Return the layer's output."""
        found: Tensor = torch.ops.quantized.linear_dynamic(inputs, self.packed, reduce_range=False)
        return found


def quantize(model: nn.Module) -> int:
    """Replace every linear layer inside ``model``, in place; returns how many there were.

    For inference on a CPU only. The model can no longer be trained, saved or moved to another device.
    """
    replaced = 0
    for module in list(model.modules()):
        for name, child in list(module.named_children()):
            if type(child) is nn.Linear:
                setattr(module, name, Int8Linear(child))
                replaced += 1
    return replaced
