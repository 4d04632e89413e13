"""Time to the first token: a memory prefilled anew with every question, against its kept KV-cache from each tier.

Run: ``python -m bench.ttft [--lengths 512,1024,…] [--model NAME | --size 8b] [--json FILE]``. Without ``--model``, a Qwen3-shaped model of
about 100 M parameters with random weights is made: what is timed does not depend on them. Both ways run in turn, so that
whatever else the machine does falls on both; medians are given. Every answer is compared token by token with the one after a
full prefill. ``--approximate`` adds what composed and int8 caches change, on a model whose answers mean something.
"""

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from rich.console import Console
from rich.table import Table
from tokenizers import Tokenizer
from tokenizers.models import BPE
from transformers import PreTrainedTokenizerFast, Qwen3Config, Qwen3ForCausalLM

from bench.approximate import approximations
from bench.keys import keys_for
from memos_graph.host.engine import ModelEngine
from memos_graph.host.kv import CacheStore, Rates, Tier, calibrate, divergence
from memos_graph.host.recall_tiny import RECALL_TINY

LENGTHS = "512,1024,2048,4096,8192"
QUESTION = 30
ANSWER = 40
_LARGE = 1 << 40
# Where a tier is bounded away, the cache lies in the next one.
LIMITS: dict[Tier, tuple[int, int]] = {Tier.DEVICE: (_LARGE, 0), Tier.HOST: (0, _LARGE), Tier.DISK: (0, 0)}


SIZES: dict[str, dict[str, Any]] = {
    "100m": {
        "hidden_size": 640, "intermediate_size": 1920, "num_hidden_layers": 16, "num_attention_heads": 10,
        "num_key_value_heads": 5, "head_dim": 64, "vocab_size": 32_000, "tie_word_embeddings": True,
    },
    "8b": {  # as Qwen/Qwen3-8B
        "hidden_size": 4096, "intermediate_size": 12_288, "num_hidden_layers": 36, "num_attention_heads": 32,
        "num_key_value_heads": 8, "head_dim": 128, "vocab_size": 151_936, "tie_word_embeddings": False,
    },
}  # fmt: skip


def random_model(folder: Path, size: str) -> Path:
    """Save a Qwen3-shaped model with the same random weights every time; a large one in the format it is run in."""
    torch.manual_seed(7)
    config = Qwen3Config(**SIZES[size], max_position_embeddings=32_768, initializer_range=0.05)
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float32 if size == "100m" else torch.bfloat16)
    try:
        Qwen3ForCausalLM(config).save_pretrained(folder)
    finally:
        torch.set_default_dtype(before)
    vocabulary = {f"t{i}": i for i in range(config.vocab_size)}
    PreTrainedTokenizerFast(tokenizer_object=Tokenizer(BPE(vocab=vocabulary, merges=[]))).save_pretrained(folder)  # type: ignore[no-untyped-call]
    return folder


def first_token_ms(engine: ModelEngine, prompt: Sequence[int], *, use_cache: bool) -> float:
    """Time to the first token of an answer of one token."""
    answer = engine.generate(prompt, space="bench", max_new_tokens=1, stop=(), use_cache=use_cache)
    return answer.result.first_token_ms


def without_what_is_held(engine: ModelEngine) -> None:
    """Have the next question copy its cache from its tier: let go of what the last one left in the working cache."""
    with engine.working_cache(1) as cache:
        cache.begin_empty()


def measure(engine: ModelEngine, folder: Path, length: int, repeats: int, rates: Rates) -> dict[str, Any]:
    """Time one length of memory from every tier and compare the answers."""
    generator = torch.Generator().manual_seed(length)
    top = engine.model.config.get_text_config(decoder=True).vocab_size
    prompt: list[int] = torch.randint(10, top, (length + QUESTION,), generator=generator).tolist()
    stores = {
        tier: CacheStore(
            engine,
            folder / f"{length}-{tier}",
            keys_for(folder / f"{length}-{tier}"),
            device_bytes=device,
            host_bytes=host,
        )
        for tier, (device, host) in LIMITS.items()
    }
    started = time.perf_counter()
    built = [store.build("bench", None, prompt[:length]) for store in stores.values()]
    build_ms = 1000 * (time.perf_counter() - started) / len(stores)
    size = built[0].bytes
    runs = _runs(engine, stores, prompt)
    times: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(repeats):
        for name, run in runs.items():
            times[name].append(run())
    full = statistics.median(times["full"])
    rows = {name: round(statistics.median(taken), 1) for name, taken in times.items()}
    engine.caches = stores[Tier.DISK]
    answers = [
        engine.generate(prompt, space="bench", max_new_tokens=ANSWER, stop=(), use_cache=kept).result
        for kept in (False, True)
    ]
    found = divergence(
        engine, prompt, lambda cache: stores[Tier.DISK].fill(cache, "bench", None, prompt), answer_tokens=ANSWER
    )
    return {
        "memory_tokens": length,
        "question_tokens": QUESTION,
        "first_token_ms": rows,
        "less_percent": {name: round(100 * (1 - ms / full), 1) for name, ms in rows.items() if name != "full"},
        "identical": answers[0].tokens == answers[1].tokens,
        "compared_tokens": ANSWER,
        "logit_difference": found.logit_difference,
        "cached_tokens": answers[1].cached_tokens,
        "cache_mib": round(size / 2**20, 1),
        "build_ms": round(build_ms, 1),
        "load_ms": {tier.value: round(_load_ms(engine, stores[tier], prompt, repeats), 1) for tier in Tier},
        "expected_load_ms": {tier.value: round(rates.load_cost(tier, size), 1) for tier in Tier},
    }


def _runs(engine: ModelEngine, stores: dict[Tier, CacheStore], prompt: Sequence[int]) -> dict[str, Callable[[], float]]:
    def full() -> float:
        engine.caches = None
        return first_token_ms(engine, prompt, use_cache=False)

    def cached(tier: Tier) -> float:
        engine.caches = stores[tier]
        without_what_is_held(engine)
        return first_token_ms(engine, prompt, use_cache=True)

    def held() -> float:
        engine.caches = stores[Tier.DEVICE]
        first_token_ms(engine, prompt, use_cache=True)
        return first_token_ms(engine, prompt, use_cache=True)

    # One function a tier: a lambda in a loop would see the last one only.
    return {
        "full": full,
        "held": held,
        Tier.DEVICE.value: lambda: cached(Tier.DEVICE),
        Tier.HOST.value: lambda: cached(Tier.HOST),
        Tier.DISK.value: lambda: cached(Tier.DISK),
    }


def _load_ms(engine: ModelEngine, store: CacheStore, prompt: Sequence[int], repeats: int) -> float:
    """Time to bring a cache from its tier into the working cache, without any forward pass."""
    taken = []
    for _ in range(repeats):
        without_what_is_held(engine)
        with engine.working_cache(len(prompt)) as cache, torch.inference_mode():
            started = time.perf_counter()
            store.fill(cache, "bench", None, prompt)
            if engine.device.type == "cuda":
                torch.cuda.synchronize()
            taken.append(1000 * (time.perf_counter() - started))
    return statistics.median(taken)


def show(console: Console, report: dict[str, Any]) -> None:
    """Print the tables."""
    model = report["model"]
    table = Table(
        "memory", "full prefill", "device", "host", "disk", "less", "answers",
        title=f"Time to first token, ms: {model['parameters'] / 1e6:.0f} M, {model['dtype']}, {model['device']}",
        caption=f"{ANSWER} tokens compared; less: from device and from disk, %",
    )  # fmt: skip
    loads = Table(
        "memory", "recompute", *(tier.value for tier in Tier), "MiB", "max |Δlogit|", title="Bringing a cache alone, ms"
    )
    for row in report["lengths"]:
        ms, less = row["first_token_ms"], row["less_percent"]
        table.add_row(
            f"{row['memory_tokens']:,}",
            *(f"{ms[name]:,.0f}" for name in ("full", "device", "host", "disk")),
            f"{less['device']} / {less['disk']}",
            "identical" if row["identical"] else "DIFFER",
        )
        loads.add_row(
            f"{row['memory_tokens']:,}",
            f"{row['build_ms']:,.0f}",
            *(f"{row['load_ms'][tier.value]:,.1f}" for tier in Tier),
            f"{row['cache_mib']:,.0f}",
            f"{row['logit_difference']:.0e}",
        )
    console.print(table)
    console.print(loads)
    lengths = ", ".join(f"{tier} {length:g}" for tier, length in report["break_even_tokens"].items())
    console.print(f"Below this many tokens the host recomputes: {lengths} (measured when it starts).")
    if "approximate" in report:
        console.print(_approximate(report["approximate"]))


def _approximate(rows: Sequence[dict[str, Any]]) -> Table:
    table = Table(
        "cache", "KL, nats", "same next token", "same answer", "right", title=f"Approximate caches, {RECALL_TINY}",
        caption=f"{rows[0]['questions']} questions; after a full prefill {rows[0]['right_percent_exact']} % are right",
    )  # fmt: skip
    for row in rows:
        shares = (row[f"{name}_percent"] for name in ("greedy_agreement", "same_answer", "right"))
        table.add_row(row["cache"], f"{row['kl_nats_per_token']:.5f}", *(f"{share} %" for share in shares))
    return table


def main() -> None:
    """Measure each length in a fresh folder."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lengths", default=LENGTHS, help="memory lengths, tokens")
    parser.add_argument("--model", help="smollm2, a folder or a hub name; default: a random one")
    parser.add_argument("--size", choices=SIZES, default="100m", help="of the random model; 8b needs a GPU")
    parser.add_argument("--device")
    parser.add_argument("--dtype")
    parser.add_argument("--threads", type=int, help="CPU threads")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--approximate", action="store_true", help=f"measure composed and int8 caches on {RECALL_TINY}")
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args()
    console = Console()
    with tempfile.TemporaryDirectory(prefix="memos-ttft-") as scratch:
        folder = Path(scratch)
        name = chosen.model or str(random_model(folder / "model", chosen.size))
        engine = ModelEngine.load(name, device=chosen.device, dtype=chosen.dtype, threads=chosen.threads)
        rates = calibrate(engine, folder)
        report: dict[str, Any] = {
            "model": {"name": chosen.model or f"random Qwen3, {chosen.size}", **_identity(engine)},
            "threads": torch.get_num_threads(),
            "break_even_tokens": {
                tier.value: round(rates.break_even(tier, engine.identity.kv_bytes_per_token), 1) for tier in Tier
            },
            "prefill_ms_per_token": round(rates.prefill_ms, 4),
            "lengths": [],
        }
        for length in map(int, chosen.lengths.split(",")):
            report["lengths"].append(measure(engine, folder / "caches", length, chosen.repeats, rates))
            engine.caches = None
            engine.scratch.clear()
            console.print(f"{length:,} tokens: {report['lengths'][-1]['first_token_ms']} ms")
            _save(chosen.json, report)
        if chosen.approximate:
            report["approximate"] = approximations(folder)
    show(console, report)
    _save(chosen.json, report)


def _save(path: Path | None, report: dict[str, Any]) -> None:
    if path:
        path.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


def _identity(engine: ModelEngine) -> dict[str, Any]:
    identity = engine.identity
    return {
        "parameters": identity.parameters,
        "dtype": identity.dtype,
        "device": identity.device,
        "attention": identity.attention,
        "kv_bytes_per_token": identity.kv_bytes_per_token,
    }


if __name__ == "__main__":
    main()
