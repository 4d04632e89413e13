"""``python -m memos_graph.demo``."""

from memos_graph.starting import importing

with importing():
    from memos_graph.demo.run import main

main()
