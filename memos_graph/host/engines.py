"""What engines at ``MEMOS_LLM_URL`` can hold of the three forms of memory, and how each is told; docs/engines.md has it as a table.

A form that an engine can't hold is never pretended: it is refused, or served by the model host.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EngineAbilities:
    """One kind of engine.

    * ``load`` and ``unload`` where adapters go in and out: from the base URL, or with a slash before it from the server's root;
      empty for one that takes none while it runs.
    * ``adapter`` what is asked for in place of the model, to be answered with an adapter.
    * ``salted`` whether it parts cached prefixes by a salt of the request. * ``start`` how it is started to take adapters.
    """

    load: str = ""
    unload: str = ""
    adapter: str = "{adapter}"
    salted: bool = False
    start: str = ""

    @property
    def takes_adapters(self) -> bool:
        """Whether adapters can be loaded while it runs."""
        return bool(self.load)


ENGINES: Mapping[str, EngineAbilities] = {
    "openai": EngineAbilities(),
    "vllm": EngineAbilities(
        load="load_lora_adapter",
        unload="unload_lora_adapter",
        salted=True,
        start="Start vLLM with --enable-lora, --max-lora-rank 64 and VLLM_ALLOW_RUNTIME_LORA_UPDATING=True, where it sees MEMOS_HOME.",
    ),
    "sglang": EngineAbilities(
        load="/load_lora_adapter",
        unload="/unload_lora_adapter",
        adapter="{model}:{adapter}",
        salted=True,
        start="Start SGLang with --enable-lora, --max-lora-rank 64 and --lora-target-modules all, where it sees MEMOS_HOME.",
    ),
}
"""By the values of ``MEMOS_LLM_ENGINE``."""
