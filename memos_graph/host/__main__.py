"""``python -m memos_graph.host FOLDER``, started by ``supervisor``."""

from memos_graph.starting import importing

with importing():
    from memos_graph.host.server import main

main()
