"""When reuse pays: what recomputing a token costs on this machine, and what bringing its keys and values costs from each tier.

Both are measured when the host starts, and corrected by every prefill and every load after that.
"""

import os
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import torch

from memos_graph.host.kv.payload import read_payload, serialized, write_payload
from memos_graph.host.kv.tiers import Tier
from memos_graph.host.kv.working import Scratch, WorkingCache
from memos_graph.kit.crypto.encrypted_files import KEY_BYTES

_SHORT, _LONG = 16, 64
_SAMPLE_TENSORS = 8
_SAMPLE_BYTES = 1 << 20
# A new measurement counts this much: one slow read moves the estimate, and does not make it.
_WEIGHT = 0.2
_LEAST_OBSERVED_TOKENS = 32


class Prefiller(Protocol):
    """What is needed of an engine to measure it."""

    device: torch.device
    scratch: Scratch

    def forward(self, tokens: Sequence[int], cache: WorkingCache, /) -> object:
        """Run tokens behind those in ``cache``."""


@dataclass(slots=True)
class Rates:
    """Measured costs.

    * ``prefill_ms`` of one token more in a prefill. * ``load_ms_per_mib`` from each tier into a working cache.
    * ``load_ms`` of each load, however small.
    """

    prefill_ms: float
    load_ms_per_mib: dict[Tier, float]
    load_ms: dict[Tier, float]

    def load_cost(self, tier: Tier, size: int) -> float:
        """Return the ms it takes to bring ``size`` bytes from a tier."""
        return self.load_ms[tier] + self.load_ms_per_mib[tier] * size / 2**20

    def gain(self, tier: Tier, size: int, tokens: int) -> float:
        """Return the ms that bringing ``tokens`` of ``size`` bytes saves over recomputing them; negative: it loses."""
        return tokens * self.prefill_ms - self.load_cost(tier, size)

    def break_even(self, tier: Tier, bytes_per_token: int) -> float:
        """Return the length in tokens from which on bringing them pays; infinite where it never does."""
        saved = self.prefill_ms - self.load_ms_per_mib[tier] * bytes_per_token / 2**20
        return self.load_ms[tier] / saved if saved > 0 else float("inf")

    def prefilled(self, tokens: int, ms: float) -> None:
        """Learn from a prefill; a short one says more about its overhead, and is left out."""
        if tokens >= _LEAST_OBSERVED_TOKENS:
            self.prefill_ms += _WEIGHT * (ms / tokens - self.prefill_ms)

    def loaded(self, tier: Tier, size: int, ms: float) -> None:
        """Learn from a load."""
        if size:
            seen = max(0.0, ms - self.load_ms[tier]) / (size / 2**20)
            self.load_ms_per_mib[tier] += _WEIGHT * (seen - self.load_ms_per_mib[tier])


def calibrate(engine: Prefiller, folder: Path) -> Rates:
    """Measure ``engine``, and the disk under ``folder``, with a few short prefills and a file of 8 MiB that is gone afterwards."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    sample = {str(i): torch.rand(_SAMPLE_BYTES // 4) for i in range(_SAMPLE_TENSORS)}
    on_device = {name: tensor.to(engine.device) for name, tensor in sample.items()}
    targets = {name: torch.empty_like(tensor) for name, tensor in on_device.items()}
    mib = _SAMPLE_TENSORS * _SAMPLE_BYTES / 2**20

    def copy_from(source: dict[str, torch.Tensor]) -> float:
        return _best(lambda: [targets[name].copy_(tensor) for name, tensor in source.items()], engine.device)

    device, host, disk = copy_from(on_device), copy_from(sample), _disk_ms(sample, folder)
    return Rates(
        prefill_ms=_prefill_ms(engine),
        load_ms_per_mib={Tier.DEVICE: device / mib, Tier.HOST: host / mib, Tier.DISK: (host + disk) / mib},
        load_ms={Tier.DEVICE: 0.05, Tier.HOST: 0.05, Tier.DISK: 0.5},
    )


def _prefill_ms(engine: Prefiller) -> float:
    """Return what a token more costs: the overhead of a pass is paid for the question anyway."""
    cache, epoch = engine.scratch.take()

    def run(tokens: int) -> float:
        def once() -> None:
            cache.begin_empty()
            engine.forward([0] * tokens, cache)

        return _best(once, engine.device)

    run(_SHORT)
    short, long = run(_SHORT), run(_LONG)
    cache.begin_empty()
    engine.scratch.give_back(cache, epoch)
    # Two short times differ by chance as well; a token more never costs less than a good part of the average one.
    return max((long - short) / (_LONG - _SHORT), long / _LONG / 4)


def _disk_ms(sample: dict[str, torch.Tensor], folder: Path) -> float:
    path, key = folder / ".calibration", secrets.token_bytes(KEY_BYTES)
    data, written = serialized(sample, {})
    write_payload(path, path.name, key, data)
    try:
        _forget_cached(path)
        started = time.perf_counter()
        read_payload(path, path.name, key, written, {})
        return 1000 * (time.perf_counter() - started)
    finally:
        path.unlink()


def _forget_cached(path: Path) -> None:
    """Have the kernel let go of its copy, so that the disk is measured; where it can't, its copy is."""
    if hasattr(os, "posix_fadvise"):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        finally:
            os.close(descriptor)


def _best(run: Callable[[], object], device: torch.device, times: int = 3) -> float:
    """Return the shortest time of a few runs, ms: whatever else the machine does only makes it longer."""
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        run()
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        taken.append(1000 * (time.perf_counter() - started))
    return min(taken)
