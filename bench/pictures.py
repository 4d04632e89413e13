"""Pictures of docs/browser.md: examples into a space of their own, a question, a correction, and what the Browser draws of it.

``MEMOS_HOME=$(mktemp -d) NODE_PATH=…/node_modules python -m bench.pictures docs/images``; needs Node, playwright-core and
Chromium. Fails where a caption that a picture is about is not drawn.
"""

import json
import subprocess
import sys
from pathlib import Path

from memos_graph import Memory, MemOS, Message, cypher
from memos_graph.audit import request
from memos_graph.graph.browser import link

_HERE = Path(__file__).resolve().parent
_TALK = (
    Message(
        id="1", speaker="Maya", at="2026-03-02T18:10:00Z", text="I signed the contract with Harbour Labs on Friday."
    ),
    Message(id="2", speaker="Tomas", at="2026-03-02T18:11:00Z", text="Congratulations! When do you begin?"),
    Message(id="3", speaker="Maya", at="2026-03-02T18:12:00Z", text="I start at Harbour Labs on 16 March."),
    Message(id="4", speaker="Tomas", at="2026-03-02T18:13:00Z", text="Then you will leave Ghent for Porto soon."),
)
_ASKED = "pictures-answer"


def main() -> None:
    """Make the memories, then the pictures in the folder given."""
    folder = Path(sys.argv[1]).resolve()
    with MemOS.open() as memos:
        space = memos.mount("maya/demo", principal="maya")
        cube = space.add(_TALK, source="Maya and Tomas").added[2]
        _life(memos, space, cube)
        wanted = {
            "neighbourhood": (
                {"cube": cube},
                ["I start at Harbour Labs on 23 March", "version 2", "Maya and", "harbour labs"],
            ),
            "answer_lineage": ({"request": _ASKED}, ["search", "I start at Harbour", "Maya and", "maya"]),
            "who_saw_cube": ({"cube": cube}, ["search", "lineage", "nora", "maya"]),
        }
        endpoint = memos.endpoint
        pictures = [
            {
                "link": link(
                    str(endpoint.browser_url),
                    endpoint.uri,
                    endpoint.user,
                    cypher.filled(cypher.query(f"explore/{name}"), values),
                ),
                "file": str(folder / f"{name}.png"),
                "nodes": nodes,
            }
            for name, (values, nodes) in wanted.items()
        ]
        told = {"user": endpoint.user, "password": endpoint.password.get_secret_value(), "pictures": pictures}
        subprocess.run(["node", str(_HERE / "pictures.cjs")], input=json.dumps(told), text=True, check=True)


def _life(memos: MemOS, space: Memory, cube: str) -> None:
    with request(_ASKED):
        space.search("When does Maya start at Harbour Labs?", limit=2)
    space.update(cube, text="I start at Harbour Labs on 23 March.", reason="the contract was changed")
    space.grant("nora", ["read"])
    memos.mount("maya/demo", principal="nora").search("When does Maya start?", limit=2)
    space.lineage(cube)
    memos._services.audit.flush()


if __name__ == "__main__":
    main()
