"""``memos``, and ``python -m memos_graph.cli``."""

from memos_graph.starting import importing

with importing():
    from memos_graph.cli.program import main

if __name__ == "__main__":
    main()
