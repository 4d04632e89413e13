"""``python -m memos_graph.cli``."""

from memos_graph.cli.program import main

main()
