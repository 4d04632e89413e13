"""``python -m memos_graph.host.lora FOLDER [PARENT]``, started by ``distill``."""

from memos_graph.kit.fast_imports import gc_paused

with gc_paused():
    from memos_graph.host.lora.distill import main

main()
