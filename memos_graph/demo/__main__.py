"""``python -m memos_graph.demo``."""

from memos_graph.demo import main

main()
