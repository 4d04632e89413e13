"""``make demo``: what memos-graph does, on a real server, in a minute."""

from memos_graph.demo.run import main

__all__ = ["main"]
