"""The Neo4j Browser: how it draws the graph, and links that open it with a statement in its editor.

The managed server hands the style to every Browser that connects to it (``on_connect``), so nobody has to load a file.
"""

import json
from urllib.parse import quote

_TEXT = {"text-color-internal": "#FFFFFF"}
_DARK_TEXT = {"text-color-internal": "#2A2C34"}


def _node(color: str, border: str, caption: str, *, diameter: int = 50, dark: bool = False) -> dict[str, str]:
    """Return how nodes of a label are drawn; ``diameter`` in pixels, ``dark``: dark words on a light colour."""
    words = _DARK_TEXT if dark else _TEXT
    return {"color": color, "border-color": border, "caption": caption, "diameter": f"{diameter}px", **words}


STYLE: dict[str, dict[str, str]] = {
    # What the Browser has for labels and types that are not named below.
    "node": _node("#A5ABB6", "#9AA1AC", "<id>") | {"border-width": "2px", "font-size": "10px"},
    "relationship": {
        "color": "#A5ABB6",
        "shaft-width": "1px",
        "font-size": "8px",
        "padding": "3px",
        "text-color-external": "#000000",
        "text-color-internal": "#FFFFFF",
        "caption": "<type>",
    },
    "node.MemCube": _node("#4C8EDA", "#2870C2", "{text}", diameter=80),
    "node.Plaintext": _node("#4C8EDA", "#2870C2", "{text}", diameter=80),
    "node.Activation": _node("#8D6CC9", "#6F4CB0", "KV-cache {heading}", diameter=80),
    "node.Parametric": _node("#8D6CC9", "#6F4CB0", "adapter {heading}", diameter=80),
    "node.MemVersion": _node("#D9C8AE", "#C0A378", "version {number} {when}", diameter=65, dark=True),
    "node.PastVersion": _node("#D9C8AE", "#C0A378", "version {number} {when}", diameter=65, dark=True),
    "node.PastState": _node("#D9C8AE", "#C0A378", "{state}", dark=True),
    "node.Source": _node("#569480", "#447666", "{title}", diameter=65),
    "node.Topic": _node("#F79767", "#F36924", "{name}", diameter=65, dark=True),
    "node.Concept": _node("#FFC454", "#D7A013", "{name}", dark=True),
    "node.AuditEvent": _node("#DA7194", "#CC3C6C", "{action} {when}", diameter=65),
    "node.Principal": _node("#45505F", "#2A2C34", "{id}", diameter=65),
    "node.Role": _node("#45505F", "#2A2C34", "role {id}", diameter=65),
    "node.Mandate": _node("#45505F", "#2A2C34", "mandate {id}", diameter=65),
    "node.ApiKey": _node("#A5ABB6", "#9AA1AC", "{label}", dark=True),
    "node.Space": _node("#2A2C34", "#000000", "{id}", diameter=65),
    "node.Policy": _node("#C990C0", "#B261A5", "{name} {version}", dark=True),
    "node.CostEntry": _node("#F79767", "#F36924", "{act} {day}", dark=True),
    "node.Snapshot": _node("#C990C0", "#B261A5", "{name}", dark=True),
    "node.Receipt": _node("#C990C0", "#B261A5", "receipt {id}", dark=True),
    "node.Run": _node("#57C7E3", "#23B3D7", "run of {name}", diameter=65, dark=True),
    "node.Step": _node("#8DCC93", "#5DB665", "{act} {state}", diameter=65, dark=True),
    "node.Job": _node("#A5ABB6", "#9AA1AC", "{kind} {state}", dark=True),
    "node.Store": _node("#A5ABB6", "#9AA1AC", "{id}", dark=True),
}
"""Labels and how they are drawn, in GraSS, the Browser's style language; of two that match, the later one counts."""


def style_command() -> str:
    """Return the command that gives a Browser the style, as it is typed into its editor."""
    return f":style {json.dumps(STYLE)}"


def on_connect() -> str:
    """Return what a Browser does once it has connected, as the server's settings have it: style, and an empty page."""
    return f"{style_command().removeprefix(':')}; clear"


def link(browser_url: str, uri: str, user: str, statement: str) -> str:
    """Return the address that opens the Browser with ``statement`` in its editor, and ``user`` in its sign-in.

    The Browser splits what it has decoded at ``&``, ``#`` and ``?arg=``: a statement must write these otherwise, as
    ``cypher.filled`` does.
    """
    scheme, _, host = uri.partition("://")
    given = {"dbms": f"{scheme}://{user}@{host}", "cmd": "edit", "arg": statement}
    return f"{browser_url}/?" + "&".join(f"{name}={quote(value, safe='')}" for name, value in given.items())
