"""Every statement of ``cypher/``: well formed, used, accepted by the real server, and without a scan where it is hot."""

import re
from pathlib import Path

import pytest
from neo4j import Result

import memos_graph
from memos_graph import MemOS
from memos_graph.cypher import Query, names, parse, query
from memos_graph.errors import ConfigurationError

ROOT = Path(memos_graph.__file__).resolve().parent.parent
ROOMS = [ROOT / "memos_graph", ROOT / "graph", ROOT / "cypher", ROOT / "api"]
SOURCES = {path: path.read_text(encoding="utf-8") for room in ROOMS for path in sorted(room.rglob("*.py"))}

SCHEMA = [name for name in names() if query(name).mode == "schema"]
PLANNED = [name for name in names() if name not in SCHEMA]
_HOT = re.compile(r"(search|ingest|versions)/|audit/append$|governance/(access|lock_space|principal_of_key)$")
HOT = [name for name in PLANNED if _HOT.match(name)]

# What has no plan: procedures that only act on the catalogue.
_COLUMNS = re.compile(r"\bRETURN\b(?!.*\bRETURN\b)(?P<tail>.*)\Z", re.DOTALL)
_CYPHER = re.compile(r"\b(MATCH|MERGE|CREATE|UNWIND|DETACH DELETE)\s*[({$]|\bCALL (db|dbms)\.|\bRETURN [$\w]+ AS\b")


def planned(memos: MemOS, statement: Query) -> Result:
    """Ask the server for the plan of a statement; nothing is run."""
    text = statement.text
    head = re.match(r"CYPHER \d+\s", text)
    explained = f"{head[0] if head else ''}EXPLAIN {text[head.end() if head else 0 :]}"
    with memos.driver.session(database=memos.endpoint.database) as session:
        result = session.run(explained, dict.fromkeys(statement.params))
        result.consume()
        return result


def operators(plan: dict[str, object]) -> list[str]:
    """Every operator of a plan, the root first."""
    children = plan.get("children", [])
    assert isinstance(children, list)
    return [str(plan["operatorType"]).partition("@")[0], *(name for child in children for name in operators(child))]


@pytest.mark.parametrize("name", PLANNED)
def test_the_server_accepts_a_statement_and_returns_what_it_declares(memos: MemOS, name: str) -> None:
    statement = query(name)
    assert list(planned(memos, statement).keys()) == list(statement.returns)


@pytest.mark.parametrize("name", HOT)
def test_a_hot_statement_scans_nothing(memos: MemOS, name: str) -> None:
    plan = planned(memos, query(name)).consume().plan
    assert plan is not None
    found = operators(dict(plan))
    assert found
    scans = [operator for operator in found if operator.endswith("Scan") and "Index" not in operator]
    assert scans == []
    assert not any(operator.endswith("IndexScan") for operator in found)


@pytest.mark.parametrize("name", names())
def test_a_statement_is_used_or_is_there_to_explore(name: str) -> None:
    if name.startswith("explore/"):
        return
    used = any(f'"{name}"' in text for text in SOURCES.values())
    assert used or (name.startswith("schema/") and name in SCHEMA), f"nobody runs {name}"


def test_each_name_used_in_the_package_is_a_file() -> None:
    folders = "|".join({name.partition("/")[0] for name in names()})
    used = {found for text in SOURCES.values() for found in re.findall(rf'"((?:{folders})/[a-z_]+)"', text)}
    assert len(used) > 30
    assert used <= set(names())


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_cypher_outside_its_home(path: Path) -> None:
    assert _CYPHER.search(SOURCES[path]) is None


def test_the_check_for_cypher_would_find_some() -> None:
    for text in (
        "MATCH (n) RETURN n",
        "CALL db.labels()",
        "MERGE (a:B)",
        "CREATE (a)",
        "UNWIND $rows AS row",
        "RETURN 1 AS one",
    ):
        assert _CYPHER.search(text)


@pytest.mark.parametrize("name", names())
def test_a_file_is_one_statement_with_a_purpose(name: str) -> None:
    statement = query(name)
    assert len(statement.purpose) > 10
    assert ";" not in re.sub(r"//[^\n]*|'[^']*'", "", statement.text)
    assert _COLUMNS.search(statement.text) or not statement.returns


GOOD = "// thing: what it answers.\n// mode: read\n// params: id STRING\n// returns: one INTEGER\nRETURN $id AS one"


def test_a_header_is_read() -> None:
    found = parse("some/thing", GOOD)
    assert (found.name, found.purpose, found.mode) == ("some/thing", "what it answers.", "read")
    assert (found.params, found.returns, found.text) == ({"id": "STRING"}, {"one": "INTEGER"}, "RETURN $id AS one")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("// mode: read\n", ""), "lacks mode"),
        (("thing:", "other:"), "lacks thing"),
        (("// params: id STRING\n", ""), "lacks params"),
        (("// returns: one INTEGER\n", ""), "lacks returns"),
        (("mode: read", "mode: readwrite"), "'readwrite' is not read, write or schema"),
        (("id STRING", "id"), "'id' has no type"),
        (("one INTEGER", "one"), "'one' has no type"),
        (("$id", "$other"), r"\['id'\] differ from those used \['other'\]"),
        (("$id AS", "'$id' AS"), r"differ from those used \[\]"),
        (("$id AS one", "1 AS one // $id"), r"differ from those used \[\]"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_wrong_header_is_told_at_load(change: tuple[str, str], told: str) -> None:
    with pytest.raises(ConfigurationError, match=told) as caught:
        parse("some/thing", GOOD.replace(*change))
    assert "some/thing" in str(caught.value)


def test_a_statement_that_is_not_there() -> None:
    with pytest.raises(ConfigurationError, match="no Cypher file named 'search/nothing'"):
        query("search/nothing")
