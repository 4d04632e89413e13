"""``python -m memos_graph.host FOLDER``, started by ``supervisor``."""

from memos_graph.kit.fast_imports import gc_paused

with gc_paused():
    from memos_graph.host.server import main

main()
