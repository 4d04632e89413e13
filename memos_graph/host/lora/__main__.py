"""``python -m memos_graph.host.lora FOLDER [PARENT]``, started by ``distill``."""

from memos_graph.starting import importing

with importing():
    from memos_graph.host.lora.distill import main

main()
