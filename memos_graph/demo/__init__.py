"""``make demo``: what memos-graph does, on a real server, in a minute."""
