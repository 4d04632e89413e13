"""What the Neo4j Browser is given: a style for every label, and links whose statement it reads whole."""

import json
import re
from urllib.parse import unquote

import pytest

from memos_graph import MemOS
from memos_graph.cypher import filled, names, query
from memos_graph.graph import models
from memos_graph.graph.browser import STYLE, link, on_connect, style_command

ODD = "a&arg=b#c?arg=d+e%41'\\ \u00e9"


def _read(address: str, name: str) -> list[str]:
    """Return what release 5.24 of the Browser takes for a parameter: it decodes the address, then looks for its parts."""
    return re.findall(rf"[?&]{name}=([^&#]*)", unquote(address.replace("+", " ")))


@pytest.mark.parametrize("name", [name for name in names() if name.startswith("explore/")])
def test_a_link_carries_its_statement_whole(name: str) -> None:
    statement = filled(query(name), dict.fromkeys(query(name).params, ODD))
    address = link("http://127.0.0.1:7474/browser", "bolt://127.0.0.1:7687", "neo4j", statement)
    assert _read(address, "arg") == [statement]
    assert _read(address, "cmd") == ["edit"]
    assert _read(address, "dbms") == ["bolt://neo4j@127.0.0.1:7687"]


def test_every_label_has_its_caption() -> None:
    classes = [each for each in vars(models).values() if isinstance(each, type) and hasattr(each, "__label__")]
    labels = {each.__label__ for each in classes}
    assert {"MemCube", "ApiKey", "AuditEvent"} <= labels
    # The others are bookkeeping, of which nothing can be read in a picture.
    assert {label for label in labels if f"node.{label}" not in STYLE} == {"Contract", "Holder", "Listing"}
    assert all(rule["caption"] for rule in STYLE.values())


def test_the_server_hands_the_style_to_whoever_connects(memos: MemOS) -> None:
    rows = memos.driver.execute_query("CALL dbms.clientConfig() YIELD name, value RETURN name, value").records
    given = {row["name"]: row["value"] for row in rows}["browser.post_connect_cmd"]
    assert given == on_connect()
    # The Browser takes commands apart at semicolons outside quotes.
    assert [each.strip() for each in re.sub(r'"[^"]*"', "", given).split(";")][1:] == ["clear"]
    assert json.loads(style_command().removeprefix(":style ")) == STYLE
