"""Muon in float32: torch's own computes in bfloat16, which costs a processor without matrix units three times as much."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import torch

from memos_graph.errors import InputError

_COEFFICIENTS = (3.4445, -4.7750, 2.0315)
_RMS_OF_ADAM = 0.2


class Muon(torch.optim.Optimizer):
    """Momentum, then each matrix's update made nearly orthogonal by Newton-Schulz steps (K. Jordan 2024).

    The update is scaled to the size AdamW's would have (Moonshot 2025), so that both take the same learning rate.
    Matrices of one shape go through the steps together.
    """

    def __init__(
        self, matrices: Iterable[torch.nn.Parameter], *, lr: float, momentum: float = 0.95, weight_decay: float = 0.05
    ) -> None:
        super().__init__(matrices, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        """Update every matrix that has a gradient. ``closure`` is not supported."""
        if closure is not None:
            raise InputError("This Muon takes no closure.")
        for group in self.param_groups:
            alike: dict[torch.Size, list[torch.nn.Parameter]] = defaultdict(list)
            for matrix in group["params"]:
                if matrix.grad is not None:
                    alike[matrix.shape].append(matrix)
            for matrices in alike.values():
                self._update(matrices, group)

    def _update(self, matrices: list[torch.nn.Parameter], group: dict[str, Any]) -> None:
        updates = []
        for matrix in matrices:
            state = self.state[matrix]
            velocity = state.setdefault("velocity", torch.zeros_like(matrix))
            gradient = torch.zeros_like(matrix) if matrix.grad is None else matrix.grad
            velocity.lerp_(gradient, 1 - group["momentum"])
            updates.append(torch.lerp(gradient, velocity, group["momentum"]))
        scale = _RMS_OF_ADAM * max(matrices[0].shape) ** 0.5
        for matrix, update in zip(matrices, orthogonal(torch.stack(updates)), strict=True):
            matrix.mul_(1 - group["lr"] * group["weight_decay"]).add_(update, alpha=-group["lr"] * scale)


def orthogonal(stack: torch.Tensor, steps: int = 5) -> torch.Tensor:
    """Bring the singular values of matrices ``[count, rows, columns]`` near 1."""
    a, b, c = _COEFFICIENTS
    wide = stack if stack.shape[1] <= stack.shape[2] else stack.mT
    x: torch.Tensor = wide / (wide.norm(dim=(1, 2), keepdim=True) + 1e-7)
    for _ in range(steps):
        square = x @ x.mT
        x = a * x + (b * square + c * square @ square) @ x
    return x if wide is stack else x.mT
