"""``python -m memos_graph.demo``."""

from memos_graph.kit.fast_imports import gc_paused

with gc_paused():
    from memos_graph.demo.run import main

main()
