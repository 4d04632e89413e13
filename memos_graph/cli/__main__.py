"""``memos``, and ``python -m memos_graph.cli``."""

from memos_graph.kit.fast_imports import gc_paused

with gc_paused():
    from memos_graph.cli.program import main

if __name__ == "__main__":
    main()
